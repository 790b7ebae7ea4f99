"""One frame as the second reader, tshark, dissects it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

FIN, SYN, RST, ACK = 1, 2, 4, 16
"""Flags of TCP (RFC 9293 section 3.1)."""
CNAME, MX, SRV = 5, 15, 33
"""Types of records (RFC 1035 section 3.2.2, RFC 2782)."""
OPT = "41"
"""The type of EDNS's pseudo-record (RFC 6891), which has no TTL."""
_NO_TRANSPORT = frozenset(("tcp", "udp", "icmp", "icmpv6", "arp"))

Pair = frozenset[tuple[str, int]]
"""The two ends of a conversation, each an address and a port."""


class DnsRecord(NamedTuple):
    """A resource record (RFC 1035 section 3.2.1)."""

    owner: str
    qtype: int
    ttl: int | None
    data: str | None
    """An address, or a name; None of other types."""


class Frame(NamedTuple):
    """What tshark says of a frame. Where layers repeat (tunnels, quoted headers), the outermost comes first."""

    number: int
    ts_ns: int
    protocols: tuple[str, ...]
    section: int | None
    interface: int | None
    ifindex: int | None
    vlans: tuple[int, ...]
    src: tuple[str, ...]
    dst: tuple[str, ...]
    sport: tuple[int, ...]
    dport: tuple[int, ...]
    stream: int | None
    flags: int
    seq: int
    payload: bytes | None
    """TCP's; None where it was not asked for."""
    payload_length: int
    community_id: str | None
    dns_ids: tuple[int, ...]
    is_answer: bool
    questions: tuple[str, ...]
    qtypes: tuple[int, ...]
    records: tuple[DnsRecord, ...]
    reply_codes: tuple[int, ...]
    """Of SMTP."""
    commands: tuple[str, ...]
    tls: bool
    hosts: frozenset[str]
    """The names of web servers that are asked for: by TLS, also in QUIC, or HTTP."""
    cut: bool
    """Not all of it was captured."""
    given: frozenset[str]
    """What DHCP, PPP and router advertisements in it give."""
    comment: str | None
    opened: bool = False
    """`payload` is what was said inside of its TLS."""

    @property
    def is_tcp(self) -> bool:
        """Whether it is a packet of a TCP connection, and no ICMP error that quotes one."""
        return "tcp" in self.protocols and not self.is_icmp

    @property
    def has_tls(self) -> bool:
        """Whether tshark sees TLS in it."""
        return "tls" in self.protocols

    @property
    def is_icmp(self) -> bool:
        """Whether it is an ICMP message."""
        return "icmp" in self.protocols or "icmpv6" in self.protocols

    @property
    def is_dns(self) -> bool:
        """Whether it completes a DNS message."""
        return bool(self.dns_ids)

    @property
    def is_understood(self) -> bool:
        """Whether tshark got as far as a transport, or to what plainly has none."""
        return not _NO_TRANSPORT.isdisjoint(self.protocols)

    @property
    def is_opaque(self) -> bool:
        """Whether tshark does not know what is wrapped in it: it may be anything."""
        return not self.is_understood and self.protocols[-1:] == ("data",)

    @property
    def pairs(self) -> Iterator[Pair]:
        """The two ends, in every layer that has any."""
        for sport, dport in zip(self.sport, self.dport, strict=False):
            for src, dst in zip(self.src, self.dst, strict=False):
                yield frozenset(((src, sport), (dst, dport)))

    def goes(self, src: str, sport: int, dst: str, dport: int) -> bool:
        """Whether it went from the one end to the other, in any layer."""
        addresses = zip(self.src, self.dst, strict=False)
        return (src, dst) in addresses and (sport, dport) in zip(self.sport, self.dport, strict=False)

    @property
    def ends(self) -> str:
        """The innermost ends, in words."""
        if not self.src or not self.dst:
            return ":".join(self.protocols)
        ports = [f" port {ports[-1]}" if ports else "" for ports in (self.sport, self.dport)]
        return f"{self.src[-1]}{ports[0]} to {self.dst[-1]}{ports[1]}"
