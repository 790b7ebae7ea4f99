"""The benchmark of fleets: many simulated sites, with one worker and with two, in turn, in one run.

    python -m tests.bench.fleet                          from the repository's root: 200 sites of 10 captures
    python -m tests.bench.fleet --sites 300 --runs 1     and what is named of the planted fault

`wall` and `cpu` are medians; `peak` is the resident memory of all processes together at its highest, `a worker` that of
the largest. Exit status 1 where the cases differ, or where the planted fault is not what is named.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path
from statistics import median

from fleet.simulated import FAULTY, write_fleet
from wanwitness import Case

from .processes import Usage, measure

_MIB = 1 << 20


def main() -> int:
    """Write the sites, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description="Compare one worker and two.")
    parser.add_argument("--sites", type=int, default=200, help="[%(default)s]")
    parser.add_argument("--captures", type=int, default=10, help="of each [%(default)s]")
    parser.add_argument("--mails", type=int, default=120, help="of each [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, help="with each number of workers [%(default)s]")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="[1 2]")
    parser.add_argument("--full", action="store_true", help="with reports, figures and evidence")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wanwitness-fleet-") as scratch:
        return _compare(arguments, Path(scratch))


def _compare(arguments: argparse.Namespace, work: Path) -> int:
    written = write_fleet(work / "in", arguments.sites, mails=arguments.mails, files=arguments.captures)
    size = sum(path.stat().st_size for path in (work / "in").rglob("*.pcap"))
    print(f"{len(written)} sites of {arguments.captures} captures, {size / _MIB:.0f} MiB, {arguments.mails} mails each")
    used: dict[int, list[tuple[Usage, int]]] = {workers: [] for workers in arguments.workers}
    outs = {}
    for run in range(arguments.runs):
        for workers in arguments.workers:
            out = outs[workers] = work / f"out-{workers}-{run}"
            command = [sys.executable, "-m", "wanwitness", "fleet", str(work / "in"), "--out", str(out)]
            command += ["--workers", str(workers), *([] if arguments.full else ["--rows-only"])]
            with _Largest() as largest:
                usage = measure(command, work / "printed")
            used[workers].append((usage, largest.bytes))
            print(f"  run {run + 1}, {workers} workers: {usage.wall_s:.1f} s", flush=True)
    _table(used)
    first, *others = (_cases(out) for out in outs.values())
    same = all(other == first for other in others)
    print(f"cases with {' and '.join(map(str, used))} workers: {'identical' if same else 'DIFFER'}")
    named = [
        f"{one['trait']['kind']} {one['trait']['value']}".strip()
        for one in json.loads((next(iter(outs.values())) / "fleet.json").read_text())["statements"]
        if one["status"] == "named"
    ]
    print(f"named: {', '.join(named) or 'nothing'}; planted: model {FAULTY}; wanwitness {version('wanwitness')}")
    accused = [one for one in named if one.startswith("model ")]
    return 0 if same and accused == [f"model {FAULTY}"] else 1


def _table(used: dict[int, list[tuple[Usage, int]]]) -> None:
    alone = median(usage.wall_s for usage, _ in next(iter(used.values())))
    print(f"{'workers':>8} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'a worker':>9} {'times':>6}")
    for workers, runs in used.items():
        wall = median(usage.wall_s for usage, _ in runs)
        cpu = median(usage.cpu_s for usage, _ in runs)
        peak = max(usage.peak_bytes for usage, _ in runs) / _MIB
        largest = max(one for _, one in runs) / _MIB
        print(f"{workers:>8} {wall:>8.1f} {cpu:>8.1f} {peak:>9.0f} {largest:>9.0f} {alone / wall:>6.2f}")


def _cases(out: Path) -> list[dict[str, object]]:
    found = []
    for folder in sorted(path for path in (out / "sites").iterdir() if path.is_dir()):
        document = Case.load(folder).document
        del document["analysed_at"]
        found.append(document)
    return found


class _Largest:
    """Samples the memory of the largest of this process's descendants."""

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> _Largest:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(0.2):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    text = status.read_text()
                    command = (status.parent / "cmdline").read_bytes()
                except OSError:
                    continue
                if b"wanwitness\0fleet" in command or b"spawn_main" in command:
                    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
                    self.bytes = max(self.bytes, int(rows.get("VmHWM", "0 kB").split()[0]) * 1024)


if __name__ == "__main__":
    sys.exit(main())
