"""Every TCP connection of one capture point: opened as its first packet comes, closed as it ends.

Time is the packets' own, so that a file and a live interface behave alike: what has gone by as far as they show it
(`packet_clock.py`). A connection that has been silent for too long is over when its next packet comes, if it is not
swept out before that; so it makes no difference when there is a sweep, as long as the clock does not run back.

Where time stamps leap by as much, the clock may have been set, or nothing was captured for so long. Then the next
packet of the connection tells: it goes on where its numbers go on. If they do not, or it is a SYN, it is another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Direction, Endpoint, FrameRef, Oddity, Stream
from wanwitness.oddities import ODD, Oddities
from wanwitness.packets import Packets
from wanwitness.packets.header_fields import ACK, FIN, HEADER, RST, SYN, ident, tsval
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS

from .connection import Connection
from .fast_path import LONGEST_PAUSE_NS, InOrderRun, Standing, find_runs
from .packet import Key, Packed, Packet
from .packet_clock import PacketClock
from .reassembly import Consumer
from .unspoken import MAX_HANDSHAKES, Unspoken

SERVICE_PORTS = MAIL_PORTS | {DNS_PORT}

SECOND = 1_000_000_000
LINGER_NS = 30 * SECOND
"""How long an ended connection is remembered, so that its stragglers open no new one."""
IDLE_NS = 3600 * SECOND
"""An open connection without packets for so long is given up; SMTP's longest timeout is 10 min (RFC 5321 4.5.3.2)."""
HANDSHAKE_NS = 300 * SECOND
"""A SYN that nothing answers for so long stays unanswered; Linux gives up after 127 s."""
ODD_PORT_HANDSHAKE_NS = 60 * SECOND
"""On ports that are not mail's a handshake is only kept in case SMTP follows; its banner comes at once or never."""
WAITS_NS = tuple(LINGER_NS << n for n in range(5))
"""After how long a connection is looked at again; the longest is how late it may be given up."""
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
        self._copies: dict[Key, deque[tuple[FrameRef, int]]] = {}
        """Frames, with their times, that are copies of frames of their connection, and come next."""
        self._clock = PacketClock()
        self._now = 0
        """How much time has gone by at the packet in hand."""
        self._looks: dict[int, deque[tuple[int, Key, Connection]]] = {wait: deque() for wait in WAITS_NS}
        """By the length of the wait, the connections that are to be checked for too long a silence after it, and since
        when each waits.
        """
        self._unspoken = Unspoken()

    def __len__(self) -> int:
        return len(self._connections)

    def feed(self, packets: Packets, wrong: NDArray[np.bool_]) -> None:
        """Take the TCP packets of a window, in the capture's order.

        Args:
            packets: TCP packets.
            wrong: which of them have a wrong checksum.
        """
        if not len(packets):
            return
        passed = self._clock.read(packets.ts_ns)
        found, left = find_runs(packets, wrong, passed, self._stands)
        now = passed.tolist()
        data, waiting = packets.data, found[::-1]

        def take_runs(until: int) -> None:
            """Take the runs that begin before a row."""
            while waiting and waiting[-1].rows[0] < until:
                run = waiting.pop()
                self._now = now[run.rows[0]]
                self._run(run, packets).seen_ns = now[run.rows[-1]]

        alone = np.flatnonzero(left)
        for index, row, bad in zip(alone.tolist(), packets.take(alone).rows(), wrong[alone].tolist(), strict=True):
            take_runs(index)
            self._now = now[index]
            (capture, number, ts_ns, _, sport, dport, seq, ack, flags, ttl, src, dst, start, length, missing, l4) = row
            payload = data[start : start + length].tobytes() if length else b""
            labels = _labels(data, l4, start) if flags & SYN else (None, None)
            ends = (src, sport), (dst, dport)
            frame = FrameRef(capture, number)
            self._packet(Packet(frame, ts_ns, *ends, seq, ack, flags, ttl, payload, missing, *labels, bad))
        take_runs(len(packets))
        self._now = now[-1]
        self._take_copies(int(packets.number[-1]))
        self._sweep()

    def copied(self, copies: Iterable[Packets]) -> None:
        """Take note of frames that hold the same packets as some of those that are fed next.

        They are frames of their connections, whose bytes are not read again: a mirror port shows each twice. What a
        host answers with twice at once looks the same, as the resets of a socket that is closed (Linux gives them no
        identification).
        """
        self._take_copies(None)
        for packets in copies:
            for capture, number, ts_ns, _, sport, dport, _, _, _, _, src, dst, *_ in packets.rows():
                key = _key((src, sport), (dst, dport))
                self._copies.setdefault(key, deque()).append((FrameRef(capture, number), ts_ns))

    def _take_copies(self, until: int | None) -> None:
        """Let the copies up to a frame be frames of their connections."""
        for key in list(self._copies):
            self._take_copies_of(key, until)

    def _take_copies_of(self, key: Key, until: int | None) -> None:
        copies, connection = self._copies[key], self._connections.get(key)
        while copies and (until is None or copies[0][0].number < until):
            frame, ts_ns = copies.popleft()
            if connection is not None:
                connection.stream.note_copy(frame, ts_ns)
        if not copies:
            del self._copies[key]

    def _packet(self, packet: Packet) -> None:
        key = _key(packet.src, packet.dst)
        if key in self._copies:
            self._take_copies_of(key, packet.frame.number)
        connection = self._connections.get(key)
        if connection is None:
            pass
        elif self._idle(connection):
            self._close(key, idle=True)
        elif packet.flags & (SYN | RST) == SYN:
            if not self._belongs(key, packet):
                return
        elif self._silent(connection, packet.ts_ns) and not connection.continues(self._direction(key, packet), packet):
            self._close(key, idle=True)
        self._take(key, packet)

    def _stands(self, src: Packed, dst: Packed, seq: int, flags: int, passed_ns: int) -> Standing | None:
        """Where the connection of a packet stands, if it can take a run."""
        if DNS_PORT in (src[1], dst[1]):  # the messages of all connections are read in one order
            return None
        key = _key(src, dst)
        connection = self._connections.get(key)
        if connection is None:
            opens = flags & (SYN | ACK | RST | FIN) == SYN
            return Standing(True, seq, 0, False, False, False, False, opens=True) if opens else None
        idle = passed_ns - connection.seen_ns
        if abs(idle) > LONGEST_PAUSE_NS or key in self._strays or not connection.smooth:
            return None
        return connection.standing(forward=self._openers[key] == src)

    def _run(self, run: InOrderRun, packets: Packets) -> Connection:
        """Take a run of a connection that stands where `_stands` said, and return that."""
        window, src, dst = run.window, run.src, run.dst
        key = _key(src, dst)
        first = run.rows[0]
        if run.standing.opens:
            frame, ts_ns = window.frames[first], window.ts_ns[first]
            connection = self._open(key, src, dst, frame, ts_ns)
            stream = connection.stream
            stream.tsval_orig, stream.ident_orig = _labels(packets.data, int(packets.l4[first]), window.start[first])
        else:
            connection = self._connections[key]
            stream = connection.stream
        if stream.ttl_orig is None:
            stream.ttl_orig = next((window.ttl[row] for row in run.rows if window.from_orig[row]), None)
        if connection.consumer is None and run.payload:
            connection.consumer = self._opened(stream)
        connection.run(run)
        self._note_spoken(key, stream)
        return connection

    def _take(self, key: Key, packet: Packet) -> None:
        connection = self._connections.get(key)
        flags, src, dst = packet.flags, packet.src, packet.dst
        if connection is None:
            # A refusal tells of a SYN that was not captured; RFC 9293 section 3.10.7.1 has its sequence number be 0.
            refuses = flags & (SYN | RST | ACK) == RST | ACK and packet.seq == 0 and src[1] in MAIL_PORTS
            if not refuses and (flags & RST or not (packet.payload or flags & SYN)):
                return  # a straggler of a connection that is not followed
            ends = (src, dst) if _from_orig(packet) else (dst, src)
            connection = self._open(key, *ends, packet.frame, packet.ts_ns)
        stream = connection.stream
        direction = self._direction(key, packet)
        if direction == "orig" and stream.ttl_orig is None:
            stream.ttl_orig = packet.ttl
        if flags & (SYN | ACK | RST) == SYN and direction == "orig" and stream.syn is None:
            stream.tsval_orig, stream.ident_orig = packet.tsval, packet.ident
        if connection.consumer is None and packet.length:
            connection.consumer = self._opened(stream)
        connection.seen_ns = self._now
        odd = connection.packet(direction, packet)
        self._note_spoken(key, stream)
        if odd:
            self.oddities.add(packet.frame, odd)

    def _note_spoken(self, key: Key, stream: Stream) -> None:
        """Keep those both of whose ends were heard: something was said, and nobody hears made-up addresses."""
        if stream.packets_orig and stream.packets_resp and stream.payload_orig + stream.payload_resp:
            self._unspoken.forget(key)

    def _direction(self, key: Key, packet: Packet) -> Direction:
        return "orig" if self._openers[key] == packet.src else "resp"

    def unreachable(self, frame: FrameRef, ts_ns: int, orig: Packed, resp: Packed, seq: int) -> None:
        """Take an ICMP error about a packet from `orig` to `resp`: before any answer, it refuses the connection."""
        self._now = int(self._clock.read(np.array([ts_ns]))[0])
        key = _key(orig, resp)
        connection = self._connections.get(key)
        if connection is None or self._openers[key] != orig:
            return
        stream = connection.stream
        if stream.packets_resp == 0 and stream.isn_orig == seq:
            stream.refused = stream.refused or frame

    def open(self) -> Iterator[Connection]:
        """Give the connections that `closed` would be called for if the capture ended now."""
        self._take_copies(None)
        for connection in self._connections.values():
            if connection.consumer is not None or connection.stream.resp.port in MAIL_PORTS:
                yield connection

    def finish(self) -> None:
        """Close all that is open: the capture has ended."""
        self._take_copies(None)
        for looks in self._looks.values():  # they too hold the connections, and what has read them
            looks.clear()
        for key in list(self._connections):
            connection = self._connections[key]
            self._close(key, idle=self._idle(connection) or self._silent(connection, self._clock.told_ns))

    def _belongs(self, key: Key, packet: Packet) -> bool:
        """Whether a SYN belongs to the connection of its ports, if need be to a new one in the old one's place."""
        connection = self._connections[key]
        if connection.fits(self._direction(key, packet), packet):
            return True
        pause = packet.ts_ns - connection.stream.last_ns
        if connection.ended or not connection.established or pause > LINGER_NS:
            self._close(key, idle=self._silent(connection, packet.ts_ns))
            return True
        # RFC 5961 section 4: an established end answers a stray SYN with an ACK and goes on. If it answers with SYN and
        # ACK, it knew that the old connection had ended, and only the capture did not.
        stray = self._strays.get(key)
        answers = packet.flags & ACK and stray is not None and stray.src != packet.src
        if answers and stray is not None and (packet.ack - stray.seq - 1) & 0xFFFFFFFF <= 0xFFFF:
            self._close(key, idle=False)
            self._take(key, stray)
            return True
        if not packet.flags & ACK:
            self._strays[key] = packet
        self.oddities.add(packet.frame, ODD("odd-syn-inside"))
        return False

    def _open(self, key: Key, orig: Packed, resp: Packed, frame: FrameRef, ts_ns: int) -> Connection:
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
        self._looks[WAITS_NS[0]].append((self._now, key, connection))
        self._unspoken.add(key, connection)
        return connection

    def _sweep(self) -> None:
        """Close what nothing more is to come of, and the oldest of too many handshakes."""
        for key, mail in self._unspoken.surplus():
            self._close(key, idle=mail)
        self._forget_looks()
        for wait_ns, looks in self._looks.items():
            while looks and looks[0][0] < self._now - wait_ns:
                _, key, connection = looks.popleft()
                if self._connections.get(key) is not connection:
                    continue
                if self._idle(connection):
                    self._close(key, idle=True)
                else:
                    # The longer it has been silent, the longer it may wait: so all looks together are as many as there
                    # are packets, and a few for each connection.
                    silent = self._now - connection.seen_ns
                    wait = max((wait for wait in WAITS_NS if wait <= silent), default=WAITS_NS[0])
                    self._looks[wait].append((self._now, key, connection))

    def odd(self) -> list[Oddity]:
        """Return what was odd, and how many connections were given up for there were too many."""
        given_up = self._unspoken.odd()
        return [*self.oddities.rows(), *([given_up] if given_up else [])]

    def _forget_looks(self) -> None:
        """Let go of closed connections, where the looks at them are most."""
        if sum(map(len, self._looks.values())) <= 2 * len(self._connections) + MAX_HANDSHAKES:
            return
        for wait_ns, looks in self._looks.items():
            self._looks[wait_ns] = deque(look for look in looks if self._connections.get(look[1]) is look[2])

    def _idle(self, connection: Connection) -> bool:
        """Whether so much time has gone by without a packet of a connection that it is over."""
        idle = self._now - connection.seen_ns
        return idle > LINGER_NS and idle > self._patience(connection)  # nobody's patience is less

    def _silent(self, connection: Connection, ts_ns: int) -> bool:
        """Whether a connection is over by a time stamp, if that is to be believed."""
        silent = ts_ns - connection.stream.last_ns
        return silent > LINGER_NS and silent > self._patience(connection)

    @staticmethod
    def _patience(connection: Connection) -> int:
        if connection.ended or connection.stream.refused is not None:
            return LINGER_NS
        if connection.consumer is None and connection.stream.resp.port not in MAIL_PORTS:
            return ODD_PORT_HANDSHAKE_NS
        return IDLE_NS if connection.established else HANDSHAKE_NS

    def _close(self, key: Key, *, idle: bool) -> None:
        connection = self._connections.pop(key)
        stream = connection.stream
        del self._openers[key]
        self._unspoken.forget(key)
        self._strays.pop(key, None)
        if connection.consumer is None and stream.resp.port in MAIL_PORTS:
            connection.consumer = self._opened(stream)
        connection.finish()
        if stream.ended == "eof" and idle:
            stream.ended = "idle"
        if connection.consumer is not None:
            self._closed(stream, connection.consumer)
            connection.consumer = None  # a look that is still to come holds the connection for minutes


def _labels(data: NDArray[np.uint8], l4: int, end: int) -> tuple[int | None, int | None]:
    """Timestamp of the TCP packet whose header reaches from `l4` to `end`, and what its IP header is told apart by."""
    return tsval(data, l4 + HEADER, end), ident(data, l4)


def _key(src: Packed, dst: Packed) -> Key:
    return (src, dst) if src <= dst else (dst, src)


def _from_orig(packet: Packet) -> bool:
    """Whether the first packet that was captured of a connection comes from the side that opened it."""
    src, dst = packet.src[1], packet.dst[1]
    if packet.flags & SYN:
        return not packet.flags & ACK
    if (src in SERVICE_PORTS) != (dst in SERVICE_PORTS):
        return dst in SERVICE_PORTS
    return src > dst and not packet.payload[:3].isdigit()
