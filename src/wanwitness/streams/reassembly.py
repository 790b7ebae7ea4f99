"""Both directions of a connection put together, and delivered in the order in which the ends saw them.

A segment is delivered when the bytes before it have been delivered (RFC 9293 section 3.4) *and* the bytes it
acknowledges have: whoever sent it had read those. So a command always comes before its reply, in whatever order the
capture wrote them down.

What is missing is waited for as long as it may still come. Bytes that the other end has acknowledged were sent and
received, and only the capture lacks them; they are given up as a gap once a few more packets have passed, since a
capture may write packets slightly out of order. Bytes not yet acknowledged will be sent again, and are waited for
until a bound on memory is met. Where the SYN was not captured, the first few packets wait too, until it is plain which
comes first.

Where two segments carry different bytes for one place, the first captured counts, and the other's frame is kept: which
of them the receiver used cannot be known from outside (Ptacek and Newsham, 1998).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from wanwitness.model import Direction, FrameRef, Gap, Sentence, Stream
from wanwitness.oddities import ODD

from .half_stream import OTHER, HalfStream, Segment

PATIENCE_PACKETS = 12
"""Packets of the connection after which acknowledged but uncaptured bytes are a gap: more than captures reorder by.

Not a time: nothing is gained by giving up early, and a stray time stamp would do it.
"""
MAX_WAITING = 256
"""Segments that may wait behind a hole; a full 64 KiB window of 1,460-byte segments is 45."""
MAX_WAITING_BYTES = 1 << 20
MAX_OVERLAPS = 1000
MAX_GAPS = 1000
"""Gaps of a direction with a row each: where packets were cut short in the capture, every one is followed by a gap."""


class Consumer(Protocol):
    """Who reads a connection's bytes."""

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, unread: int) -> None:
        """Take the next bytes of one direction.

        Args:
            direction: who sent them.
            data: they.
            frame: what carried them.
            ts_ns: when that was captured.
            unread: how many bytes of the other direction, of those given so far, the sender of these had not
                acknowledged: what it says here is no answer to them.
        """

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Learn that the next `length` bytes of one direction were sent but not captured."""


class Reassembly:
    """Lets segments wait for what comes before them, and feeds the consumer.

    Args:
        stream: the connection's row, which is told of gaps and overlaps.
    """

    __slots__ = ("_gaps", "_stream", "_stuck", "consumer", "sides", "waiting", "waiting_bytes")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.consumer: Consumer | None = None
        self.sides: dict[Direction, HalfStream] = {"orig": HalfStream(), "resp": HalfStream()}
        self.waiting: list[Segment] = []
        """In the order of capture; those of one direction do not overlap."""
        self.waiting_bytes = 0
        self._gaps: dict[Direction, list[int]] = {"orig": [], "resp": []}
        """The places of each direction's among the stream's."""
        self._stuck = 0
        """Packets since anything was delivered, while something waits."""

    @property
    def smooth(self) -> bool:
        """Whether both directions are known from a first byte on, and nothing waits."""
        orig, resp = self.sides.values()
        return not self.waiting and orig.smooth and resp.smooth

    def arrive(self, segment: Segment) -> Sentence | None:
        """Deliver a segment, or let what is new of it wait; return what is odd about it, if anything is."""
        side = self.sides[segment.direction]
        if not self.waiting and segment.start == side.next and self._ready(segment):
            self._deliver(segment)
            return None
        contradicts = segment.start < side.next and not self._keeps_alive(segment) and side.contradicts(segment)
        pieces = [segment]
        if segment.start < side.next and side.begun:
            pieces = [segment.between(side.next, segment.end)] if segment.end > side.next else []
        for waiting in self.waiting:
            if waiting.direction == segment.direction and waiting.start < segment.end and segment.start < waiting.end:
                contradicts |= waiting.contradicts(segment.start, segment.data)
                pieces = [part for piece in pieces for part in _without(piece, waiting.start, waiting.end)]
        self.waiting += pieces
        self.waiting_bytes += sum(len(piece.data) for piece in pieces)
        if not contradicts:
            return None
        if len(self._stream.overlaps) < MAX_OVERLAPS:
            self._stream.overlaps.append(segment.frame)
        return ODD("odd-overlap")

    def _keeps_alive(self, segment: Segment) -> bool:
        """Whether it is a keep-alive: one byte of any value where the last one stood that was sent and acknowledged
        (RFC 9293 section 3.8.4). Where the other end was not captured, nothing shows what it acknowledged.
        """
        side, other = self.sides[segment.direction], self.sides[OTHER[segment.direction]]
        last = len(segment.data) == 1 and not segment.pushed and segment.end == side.next
        return last and (side.acked >= segment.end or not other.packets)

    def drain(self) -> None:
        """Deliver what can be delivered; give up what will not come."""
        self._stuck = 0 if self._deliver_ready() else self._stuck + 1
        while self.waiting:
            full = len(self.waiting) > MAX_WAITING or self.waiting_bytes > MAX_WAITING_BYTES
            if not (full or self._stuck > PATIENCE_PACKETS or self._one_sided) or not self._give_up(full):
                return
            self._deliver_ready()
            self._stuck = 0

    @property
    def _one_sided(self) -> bool:
        """Whether one direction was never captured: it will not come late."""
        orig, resp = self.sides.values()
        return (not orig.packets or not resp.packets) and orig.packets + resp.packets > PATIENCE_PACKETS

    def _deliver_ready(self) -> bool:
        """Deliver until nothing that waits is ready; return whether anything was."""
        delivered = False
        while (ready := next((i for i, s in enumerate(self.waiting) if self._ready(s)), None)) is not None:
            self._take(ready)
            delivered = True
        return delivered

    def _ready(self, segment: Segment) -> bool:
        side, other = self.sides[segment.direction], self.sides[OTHER[segment.direction]]
        return (
            side.begun
            and segment.start <= side.next
            and (segment.acked is None or segment.acked <= other.next or segment.acked <= other.reached)
        )

    def _take(self, index: int) -> None:
        segment = self.waiting.pop(index)
        self.waiting_bytes -= len(segment.data)
        self._deliver(segment)

    def _give_up(self, full: bool) -> bool:
        """Turn what holds up the waiting segments into a gap, if that was acknowledged (or, where the memory is `full`,
        in any case); return whether that helped.
        """
        began = False
        for direction, side in self.sides.items():
            starts = [s.start for s in self.waiting if s.direction == direction]
            if starts and not side.begun:
                side.next, side.begun, began = min(starts), True, True
        if began:
            return True
        turn = {s.direction: i for i, s in reversed(list(enumerate(self.waiting))) if s.start <= self._next(s)}
        if len(turn) == 2:  # each waits for the other: acknowledgements contradict each other
            self._take(min(turn.values()))
            return True
        first = self.waiting[0]
        nearest: Direction = OTHER[first.direction] if first.start <= self._next(first) else first.direction
        return any(direction not in turn and self._skip(direction, full) for direction in (nearest, OTHER[nearest]))

    def _next(self, segment: Segment) -> int:
        return self.sides[segment.direction].next

    def _skip(self, direction: Direction, full: bool) -> bool:
        """Pass over the hole in one direction, up to the first place that something waits for."""
        side = self.sides[direction]
        places = [(s.start if s.direction == direction else s.acked, s) for s in self.waiting]
        goals = [(place, s) for place, s in places if place is not None and place > side.reached]
        if not goals:
            return False
        goal, segment = min(goals, key=lambda goal: goal[0])
        if not full:
            goal = min(goal, side.acked)
        if side.fin is not None and side.next < side.fin:
            goal = min(goal, side.fin)
        if goal <= side.next:
            return False
        self._gap(direction, goal - side.next, segment.ts_ns, segment.frame)
        return True

    def _gap(self, direction: Direction, length: int, ts_ns: int, frame: FrameRef) -> None:
        side = self.sides[direction]
        side.next += length
        side.begun = True
        gaps, own = self._stream.gaps, self._gaps[direction]
        if len(own) < MAX_GAPS:
            own.append(len(gaps))
            gaps.append(Gap(direction, length, frame))
        else:
            last = gaps[own[-1]]
            gaps[own[-1]] = replace(last, length=last.length + length, places=last.places + 1)
        if self.consumer is not None:
            self.consumer.gap(direction, length, frame, ts_ns)

    def _deliver(self, segment: Segment) -> None:
        side = self.sides[segment.direction]
        end = segment.end
        if end <= side.next:
            return
        if segment.start < side.next:
            segment = segment.between(side.next, end)
        if segment.data:
            side.next += len(segment.data)
            side.remember(segment.start, segment.data)
            if self.consumer is not None:
                had, given = segment.acked, self.sides[OTHER[segment.direction]].next
                unread = max(given - had, 0) if had is not None else 0
                self.consumer.data(segment.direction, segment.data, segment.frame, segment.ts_ns, unread)
        if segment.missing:
            self._gap(segment.direction, segment.missing, segment.ts_ns, segment.frame)

    def finish(self) -> None:
        """Deliver what still waits, holes becoming gaps, and note bytes that were sent but never captured."""
        self._deliver_ready()
        while self.waiting and self._give_up(full=True):
            self._deliver_ready()
        for direction, side in self.sides.items():
            lacking = (side.acked if side.fin is None else side.fin) - side.next
            # One byte acknowledged beyond the last may be a FIN that was not captured.
            if lacking > (side.fin is None):
                self._gap(direction, lacking, self._stream.last_ns, self._stream.last)


def _without(segment: Segment, low: int, high: int) -> list[Segment]:
    """What is left of a segment outside the positions from `low` to `high`."""
    parts = []
    if segment.start < low:
        parts.append(segment.between(segment.start, min(low, segment.end)))
    if segment.end > high:
        parts.append(segment.between(max(high, segment.start), segment.end))
    return parts
