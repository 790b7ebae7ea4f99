"""Ties the captures' clocks together by whatever two sides of the router both saw.

Three things tie clocks, and are tried in this order: connections, whose packets are the same on both sides; questions
that a forwarder repeated; connections that a proxy carried on. Where none of them tells of a capture, it may be taken
to have the reference's clock, since most captures of a site are made by one machine: if by its own times it was made
when the reference was, and no question on the LAN waits for an answer that it could have brought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from wanwitness.model import Capture, Dialogue, DnsExchange, Stream
from wanwitness.model.capture import Role
from wanwitness.reading.point import Point, with_log

from . import dns_offsets, sightings
from .assumptions import QUIET_ENDS_NS
from .bounds import Bounds
from .clock_model import ClockModel
from .fit import fit
from .forwarded_questions import Asked, ForwardedPair, without_upstream
from .frame_order import FrameOrder
from .timeline import Timeline

SECOND = 1_000_000_000


def align(
    points: Sequence[Point],
    captures: Sequence[Capture],
    crossed: Sequence[tuple[Stream, Stream]],
    proxied: Sequence[tuple[Dialogue, Dialogue]],
) -> Timeline:
    """Bring all captures' clocks to that of the first LAN point, or of the first point where there is none.

    Args:
        points: the capture points, their roles known.
        captures: all captures.
        crossed: the two sides of connections that crossed the router: the same packets, on the LAN and on a WAN.
        proxied: what was said in the two connections of which a proxy makes one, where nothing else is possible.
    """
    frames = FrameOrder(points, captures)
    reference = next((p for p in points if p.role == "lan"), points[0])
    numbers = {point.same_clock for point in points}
    known = sightings.estimate(reference.same_clock, sightings.gather(frames, crossed), numbers)
    alike = _by_questions(points, captures, reference, frames, known)
    if proxied and None in known.values():
        later = sightings.estimate(reference.same_clock, sightings.gather(frames, crossed, proxied), numbers)
        known = {number: one or later[number] for number, one in known.items()}
    return Timeline(frames, known, captures, alike)


def _by_questions(
    points: Sequence[Point],
    captures: Sequence[Capture],
    reference: Point,
    frames: FrameOrder,
    known: dict[int, ClockModel | None],
) -> set[int]:
    """Add to `known` what forwarded questions tell; return the clocks that nothing speaks of, or against."""
    if None not in known.values():
        return set()
    points = [with_log(point, point.rows.log.whole()) for point in points]  # any question may be the one that tells
    while True:
        timeline = Timeline(frames, known, captures)
        waiting = without_upstream(_asked(points, "lan", known, timeline), _asked(points, "wan", known, timeline))
        waiting.sort(key=lambda asked: asked.begin_ns)
        told = {}
        for point in points:
            if known[point.same_clock] is None:
                told[point.same_clock] = point, *dns_offsets.forwarded(waiting, _as_written(point, frames))
        found = {number: pairs for number, (_, pairs, _) in told.items() if pairs}
        if not found:
            break
        surest = max(found, key=lambda number: len(found[number]))
        known[surest] = fit(_bounds(found[surest], frames))
    return {
        number for number, (point, _, may_be) in told.items() if not may_be and _same_time(point, reference, captures)
    }


def _as_written(point: Point, frames: FrameOrder) -> list[DnsExchange]:
    """A point's answered questions, in the order of their answers in its clock's frame order."""
    answered = [(frames.place(e.answer), n, e) for n, e in enumerate(point.rows.dns) if e.answer is not None]
    return [exchange for _, _, exchange in sorted(answered, key=lambda row: row[:2])]


def _asked(
    points: Iterable[Point], role: Role, known: Mapping[int, ClockModel | None], timeline: Timeline
) -> list[Asked]:
    """The answered questions of the points whose clocks are known."""
    return [
        Asked(e, timeline.aligned(e.query, e.query_ns), timeline.aligned(e.answer, e.answer_ns))
        for point in points
        if point.role == role and known[point.same_clock] is not None
        for e in point.rows.dns
        if e.query is not None and e.query_ns is not None and e.answer is not None and e.answer_ns is not None
    ]


def _bounds(pairs: Iterable[ForwardedPair], frames: FrameOrder) -> Bounds:
    """What pairs of questions tell of the upstream side's clock: it saw the question later, and the answer earlier."""
    rows = []
    for upstream, asked, low, high in pairs:
        e, client = upstream, asked.exchange
        assert e.query is not None and e.answer is not None and client.query is not None and client.answer is not None
        rows.append((frames.place(e.query), e.query_ns, high, True, frames.place(client.query)))
        rows.append((frames.place(e.answer), e.answer_ns, low, False, frames.place(client.answer)))
    place, ts_ns, offset, above, other = (np.array(column) for column in zip(*sorted(rows), strict=True))
    return Bounds(place, ts_ns, offset, above, other)


def _same_time(one: Point, two: Point, captures: Sequence[Capture]) -> bool:
    """Whether the two points' captures were made at the same time, as they wrote it down."""
    spans = []
    for point in (one, two):
        rows = [captures[index] for index in point.captures]
        firsts = [row.first_ns for row in rows if row.first_ns is not None]
        lasts = [row.last_ns for row in rows if row.last_ns is not None]
        spans.append((min(firsts, default=0), max(lasts, default=-1)))
    (first, last), (other_first, other_last) = spans
    return first <= other_last + QUIET_ENDS_NS and other_first <= last + QUIET_ENDS_NS
