"""What is wrong with the captures of a world: applied to what its capture points saw, and written as pcap files."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from correlate.wire import SECOND, write_pcap

from .world import BEGIN, World

Frame = tuple[int, int, bytes]
"""Time stamp in ns, the frame's number in the world, its bytes."""


@dataclass
class Flaws:
    """Of each capture point, by its name."""

    loss: dict[str, float] = field(default_factory=dict)
    """Share of the frames."""
    bursts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Times from and to of which nothing is kept."""
    begins: dict[str, float] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    skew: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Seconds ahead, and parts per million of drift."""
    doubled: dict[str, float] = field(default_factory=dict)
    reordered: dict[str, float] = field(default_factory=dict)
    snaplen: dict[str, int] = field(default_factory=dict)
    rotated: dict[str, int] = field(default_factory=dict)
    """Into so many files."""
    by_protocol: set[str] = field(default_factory=set)
    """DNS and mail captured by a tcpdump each."""
    twice: dict[str, float] = field(default_factory=dict)
    """A second tcpdump at the same point, which began at this share of the frames; 0 gives the same file twice."""
    told: Literal["site", "arguments", "nothing"] = "arguments"
    """How roles and links are told to the product."""
    pattern: int = 0
    """Which naming of rotated files."""


@dataclass(frozen=True)
class Written:
    """The files by capture point, and which of the world's frames they hold whole."""

    files: dict[str, list[Path]]
    kept: frozenset[int]
    present: frozenset[int]
    """The same, whole or cut."""
    lan_span: tuple[float, float]
    """When the LAN side's first and last captured frame came."""
    digest: str
    """Of all that was written."""


PATTERNS = (
    "{0}_{1:05}_20231114221320.pcap",  # dumpcap -b
    "{0}.pcap{2}",  # tcpdump -C
    "{0}-{1}.pcap",
    "{0}.{1:03}.pcap",
    "{0} ({1}).pcap",
    "{0}_2023-11-14_22-{1:02}.pcap",
    "{0}-20231114-22{1:02}00.pcap",
    "{0}-2023-11-{1:02}.pcap",
    "{0}.20231114{1:02}.pcap",
    "{0}.pcap.{1}",
    "{0}_{1}.pcap",
    "{0}_part{1}.pcap",
    "{1:03}-{0}.pcap",
    "20231114-22{1:02}-{0}.pcap",
    "{0}_16999999{1:02}.pcap",
)
"""How rotated files are named: by the point's label, the file's number from 1, and the same with none for the first."""


def write(world: World, flaws: Flaws, folder: Path) -> Written:
    """Write the captures into a folder."""
    draw = Random(world.seed * 3 + 1)
    seen: dict[str, list[Frame]] = defaultdict(list)
    for number, (at, point, frame) in enumerate(world.frames):
        ahead, drift = flaws.skew.get(point, (0.0, 0.0))
        if flaws.begins.get(point, -1e9) <= at < flaws.ends.get(point, 1e9):
            ts = BEGIN * SECOND + round((at + ahead + at * drift * 1e-6) * 1e9)
            seen[point].append((ts, number, frame))
    files: dict[str, list[Path]] = {}
    kept: set[int] = set()
    present: set[int] = set()
    lan_span = (0.0, 0.0)
    digest = hashlib.sha256()
    for point in ("lan", *world.links):
        if point in flaws.missing or not seen[point]:
            continue
        rows = sorted(seen[point])
        rows = _lossy(rows, world, flaws, point, draw)
        if point == "lan" and rows:
            lan_span = world.frames[rows[0][1]][0], world.frames[rows[-1][1]][0]
        snaplen = flaws.snaplen.get(point, 262144)
        present.update(number for _, number, _ in rows)
        kept.update(number for _, number, frame in rows if len(frame) <= snaplen)
        label = "lan" if point == "lan" else f"wan-{point}"
        parts = list(_parts(rows, flaws, point, label))
        if point in flaws.twice:
            parts.append((f"{label}-again.pcap", rows[int(len(rows) * flaws.twice[point]) :]))
        for name, part in parts:
            path = folder / name
            write_pcap(path, [(ts, frame) for ts, _, frame in part], snaplen)
            digest.update(name.encode() + path.read_bytes())
            files.setdefault(point, []).append(path)
    if flaws.told == "site":
        (folder / "site.toml").write_text(_site(world, files))
    return Written(files, frozenset(kept), frozenset(present), lan_span, digest.hexdigest())


def _lossy(rows: list[Frame], world: World, flaws: Flaws, point: str, draw: Random) -> list[Frame]:
    share, bursts = flaws.loss.get(point, 0.0), flaws.bursts.get(point, ())
    if share or bursts:
        rows = [
            row
            for row in rows
            if draw.random() >= share and not any(a <= world.frames[row[1]][0] < b for a, b in bursts)
        ]
    doubled, reordered = flaws.doubled.get(point, 0.0), flaws.reordered.get(point, 0.0)
    if doubled:
        copies = [(ts + draw.randrange(1_000, 40_000), n, frame) for ts, n, frame in rows if draw.random() < doubled]
        rows = sorted(rows + copies)
    if reordered:
        for n in range(len(rows) - 1):
            if draw.random() < reordered and rows[n + 1][0] - rows[n][0] < 200_000:
                rows[n], rows[n + 1] = rows[n + 1], rows[n]
    return rows


def _parts(rows: list[Frame], flaws: Flaws, point: str, label: str) -> list[tuple[str, list[Frame]]]:
    if point in flaws.by_protocol:
        dns = [row for row in rows if row[2][23] == 17]
        mail = [row for row in rows if row[2][23] != 17]
        return [(f"{label}-{what}.pcap", part) for what, part in (("dns", dns), ("mail", mail)) if part]
    parts = flaws.rotated.get(point, 1)
    if parts == 1:
        return [(f"{label}.pcap", rows)]
    size = max(1, -(-len(rows) // parts))
    name = PATTERNS[flaws.pattern % len(PATTERNS)]
    return [
        (name.format(label, n + 1, n or ""), rows[n * size : (n + 1) * size]) for n in range(parts) if rows[n * size :]
    ]


def _site(world: World, files: dict[str, list[Path]]) -> str:
    rows = ["[site]", f'lan = ["{world.lan}.0/24"]']
    for link in world.links.values():
        resolvers = ", ".join(f'"{resolver}"' for resolver in link.resolvers)
        rows += ["[[link]]", f'name = "{link.name}"', f'addresses = ["{link.address}"]', f"resolvers = [{resolvers}]"]
    for point, paths in files.items():
        for path in paths:
            rows += ["[[capture]]", f'file = "{path.name}"', f'role = "{"lan" if point == "lan" else "wan"}"']
            rows += [] if point == "lan" else [f'link = "{point}"']
    return "\n".join(rows) + "\n"
