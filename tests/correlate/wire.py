"""Ethernet frames of ARP, NDP, DNS and TCP, and pcap files of them: plain struct, since runs hold thousands."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path

SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16
SECOND = 1_000_000_000


def mac(number: int) -> bytes:
    """A locally administered MAC."""
    return b"\x02\x00\x00\x00" + number.to_bytes(2)


def ethernet(source: int, payload: bytes, kind: int) -> bytes:
    return mac(0xFFFE) + mac(source) + struct.pack("!H", kind) + payload


def between(frame: bytes, addresses: Iterable[str], near: int, far: int) -> bytes:
    """Give an IP frame the MACs of a link: `near` has the addresses, `far` is its next hop."""
    place = {b"\x08\x00": slice(26, 30), b"\x86\xdd": slice(22, 38)}.get(frame[12:14])
    if place is None:
        return frame
    outward = frame[place] in [ip_address(address).packed for address in addresses]
    return (mac(far) + mac(near) if outward else mac(near) + mac(far)) + frame[12:]


def ip(
    source: str, target: str, protocol: int, payload: bytes, *, hops: int = 64, sender: int = 1, ident: int = 0
) -> bytes:
    """An Ethernet frame with an IP packet of either version; `ident` is its Identification or flow label."""
    one, two = ip_address(source), ip_address(target)
    if one.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, 0x4000, hops, protocol, 0)
        return ethernet(sender, head + one.packed + two.packed + payload, 0x0800)
    head = struct.pack("!IHBB", 6 << 28 | ident, len(payload), protocol, hops)
    return ethernet(sender, head + one.packed + two.packed + payload, 0x86DD)


def sent_by(frame: bytes, owners: Mapping[str, int]) -> bytes:
    """The same frame, from the MAC of its IP source's owner, if that has one."""
    at, size = {b"\x08\x00": (26, 4), b"\x86\xdd": (22, 16)}.get(frame[12:14], (0, 0))
    owner = owners.get(str(ip_address(frame[at : at + size]))) if size else None
    return frame if owner is None else frame[:6] + mac(owner) + frame[12:]


def udp(source: str, sport: int, target: str, dport: int, payload: bytes, **rest: int) -> bytes:
    return ip(source, target, 17, struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload, **rest)


def tcp(
    source: str,
    sport: int,
    target: str,
    dport: int,
    seq: int,
    ack: int,
    flags: int,
    payload: bytes = b"",
    tsval: int | None = None,
    **rest: int,
) -> bytes:
    options = b"" if tsval is None else struct.pack("!BBBBII", 1, 1, 8, 10, tsval, 0)
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset, flags, 64240, 0, 0)
    return ip(source, target, 6, head + options + payload, **rest)


def dns_name(name: str) -> bytes:
    return b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0"


def dns(
    ident: int,
    name: str,
    addresses: Iterable[str] | None = None,
    *,
    ttl: int = 300,
    qtype: str = "A",
    alias: str | None = None,
    rcode: int = 0,
    truncated: bool = False,
) -> bytes:
    """A query, or an answer with `addresses` (behind a CNAME to `alias`)."""
    kind = {"A": 1, "AAAA": 28, "MX": 15}[qtype]
    question = dns_name(name) + struct.pack("!HH", kind, 1)
    if addresses is None:
        return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + question
    owner, records = b"\xc0\x0c", []
    if alias is not None:
        target = dns_name(alias)
        records.append(owner + struct.pack("!HHIH", 5, 1, ttl, len(target)) + target)
        owner = dns_name(alias)
    for address in addresses:
        packed = ip_address(address).packed
        records.append(owner + struct.pack("!HHIH", 1 if len(packed) == 4 else 28, 1, ttl, len(packed)) + packed)
    flags = 0x8180 | rcode | (0x0200 if truncated else 0)
    return struct.pack("!6H", ident, flags, 1, len(records), 0, 0) + question + b"".join(records)


def arp(address: str, owner: int) -> bytes:
    """`owner` announces its IPv4 address."""
    packed = ip_address(address).packed
    return ethernet(owner, struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac(owner) + packed + bytes(6) + packed, 0x0806)


def neighbour(address: str, owner: int) -> bytes:
    """`owner` advertises its IPv6 address, with the override flag (RFC 4861 section 4.4)."""
    body = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + ip_address(address).packed + b"\x02\x01" + mac(owner)
    return ip(address, "ff02::1", 58, body, hops=255, sender=owner)


def unreachable(source: str, target: str, quoted: bytes) -> bytes:
    """Port unreachable, quoting an Ethernet frame's IPv4 packet."""
    return ip(source, target, 1, struct.pack("!BBHI", 3, 3, 0, 0) + quoted[14 : 14 + 28])


def write_pcap(path: Path, frames: Iterable[tuple[int, bytes]], snaplen: int = 262144) -> None:
    """Write frames with their times (ns), in the order given."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snaplen, 1)]
    for ts_ns, frame in frames:
        kept = frame[:snaplen]
        parts.append(struct.pack("<IIII", ts_ns // SECOND, ts_ns % SECOND, len(kept), len(frame)) + kept)
    path.write_bytes(b"".join(parts))
