"""Captures rewritten as a clock that is ahead, drifts and is set would have written them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

SECOND = 1_000_000_000
_MAGIC = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
"""pcap's magic number to nanoseconds in a unit of its time stamps' fraction."""


@dataclass(frozen=True)
class Shift:
    """How a clock stands to the one that wrote a capture. Times are counted from `since_ns`, by that one."""

    offset_s: float = 0.0
    drift_ppm: float = 0.0
    steps: Sequence[tuple[float, float]] = ()
    """(after how many seconds, by how many forward)."""
    since_ns: int = 0

    def ahead_ns(self, ts_ns: int) -> int:
        """Return by how much the clock is ahead at a time of the other."""
        elapsed = (ts_ns - self.since_ns) / SECOND
        steps = sum(by for at, by in self.steps if elapsed >= at)
        return round((self.offset_s + steps) * SECOND + self.drift_ppm * 1e3 * elapsed)


def times(path: Path) -> list[int]:
    """Return the times of a pcap file's frames, ns since the epoch."""
    return [ts_ns for _, ts_ns in _records(path.read_bytes())]


def shifted(source: Path, target: Path, shift: Shift) -> None:
    """Write a pcap file as the shifted clock would have written it; the order of its frames stays."""
    content = bytearray(source.read_bytes())
    order, unit = _header(content)
    for place, ts_ns in _records(bytes(content)):
        seconds, rest = divmod(ts_ns + shift.ahead_ns(ts_ns), SECOND)
        struct.pack_into(order + "II", content, place, seconds, rest // unit)
    target.write_bytes(content)


def shifted_folder(source: Path, target: Path, shifts: dict[str, Shift]) -> None:
    """Copy a folder of captures, those named in `shifts` as shifted clocks would have written them."""
    target.mkdir()
    for path in source.iterdir():
        if path.name in shifts:
            shifted(path, target / path.name, shifts[path.name])
        else:
            copy(path, target / path.name)


def _header(content: bytes | bytearray) -> tuple[str, int]:
    for order in "<>":
        (magic,) = struct.unpack_from(order + "I", content)
        if magic in _MAGIC:
            return order, _MAGIC[magic]
    raise ValueError("not a pcap file")


def _records(content: bytes) -> Iterator[tuple[int, int]]:
    """Each record's place in the file, and its time."""
    order, unit = _header(content)
    place = 24
    while place < len(content):
        seconds, fraction, length, _ = struct.unpack_from(order + "IIII", content, place)
        yield place, seconds * SECOND + fraction * unit
        place += 16 + length
