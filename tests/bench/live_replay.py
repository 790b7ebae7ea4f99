"""Replays hours of mail by their own time, as fast as can be, and measures what a live run holds meanwhile.

    python -m tests.bench.live_replay OUT [--hours 24] [--rate 0.5] [--tick 60] [--rotate 1] [--max-disk 20]

The captures grow on disk, are rotated, and the oldest is deleted beyond --max-disk MiB; they are judged tick by tick.
Samples, one each other tick, go to OUT/samples.csv, and a drawing of them to OUT/samples.png. What was told first of
each session as final is held against what was told of it last.
"""

from __future__ import annotations

import argparse
import csv
import os
import struct
import time
from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from functools import partial
from pathlib import Path

from wanwitness.inputs import Input
from wanwitness.live.apart import Apart
from wanwitness.live.engine import LiveEngine
from wanwitness.live.heap import give_large_blocks_back
from wanwitness.live.told import SECOND, Addition, Told
from wanwitness.model import Site
from wanwitness.reading.following import NEVER, Followed, Following
from wanwitness.site import load, rules_for
from wanwitness.uncollected import uncollected

from .case import BEGIN_US
from .live import Sample, draw, sample, slope
from .live_traffic import batches
from .rows import FILE_HEADER
from .site import LINKS, site_toml

SIDES = ("lan", *(f"wan-{link.name}" for link in LINKS))
SAID = ("verdict", "undetermined_because", "transport_link", "resolver_link", "outcome", "partial", "flagged")
_SAMPLE_TICKS = 2
_MESSAGES = 10
"""DNS messages that are kept whole for each session that is watched, as many as live keeps."""


class Ring:
    """The growing captures of all sides.

    Args:
        folder: where they are written.
        site: whose rules tell the sides apart.
        following: who reads them.
        most: bytes of those that are complete, at most.
    """

    def __init__(self, folder: Path, site: Site, following: Following, most: int) -> None:
        self._folder, self._site, self._following, self._most = folder, site, following, most
        self._current: list[tuple[Path, Followed]] = []
        self._old: list[Path] = []

    def rotate(self, number: int) -> None:
        """Begin files anew, and delete the oldest that are too many."""
        for path, followed in self._current:
            self._following.end(followed)
            self._old.append(path)
        self._current = []
        for side in SIDES:
            path = self._folder / f"{side}-{number:05}.pcap"
            path.write_bytes(FILE_HEADER)
            self._current.append((path, self._following.add(Input(str(path), rules_for(self._site, path)))))
        while self._old and sum(path.stat().st_size for path in self._old) > self._most:
            self._old.pop(0).unlink()

    def write(self, rows: Sequence[tuple[int, int, bytes]]) -> None:
        """Add frames: time (us), side, and bytes."""
        content: list[list[bytes]] = [[] for _ in SIDES]
        for at_us, side, frame in rows:
            seconds, us = divmod(at_us, 1_000_000)
            content[side] += [struct.pack("<4I", seconds, us, len(frame), len(frame)), frame]
        for (path, _), records in zip(self._current, content, strict=True):
            with path.open("ab") as file:
                file.write(b"".join(records))


class Rows:
    """What was told of sessions, on disk: in memory it would grow with every session, and that is what is measured.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", newline="")
        self._writer = csv.writer(self._file)
        self.late = self.withdrawn = 0

    def add(self, row: Addition) -> None:
        """Take note of a row."""
        self.withdrawn += row.kind == "withdrawn"
        if row.kind != "session" or not row.beside["final"] or not isinstance(row.content, dict):
            return
        self.late += bool(row.beside["late"])
        self._writer.writerow([row.content["id"], *(row.content[key] for key in SAID)])

    def counts(self) -> tuple[int, int]:
        """Return how many sessions were told of, and how often one was told of otherwise than first."""
        self._file.close()
        first: dict[str, list[str]] = {}
        with self._path.open(newline="") as file:
            changed = sum(first.setdefault(name, said) != said for name, *said in csv.reader(file))
        return len(first), changed


def _at(now_ns: int, _: Followed) -> int:
    return now_ns


def replay(
    out: Path, hours: float, rate: float, tick_s: float, rotate_s: float, most_bytes: int, watched: int
) -> tuple[list[Sample], Rows]:
    """Let that time go by, and return what was sampled and told."""
    (out / "site.toml").write_text(site_toml().replace(".pcap", "-*.pcap"))
    captures = out / "captures"
    captures.mkdir()
    site, told, samples = load(out / "site.toml"), Rows(out / "told.csv"), []
    site = replace(site, captures=tuple(replace(rule, file=f"captures/{rule.file}") for rule in site.captures))
    begin_s, tick_ns = time.monotonic(), int(tick_s * SECOND)
    next_ns, next_rotation_ns = BEGIN_US * 1000 + tick_ns, BEGIN_US * 1000
    ticks = rotations = 0
    with Following() as following:
        engine = LiveEngine(out, site, following, Told(out), watched, _MESSAGES * watched)
        ring = Ring(captures, site, following, most_bytes)
        for batch in batches(rate, hours * 3600, 1, BEGIN_US):
            if batch and batch[0][0] * 1000 >= next_rotation_ns:
                ring.rotate(rotations)
                rotations, next_rotation_ns = rotations + 1, next_rotation_ns + int(rotate_s * SECOND)
            ring.write(batch)
            if not batch or batch[-1][0] * 1000 < next_ns:
                continue
            now_ns = batch[-1][0] * 1000
            with uncollected():
                following.read(partial(_at, now_ns))
                if (readings := engine.readings()) is not None:
                    for row in engine.take(Apart(partial(engine.judge, readings, now_ns, None)).result()):
                        told.add(row)
                del readings
            ticks, next_ns = ticks + 1, next_ns + tick_ns
            if not ticks % _SAMPLE_TICKS:
                seen = sample(os.getpid(), begin_s, captures)
                samples.append(replace(seen, at_s=round(now_ns / SECOND - BEGIN_US / 1e6, 1)))
        for followed in following.followed:
            following.end(followed)
        following.read(lambda _: NEVER)
        for row in engine.tick(next_ns + 60 * SECOND, None, ended=True):
            told.add(row)
    return samples, told


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--rate", type=float, default=0.5, help="sessions a second")
    parser.add_argument("--tick", type=float, default=300.0, help="seconds")
    parser.add_argument("--watched", type=int, default=300, help="sessions that are kept, but for the young ones")
    parser.add_argument("--rotate", type=float, default=1.0, help="hours")
    parser.add_argument("--max-disk", type=float, default=20.0, help="MiB")
    parser.add_argument("--warm-up", type=float, default=8.0, help="hours before memory is to be flat")
    said = parser.parse_args()
    out = said.out.resolve()
    out.mkdir(parents=True)
    give_large_blocks_back()  # as `run` does
    begin = time.monotonic()
    most_bytes = int(said.max_disk * 2**20)
    samples, told = replay(out, said.hours, said.rate, said.tick, said.rotate * 3600, most_bytes, said.watched)
    with (out / "samples.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[field.name for field in fields(Sample)], *map(astuple, samples)])
    draw(samples, out / "samples.png")
    print(f"{said.rate:g} sessions/s for {said.hours:g} h, replayed in {time.monotonic() - begin:.0f} s")
    final, changed = told.counts()
    print(f"{final} of {round(said.rate * said.hours * 3600)} sessions final; later said otherwise: {changed}")
    print(f"rows that later evidence added: {told.late}; withdrawn: {told.withdrawn}")
    warm = [one for one in samples if one.at_s >= said.warm_up * 3600]
    if len(warm) > 2:
        held, files, disk = ([getattr(one, name) for one in warm] for name in ("memory_mib", "descriptors", "disk_mib"))
        print(f"memory: {held[-1]:.0f} MiB, {slope(warm):+.2f} MiB an hour after {said.warm_up:g} h")
        print(f"descriptors: {min(files)} to {max(files)}; disk: {max(disk):.0f} MiB")


if __name__ == "__main__":
    main()
