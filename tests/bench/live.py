"""Measures a live run at constant load: delay of verdicts, memory, descriptors, disk.

    python -m tests.bench.live OUT [--rate 5] [--seconds 1800] [--rotate 1h] [--max-disk 5G] [--warm-up 600]

It needs root: interfaces in a network namespace of its own, dumpcap on each, and `live_traffic` that sends through
them. Samples, each five seconds, go to OUT/samples.csv, and a drawing of them to OUT/samples.png.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from .site import LINKS, site_toml

EVERY_S = 5.0
INTERFACES = ("lan0", "wan1", "wan2")
_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sample:
    """How the run does at a moment."""

    at_s: float
    memory_mib: float
    """What the process holds."""
    with_child_mib: float
    """The same with its child that judges, if there is one just then: what they share counts once."""
    descriptors: int
    disk_mib: float


@contextmanager
def namespace(name: str) -> Iterator[list[str]]:
    """Make a namespace with an interface for each side, and give what a command in it begins with."""
    _ip("netns", "add", name)
    try:
        quiet = "net.ipv6.conf.default.disable_ipv6=1"  # or each interface says on its own that it is there
        _ip("netns", "exec", name, "sysctl", "-qw", quiet)
        for interface in INTERFACES:
            _ip("-n", name, "link", "add", interface, "type", "veth", "peer", "name", f"{interface}p")
            for end in (interface, f"{interface}p"):
                _ip("-n", name, "link", "set", end, "up")
        yield ["ip", "netns", "exec", name]
    finally:
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def environment() -> dict[str, str]:
    """What programs of ours need to find each other."""
    return {**os.environ, "PYTHONPATH": f"{_PROJECT / 'src'}:{_PROJECT}", "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def running(before: Sequence[str], out: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run wanwitness live in a namespace, and end it."""
    site = out.with_suffix(".site.toml")
    site.write_text(site_toml().partition("[[capture]]")[0])
    sides = ["--lan", INTERFACES[0]]
    for link, interface in zip(LINKS, INTERFACES[1:], strict=True):
        sides += ["--wan", f"{link.name}={interface}"]
    command = [sys.executable, "-m", "wanwitness", "live", *sides, "--site", str(site), "--out", str(out), *options]
    with out.with_suffix(".said").open("wb") as said:
        process = subprocess.Popen([*before, *command], stdout=subprocess.DEVNULL, stderr=said, env=environment())
    try:
        while b"capturing" not in out.with_suffix(".said").read_bytes():
            assert process.poll() is None, out.with_suffix(".said").read_text()
            time.sleep(0.1)
        yield process
    finally:
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait()
        print(f"it ended within {time.monotonic() - begin:.1f} s")


def sample(pid: int, begin_s: float, captures: Path) -> Sample:
    """Look at a process, and at what it wrote."""
    status = Path(f"/proc/{pid}/statm").read_text().split()
    held = int(status[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    disk = sum(path.stat().st_size for path in captures.iterdir()) / 2**20
    return Sample(
        round(time.monotonic() - begin_s, 1),
        round(held, 2),
        round(sum(map(_share, [pid, *_like(pid)])), 2),
        sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        round(disk, 2),
    )


def _like(pid: int) -> list[int]:
    """The children of a process that are its copies."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = []
    for child in map(int, children):
        with suppress(OSError):  # it may just have ended
            if Path(f"/proc/{child}/cmdline").read_bytes() == command:
                found.append(child)
    return found


def _share(pid: int) -> float:
    """What a process holds, MiB: of what it shares with others its part."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 2**10
    return 0.0


def slope(samples: Sequence[Sample]) -> float:
    """Return by how many MiB an hour the memory grew: the line that fits best."""
    at, held = (np.array([getattr(s, name) for s in samples]) for name in ("at_s", "memory_mib"))
    return float(np.polyfit(at, held, 1)[0] * 3600)


def delays(out: Path) -> tuple[list[float], list[float], int]:
    """Return the seconds from each session's last packet to its first and to its final row, and how many changed."""
    ends: dict[str, float] = {}
    first: dict[str, float] = {}
    final: dict[str, float] = {}
    late = 0
    for path in sorted(out.glob("journal-*.jsonl")):
        for line in path.open("rb"):
            row: dict[str, Any] = json.loads(line)
            if (session := row.get("session")) is None:
                continue
            at, name = _seconds(row["at"]), session["id"]
            first.setdefault(name, at)
            late += bool(row["late"])
            if row["final"]:
                final.setdefault(name, at)
                ends[name] = _seconds(session["end"])
    return (
        [max(0.0, first[name] - end) for name, end in ends.items()],
        [final[name] - end for name, end in ends.items()],
        late,
    )


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text[:19] + "+00:00").timestamp() + float(text[19:-1])


def draw(samples: Sequence[Sample], path: Path) -> None:
    """Draw what was sampled."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), layout="constrained")
    at = [one.at_s / 60 for one in samples]
    names = {
        "memory_mib": "memory, MiB",
        "with_child_mib": "with its child, MiB",
        "descriptors": "descriptors",
        "disk_mib": "captures on disk, MiB",
    }
    for axes, (name, label) in zip(figure.subplots(len(names), 1, sharex=True), names.items(), strict=True):
        axes.plot(at, [getattr(one, name) for one in samples])
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    figure.axes[-1].set_xlabel("minutes")
    figure.savefig(path)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rate", type=float, default=5.0, help="sessions a second")
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--warm-up", type=float, default=600.0, help="seconds before memory is to be flat")
    parser.add_argument("--rotate", default="1h")
    parser.add_argument("--max-disk", default="5G")
    said = parser.parse_args()
    out = said.out.resolve()
    out.mkdir(parents=True)
    samples: list[Sample] = []
    with (
        namespace(f"wwb{os.getpid()}") as before,
        running(before, out / "run", "--rotate", said.rotate, "--max-disk", said.max_disk) as process,
    ):
        traffic = [sys.executable, "-m", "tests.bench.live_traffic", str(said.rate), str(said.seconds)]
        ends = [f"{interface}p" for interface in INTERFACES]
        sender = subprocess.Popen([*before, *traffic, *ends], env=environment())
        begin_s = time.monotonic()
        while sender.poll() is None:
            time.sleep(EVERY_S)
            samples.append(sample(process.pid, begin_s, out / "run" / "captures"))
        time.sleep(4 * EVERY_S)
    with (out / "samples.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[field.name for field in fields(Sample)], *map(astuple, samples)])
    draw(samples, out / "samples.png")
    first, final, late = delays(out / "run")
    print(f"{said.rate:g} sessions/s for {said.seconds:g} s: {len(final)} of {round(said.rate * said.seconds)} final")
    for name, seconds in (("first verdict", first), ("final verdict", final)):
        p50, p99 = np.percentile(seconds, [50, 99])
        print(f"{name}: p50 {p50:.1f} s, p99 {p99:.1f} s, most {max(seconds):.1f} s after the last packet")
    print(f"final rows that later evidence changed: {late}")
    warm = [one for one in samples if one.at_s >= said.warm_up]
    if len(warm) > 2:
        descriptors = [one.descriptors for one in warm]
        print(f"memory: {warm[-1].memory_mib:.0f} MiB, {slope(warm):+.2f} MiB an hour after {said.warm_up:g} s")
        print(f"with the child that judges: {max(one.with_child_mib for one in warm):.0f} MiB at most")
        print(
            f"descriptors: {min(descriptors)} to {max(descriptors)}; disk: {max(one.disk_mib for one in warm):.0f} MiB"
        )


if __name__ == "__main__":
    main()
