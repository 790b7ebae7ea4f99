"""One TCP connection: what its headers say, kept in its `Stream` row; its bytes go to its reassembly.

A segment whose checksum is wrong, unlike its sender's others, was discarded by the receiver, and makes way for its copy
(`bad_checksums.py`); so do NULs that may be a frame's padding (`padding.py`). Packets that go on without a flaw are
taken together (`fast_path.py`), with the same result.
"""

from __future__ import annotations

from wanwitness.model import Direction, FrameRef, Mark, Sentence, Stream
from wanwitness.oddities import ODD
from wanwitness.packets.header_fields import ACK, FIN, PSH, RST, SYN

from .bad_checksums import Arrival, BadChecksums
from .fast_path import NUMBERS, FastWindow, InOrderRun, Standing
from .half_stream import OTHER, HalfStream, Segment
from .packet import Packet
from .padding import may_be_padding
from .reassembly import PATIENCE_PACKETS, Consumer, Reassembly

MAX_LEAP = 1 << 24
"""A sequence or acknowledgement number further off than this belongs to no window in use, and is not believed, unless
`PATIENCE_PACKETS` in a row agree that the capture missed so much."""
MAX_MARKS = 48


class Connection:
    """Keeps the `Stream` row of one connection, and has its bytes put together."""

    __slots__ = ("_doubtful", "_far", "_sides", "reassembly", "seen_ns", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.reassembly = Reassembly(stream)
        self.seen_ns = 0
        """How much time had gone by at its last packet, by `Tracker`'s clock."""
        self._sides = self.reassembly.sides
        self._far = 0
        """Packets in a row whose numbers were not believed."""
        self._doubtful = BadChecksums()

    @property
    def consumer(self) -> Consumer | None:
        """Who reads its bytes."""
        return self.reassembly.consumer

    @consumer.setter
    def consumer(self, consumer: Consumer | None) -> None:
        self.reassembly.consumer = consumer

    @property
    def established(self) -> bool:
        """Whether anything but SYNs has been seen."""
        stream = self.stream
        return stream.packets_resp > 0 or stream.payload_orig > stream.payload_syn

    @property
    def ended(self) -> bool:
        """Whether a RST or a FIN of each direction has been seen."""
        orig, resp = self._sides.values()
        return self.stream.ended == "rst" or (orig.fin is not None and resp.fin is not None)

    def fits(self, direction: Direction, packet: Packet) -> bool:
        """Whether a SYN is this connection's: its own, repeated or captured late, or the answer to it."""
        # What comes with a SYN may be acknowledged with it (RFC 7413).
        answered = self._sides[OTHER[direction]].isn if packet.flags & ACK else None
        sent = 0 if answered is None else (packet.ack - answered - 1) & 0xFFFFFFFF
        return self._sides[direction].fits((packet.seq + 1) & 0xFFFFFFFF) and sent <= 0xFFFF

    def continues(self, direction: Direction, packet: Packet) -> bool:
        """Whether a packet's numbers are about where this connection has come to, as far as that is known."""
        side, other = self._sides[direction], self._sides[OTHER[direction]]
        sent = side.origin is None or abs(side.position(packet.seq) - side.next) <= MAX_LEAP
        acked = packet.ack if packet.flags & ACK and other.origin is not None else None
        return sent and (acked is None or abs(other.position(acked) - other.next) <= MAX_LEAP)

    @property
    def smooth(self) -> bool:
        """Whether both directions are known from their first byte on and nothing is held back: only then it takes
        runs.
        """
        return not self._doubtful and self.reassembly.smooth

    def standing(self, *, forward: bool) -> Standing:
        """Where it stands, if it is smooth."""
        orig, resp = self._sides.values()
        return Standing(
            forward,
            orig.due,
            resp.due,
            orig.fin is not None,
            resp.fin is not None,
            *self._doubtful.offloads,
            opens=False,
        )

    def run(self, run: InOrderRun) -> None:
        """Take a run of packets without a flaw: one that continues a smooth connection, or that opens this one."""
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
        last = run.rows[-1]
        late = last if window.ts_ns[last] == run.last_ns else max(run.rows, key=window.ts_ns.__getitem__)
        stream.note_last(window.frames[last], window.ts_ns[last], window.frames[late], run.last_ns)
        for row in run.rows if window.several_captures else run.rows[:1]:
            stream.note_capture(window.frames[row].capture)
        self._far = 0
        for sender, count, wrong in zip(self._sides, run.packets, run.wrong, strict=True):
            if wrong:
                self._doubtful.offload(sender)
            elif count:
                self._doubtful.right(sender)
        consumer, marks = self.consumer, stream.marks
        unmarked = MAX_MARKS - len(marks)
        frames, times = window.frames, window.ts_ns
        for row in run.payload:
            direction: Direction = "orig" if window.from_orig[row] else "resp"
            side = orig if direction == "orig" else resp
            frame, ts_ns, payload = frames[row], times[row], window.payload(row)
            if unmarked > 0:
                unmarked -= 1
                marks.append(Mark(direction, window.seq[row], len(payload), False, ts_ns, frame))
            if direction == "orig":
                stream.payload_orig += len(payload)
            else:
                stream.payload_resp += len(payload)
            side.remember(side.next, payload)
            side.next += len(payload)
            if consumer is not None:
                other = resp if direction == "orig" else orig
                unread = (other.due - window.ack[row]) % NUMBERS
                consumer.data(direction, payload, frame, ts_ns, unread)
        for row in run.fins:
            direction = "orig" if window.from_orig[row] else "resp"
            side = self._sides[direction]
            side.fin = side.next
            if stream.ended_by is None:
                stream.ended, stream.ended_by, stream.end_frame = "fin", direction, window.frames[row]

    def _run_syn(self, direction: Direction, row: int, window: FastWindow) -> None:
        flags = SYN if direction == "orig" else SYN | ACK
        first = (window.seq[row] + 1) % NUMBERS
        self._syn(direction, first, window.ack[row], flags, window.ts_ns[row], window.frames[row])

    def packet(self, direction: Direction, packet: Packet) -> Sentence | None:
        """Take one packet of the connection; return what is odd about it, if anything is.

        Args:
            direction: who sent it.
            packet: it.
        """
        if not may_be_padding(packet):
            return self._take(direction, packet)
        odd = self._take(direction, packet._replace(payload=b""))
        if not packet.flags & (SYN | FIN):
            self._doubtful.hold_padding(Arrival(direction, packet))
        return odd

    def _take(self, direction: Direction, packet: Packet) -> Sentence | None:
        doubtful = self._doubtful
        if not (packet.wrong_sum or doubtful):
            doubtful.right(direction)
            return self._packet(direction, packet)
        arrival = Arrival(direction, packet)
        if doubtful.holds(arrival):
            return None
        acknowledged, brought = doubtful.settle(arrival)
        for held in acknowledged:
            self._packet(*held)
        odd = self._packet(direction, packet)
        if brought:
            odd = ODD("odd-sent-again", frames=tuple(str(held.packet.frame.number) for held in brought))
        return odd

    def _packet(self, direction: Direction, packet: Packet) -> Sentence | None:
        frame, ts_ns, seq, ack, flags, length = (
            packet.frame,
            packet.ts_ns,
            packet.seq,
            packet.ack,
            packet.flags,
            packet.length,
        )
        stream, side, other = self.stream, self._sides[direction], self._sides[OTHER[direction]]
        stream.note_last(frame, ts_ns, frame, ts_ns)
        stream.note_capture(frame.capture)
        if self._is_of_an_older(direction, packet):
            return ODD("odd-older-answer")
        side.packets += 1
        if direction == "orig":
            stream.packets_orig += 1
            stream.payload_orig += length
            stream.payload_syn += length if flags & SYN else 0
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
            return ODD("odd-far-sequence")
        if flags & ACK:
            if other.origin is None:
                other.origin = ack
            acked = other.position(ack)
            if self._too_far(acked - other.next):
                return ODD("odd-far-acknowledgement")
            if acked > other.acked:
                other.acked = acked
        if self._far == far:
            self._far = 0

        odd = None
        if length:
            if len(stream.marks) < MAX_MARKS:
                stream.marks.append(Mark(direction, seq, length, False, ts_ns, frame))
            segment = Segment(direction, start, packet.payload, packet.missing, acked, ts_ns, frame, bool(flags & PSH))
            odd = self.reassembly.arrive(segment)
        if flags & FIN and side.fin is None:
            side.fin = start + length
            if stream.ended_by is None:
                stream.ended, stream.ended_by, stream.end_frame = "fin", direction, frame
        if self.reassembly.waiting:
            self.reassembly.drain()
        return odd

    def _is_of_an_older(self, direction: Direction, packet: Packet) -> bool:
        """Whether a packet speaks of an older connection of the ports, which the server still held at the SYN.

        It answers the SYN with the older one's numbers, the client resets that, and sends its SYN again (RFC 9293
        section 3.5.1, RFC 5961 section 4).
        """
        first, flags = self._sides["orig"].isn, packet.flags
        if first is None or self._sides["resp"].origin is not None or self.stream.payload_orig or flags & SYN:
            return False
        if flags & RST:
            return direction == "orig" and (packet.seq - first) & 0xFFFFFFFF > 1
        return direction == "resp" and bool(flags & ACK) and (packet.ack - first - 1) & 0xFFFFFFFF > 0xFFFF

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

    def _reset(self, direction: Direction, side: HalfStream, seq: int, frame: FrameRef) -> Sentence | None:
        stream = self.stream
        if side.origin is not None and abs(side.position(seq) - side.next) > MAX_LEAP:
            return ODD("odd-far-sequence")
        if direction == "resp" and side.origin is None and stream.syn is not None:
            stream.refused = stream.refused or frame
        if stream.ended != "rst" and not self.ended:
            stream.ended, stream.end_frame = "rst", frame
            stream.ended_by = stream.ended_by or direction
        return None

    def finish(self) -> None:
        """Deliver what is still held, holes becoming gaps."""
        for held in self._doubtful.release():
            self._packet(*held)
        self.reassembly.finish()
