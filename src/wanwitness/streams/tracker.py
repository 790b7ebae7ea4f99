"""Every TCP connection of one capture point: opened as its first packet comes, closed as it ends.

Time is the packets' own, so that a file and a live interface behave alike. A single packet with a stray time stamp
closes nothing: the clock of this room only moves on when two packets in a row say so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wanwitness.model import Direction, Endpoint, FrameRef, Stream

from .connection import ACK, RST, SYN, Connection, Consumer
from .oddities import Oddities

MAIL_PORTS = frozenset((25, 465, 587, 2525))
SERVICE_PORTS = MAIL_PORTS | {53}

SECOND = 1_000_000_000
SWEEP_NS = 10 * SECOND
LINGER_NS = 30 * SECOND
"""How long an ended connection is remembered, so that its stragglers open no new one."""
IDLE_NS = 3600 * SECOND
"""An open connection without packets for so long is given up; SMTP's longest timeout is 10 min (RFC 5321 4.5.3.2)."""
HANDSHAKE_NS = 300 * SECOND
"""A SYN that nothing answers for so long stays unanswered; Linux gives up after 127 s."""
ODD_PORT_HANDSHAKE_NS = 60 * SECOND
"""On ports that are not mail's a handshake is only kept in case SMTP follows; its banner comes at once or never."""
MAX_HANDSHAKES = 65_536
"""Handshakes kept for other ports: a SYN flood must not fill the memory."""
RECENT_NS = 5 * SECOND
"""DESIGN: an answer is plainly a connection's own if it was asked for within 5 s before the SYN."""

Packed = tuple[bytes, int]
Labels = Callable[[], tuple[int | None, int | None]]
"""TCP timestamp of a SYN, and what its IP header is told apart by."""
Packet = tuple[FrameRef, int, Packed, Packed, int, int, int, int, bytes, int, Labels, bool]
"""The arguments of `Tracker.packet`."""
Key = tuple[Packed, Packed]
Address = Callable[[bytes], str]
Opener = Callable[[Stream], Consumer | None]
Closer = Callable[[Stream, Consumer | None], None]


class Tracker:
    """Gives each TCP packet to its connection.

    Args:
        opened: gives a connection's consumer; called at its first payload, or at its end if it had none.
        closed: called when a connection has ended, with every byte delivered. Neither is called for connections on
            other ports than mail's that never had a payload.
        address: 16 address bytes as text.

    """

    def __init__(self, opened: Opener, closed: Closer, address: Address) -> None:
        self.oddities = Oddities("TCP")
        self._opened, self._closed, self._address = opened, closed, address
        self._connections: dict[Key, Connection] = {}
        self._openers: dict[Key, Packed] = {}
        self._strays: dict[Key, Packet] = {}
        """SYNs that came inside open connections, and may be answered yet."""
        self._recent: dict[tuple[bytes, bytes], deque[int]] = {}
        self._previous_ns = 0
        self._swept_ns: int | None = None
        self._handshakes: dict[Key, None] = {}
        """Connections on other ports of which no payload has been seen, oldest first."""

    def __len__(self) -> int:
        return len(self._connections)

    def packet(
        self,
        frame: FrameRef,
        ts_ns: int,
        src: Packed,
        dst: Packed,
        seq: int,
        ack: int,
        flags: int,
        ttl: int,
        payload: bytes,
        missing: int,
        labels: Labels,
        wrong_sum: bool = False,
    ) -> None:
        """Take one TCP packet. `labels` reads what few packets are asked for, and is called for a SYN alone."""
        self._pass_time(ts_ns)
        key = (src, dst) if src <= dst else (dst, src)
        if flags & (SYN | RST) == SYN and key in self._connections:
            packet: Packet = (frame, ts_ns, src, dst, seq, ack, flags, ttl, payload, missing, labels, wrong_sum)
            if not self._belongs(key, packet):
                return
        self._take(key, frame, ts_ns, src, dst, seq, ack, flags, ttl, payload, missing, labels, wrong_sum)

    def _take(
        self,
        key: Key,
        frame: FrameRef,
        ts_ns: int,
        src: Packed,
        dst: Packed,
        seq: int,
        ack: int,
        flags: int,
        ttl: int,
        payload: bytes,
        missing: int,
        labels: Labels,
        wrong_sum: bool,
    ) -> None:
        connection = self._connections.get(key)
        if connection is None:
            # A refusal tells of a SYN that was not captured; RFC 9293 section 3.10.7.1 has its sequence number be 0.
            refuses = flags & (SYN | RST | ACK) == RST | ACK and seq == 0 and src[1] in MAIL_PORTS
            if not refuses and (flags & RST or not (payload or flags & SYN)):
                return  # a straggler of a connection that is not followed
            connection = self._open(key, frame, ts_ns, src, dst, flags, payload)
        stream = connection.stream
        direction: Direction = "orig" if self._openers[key] == src else "resp"
        if direction == "orig" and stream.ttl_orig is None:
            stream.ttl_orig = ttl
        if flags & (SYN | ACK | RST) == SYN and direction == "orig" and stream.syn is None:
            stream.tsval_orig, stream.ident_orig = labels()
            stream.connects_before = self._note_connect(src[0], dst[0], ts_ns)
        if connection.consumer is None and (payload or missing):
            connection.consumer = self._opened(stream)
            self._handshakes.pop(key, None)
        odd = connection.packet(direction, seq, ack, flags, payload, missing, ts_ns, frame, wrong_sum=wrong_sum)
        if odd:
            self.oddities.add(frame, odd)

    def unreachable(self, frame: FrameRef, ts_ns: int, orig: Packed, resp: Packed, seq: int) -> None:
        """Take an ICMP error about a packet from `orig` to `resp`: before any answer, it refuses the connection."""
        self._pass_time(ts_ns)
        key = (orig, resp) if orig <= resp else (resp, orig)
        connection = self._connections.get(key)
        if connection is None or self._openers[key] != orig:
            return
        stream = connection.stream
        if stream.packets_resp == 0 and stream.isn_orig == seq:
            stream.refused = stream.refused or frame

    def finish(self) -> None:
        """Close all that is open: the capture has ended."""
        for key in list(self._connections):
            self._close(key)

    def _belongs(self, key: Key, packet: Packet) -> bool:
        """Whether a SYN belongs to the connection of its ports, if need be to a new one in the old one's place."""
        frame, ts_ns, src, _, seq, ack, flags = packet[:7]
        connection = self._connections[key]
        stream = connection.stream
        if connection.fits("orig" if self._openers[key] == src else "resp", seq, ack, flags):
            return True
        if connection.ended or not connection.established or ts_ns - stream.last_ns > LINGER_NS:
            self._close(key)
            return True
        # RFC 5961 section 4: an established end answers a stray SYN with an ACK and goes on. If it answers with SYN and
        # ACK, it knew that the old connection had ended, and only the capture did not.
        stray = self._strays.get(key)
        if flags & ACK and stray is not None and stray[2] != src and (ack - stray[4] - 1) & 0xFFFFFFFF <= 0xFFFF:
            self._close(key)
            self._take(key, *stray)
            return True
        if not flags & ACK:
            self._strays[key] = packet
        self.oddities.add(frame, "SYN inside an open connection")
        return False

    def _open(
        self, key: Key, frame: FrameRef, ts_ns: int, src: Packed, dst: Packed, flags: int, payload: bytes
    ) -> Connection:
        if flags & SYN:
            from_orig = not flags & ACK
        elif (src[1] in SERVICE_PORTS) != (dst[1] in SERVICE_PORTS):
            from_orig = dst[1] in SERVICE_PORTS
        elif payload[:3].isdigit():
            from_orig = False
        else:
            from_orig = src[1] > dst[1]
        orig, resp = (src, dst) if from_orig else (dst, src)
        stream = Stream(
            Endpoint(self._address(orig[0]), orig[1]),
            Endpoint(self._address(resp[0]), resp[1]),
            first_ns=ts_ns,
            last_ns=ts_ns,
            first=frame,
            last=frame,
        )
        connection = self._connections[key] = Connection(stream)
        self._openers[key] = orig
        if resp[1] not in MAIL_PORTS:
            self._handshakes[key] = None
            if len(self._handshakes) > MAX_HANDSHAKES:
                self._close(next(iter(self._handshakes)))
        return connection

    def _note_connect(self, src: bytes, dst: bytes, ts_ns: int) -> list[int]:
        """Remember that `src` connects to `dst` now; return when it did so in the seconds before."""
        recent = self._recent.setdefault((src, dst), deque())
        while recent and recent[0] < ts_ns - RECENT_NS:
            recent.popleft()
        # A handshake of an odd port may be given here late: see `packets.handshakes`.
        before = sorted(at for at in recent if ts_ns - RECENT_NS <= at <= ts_ns)
        recent.append(ts_ns)
        return before

    def _pass_time(self, ts_ns: int) -> None:
        now, self._previous_ns = min(ts_ns, self._previous_ns), ts_ns
        if self._swept_ns is None:
            self._swept_ns = ts_ns
        if abs(now - self._swept_ns) < SWEEP_NS or now == 0:
            return
        self._swept_ns = now
        for key, connection in list(self._connections.items()):
            idle = now - connection.stream.last_ns
            if idle > LINGER_NS and idle > self._patience(connection):  # nobody's patience is less
                self._close(key)
        for pair in [p for p, times in self._recent.items() if times[-1] < now - RECENT_NS]:
            del self._recent[pair]

    @staticmethod
    def _patience(connection: Connection) -> int:
        if connection.ended or connection.stream.refused is not None:
            return LINGER_NS
        if connection.consumer is None and connection.stream.resp.port not in MAIL_PORTS:
            return ODD_PORT_HANDSHAKE_NS
        return IDLE_NS if connection.established else HANDSHAKE_NS

    def _close(self, key: Key) -> None:
        connection = self._connections.pop(key)
        stream = connection.stream
        del self._openers[key]
        self._handshakes.pop(key, None)
        self._strays.pop(key, None)
        if connection.consumer is None and stream.resp.port in MAIL_PORTS:
            connection.consumer = self._opened(stream)
        connection.finish()
        if stream.ended == "eof" and self._previous_ns - stream.last_ns > self._patience(connection):
            stream.ended = "idle"
        if connection.consumer is not None:
            self._closed(stream, connection.consumer)
