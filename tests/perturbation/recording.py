"""One capture file held in memory, frame by frame: classic pcap of microseconds or nanoseconds, either byte order."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_NS = 1_000_000_000
_TICK = {b"\xa1\xb2\xc3\xd4": (">", 1000), b"\xd4\xc3\xb2\xa1": ("<", 1000)} | {
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
"""Magic number to byte order and nanoseconds in a tick."""


class Frame(NamedTuple):
    """One captured packet."""

    at_ns: int
    """As the file says, nanoseconds since the epoch."""
    data: bytes
    """What was captured of it."""
    length: int
    """Its length on the wire."""


class Recording(NamedTuple):
    """A capture's frames, in the order of the file."""

    linktype: int
    frames: list[Frame]


def load(path: Path) -> Recording:
    """Read a pcap file."""
    content = path.read_bytes()
    order, tick = _TICK[content[:4]]
    (linktype,) = struct.unpack_from(order + "I", content, 20)
    record, place, frames = struct.Struct(order + "4I"), 24, []
    while place < len(content):
        seconds, ticks, kept, length = record.unpack_from(content, place)
        place += record.size + kept
        frames.append(Frame(seconds * _NS + ticks * tick, content[place - kept : place], length))
    return Recording(linktype, frames)


def store(path: Path, linktype: int, frames: Iterable[Frame]) -> None:
    """Write a pcap file of nanoseconds."""
    record = struct.Struct("<4I")
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, linktype)]
    for at_ns, data, length in frames:
        parts += (record.pack(*divmod(at_ns, _NS), len(data), length), data)
    path.write_bytes(b"".join(parts))
