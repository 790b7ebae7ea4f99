"""How the captures' clocks stand to each other.

A packet that goes out is seen on the near side (the LAN's) first and on the far side (a WAN's) after that; one that
comes in, the other way around. Each such pair bounds the far clock's offset from one side at one time. What a proxy or
a forwarder repeats bounds it in the same way, if less closely. Points that share a file share a clock.

The clocks are brought to the reference one after the other, the one that shares most with those known first. Where all
of them seem to be set at the same moment and by as much, or where the reference's own times go back, it is the
reference that was set: it then goes on as it ran before.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import itemgetter

import numpy as np

from wanwitness.model import Dialogue, Direction, FrameRef, Mark, Stream

from .bounds import Bounds
from .clock_model import ClockModel, Step, set_back
from .fit import fit
from .frame_order import FrameOrder

WIDTH = 5
"""Numbers of a sighting: the near side's place in its clock's frame order, and the time that it wrote; the far side's;
and whether the packet was seen on the near side first.
"""
Places = tuple[Direction, int, int, bool]
"""What the two sides know a packet by: the first fields of its mark."""
FURTHEST = 1 << 62
"""Times beyond, ns (before 1824 and after 2116), are taken for that: 64 bits hold the difference of any two."""


class Shared:
    """What pairs of clocks saw of the same packets, or of what was repeated."""

    def __init__(self, frames: FrameOrder) -> None:
        self._frames = frames
        self.sightings: dict[tuple[int, int], array[int]] = defaultdict(lambda: array("q"))
        """(near clock, far clock) to what both saw, `WIDTH` numbers each."""

    def stream(self, lan: Stream, wan: Stream) -> None:
        """Take the packets of one connection. What was sent or captured more than once is left out."""
        rows, begin = self._between(lan.first, wan.first), self._frames.begin
        if rows is None:
            return
        numbers = ((lan.isn_orig, wan.isn_orig), (lan.isn_resp, wan.isn_resp))
        rewritten = any(one != two for one, two in numbers if one is not None and two is not None)
        wan_marks = _marks(wan, lan, rewritten)
        for key, (direction, _, _, _, near_ns, near) in _marks(lan, wan, rewritten).items():
            if key in wan_marks:
                _, _, _, _, far_ns, far = wan_marks[key]
                here, there = begin[near.capture] + near.number, begin[far.capture] + far.number
                rows.extend((here, near_ns, there, far_ns, direction == "orig"))

    def dialogue(self, lan: Dialogue, wan: Dialogue) -> None:
        """Take what a proxy repeated: it hears a command before it repeats it, and a reply likewise."""
        for one, two in zip(lan.exchanges, wan.exchanges, strict=False):
            if one.command is None or two.command is None or one.command.verb != two.command.verb:
                return
            if one.command.verb != "connect" and one.command.frames and two.command.frames:
                self.repeated(one.command.frames[0], one.command.ts_ns, two.command.frames[0], two.command.ts_ns, True)
            if one.reply is not None and two.reply is not None and one.reply.frames and two.reply.frames:
                self.repeated(one.reply.frames[-1], one.reply.ts_ns, two.reply.frames[-1], two.reply.ts_ns, False)

    def repeated(self, near: FrameRef, near_ns: int, far: FrameRef, far_ns: int, outward: bool) -> None:
        """Take one thing that was seen on the near side first (`outward`), or on the far side first."""
        rows = self._between(near, far)
        if rows is not None:
            rows.extend((self._frames.place(near), near_ns, self._frames.place(far), far_ns, outward))

    def _between(self, near: FrameRef, far: FrameRef) -> array[int] | None:
        clocks = self._frames.clock_of[near.capture], self._frames.clock_of[far.capture]
        return self.sightings[clocks] if clocks[0] != clocks[1] else None


def estimate(reference: int, shared: Shared, clocks: Iterable[int]) -> dict[int, ClockModel | None]:
    """Return for each clock its model against the reference, or None where nothing ties it to that."""
    known = _estimate({reference: ClockModel()}, shared)
    steps = _set_with_all(reference, known, shared)
    if steps:
        known = _estimate({reference: set_back(steps)}, shared)
    return {clock: known.get(clock) for clock in clocks}


def _estimate(known: dict[int, ClockModel], shared: Shared) -> dict[int, ClockModel]:
    edges = {clocks: rows for clocks, rows in shared.sightings.items() if rows}
    while True:
        weights: Counter[int] = Counter()
        for (near, far), rows in edges.items():
            if (near in known) != (far in known):
                weights[far if near in known else near] += len(rows)
        if not weights:
            return known
        # The one that shares most, and of equal ones always the same.
        clock = min(weights, key=lambda one: (-weights[one], one))
        known[clock] = fit(_bounds(clock, known, edges))


def _bounds(clock: int, known: Mapping[int, ClockModel], edges: Mapping[tuple[int, int], array[int]]) -> Bounds:
    """Turn what a clock shares with known ones into bounds of its offset."""
    tables = []
    for (near, far), rows in sorted(edges.items()):
        if clock not in (near, far) or (far if near == clock else near) not in known:
            continue
        table = np.frombuffer(rows, np.int64).reshape(-1, WIDTH)
        (place, ts, other, other_ts) = (table[:, n] for n in ((2, 3, 0, 1) if clock == far else (0, 1, 2, 3)))
        seen_later = (table[:, 4] == 1) == (clock == far)
        with_clock = known[far if near == clock else near]
        if with_clock.spans:
            moments = [with_clock.at(at, ns) for at, ns in zip(other.tolist(), other_ts.tolist(), strict=True)]
            aligned = np.array([min(max(moment.at_ns, -FURTHEST), FURTHEST) for moment in moments], np.int64)
            doubt = np.array([min(moment.doubt_ns, FURTHEST) for moment in moments], np.int64)
            # Where the other clock itself is in doubt it proves nothing.
            sure = np.array([moment.loose_ns == 0 for moment in moments], np.bool_)
            sure = sure if sure.any() else ~sure
            aligned = np.where(seen_later, aligned - doubt, aligned + doubt)
            place, ts, other, seen_later, aligned = (c[sure] for c in (place, ts, other, seen_later, aligned))
        else:
            aligned = other_ts
        tables.append((place, ts, ts - aligned, seen_later, other))
    columns = [np.concatenate(column) for column in zip(*tables, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    place, ts, offset, above, other = (column[order] for column in columns)
    return Bounds(place, ts, offset, above.astype(np.bool_), other)


def _set_with_all(reference: int, known: Mapping[int, ClockModel], shared: Shared) -> list[Step]:
    """Return when the reference clock itself was set."""
    seen: dict[int, tuple[int, int]] = {}
    """Clock to the part of the reference's frame order in which it shares anything."""
    for (near, far), rows in shared.sightings.items():
        if rows and reference in (near, far):
            places = rows[0 if near == reference else 2 :: WIDTH]
            seen[far if near == reference else near] = min(places), max(places)
    # Where frames stand far out of order in a capture, nobody knows where in the reference's frame order a step was.
    steps = [(clock, step) for clock in seen for step in known[clock].steps if step.others[0] < step.others[1]]
    found: list[Step] = []
    ahead = 0
    for _, step in sorted(steps, key=lambda one: (one[1].others, one[0])):
        if step.backward is True or (found and step.others[0] < found[-1].places[1]):
            continue  # its own, or known by another clock already
        alike = {clock: theirs for clock, theirs in steps if _same(step, theirs)}
        watching = {c for c, (first, last) in seen.items() if first <= step.others[0] and last >= step.others[1]}
        if step.backward is False or (len(alike) > 1 and watching <= alike.keys()):
            surest = min(alike.values(), key=lambda one: one.uncertainty_ns)
            before = max(one.others[0] for one in alike.values())
            behind = min(one.others[1] for one in alike.values())
            at_ns = surest.since_ns - ahead + surest.own_ns // 2
            around = (min(before, behind - 1), behind)
            found.append(replace(surest, at_ns=at_ns, by_ns=-surest.otherwise_ns, places=around, backward=None))
            ahead -= surest.otherwise_ns
    return found


def _same(one: Step, two: Step) -> bool:
    """Whether two clocks seem to have been set by as much at one moment: then it may as well be the reference that was
    set.
    """
    return (
        two.backward is not True
        and one.others[0] < two.others[1]
        and two.others[0] < one.others[1]
        and abs(one.otherwise_ns - two.otherwise_ns) <= one.uncertainty_ns + two.uncertainty_ns
    )


def _marks(stream: Stream, other: Stream, rewritten: bool) -> dict[Places, Mark]:
    """Packets that were captured once; their places are relative where a router rewrote the numbers."""
    place: Callable[[Mark], Places] = itemgetter(slice(4))
    if rewritten:
        origin = {
            "orig": stream.isn_orig if stream.isn_orig is not None and other.isn_orig is not None else 0,
            "resp": stream.isn_resp if stream.isn_resp is not None and other.isn_resp is not None else 0,
        }

        def place(mark: Mark) -> Places:
            return mark.direction, (mark.seq - origin[mark.direction]) & 0xFFFFFFFF, mark.length, mark.syn

    found = {place(mark): mark for mark in stream.marks}
    if len(found) < len(stream.marks):
        often = Counter(map(place, stream.marks))
        found = {key: mark for key, mark in found.items() if often[key] == 1}
    return found


def gather(
    frames: FrameOrder,
    streams: Iterable[tuple[Stream, Stream]] = (),
    dialogues: Iterable[tuple[Dialogue, Dialogue]] = (),
) -> Shared:
    """Gather what connections seen on both sides tell.

    Args:
        frames: the frames' places.
        streams: LAN stream and WAN stream of one connection.
        dialogues: the two dialogues of a connection that a proxy carried on.
    """
    shared = Shared(frames)
    for lan, wan in streams:
        shared.stream(lan, wan)
    for heard, repeated in dialogues:
        shared.dialogue(heard, repeated)
    return shared
