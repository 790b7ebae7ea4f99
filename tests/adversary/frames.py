"""Ethernet frames of DNS, TCP and neighbour discovery with sound checksums, by struct: a run writes millions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address

from correlate.wire import dns_name, mac

KINDS = {"A": 1, "CNAME": 5, "MX": 15, "AAAA": 28}
"""RFC 1035 section 3.2.2, RFC 3596 section 2.1."""
Record = tuple[str, str, int, bytes]
"""Owner, type, TTL, data."""
Wire = tuple[int, int]
"""The MACs (their numbers) of sender and receiver."""

name_of = cache(dns_name)
mac_of = cache(mac)


@cache
def packed(address: str) -> bytes:
    """The address in network order."""
    return ip_address(address).packed


def _sum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): words are counted modulo 65535, and so is the whole number."""
    return ~(int.from_bytes(data + b"\0" if len(data) & 1 else data) % 0xFFFF) & 0xFFFF


def _ip(wire: Wire, source: str, target: str, protocol: int, payload: bytes, hops: int, ident: int) -> bytes:
    one, two = packed(source), packed(target)
    link = mac_of(wire[1]) + mac_of(wire[0])
    if len(one) == 16:
        return link + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops) + one + two + payload
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), ident, 0x4000, hops, protocol)
    return link + b"\x08\x00" + head + _sum(head + one + two).to_bytes(2) + one + two + payload


def _transport(source: str, target: str, protocol: int, segment: bytes, place: int) -> bytes:
    """Put the checksum of a segment into its place (RFC 9293 section 3.1, with the pseudo-header)."""
    pseudo = packed(source) + packed(target) + struct.pack("!II", protocol, len(segment))
    return segment[:place] + _sum(pseudo + segment).to_bytes(2) + segment[place + 2 :]


def udp(
    wire: Wire, source: str, sport: int, target: str, dport: int, payload: bytes, hops: int = 64, ident: int = 0
) -> bytes:
    """A datagram."""
    segment = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return _ip(wire, source, target, 17, _transport(source, target, 17, segment, 6), hops, ident)


def tcp(
    wire: Wire,
    source: str,
    sport: int,
    target: str,
    dport: int,
    seq: int,
    ack: int,
    flags: int,
    payload: bytes = b"",
    tsval: int | None = None,
    hops: int = 64,
    ident: int = 0,
) -> bytes:
    """A segment, with a time stamp (RFC 7323) where `tsval` is given."""
    options = b"\x02\x04\x05\xb4" if flags & 2 else b""
    if tsval is not None:
        options += struct.pack("!BBBBII", 1, 1, 8, 10, tsval & 0xFFFFFFFF, 0)
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset, flags, 64240, 0, 0)
    return _ip(wire, source, target, 6, _transport(source, target, 6, head + options + payload, 16), hops, ident)


def question(ident: int, name: str, kind: str) -> bytes:
    """A query with recursion desired."""
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + name_of(name) + struct.pack("!HH", KINDS[kind], 1)


def response(
    ident: int,
    name: str,
    kind: str,
    records: Sequence[Record] = (),
    additional: Sequence[Record] = (),
    *,
    rcode: int = 0,
    truncated: bool = False,
) -> bytes:
    """An answer to that question."""
    flags = 0x8180 | rcode | (0x0200 if truncated else 0)
    head = struct.pack("!6H", ident, flags, 1, len(records), 0, len(additional))
    rows = [
        name_of(owner) + struct.pack("!HHIH", KINDS[of], 1, ttl, len(data)) + data
        for owner, of, ttl, data in (*records, *additional)
    ]
    return head + name_of(name) + struct.pack("!HH", KINDS[kind], 1) + b"".join(rows)


def arp(address: str, owner: int) -> bytes:
    """`owner` announces its IPv4 address (RFC 826, RFC 5227 section 3)."""
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac_of(owner) + packed(address) + bytes(6) + packed(address)
    return b"\xff" * 6 + mac_of(owner) + b"\x08\x06" + body


def neighbour(address: str, owner: int, sender: int | None = None) -> bytes:
    """A neighbour advertisement of `owner`'s address, with the override flag (RFC 4861 section 4.4)."""
    body = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + packed(address) + b"\x02\x01" + mac_of(owner)
    segment = _transport(address, "ff02::1", 58, body, 2)
    return _ip((owner if sender is None else sender, 0xFFFE), address, "ff02::1", 58, segment, 255, 0)
