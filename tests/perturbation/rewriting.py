"""What a router may do to the connections that it passes on, beyond addresses and ports; as its outer side shows it.

Checksums stay what they were, right or not: only what was changed is counted in (RFC 1624).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from random import Random

from .changes import Change
from .recording import Frame

_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_SYN, _ACK = 2, 16
_MSS, _SACK, _TIMESTAMPS, _NOP = 2, 5, 8, 1
_EPHEMERAL = 10_000
"""Ports from here on are nobody's service in the lab."""
_CHECKSUM = {_TCP: 16, _UDP: 6}

Segment = Callable[[bytearray, bytes, bytes], None]
"""Changes a TCP or UDP header with what follows it, in place; it gets the sender's and the receiver's address."""


def modulated() -> Change:
    """Shift every connection's sequence numbers, each direction's by another amount (pf's `modulate state`)."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        shifts: dict[bytes, int] = {}
        begun: dict[bytes, int] = {}

        def shift(direction: bytes) -> int:
            return shifts.setdefault(direction, rng.getrandbits(32))

        def modulate(l4: bytearray, src: bytes, dst: bytes) -> None:
            forth, back = src + l4[:2] + dst + l4[2:4], dst + l4[2:4] + src + l4[:2]
            seq, ack = struct.unpack_from(">II", l4, 4)
            if len(l4) > 13 and l4[13] & (_SYN | _ACK) == _SYN and begun.setdefault(forth, seq) != seq:
                begun[forth] = seq
                shifts.pop(forth, None), shifts.pop(back, None)
            struct.pack_into(">I", l4, 4, (seq + shift(forth)) & 0xFFFFFFFF)
            if len(l4) <= 13 or not l4[13] & _ACK:  # an ICMP error quotes eight bytes
                return
            struct.pack_into(">I", l4, 8, (ack + shift(back)) & 0xFFFFFFFF)
            for kind, place, length in _options(l4):
                for edge in range(place + 2, place + length, 4) if kind == _SACK else ():
                    (was,) = struct.unpack_from(">I", l4, edge)
                    struct.pack_into(">I", l4, edge, (was + shift(back)) & 0xFFFFFFFF)

        return [_rewritten(frame, {_TCP: modulate}) for frame in frames]

    return change


def other_ports() -> Change:
    """Give every connection and question another port at the router."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        ports = list(range(_EPHEMERAL, 65_536))
        rng.shuffle(ports)

        def rename(l4: bytearray, src: bytes, dst: bytes) -> None:
            for place in (0, 2):
                (port,) = struct.unpack_from(">H", l4, place)
                if port >= _EPHEMERAL:
                    struct.pack_into(">H", l4, place, ports[port - _EPHEMERAL])

        return [_rewritten(frame, {_TCP: rename, _UDP: rename}) for frame in frames]

    return change


def without_timestamps() -> Change:
    """Clear the TCP timestamps option, as "scrubbing" firewalls do."""

    def clear(l4: bytearray, src: bytes, dst: bytes) -> None:
        for kind, place, length in list(_options(l4)):
            if kind == _TIMESTAMPS:
                l4[place : place + length] = bytes([_NOP]) * length

    return lambda frames, rng: [_rewritten(frame, {_TCP: clear}) for frame in frames]


def clamped(mss: int) -> Change:
    """Clamp the MSS of every SYN, as routers on PPPoE do."""

    def clamp(l4: bytearray, src: bytes, dst: bytes) -> None:
        for kind, place, length in _options(l4):
            if kind == _MSS and length == 4 and struct.unpack_from(">H", l4, place + 2)[0] > mss:
                struct.pack_into(">H", l4, place + 2, mss)

    return lambda frames, rng: [_rewritten(frame, {_TCP: clamp}) for frame in frames]


def scrubbed() -> Change:
    """Give every packet another Identification, or flow label (pf's `scrub random-id`)."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        return [_scrubbed(frame, rng) for frame in frames]

    return change


def _scrubbed(frame: Frame, rng: Random) -> Frame:
    at, version = _network(frame.data)
    if at is None or len(frame.data) < at + 20:
        return frame
    l3 = bytearray(frame.data[at:])
    if version == 4:
        l3[4:6] = rng.randbytes(2)
        return frame._replace(data=frame.data[:at] + _mended(frame.data[at:], bytes(l3), 0, 10))
    l3[1:4] = bytes((l3[1] & 0xF0 | rng.getrandbits(4),)) + rng.randbytes(2)
    return frame._replace(data=frame.data[:at] + bytes(l3))


def _options(l4: bytearray) -> Iterator[tuple[int, int, int]]:
    """Yield each option's kind, place and length."""
    place, end = 20, min((l4[12] >> 4) * 4, len(l4)) if len(l4) > 12 else 0
    while place < end and l4[place] != 0:
        if l4[place] == _NOP:
            place += 1
            continue
        length = l4[place + 1] if place + 1 < end else 0
        if length < 2 or place + length > end:
            return
        yield l4[place], place, length
        place += length


def _rewritten(frame: Frame, by_protocol: dict[int, Segment]) -> Frame:
    """Change a frame's TCP or UDP header, or the one that an ICMP error quotes."""
    at, version = _network(frame.data)
    if at is None:
        return frame
    l3 = frame.data[at:]
    changed = _packet(l3, version, by_protocol)
    return frame if changed is l3 else frame._replace(data=frame.data[:at] + changed)


def _network(data: bytes) -> tuple[int | None, int]:
    """Return where the IP header is, and its version, in an Ethernet frame."""
    place = 12
    while data[place : place + 2] == b"\x81\x00":
        place += 4
    version = {b"\x08\x00": 4, b"\x86\xdd": 6}.get(data[place : place + 2])
    return (None, 0) if version is None else (place + 2, version)


def _packet(l3: bytes, version: int, by_protocol: dict[int, Segment]) -> bytes:
    if version == 4:
        header, protocol, src, dst = (l3[0] & 15) * 4, l3[9], l3[12:16], l3[16:20]
    else:
        header, protocol, src, dst = 40, l3[6], l3[8:24], l3[24:40]
    error = (protocol == _ICMP and l3[header] == 3) or (protocol == _ICMP6 and l3[header] == 1)
    segment = by_protocol.get(protocol)
    if error:
        inside = header + 8
        # The quoted checksum is not mended: routers leave it, too.
        quoted = _packet(l3[inside:], version, by_protocol)
        return _mended(l3, l3[:inside] + quoted, header, 2)
    if segment is None or len(l3) < header + 8:
        return l3
    l4 = bytearray(l3[header:])
    segment(l4, src, dst)
    return _mended(l3, l3[:header] + bytes(l4), header, _CHECKSUM[protocol])


def _mended(before: bytes, after: bytes, header: int, place: int) -> bytes:
    """Bring the checksum at `place` behind `header` on, by what differs."""
    at = header + place
    if before == after or len(after) < at + 2:
        return before if before == after else after
    even = len(after[header:]) + len(after[header:]) % 2
    difference = sum(
        sign * int.from_bytes(content[header:].ljust(even, b"\0"), "big")
        for content, sign in ((after, 1), (before, -1))
    )
    (old,) = struct.unpack_from(">H", before, at)
    if old == 0:  # UDP without one
        return after
    return after[:at] + struct.pack(">H", 0xFFFF - (0xFFFF - old + difference) % 0xFFFF) + after[at + 2 :]
