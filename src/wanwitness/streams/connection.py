"""One TCP connection: both directions reassembled, and delivered in the order in which the ends saw them.

A segment is delivered when the bytes before it have been delivered (RFC 9293 section 3.4) *and* the bytes it
acknowledges have: whoever sent it had read those. So a command always comes before its reply, in whatever order the
capture wrote them down.

What is missing is waited for as long as it may still come. Bytes that the other end has acknowledged were sent and
received, and only the capture lacks them; they are given up as a gap once a few more packets have passed, since a
capture may write packets slightly out of order. Bytes not yet acknowledged will be sent again, and are waited for
until a bound on memory is met. Where the SYN was not captured, the first few packets wait too, until it is plain which
comes first.

Where two segments carry different bytes for one place, the first captured counts, and the other's frame is kept: which
of them the receiver used cannot be known from outside (Ptacek and Newsham, 1998). But a segment whose checksum is
wrong, unlike its sender's others, was discarded by the receiver, and makes way for its copy (`doubtful.py`).
"""

from __future__ import annotations

from typing import Protocol

from wanwitness.model import Direction, FrameRef, Gap, Mark, Stream
from wanwitness.packets.tcp_flags import ACK, FIN, RST, SYN

from .doubtful import Arrival, Doubtful
from .runs import NUMBERS, Run, Standing, Window
from .side import Segment, Side

PATIENCE_PACKETS = 12
"""Packets of the connection after which acknowledged but uncaptured bytes are a gap: more than captures reorder by.

Not a time: nothing is gained by giving up early, and a stray time stamp would do it.
"""
MAX_WAITING = 256
"""Segments that may wait behind a hole; a full 64 KiB window of 1,460-byte segments is 45."""
MAX_WAITING_BYTES = 1 << 20
MAX_LEAP = 1 << 24
"""A sequence or acknowledgement number further off than this belongs to no window in use, and is not believed, unless
`PATIENCE_PACKETS` in a row agree that the capture missed so much."""
MAX_MARKS = 48
MAX_OVERLAPS = 1000

OTHER: dict[Direction, Direction] = {"orig": "resp", "resp": "orig"}


class Consumer(Protocol):
    """Who reads a connection's bytes."""

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        """Take the next bytes of one direction."""

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Learn that the next `length` bytes of one direction were sent but not captured."""


class Connection:
    """Reassembles one connection, keeps its `Stream` row, and feeds its consumer."""

    __slots__ = (
        "_doubtful",
        "_far",
        "_finished",
        "_sides",
        "_stuck",
        "_waiting",
        "_waiting_bytes",
        "consumer",
        "seen_ns",
        "stream",
    )

    def __init__(self, stream: Stream, consumer: Consumer | None = None) -> None:
        self.stream = stream
        self.consumer = consumer
        self.seen_ns = 0
        """How much time had gone by at its last packet, by `Tracker`'s clock."""
        self._sides: dict[Direction, Side] = {"orig": Side(), "resp": Side()}
        self._waiting: list[Segment] = []
        """In the order of capture; those of one direction do not overlap."""
        self._waiting_bytes = 0
        self._stuck = 0
        """Packets since anything was delivered, while something waits."""
        self._far = 0
        """Packets in a row whose numbers were not believed."""
        self._doubtful = Doubtful()
        self._finished = False

    @property
    def established(self) -> bool:
        """Whether anything but a SYN has been seen."""
        stream = self.stream
        return stream.packets_resp > 0 or stream.payload_orig > 0

    @property
    def ended(self) -> bool:
        """Whether a RST or a FIN of each direction has been seen."""
        orig, resp = self._sides.values()
        return self.stream.ended == "rst" or (orig.fin is not None and resp.fin is not None)

    def fits(self, direction: Direction, seq: int, ack: int, flags: int) -> bool:
        """Whether a SYN is this connection's: its own, repeated or captured late, or the answer to it."""
        # What comes with a SYN may be acknowledged with it (RFC 7413).
        answered = self._sides[OTHER[direction]].isn if flags & ACK else None
        sent = 0 if answered is None else (ack - answered - 1) & 0xFFFFFFFF
        return self._sides[direction].fits((seq + 1) & 0xFFFFFFFF) and sent <= 0xFFFF

    def continues(self, direction: Direction, seq: int, ack: int, flags: int) -> bool:
        """Whether a packet's numbers are about where this connection has come to, as far as that is known."""
        side, other = self._sides[direction], self._sides[OTHER[direction]]
        sent = side.origin is None or abs(side.position(seq) - side.next) <= MAX_LEAP
        had = not flags & ACK or other.origin is None or abs(other.position(ack) - other.next) <= MAX_LEAP
        return sent and had

    @property
    def smooth(self) -> bool:
        """Whether both directions are known from a first byte on, and nothing of them waits: then it can take a run."""
        orig, resp = self._sides.values()
        return not self._waiting and not self._doubtful and orig.smooth and resp.smooth

    def standing(self, *, forward: bool) -> Standing:
        """Where it stands, if it is smooth."""
        orig, resp = self._sides.values()
        return Standing(forward, orig.due, resp.due, orig.fin is not None, resp.fin is not None, opens=False)

    def run(self, run: Run) -> None:
        """Take packets that go on without a flaw where a smooth connection stood, or that open this one."""
        stream, window, (orig, resp) = self.stream, run.window, self._sides.values()
        from_orig, from_resp = run.packets
        # A SYN stands before the first byte.
        stood = (-1, -1) if run.standing.opens else (orig.reached, resp.reached)
        if run.standing.opens:
            self._run_syn("orig", run.rows[0], window)
        if run.answer is not None:
            self._run_syn("resp", run.answer, window)
        orig.packets += from_orig
        resp.packets += from_resp
        stream.packets_orig += from_orig
        stream.packets_resp += from_resp
        orig.acked = max(orig.acked, stood[0] + run.acked[0])
        resp.acked = max(resp.acked, stood[1] + run.acked[1])
        stream.last_ns, stream.last = max(stream.last_ns, run.last_ns), window.frame(run.rows[-1])
        self._far = 0
        if from_orig:
            self._doubtful.right("orig")
        if from_resp:
            self._doubtful.right("resp")
        consumer, marks = self.consumer, stream.marks
        for row in run.payload:
            direction: Direction = "orig" if window.from_orig[row] else "resp"
            side = orig if direction == "orig" else resp
            frame, ts_ns, payload = window.frame(row), window.ts_ns[row], window.payload(row)
            if len(marks) < MAX_MARKS:
                marks.append(Mark(direction, window.seq[row], len(payload), False, ts_ns, frame))
            if direction == "orig":
                stream.payload_orig += len(payload)
            else:
                stream.payload_resp += len(payload)
            side.remember(side.next, payload)
            side.next += len(payload)
            if consumer is not None:
                consumer.data(direction, payload, frame, ts_ns)
        for row in run.fins:
            direction = "orig" if window.from_orig[row] else "resp"
            side = self._sides[direction]
            side.fin = side.next
            if stream.ended_by is None:
                stream.ended, stream.ended_by, stream.end_frame = "fin", direction, window.frame(row)

    def _run_syn(self, direction: Direction, row: int, window: Window) -> None:
        flags = SYN if direction == "orig" else SYN | ACK
        first = (window.seq[row] + 1) % NUMBERS
        self._syn(direction, first, window.ack[row], flags, window.ts_ns[row], window.frame(row))

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
        *,
        wrong_sum: bool = False,
    ) -> str | None:
        """Take one packet of the connection; return what is odd about it, if anything is.

        Args:
            direction: who sent it.
            seq: sequence number.
            ack: acknowledgement number.
            flags: as on the wire.
            payload: the bytes captured.
            missing: bytes behind them that the snap length cut off.
            ts_ns: when.
            frame: which.
            wrong_sum: its TCP checksum is known to be wrong.
        """
        doubtful = self._doubtful
        if not (wrong_sum or doubtful):
            doubtful.right(direction)
            return self._packet(direction, seq, ack, flags, payload, missing, ts_ns, frame)
        packet = Arrival(direction, seq, ack, flags, payload, missing, ts_ns, frame)
        if doubtful.holds(packet, wrong_sum=wrong_sum):
            return None
        acknowledged, brought = doubtful.settle(packet)
        for held in acknowledged:
            self._packet(*held)
        odd = self._packet(*packet)
        if brought:
            frames = ", ".join(str(held.frame.number) for held in brought)
            odd = f"sent again with the right checksum; what frame {frames} had with a wrong one is not used"
        return odd

    def _packet(
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
        stream, side, other = self.stream, self._sides[direction], self._sides[OTHER[direction]]
        if ts_ns > stream.last_ns:
            stream.last_ns = ts_ns
        stream.last = frame
        if self._is_of_an_older(direction, seq, ack, flags):
            return "answer of a server that still held an older connection"
        side.packets += 1
        length = len(payload) + missing
        if direction == "orig":
            stream.packets_orig += 1
            stream.payload_orig += length
        else:
            stream.packets_resp += 1
            stream.payload_resp += length

        if flags & (RST | ACK) == RST | ACK and direction == "resp" and stream.packets_orig == 0 and side.packets == 1:
            other.begin(ack)  # it answers a SYN that was not captured
            other.isn = stream.isn_orig = (ack - 1) & 0xFFFFFFFF
            stream.refused = frame
        if flags & RST:  # what it carries is a message to people (RFC 9293 section 3.5.3), and not of the stream
            return self._reset(direction, side, seq, frame)
        if flags & SYN:
            seq = (seq + 1) & 0xFFFFFFFF
            self._syn(direction, seq, ack, flags, ts_ns, frame)
        if side.origin is None:
            side.origin = seq
        start, acked, far = side.position(seq), None, self._far
        if self._too_far(start - side.next):
            return "sequence number far outside the window"
        if flags & ACK:
            if other.origin is None:
                other.origin = ack
            acked = other.position(ack)
            if self._too_far(acked - other.next):
                return "acknowledgement number far outside the window"
            if acked > other.acked:
                other.acked = acked
        if self._far == far:
            self._far = 0

        odd = None
        if length:
            if len(stream.marks) < MAX_MARKS:
                stream.marks.append(Mark(direction, seq, length, False, ts_ns, frame))
            odd = self._arrive(side, Segment(direction, start, payload, missing, acked, ts_ns, frame))
        if flags & FIN and side.fin is None:
            side.fin = start + length
            if stream.ended_by is None:
                stream.ended, stream.ended_by, stream.end_frame = "fin", direction, frame
        if self._waiting:
            self._drain()
        return odd

    def _is_of_an_older(self, direction: Direction, seq: int, ack: int, flags: int) -> bool:
        """Whether a packet speaks of an older connection of the ports, which the server still held at the SYN.

        It answers the SYN with the older one's numbers, the client resets that, and sends its SYN again (RFC 9293
        section 3.5.1, RFC 5961 section 4).
        """
        first = self._sides["orig"].isn
        if first is None or self._sides["resp"].origin is not None or self.stream.payload_orig or flags & SYN:
            return False
        if flags & RST:
            return direction == "orig" and (seq - first) & 0xFFFFFFFF > 1
        return direction == "resp" and bool(flags & ACK) and (ack - first - 1) & 0xFFFFFFFF > 0xFFFF

    def _too_far(self, distance: int) -> bool:
        if -MAX_LEAP <= distance <= MAX_LEAP:
            return False
        self._far += 1
        return distance < 0 or self._far <= PATIENCE_PACKETS

    def _syn(self, direction: Direction, first: int, ack: int, flags: int, ts_ns: int, frame: FrameRef) -> None:
        stream, side = self.stream, self._sides[direction]
        isn = (first - 1) & 0xFFFFFFFF
        side.begin(first)
        if flags & ACK:
            self._sides[OTHER[direction]].begin(ack)
        if direction == "orig" and stream.syn is None:
            stream.syn, stream.syn_ns, stream.isn_orig = frame, ts_ns, isn
        elif direction == "resp" and stream.synack is None:
            stream.synack, stream.synack_ns, stream.isn_resp = frame, ts_ns, isn
            if stream.refused is not None:  # an earlier SYN was, and this one is not
                stream.refused = stream.ended_by = stream.end_frame = None
                stream.ended = "eof"
        else:
            return
        side.isn = isn
        stream.marks.append(Mark(direction, isn, 0, True, ts_ns, frame))

    def _reset(self, direction: Direction, side: Side, seq: int, frame: FrameRef) -> str | None:
        stream = self.stream
        if side.origin is not None and abs(side.position(seq) - side.next) > MAX_LEAP:
            return "sequence number far outside the window"
        if direction == "resp" and side.origin is None and stream.syn is not None:
            stream.refused = stream.refused or frame
        if stream.ended != "rst" and not self.ended:
            stream.ended, stream.end_frame = "rst", frame
            stream.ended_by = stream.ended_by or direction
        return None

    def _arrive(self, side: Side, segment: Segment) -> str | None:
        """Deliver a segment, or let what is new of it wait."""
        if not self._waiting and segment.start == side.next and self._ready(segment):
            self._deliver(segment)
            return None
        contradicts = segment.start < side.next and side.contradicts(segment)
        pieces = [segment]
        if segment.start < side.next and side.begun:
            pieces = [segment.between(side.next, segment.end)] if segment.end > side.next else []
        for waiting in self._waiting:
            if waiting.direction == segment.direction and waiting.start < segment.end and segment.start < waiting.end:
                contradicts |= waiting.contradicts(segment.start, segment.data)
                pieces = [part for piece in pieces for part in _without(piece, waiting.start, waiting.end)]
        self._waiting += pieces
        self._waiting_bytes += sum(len(piece.data) for piece in pieces)
        if not contradicts:
            return None
        if len(self.stream.overlaps) < MAX_OVERLAPS:
            self.stream.overlaps.append(segment.frame)
        return "bytes differ from those captured before for the same place"

    def _drain(self) -> None:
        """Deliver what can be delivered; give up what will not come."""
        self._stuck = 0 if self._deliver_ready() else self._stuck + 1
        while self._waiting:
            full = len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES
            if not (full or self._stuck > PATIENCE_PACKETS or self._one_sided) or not self._give_up(full):
                return
            self._deliver_ready()
            self._stuck = 0

    @property
    def _one_sided(self) -> bool:
        """Whether one direction was never captured: it will not come late."""
        orig, resp = self._sides.values()
        return (not orig.packets or not resp.packets) and orig.packets + resp.packets > PATIENCE_PACKETS

    def _deliver_ready(self) -> bool:
        """Deliver until nothing that waits is ready; return whether anything was."""
        delivered = False
        while (ready := next((i for i, s in enumerate(self._waiting) if self._ready(s)), None)) is not None:
            self._take(ready)
            delivered = True
        return delivered

    def _ready(self, segment: Segment) -> bool:
        side, other = self._sides[segment.direction], self._sides[OTHER[segment.direction]]
        return (
            side.begun
            and segment.start <= side.next
            and (segment.acked is None or segment.acked <= other.next or segment.acked <= other.reached)
        )

    def _take(self, index: int) -> None:
        segment = self._waiting.pop(index)
        self._waiting_bytes -= len(segment.data)
        self._deliver(segment)

    def _give_up(self, full: bool) -> bool:
        """Turn what holds up the waiting segments into a gap, if that was acknowledged (or, where the memory is `full`,
        in any case); return whether that helped.
        """
        began = False
        for direction, side in self._sides.items():
            starts = [s.start for s in self._waiting if s.direction == direction]
            if starts and not side.begun:
                side.next, side.begun, began = min(starts), True, True
        if began:
            return True
        turn = {s.direction: i for i, s in reversed(list(enumerate(self._waiting))) if s.start <= self._next(s)}
        if len(turn) == 2:  # each waits for the other: acknowledgements contradict each other
            self._take(min(turn.values()))
            return True
        first = self._waiting[0]
        nearest: Direction = OTHER[first.direction] if first.start <= self._next(first) else first.direction
        return any(direction not in turn and self._skip(direction, full) for direction in (nearest, OTHER[nearest]))

    def _next(self, segment: Segment) -> int:
        return self._sides[segment.direction].next

    def _skip(self, direction: Direction, full: bool) -> bool:
        """Pass over the hole in one direction, up to the first place that something waits for."""
        side = self._sides[direction]
        places = [(s.start if s.direction == direction else s.acked, s) for s in self._waiting]
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
        side = self._sides[direction]
        side.next += length
        side.begun = True
        self.stream.gaps.append(Gap(direction, length, frame))
        if self.consumer is not None:
            self.consumer.gap(direction, length, frame, ts_ns)

    def _deliver(self, segment: Segment) -> None:
        side = self._sides[segment.direction]
        end = segment.end
        if end <= side.next:
            return
        if segment.start < side.next:
            segment = segment.between(side.next, end)
        if segment.data:
            side.next += len(segment.data)
            side.remember(segment.start, segment.data)
            if self.consumer is not None:
                self.consumer.data(segment.direction, segment.data, segment.frame, segment.ts_ns)
        if segment.missing:
            self._gap(segment.direction, segment.missing, segment.ts_ns, segment.frame)

    def finish(self) -> None:
        """Deliver what still waits, holes becoming gaps, and note bytes that were sent but never captured."""
        if self._finished:
            return
        self._finished = True
        for held in self._doubtful.release():
            self._packet(*held)
        self._deliver_ready()
        while self._waiting and self._give_up(full=True):
            self._deliver_ready()
        for direction, side in self._sides.items():
            lacking = (side.acked if side.fin is None else side.fin) - side.next
            # One byte acknowledged beyond the last may be a FIN that was not captured.
            if lacking > (side.fin is None):
                self._gap(direction, lacking, self.stream.last_ns, self.stream.last)


def _without(segment: Segment, low: int, high: int) -> list[Segment]:
    """What is left of a segment outside the positions from `low` to `high`."""
    parts = []
    if segment.start < low:
        parts.append(segment.between(segment.start, min(low, segment.end)))
    if segment.end > high:
        parts.append(segment.between(max(high, segment.start), segment.end))
    return parts
