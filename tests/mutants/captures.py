"""Captures as records that a mutation can change one by one, and written again in any container."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from struct import pack

from ingest.files import Pcapng, option
from places import OFFICE, PROJECT, SHARED
from wanwitness import WanwitnessError
from wanwitness.ingest import CaptureFile

MOST_BYTES = 200_000
SHORT = 200
"""Frames of a set of captures that is also read in windows of few frames."""


@dataclass(frozen=True, slots=True)
class Record:
    """A frame as a capture holds it."""

    ts_ns: int
    data: bytes
    length: int
    """Bytes on the wire, as the file says."""


@dataclass(slots=True)
class Capture:
    """A file to be."""

    name: str
    linktype: int
    records: list[Record]
    resolution: int = 9
    """pcapng's if_tsresol."""
    options: list[tuple[int, bytes]] = field(default_factory=list)
    """Further options of its interface."""
    packet_options: list[tuple[int, bytes]] = field(default_factory=list)
    """Of some of its packets."""

    def pcap(self, order: str = "<") -> bytes:
        """As pcap with nanoseconds; times are cut to what its fields hold."""
        parts = [pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, self.linktype)]
        for record in self.records:
            seconds, fraction = divmod(record.ts_ns, 10**9)
            lengths = len(record.data), record.length & 0xFFFFFFFF
            parts += [pack(order + "4I", seconds & 0xFFFFFFFF, fraction, *lengths), record.data]
        return b"".join(parts)

    def pcapng(self, order: str = "<") -> bytes:
        """As pcapng; ticks are those of nanoseconds whatever the resolution says, so that times may be far off."""
        file = Pcapng(order)
        body = b"".join(option(order, code, value) for code, value in self.options)
        resolution = option(order, 9, bytes((self.resolution,)))
        file.block(1, pack(order + "HHI", self.linktype, 0, 0) + resolution + body)
        for number, record in enumerate(self.records):
            high, low = divmod(record.ts_ns & 0xFFFFFFFFFFFFFFFF, 1 << 32)
            head = pack(order + "5I", 0, high, low, len(record.data), record.length & 0xFFFFFFFF)
            more = b"".join(option(order, *each) for each in self.packet_options) if number % 3 == 0 else b""
            file.block(6, head + record.data + bytes(-len(record.data) % 4) + more)
        return file.content


def read(path: Path) -> list[Capture]:
    """A capture's records, a `Capture` for each link type; none where it is no capture."""
    try:
        file = CaptureFile(path)
        by_linktype: dict[int, list[Record]] = {}
        for frames in file.windows():
            for row in range(len(frames)):
                at, caplen = int(frames.offset[row]), int(frames.caplen[row])
                record = Record(
                    int(frames.ts_ns[row]), frames.data[at : at + caplen].tobytes(), int(frames.length[row])
                )
                linktype = file.interfaces[int(frames.interface[row])].linktype
                by_linktype.setdefault(linktype, []).append(record)
    except WanwitnessError:
        return []
    return [Capture(path.stem, linktype, records) for linktype, records in by_linktype.items() if linktype < 1 << 16]


@dataclass(frozen=True, slots=True)
class Scene:
    """Captures that are analysed together, and a site file where there is one."""

    captures: tuple[Capture, ...]
    site: str | None

    @property
    def frames(self) -> int:
        return sum(len(capture.records) for capture in self.captures)

    def some(self, chance: random.Random) -> Scene:
        """A short time of it, mostly."""
        times = sorted(record.ts_ns for capture in self.captures for record in capture.records)
        if len(times) <= SHORT or chance.random() < 0.1:
            return self
        first = chance.randrange(len(times) - SHORT)
        begin, end = times[first], times[first + chance.choice((20, 40, 60, 100, SHORT - 1))]
        captures = [
            replace(capture, records=[record for record in capture.records if begin <= record.ts_ns < end])
            for capture in self.captures
        ]
        return replace(self, captures=tuple(captures))


def _scene(folder: Path) -> Scene | None:
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".pcap", ".pcapng", ".cap")]
    found = [capture for path in paths for capture in read(path)[:1]]
    site = folder / "site.toml"
    text = site.read_text() if site.is_file() else None
    for path in paths:
        text = text.replace(path.name, f"{path.stem}.cap") if text is not None else None
    return Scene(tuple(found), text) if found else None


@cache
def own() -> Sequence[Scene]:
    """The project's captures, whole sites."""
    scenes = [_scene(OFFICE), _scene(PROJECT / "captures" / "incident")]
    return [scene for scene in scenes if scene is not None]


@cache
def real() -> Sequence[Scene]:
    """Captures that others made, each alone; those with mail or DNS in them first, since most has neither."""
    files = sorted(path for path in (SHARED / "real").rglob("*") if path.is_file() and path.name != "INDEX.tsv")
    small = [path for path in files if 24 < path.stat().st_size < MOST_BYTES]
    return [Scene((capture,), None) for path in small for capture in read(path) if capture.records]
