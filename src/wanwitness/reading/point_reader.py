"""What one capture point saw: its packets given to the protocols, and the rows that come out."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import (
    FrameRef,
    Stream,
)
from wanwitness.oddities import ODD, Oddities
from wanwitness.packets import ARP, IPCP, Packets, addresses
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS, MAILBOX_PORTS
from wanwitness.protocols.dns import TcpMessages
from wanwitness.protocols.encrypted import EncryptedDnsWatch
from wanwitness.protocols.mailbox import BeyondBounds
from wanwitness.protocols.neighbours import ROUTER_ADVERTISEMENT, Neighbours
from wanwitness.protocols.provisions import Provisions
from wanwitness.protocols.senders import Senders
from wanwitness.protocols.visits import VisitWatch
from wanwitness.streams import Consumer, Tracker
from wanwitness.streams.connection import Connection
from wanwitness.streams.handshakes import MOST_HANDSHAKES, Handshakes, HandshakeTable, is_handshake, streams

from .consumers import DnsConsumer, SmtpConsumer, SmtpOrMailbox
from .half_heard import HalfHeard, is_half_heard
from .point import MailStream, PointRows, in_order

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
DHCP_PORTS, DHCPV6_PORTS = (67, 68), (546, 547)
ICMP_REFUSES = {3: {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13}, 11: {0, 1}}
"""Destination unreachable (RFC 792, RFC 1812) but for "fragmentation needed", and time exceeded."""
ICMPV6_REFUSES = {1: set(range(8)), 3: {0, 1}}
"""Destination unreachable and time exceeded (RFC 4443)."""

Refusal = tuple[FrameRef, int, tuple[bytes, int], tuple[bytes, int], int]
"""Frame and time (ns) of an ICMP error; source, destination and sequence number of the packet that it quotes."""


class PointReader:
    """Reads one capture point's packets, window by window; `finish` gives its rows."""

    def __init__(self) -> None:
        self._rows = PointRows()
        self._neighbours = Neighbours()
        self._senders = Senders()
        self._provisions = Provisions()
        self._encrypted = EncryptedDnsWatch()
        self._visits = VisitWatch()
        self._handshakes = HandshakeTable()
        self._half_heard = HalfHeard(self._handshakes)
        self._smtp = Oddities("SMTP")
        self._mailboxes = BeyondBounds()
        self._tracker = Tracker(self._opened, self._closed, addresses.text)
        self._open: dict[Connection, _Told] = {}
        """What was told last of open connections."""
        self._gone: set[FrameRef] = set()
        """The first frames of connections that were let go of while they were still open."""

    def feed(self, packets: Packets, spoilt: NDArray[np.int64] | None = None) -> None:
        """Take the next window; all of its packets belong to this point.

        Args:
            packets: the window.
            spoilt: numbers of the frames whose TCP checksum is wrong.
        """
        self._senders.feed(packets)
        named = (packets.protocol == UDP) & ((packets.sport == DNS_PORT) | (packets.dport == DNS_PORT))
        if named.any():
            self._rows.log.feed(packets.take(named))
            if named.all():
                return
            packets = packets.take(~named)
        asking = self._encrypted.feed(packets) | self._visits.feed(packets)
        if asking.any():
            packets = packets.take(~asking)
        tcp = packets.protocol == TCP
        wrong = np.isin(packets.number, spoilt) if spoilt is not None else np.zeros(len(packets), np.bool_)
        begin = 0
        refusals = self._refusals(packets)
        for place, refusal in [*refusals, (len(packets), None)]:
            some = begin + np.flatnonzero(tcp[begin:place])
            self._tracker.feed(packets.take(some), wrong[some])
            begin = place
            if refusal is not None:
                self._tracker.unreachable(*refusal)
        self._feed_others(packets.take(~tcp))

    def copied(self, copies: Sequence[Packets]) -> None:
        """Take note of frames that hold the same packets as some of those that are fed next."""
        self._tracker.copied(part.take(part.protocol == TCP) for part in copies)

    def _refusals(self, packets: Packets) -> list[tuple[int, Refusal]]:
        """The ICMP errors that may refuse a connection, with their places among the packets."""
        places = np.flatnonzero((packets.protocol == ICMP) | (packets.protocol == ICMPV6))
        icmp = packets.take(places)
        refusals: list[tuple[int, Refusal]] = []
        for place, row in zip(places.tolist(), icmp.rows(), strict=True):
            (capture, number, ts_ns, protocol, kind, code, *_, start, length, _, _) = row
            if code in (ICMP_REFUSES if protocol == ICMP else ICMPV6_REFUSES).get(kind, ()):
                quoted = _quoted(protocol, packets.data[start + 4 : start + length].tobytes())
                if quoted is not None:
                    refusals.append((place, (FrameRef(capture, number), ts_ns, *quoted)))
        return refusals

    def _feed_others(self, packets: Packets) -> None:
        """Take what is no TCP."""
        data = packets.data
        for row, mac, taker in zip(packets.rows(), packets.src_mac.tolist(), packets.dst_mac.tolist(), strict=True):
            (capture, number, ts_ns, protocol, sport, dport, _, _, _, ttl, src, dst, start, length, missing, _) = row
            frame = FrameRef(capture, number)
            payload = data[start : start + length].tobytes()
            if protocol == UDP:
                if sport in DHCP_PORTS:
                    self._provisions.dhcp(payload, missing, frame, ts_ns)
                elif dport in DHCPV6_PORTS:
                    self._provisions.dhcpv6(payload, addresses.text(src), missing, frame, ts_ns)
            elif protocol == IPCP:
                self._provisions.ipcp(payload, taker, missing, frame, ts_ns)
            elif protocol == ARP:
                self._neighbours.arp(sport, (src, mac), (dst, taker), frame)
            elif protocol == ICMPV6 and 133 <= sport <= 136:
                self._neighbours.icmpv6(sport, ttl, (src, mac), (dst, taker), payload, frame)
                if sport == ROUTER_ADVERTISEMENT and dport == 0:
                    self._provisions.advertisement(payload, ttl, src, addresses.text(src), missing, frame, ts_ns)

    @property
    def connections(self) -> int:
        """SMTP connections that have come to their end so far."""
        return len(self._rows.mail) + len(self._half_heard) + len(self._handshakes)

    def finish(self) -> PointRows:
        """Close everything that is open and return the rows, in order of time."""
        self._tracker.finish()
        self._rows.log.finish()
        return self._told(self._rows, self._handshakes, self._half_heard)

    def so_far(self) -> PointRows:
        """Return the rows that `finish` would if the capture ended now, but for what is odd; reading goes on.

        What is still open is told as it stands, in copies: what is told once does not change.
        """
        rows, handshakes = replace(self._rows, mail=list(self._rows.mail), noted=[]), self._handshakes.copy()
        half_heard = self._half_heard.copy(handshakes)
        rows.log = self._rows.log.so_far()
        known, self._open = self._open, {}
        for connection in self._tracker.open():
            stream, consumer = connection.stream, connection.consumer
            if isinstance(consumer, SmtpOrMailbox):
                consumer = consumer.reader
            if stream.first in self._gone:
                continue
            if consumer is None and stream.resp.port in MAIL_PORTS and is_handshake(stream):
                handshakes.add(stream)
            elif consumer is None or isinstance(consumer, SmtpConsumer):
                told = known.get(connection)
                if told is None or told.changed:
                    told = _Told(connection)
                self._open[connection] = told
                for mail in told.mail:
                    if is_half_heard(mail.stream):
                        half_heard.add(mail)
                    else:
                        rows.mail.append(mail)
        return self._told(rows, handshakes, half_heard)

    def begin_of_last(self, most: int) -> int | None:
        """Return when the last so many DNS messages began, ns; None where there are no more than these."""
        return self._rows.log.begin_of_last(most)

    def forget(self, streams: AbstractSet[FrameRef], before_ns: int) -> None:
        """Let go of streams, by their first frames, of what is odd, and of what else was captured before a time.

        What hosts keep is not among it: answers that gave addresses, and what links and hosts are known by.
        """
        rows = self._rows
        rows.mail = [mail for mail in rows.mail if mail.stream.first not in streams]
        self._gone |= {connection.stream.first for connection in self._tracker.open()} & streams
        rows.noted.clear()
        self._handshakes.forget(streams)
        self._half_heard.forget(streams)
        rows.log.forget(before_ns)
        rows.log_ins[:] = [row for row in rows.log_ins if row.ts_ns >= before_ns]
        self._encrypted.forget(before_ns)
        self._visits.rows[:] = [row for row in self._visits.rows if row.ts_ns >= before_ns]

    def _told(self, rows: PointRows, table: HandshakeTable, half_heard: HalfHeard) -> PointRows:
        """Complete the rows by what is kept elsewhere."""
        rows.mail += half_heard.rows()
        handshakes, rows.beyond = table.rows(), table.beyond()
        if len(handshakes) <= MOST_HANDSHAKES:
            rows.mail += without_words(handshakes)
        else:
            rows.handshakes = handshakes
        rows.mail.sort(key=in_order)
        rows.macs = {addresses.text(address): macs for address, macs in self._neighbours.macs.items()}
        rows.announced = {addresses.text(ip): frozenset(macs) for ip, macs in self._neighbours.announced.items()}
        rows.claims_lost = self._neighbours.lost
        rows.senders = {addresses.text(address): frozenset(macs) for address, macs in self._senders.macs.items()}
        rows.visits = self._visits.rows
        rows.encrypted_dns, rows.encrypted_unkept = self._encrypted.rows, self._encrypted.unkept
        rows.provisions = self._provisions.rows
        rows.noted += self._smtp.rows() + self._half_heard.oddities()
        rows.noted += self._neighbours.oddities() + self._senders.oddities()
        rows.noted += self._tracker.odd() + self._provisions.oddities()
        rows.noted += self._visits.oddities() + self._encrypted.oddities() + self._mailboxes.rows()
        return rows

    def _opened(self, stream: Stream) -> Consumer | None:
        if stream.resp.port == DNS_PORT:
            return DnsConsumer(TcpMessages(stream, self._rows.log.tcp))
        if stream.resp.port in MAILBOX_PORTS:
            return SmtpOrMailbox(stream, self._rows, self._mailboxes)
        return SmtpConsumer(stream)

    def _closed(self, stream: Stream, consumer: Consumer | None) -> None:
        if isinstance(consumer, SmtpOrMailbox):
            consumer = consumer.reader
        if not isinstance(consumer, SmtpConsumer):
            return
        if stream.first in self._gone:
            self._gone.discard(stream.first)
            return
        if stream.resp.port in MAIL_PORTS and is_handshake(stream):
            self._handshakes.add(stream)
            return
        dialogue = consumer.close()
        if dialogue is None:
            if stream.resp.port in MAIL_PORTS and stream.payload_orig + stream.payload_resp:
                self._tracker.oddities.add(stream.first, ODD("odd-no-smtp", server=str(stream.resp)))
            return
        for frame, reason in dialogue.oddities:
            self._smtp.add(frame or stream.first, reason)
        mail = MailStream(stream, dialogue)
        if is_half_heard(stream):
            self._half_heard.add(mail)
        else:
            self._rows.mail.append(mail)


class _Told:
    """What an open connection has to say so far; a copy is read to its end, and the connection goes on."""

    __slots__ = ("_connection", "_stood", "mail")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stood = self._standing
        self.mail: list[MailStream] = []
        copy = _copied(connection)
        copy.finish()
        consumer = copy.consumer if copy.consumer is not None else SmtpConsumer(copy.stream)
        if isinstance(consumer, SmtpConsumer):
            dialogue = consumer.close()
            if dialogue is not None:
                self.mail.append(MailStream(copy.stream, dialogue))

    @property
    def changed(self) -> bool:
        """Whether the connection has gone on since."""
        return self._standing != self._stood

    @property
    def _standing(self) -> tuple[int, int, bool]:
        stream = self._connection.stream
        return stream.packets_orig, stream.packets_resp, stream.refused is None


def _copied(connection: Connection) -> Connection:
    """Return a copy with a reader of its own that no rows hang on. Pickle copies in half the time of `deepcopy`."""
    consumer = connection.consumer
    if isinstance(consumer, SmtpOrMailbox):
        connection.consumer = consumer.reader
    try:
        copy: Connection = pickle.loads(pickle.dumps(connection, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - our own
    finally:
        connection.consumer = consumer
    return copy


def without_words(handshakes: Handshakes) -> Iterator[MailStream]:
    """Give connections in which nothing was said as streams, each with its empty dialogue."""
    for stream in streams(handshakes):
        dialogue = SmtpConsumer(stream).close()
        if dialogue is not None:
            yield MailStream(stream, dialogue)


def _quoted(protocol: int, packet: bytes) -> tuple[tuple[bytes, int], tuple[bytes, int], int] | None:
    """Ends and sequence number of the packet an ICMP error quotes: (from, to, seq); None if it is no TCP packet."""
    if protocol == ICMP:
        if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != TCP or int.from_bytes(packet[6:8]) & 0x1FFF:
            return None
        header, prefix = (packet[0] & 15) * 4, bytes(10) + b"\xff\xff"
        src, dst = prefix + packet[12:16], prefix + packet[16:20]
    else:
        if len(packet) < 48 or packet[0] >> 4 != 6 or packet[6] != TCP:
            return None
        header, src, dst = 40, packet[8:24], packet[24:40]
    tcp = packet[header : header + 8]  # RFC 792 has no more of it quoted
    if len(tcp) < 8:
        return None
    return (src, int.from_bytes(tcp[:2])), (dst, int.from_bytes(tcp[2:4])), int.from_bytes(tcp[4:8])
