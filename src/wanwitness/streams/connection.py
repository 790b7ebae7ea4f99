"""One TCP connection: both directions reassembled, and delivered in the order in which the ends saw them.

A segment is delivered when the bytes before it have been delivered (RFC 9293 section 3.4) *and* the bytes it
acknowledges have: whoever sent it had read those. So a command always comes before its reply, in whatever order the
capture wrote them down.

What is missing is waited for as long as it may still come. Bytes that the other end has acknowledged were sent and
received, and only the capture lacks them; they are given up as a gap once a few more packets have passed, since a
capture may write packets slightly out of order. Bytes not yet acknowledged will be sent again, and are waited for
until a bound on memory is met.

Where two segments carry different bytes for one place, the first captured counts, and the other's frame is kept: which
of them the receiver used cannot be known from outside (Ptacek and Newsham, 1998).
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from wanwitness.model import Direction, FrameRef, Gap, Mark, Stream

FIN, SYN, RST, ACK = 1, 2, 4, 16

PATIENCE_PACKETS = 12
"""Packets of the connection after which acknowledged but uncaptured bytes are a gap: more than captures reorder by."""
PATIENCE_NS = 1_000_000_000
"""Or this long after; a reordering of a second is none."""
MAX_WAITING = 256
"""Segments that may wait behind a hole; a full 64 KiB window of 1,460-byte segments is 45."""
MAX_WAITING_BYTES = 1 << 20
MAX_LEAP = 1 << 24
"""A sequence or acknowledgement number further off than this belongs to no window in use, and is not believed."""
HISTORY = 16 << 10
"""Delivered bytes kept a direction, to compare repeats with."""
MAX_MARKS = 48


class Consumer(Protocol):
    """Who reads a connection's bytes."""

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        """Take the next bytes of one direction."""

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Learn that the next `length` bytes of one direction were sent but not captured."""


class Segment(NamedTuple):
    """A segment that waits to be delivered. Positions count from the first byte of its direction."""

    direction: Direction
    start: int
    data: bytes
    missing: int
    """Bytes behind `data` that the snap length cut off."""
    acked: int | None
    """Position in the other direction up to which its sender had everything."""
    ts_ns: int
    frame: FrameRef

    @property
    def end(self) -> int:
        """Position behind the last byte."""
        return self.start + len(self.data) + self.missing


class _Side:
    """Where one direction stands."""

    __slots__ = ("acked", "fin", "history", "history_bytes", "next", "origin", "packets")

    def __init__(self) -> None:
        self.origin: int | None = None
        """Sequence number of position 0; None until anything told."""
        self.next = 0
        """Position of the next byte to deliver."""
        self.acked = 0
        """Position up to which the other end has confirmed."""
        self.fin: int | None = None
        self.packets = 0
        self.history: deque[tuple[int, bytes]] = deque()
        self.history_bytes = 0

    def position(self, seq: int) -> int:
        """Unwrap a 32-bit sequence number to the position nearest to the next one expected."""
        assert self.origin is not None
        ahead = (seq - self.origin - self.next + 0x80000000) & 0xFFFFFFFF
        return self.next + ahead - 0x80000000

    def remember(self, start: int, data: bytes) -> None:
        self.history.append((start, data))
        self.history_bytes += len(data)
        while self.history_bytes > HISTORY and len(self.history) > 1:
            self.history_bytes -= len(self.history.popleft()[1])

    def contradicts(self, start: int, data: bytes) -> bool:
        """Whether `data` at `start` differs from what was delivered there, as far as that is remembered."""
        end = start + len(data)
        for old_start, old in self.history:
            low, high = max(start, old_start), min(end, old_start + len(old))
            if low < high and data[low - start : high - start] != old[low - old_start : high - old_start]:
                return True
        return False


OTHER: dict[Direction, Direction] = {"orig": "resp", "resp": "orig"}


class Connection:
    """Reassembles one connection, keeps its `Stream` row, and feeds its consumer."""

    __slots__ = (
        "_finished",
        "_sides",
        "_stuck_ns",
        "_stuck_packets",
        "_waiting",
        "_waiting_bytes",
        "consumer",
        "stream",
    )

    def __init__(self, stream: Stream, consumer: Consumer | None) -> None:
        self.stream = stream
        self.consumer = consumer
        self._sides: dict[Direction, _Side] = {"orig": _Side(), "resp": _Side()}
        self._waiting: list[Segment] = []
        self._waiting_bytes = 0
        self._stuck_packets = 0
        self._stuck_ns = 0
        self._finished = False

    @property
    def established(self) -> bool:
        """Whether anything but a SYN has been seen."""
        stream = self.stream
        return stream.packets_resp > 0 or stream.payload_orig > 0

    @property
    def ended(self) -> bool:
        """Whether a RST, or a FIN of each direction whose every byte was delivered, has been seen."""
        return self.stream.ended == "rst" or all(
            side.fin is not None and side.next >= side.fin for side in self._sides.values()
        )

    def packet(
        self,
        direction: Direction,
        seq: int,
        ack: int,
        flags: int,
        payload: bytes,
        missing: int,
        ts_ns: int,
        frame: FrameRef,
    ) -> str | None:
        """Take one packet of the connection; return what is odd about it, if anything is."""
        stream, side, other = self.stream, self._sides[direction], self._sides[OTHER[direction]]
        stream.last_ns, stream.last = max(stream.last_ns, ts_ns), frame
        side.packets += 1
        length = len(payload) + missing
        if direction == "orig":
            stream.packets_orig += 1
            stream.payload_orig += length
        else:
            stream.packets_resp += 1
            stream.payload_resp += length

        if flags & SYN:
            seq = (seq + 1) & 0xFFFFFFFF
            self._syn(direction, side, seq, ts_ns, frame)
        if side.origin is None:
            side.origin = seq
        start = side.position(seq)
        if abs(start - side.next) > MAX_LEAP:
            return "sequence number far outside the window"
        if flags & ACK and not flags & RST:
            if other.origin is None:
                other.origin = ack
            acked = other.position(ack)
            if abs(acked - other.next) > MAX_LEAP:
                return "acknowledgement number far outside the window"
            other.acked = max(other.acked, acked)
        else:
            acked = None

        if length and len(stream.marks) < MAX_MARKS:
            stream.marks.append(Mark(direction, seq, length, False, ts_ns, frame))
        odd = self._arrive(direction, side, Segment(direction, start, payload, missing, acked, ts_ns, frame))
        if flags & FIN and side.fin is None:
            side.fin = start + length
            if stream.ended_by is None:
                stream.ended, stream.ended_by, stream.end_frame = "fin", direction, frame
        if flags & RST:
            self._reset(direction, flags, ts_ns, frame)
        elif self._waiting:
            self._drain(ts_ns)
        return odd

    def _syn(self, direction: Direction, side: _Side, first: int, ts_ns: int, frame: FrameRef) -> None:
        stream = self.stream
        isn = (first - 1) & 0xFFFFFFFF
        if side.origin is None:
            side.origin = first
        if direction == "orig" and stream.syn is None:
            stream.syn, stream.syn_ns, stream.isn_orig = frame, ts_ns, isn
        elif direction == "resp" and stream.synack is None:
            stream.synack, stream.synack_ns, stream.isn_resp = frame, ts_ns, isn
        else:
            return
        stream.marks.append(Mark(direction, isn, 0, True, ts_ns, frame))

    def _reset(self, direction: Direction, flags: int, ts_ns: int, frame: FrameRef) -> None:
        stream = self.stream
        if direction == "resp" and stream.synack is None and not stream.payload_resp and stream.syn is not None:
            stream.refused = stream.refused or frame
        if stream.ended != "rst":
            both_closed = all(side.fin is not None for side in self._sides.values())
            if not both_closed:
                stream.ended, stream.end_frame = "rst", frame
                stream.ended_by = stream.ended_by or direction

    def _arrive(self, direction: Direction, side: _Side, segment: Segment) -> str | None:
        if segment.end == segment.start:
            return None
        odd = None
        repeated = segment.start < side.next and side.contradicts(segment.start, segment.data)
        if repeated or any(_differ(segment, waiting) for waiting in self._waiting if waiting.direction == direction):
            self.stream.overlaps.append(segment.frame)
            odd = "bytes differ from those captured before for the same place"
        if segment.end > side.next:
            self._waiting.append(segment)
            self._waiting_bytes += len(segment.data)
        return odd

    def _drain(self, ts_ns: int) -> None:
        """Deliver what can be delivered; give up what will not come."""
        if self._deliver_ready():
            self._stuck_packets, self._stuck_ns = 0, ts_ns
        while self._waiting:
            if not self._patience_ends(ts_ns):
                if self._stuck_packets == 0:
                    self._stuck_ns = ts_ns
                self._stuck_packets += 1
                return
            self._give_up()
            self._deliver_ready()
            self._stuck_packets = 0

    def _deliver_ready(self) -> bool:
        """Deliver until nothing that waits is ready; return whether anything was."""
        delivered = False
        while (ready := next((i for i, s in enumerate(self._waiting) if self._ready(s)), None)) is not None:
            self._deliver(self._waiting.pop(ready))
            delivered = True
        return delivered

    def _ready(self, segment: Segment) -> bool:
        if segment.start > self._sides[segment.direction].next:
            return False
        return segment.acked is None or segment.acked <= self._sides[OTHER[segment.direction]].next

    def _patience_ends(self, ts_ns: int) -> bool:
        if len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            return True
        lost = [side for side in self._sides.values() if side.acked > side.next]
        if not lost:
            return False
        if any(side.packets == 0 for side in lost):
            return True  # a direction that was never captured will not come late
        return self._stuck_packets >= PATIENCE_PACKETS or ts_ns - self._stuck_ns > PATIENCE_NS

    def _give_up(self) -> None:
        """Turn the hole that holds up the longest waiting segment into a gap."""
        first = self._waiting[0]
        direction = first.direction
        side = self._sides[direction]
        goal = first.start
        if goal <= side.next:  # its own bytes are there; what it acknowledges is not
            direction = OTHER[direction]
            side = self._sides[direction]
            assert first.acked is not None
            goal = first.acked
        behind = [s.start for s in self._waiting if s.direction == direction and s.start > side.next]
        goal = min([goal, *behind])
        if any(s.direction == direction and s.start <= side.next < s.end for s in self._waiting):
            # Bytes for that very place wait for the other direction in turn: acknowledgements contradict each other.
            blocked = next(s for s in self._waiting if s.direction == direction and s.start <= side.next < s.end)
            self._waiting.remove(blocked)
            self._deliver(blocked)
            return
        self._gap(direction, goal - side.next, first.ts_ns, first.frame)
        side.next = goal

    def _gap(self, direction: Direction, length: int, ts_ns: int, frame: FrameRef) -> None:
        self.stream.gaps.append(Gap(direction, length, frame))
        if self.consumer is not None:
            self.consumer.gap(direction, length, frame, ts_ns)

    def _deliver(self, segment: Segment) -> None:
        self._waiting_bytes -= len(segment.data)
        side = self._sides[segment.direction]
        if segment.end <= side.next:
            return
        skip = side.next - segment.start
        fresh = segment.data[skip:] if skip else segment.data
        if fresh:
            side.remember(side.next, fresh)
            if self.consumer is not None:
                self.consumer.data(segment.direction, fresh, segment.frame, segment.ts_ns)
        side.next = max(side.next, segment.start + len(segment.data))
        if segment.end > side.next:
            self._gap(segment.direction, segment.end - side.next, segment.ts_ns, segment.frame)
            side.next = segment.end

    def finish(self) -> None:
        """Deliver what still waits, holes becoming gaps, and note bytes that were acknowledged but never captured."""
        if self._finished:
            return
        self._finished = True
        self._deliver_ready()
        while self._waiting:
            self._give_up()
            self._deliver_ready()
        for direction, side in self._sides.items():
            sent = side.fin if side.fin is not None else side.acked
            # A FIN takes a place of its own, so its acknowledgement lies one beyond the last byte.
            lacking = min(side.acked, sent) - side.next
            if lacking > 0 and side.origin is not None and not (side.fin is None and lacking == 1):
                self._gap(direction, lacking, self.stream.last_ns, self.stream.last)
                side.next += lacking


def _differ(one: Segment, two: Segment) -> bool:
    low = max(one.start, two.start)
    high = min(one.start + len(one.data), two.start + len(two.data))
    return low < high and one.data[low - one.start : high - one.start] != two.data[low - two.start : high - two.start]
