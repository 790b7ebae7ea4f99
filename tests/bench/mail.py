"""SMTP sessions with their DNS look-ups, frame by frame on both sides of the router.

Each kind of session has one known truth, and always the same number of packets.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from .rows import ACK, FIN, PSH, SYN, TCP, UDP
from .site import CLIENT_MAC, CLIENTS, FIRST_CLIENT, LINKS, ROUTER, ROUTER_LAN_MAC, UNNAMED_RELAY, Access

RTT_US = 8_000
ROUTER_US = 120
TTL_S = 300

Frame = tuple[int, bytes]
"""Microseconds since the epoch, and the bytes on the wire with checksums still 0."""


@dataclass(slots=True)
class Seen:
    """Frames by capture file: the LAN first, then each link's."""

    frames: list[list[Frame]] = field(default_factory=lambda: [[] for _ in range(1 + len(LINKS))])

    @property
    def packets(self) -> int:
        """How many in all files together."""
        return sum(map(len, self.frames))


@dataclass(frozen=True, slots=True)
class Kind:
    """A course of events, and what wanwitness must say of it."""

    name: str
    verdict: str
    because: str | None
    outcome: str
    lines: tuple[tuple[str, bytes], ...]
    """Who speaks after the connection stands, `S` or `C`, and what."""
    named: bool = True
    """Whether the client looked the relay's name up."""


def _script(*lines: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((line[0], line[3:].replace("|", "\r\n").encode() + b"\r\n") for line in lines)


_HELLO = ("S: 220 relay.example ESMTP", "C: EHLO pc.example", "S: 250-relay.example|250-PIPELINING|250 8BITMIME")
_NUMBER = "000000"
"""Stands for the session's number, so that no two sessions carry the same mail."""
_MAIL = "C: MAIL FROM:<sender@example.com>"
_RCPT = f"C: RCPT TO:<user{_NUMBER}@example.org>"
_BYE = ("C: QUIT", "S: 221 2.0.0 Bye")
_BODY = "From: sender@example.com|To: recipient@example.org|Subject: benchmark|" + "|" + "A line of the message.|" * 50
_DELIVERY = (
    *_HELLO,
    _MAIL,
    "S: 250 2.1.0 Ok",
    _RCPT,
    "S: 250 2.1.5 Ok",
    "C: DATA",
    "S: 354 End data with <CR><LF>.<CR><LF>",
    f"C: {_BODY}.",
    "S: 250 2.0.0 Ok: queued",
    *_BYE,
)
ACCEPTED = Kind("accepted", "consistent", None, "accepted", _script(*_DELIVERY))
MISMATCH = Kind(
    "mismatch",
    "link-mismatch",
    None,
    "rejected",
    _script(*_HELLO, _MAIL, "S: 530 5.7.0 Authentication required", *_BYE),
)
GREYLISTED = Kind(
    "greylisted",
    "consistent",
    None,
    "deferred",
    _script(
        *_HELLO, _MAIL, "S: 250 2.1.0 Ok", _RCPT, "S: 451 4.7.1 Greylisted, please try again in 300 seconds", *_BYE
    ),
)
UNNAMED = Kind("unnamed", "undetermined", "no-dns-seen", "accepted", _script(*_DELIVERY), named=False)
KINDS = (ACCEPTED, MISMATCH, GREYLISTED, UNNAMED)
MIX = (*KINDS, *[ACCEPTED] * 11, *[MISMATCH] * 4, GREYLISTED)
"""The kinds of twenty sessions; the first four are one of each."""


def lookup(number: int, name: str, address: int, at_us: int, through: int, seen: Seen) -> int:
    """Add a look-up by the forwarder through link `through`; return when the client had its answer."""
    link, client = LINKS[through], FIRST_CLIENT + number % CLIENTS
    port, own_port = 20_000 + number * 13 % 40_000, 20_000 + number * 17 % 40_000
    query_id, own_id = number * 7 % 65_536, number * 11 % 65_521
    question = _name(name) + struct.pack(">HH", 1, 1)
    answer = question + struct.pack(">HHHIHI", 0xC00C, 1, 1, TTL_S, 4, address)
    lan, wan = seen.frames[0], seen.frames[1 + through]
    near, far = _Side(CLIENT_MAC, ROUTER_LAN_MAC, client), _Side(link.router_mac, link.isp_mac, link.address)
    asked, back = at_us + 3 * ROUTER_US, at_us + 3 * ROUTER_US + RTT_US
    lan.append((at_us, near.udp(True, ROUTER, port, struct.pack(">6H", query_id, 0x0100, 1, 0, 0, 0) + question)))
    wan.append(
        (asked, far.udp(True, link.resolver, own_port, struct.pack(">6H", own_id, 0x0100, 1, 0, 0, 0) + question))
    )
    wan.append((back, far.udp(False, link.resolver, own_port, struct.pack(">6H", own_id, 0x8180, 1, 1, 0, 0) + answer)))
    done = back + 3 * ROUTER_US
    lan.append((done, near.udp(False, ROUTER, port, struct.pack(">6H", query_id, 0x8180, 1, 1, 0, 0) + answer)))
    return done


@dataclass(frozen=True, slots=True)
class Session:
    """One SMTP connection of the case."""

    number: int
    kind: Kind
    link: int
    """Index of the link that it leaves by."""

    @property
    def client(self) -> tuple[str, int]:
        """Address and port on the LAN side; no two sessions share them."""
        return str(IPv4Address(FIRST_CLIENT + self.number % CLIENTS)), 20_000 + self.number // CLIENTS % 40_000

    def frames(self, at_us: int, lookups_before: int) -> Seen:
        """Make its look-up and its connection; `lookups_before` keeps look-ups' ports and ids apart."""
        seen, link = Seen(), LINKS[self.link]
        if self.kind.named:
            through = 1 - self.link if self.kind is MISMATCH else self.link
            number = lookups_before * CLIENTS + self.number % CLIENTS
            at_us = lookup(number, link.relay_name, link.relay, at_us, through, seen)
        relay = link.relay if self.kind.named else UNNAMED_RELAY
        connection = _Connection(self, link, relay, seen.frames[0], seen.frames[1 + self.link], at_us + 2_000)
        stands_for = f"{self.number:06d}".encode()
        connection.run((who, line.replace(_NUMBER.encode(), stands_for)) for who, line in self.kind.lines)
        return seen


class _Connection:
    """A TCP connection through source NAT: the ISNs stay, address and port change."""

    def __init__(
        self, session: Session, link: Access, relay: int, lan: list[Frame], wan: list[Frame], at_us: int
    ) -> None:
        self._lan, self._wan, self._at, self._relay = lan, wan, at_us, relay
        self._near = _Side(CLIENT_MAC, ROUTER_LAN_MAC, int(IPv4Address(session.client[0])), 64, 53)
        self._far = _Side(link.router_mac, link.isp_mac, link.address, 63, 54)
        self._port, self._nat_port = session.client[1], 1024 + session.number * 31 % 60_013
        isn = session.number * 2_654_435_761
        self._next = {True: isn % (1 << 32), False: (isn * 3 + 12_345) % (1 << 32)}

    def run(self, lines: Iterable[tuple[str, bytes]]) -> None:
        """Open, say the lines, close."""
        self._send(True, SYN)
        self._send(False, SYN | ACK)
        self._send(True, ACK)
        for who, line in lines:
            self._send(who == "C", ACK | PSH, line)
        self._send(True, ACK)
        self._send(False, FIN | ACK)
        self._send(True, FIN | ACK)
        self._send(False, ACK)

    def _send(self, out: bool, flags: int, data: bytes = b"") -> None:
        self._at += RTT_US // 2
        seq, ack = self._next[out], self._next[not out] if flags & ACK else 0
        self._next[out] = (seq + len(data) + bool(flags & (SYN | FIN))) % (1 << 32)
        segment = struct.pack(">IIBBHHH", seq, ack, 0x50, flags, 0x2000, 0, 0) + data
        on_wan = self._at + (ROUTER_US if out else -ROUTER_US)
        self._lan.append((self._at, self._near.tcp(out, self._relay, self._port, 25, segment)))
        self._wan.append((on_wan, self._far.tcp(out, self._relay, self._nat_port, 25, segment)))


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of the router: who sends outwards, to whom on the wire, from which address."""

    mac: bytes
    next_mac: bytes
    address: int
    ttl_out: int = 64
    ttl_in: int = 64

    def udp(self, out: bool, server: int, port: int, data: bytes) -> bytes:
        ports = (port, 53) if out else (53, port)
        return self._ip(out, server, UDP, struct.pack(">4H", *ports, len(data) + 8, 0) + data)

    def tcp(self, out: bool, server: int, port: int, server_port: int, segment: bytes) -> bytes:
        ports = (port, server_port) if out else (server_port, port)
        return self._ip(out, server, TCP, struct.pack(">2H", *ports) + segment)

    def _ip(self, out: bool, server: int, protocol: int, body: bytes) -> bytes:
        macs = self.next_mac + self.mac if out else self.mac + self.next_mac
        ends = (self.address, server) if out else (server, self.address)
        ttl = self.ttl_out if out else self.ttl_in
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, len(body) + 20, 0, 0x4000, ttl, protocol, 0, *ends)
        return macs + b"\x08\x00" + ip + body


def _name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def packets_of_kinds() -> Iterator[tuple[Kind, int]]:
    """Yield how many packets a session of each kind has, in all files together."""
    for kind in KINDS:
        yield kind, Session(0, kind, 0).frames(0, 0).packets
