"""Ties the captures' clocks together by whatever two sides of the router both saw.

In this order: connections, whose packets are the same on both sides; questions that a forwarder repeated; connections
that a proxy carried on. A capture of which none of these tells, and in which no question waits for its place, is taken
to have the reference's clock if both were made at the same time by what they say: most captures of a site are made by
one machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wanwitness.model import Capture, Clock, DnsExchange, FrameRef, Span
from wanwitness.model.capture import Role

from . import clocks, question_clocks
from .coverage import Coverage
from .lookup import FORWARDER_PATIENCE_NS
from .pair import Pair
from .point import Point
from .timeline import Timeline

SECOND = 1_000_000_000
QUIET_NS = 60 * SECOND
"""Captures of one time may see nothing for so long at their ends."""


def tie(
    points: Sequence[Point], captures: Sequence[Capture], pairs: Sequence[Pair], proxied: Sequence[Pair]
) -> Timeline:
    """Bring all captures' clocks to that of the first LAN point, or of the first point where there is none.

    Args:
        points: the capture points, their roles known.
        captures: all captures.
        pairs: the two sides of connections that crossed the router.
        proxied: the two connections of which a proxy makes one.
    """
    clock_of = {capture: point.same_clock for point in points for capture in point.captures}
    reference = next((p for p in points if p.role == "lan"), points[0])
    numbers = {point.same_clock for point in points}

    def near(pair: Pair) -> int:
        return clock_of[pair.lan.stream.first.capture]

    bounds = clocks.bound((near(p), p.lan.stream, p.wan_point.same_clock, p.wan.stream) for p in pairs)
    known = clocks.estimate(reference.same_clock, bounds, numbers)
    alike = _by_questions(points, captures, reference, known)
    clear = [p for p in proxied if not p.rivals]
    if clear and any(clock is None for clock in known.values()):
        repeated = ((near(p), p.lan.dialogue, p.wan_point.same_clock, p.wan.dialogue) for p in clear)
        later = clocks.estimate(reference.same_clock, {**clocks.bound((), repeated), **bounds}, numbers)
        known = {number: clock or later[number] for number, clock in known.items()}
    return Timeline(clock_of, known, alike)


def _by_questions(
    points: Sequence[Point], captures: Sequence[Capture], reference: Point, known: dict[int, Clock | None]
) -> set[int]:
    """Add to `known` what forwarded questions tell; return the clocks that nothing speaks of, or against."""
    if None not in known.values():
        return set()
    for point in points:
        point.rows.log.choose_all()  # any question may be the one that tells
    while True:
        waiting = question_clocks.unexplained(_exchanges(points, "lan", known), _exchanges(points, "wan", known))
        told = {
            point.same_clock: (point, *question_clocks.offset(waiting, point.rows.dns))
            for point in points
            if known[point.same_clock] is None
        }
        found = {number: clock for number, (_, clock, _) in told.items() if clock is not None}
        if not found:
            break
        surest = max(found, key=lambda number: found[number].pairs)
        known[surest] = found[surest]
    return {
        number
        for number, (point, _, forwarded) in told.items()
        if not forwarded and _same_time(point, reference, captures)
    }


def _exchanges(points: Sequence[Point], role: Role, known: Mapping[int, Clock | None]) -> list[tuple[DnsExchange, int]]:
    return [
        (exchange, clock.offset_ns)
        for point in points
        if point.role == role and (clock := known[point.same_clock]) is not None
        for exchange in point.rows.dns
    ]


def covered(
    points: Sequence[Point], captures: Sequence[Capture], timeline: Timeline, coverage: Sequence[Span]
) -> Coverage:
    """Return when the LAN side was captured; a question put in a gap may be forwarded for a while behind it."""
    spans = []
    for point in points:
        for index in point.captures if point.role == "lan" else ():
            row, frame = captures[index], FrameRef(index, 0)
            if row.first_ns is not None and row.last_ns is not None:
                spans.append((timeline.aligned(frame, row.first_ns), timeline.aligned(frame, row.last_ns)))
    gaps = [(begin, end + FORWARDER_PATIENCE_NS) for begin, end in gaps_of("lan", points, timeline, coverage)]
    return Coverage(spans, gaps)


def gaps_of(role: Role, points: Sequence[Point], timeline: Timeline, coverage: Sequence[Span]) -> list[tuple[int, int]]:
    """Return the gaps of one side's captures, on the reference clock."""
    captures = {index for point in points if point.role == role for index in point.captures}
    return [
        (timeline.aligned(frame, row.from_ns), timeline.aligned(frame, row.to_ns))
        for row in coverage
        if row.kind == "gap" and row.capture in captures and (frame := FrameRef(row.capture, 0))
    ]


def _same_time(one: Point, two: Point, captures: Sequence[Capture]) -> bool:
    """Whether the two points' captures were made at the same time, as they wrote it down."""
    spans = []
    for point in (one, two):
        rows = [captures[index] for index in point.captures]
        firsts = [row.first_ns for row in rows if row.first_ns is not None]
        lasts = [row.last_ns for row in rows if row.last_ns is not None]
        spans.append((min(firsts, default=0), max(lasts, default=-1)))
    (first, last), (other_first, other_last) = spans
    return first <= other_last + QUIET_NS and other_first <= last + QUIET_NS
