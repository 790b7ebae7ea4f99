"""The benchmark of fleets: many simulated sites, with one worker and with two, in turn, in one run.

    python -m tests.bench.fleet                          from the repository's root: 200 sites of 10 captures
    python -m tests.bench.fleet --cluster                with two workers of an encrypted Dask cluster, too
    python -m tests.bench.fleet --sites 300 --runs 1     and what is named of the planted fault

`wall` and `cpu` are medians; `peak` is the resident memory of all processes together at its highest, `largest` that of
one process. The cluster is started anew for each run: its `cpu` has that, its `wall` not, and memory is unknown. Exit
status 1 where the cases differ, or where the planted fault is not what is named.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from statistics import median

from fleet.cluster import running
from fleet.simulated import FAULTY, write_fleet
from wanwitness import Case

from .processes import Usage, measure

_MIB = 1 << 20
_SAMPLE_S = 0.2
"""More often would take from the workers' own time."""
CLUSTER = "cluster"


def main() -> int:
    """Write the sites, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description="Compare one worker and two.")
    parser.add_argument("--sites", type=int, default=200, help="[%(default)s]")
    parser.add_argument("--captures", type=int, default=10, help="of each [%(default)s]")
    parser.add_argument("--mails", type=int, default=120, help="of each [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, help="with each number of workers [%(default)s]")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="[1 2]")
    parser.add_argument("--cluster", action="store_true", help="with two workers of a cluster, too")
    parser.add_argument("--full", action="store_true", help="with reports, figures and evidence")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wanwitness-fleet-") as scratch:
        return _compare(arguments, Path(scratch))


def _compare(arguments: argparse.Namespace, work: Path) -> int:
    written = write_fleet(work / "in", arguments.sites, mails=arguments.mails, files=arguments.captures)
    size = sum(path.stat().st_size for path in (work / "in").rglob("*.pcap"))
    print(f"{len(written)} sites of {arguments.captures} captures, {size / _MIB:.0f} MiB, {arguments.mails} mails each")
    kinds = [*map(str, arguments.workers), *([CLUSTER] if arguments.cluster else [])]
    used: dict[str, list[Usage]] = {kind: [] for kind in kinds}
    outs = {kind: work / f"out-{kind}" for kind in kinds}
    options = [] if arguments.full else ["--rows-only"]
    for run in range(arguments.runs):
        for kind in kinds:
            shutil.rmtree(outs[kind], ignore_errors=True)
            command = [
                sys.executable,
                "-m",
                "wanwitness",
                "fleet",
                str(work / "in"),
                "--out",
                str(outs[kind]),
                *options,
            ]
            if kind == CLUSTER:
                usage = _on_a_cluster(command, work)
            else:
                usage = measure([*command, "--workers", kind], work / "printed", _SAMPLE_S)
            used[kind].append(usage)
            print(f"  run {run + 1}, workers {kind}: {usage.wall_s:.1f} s, cpu {usage.cpu_s:.1f} s", flush=True)
    _table(used)
    first, *others = (_cases(out) for out in outs.values())
    same = all(other == first for other in others)
    print(f"{len(first)} cases with workers {', '.join(kinds)}: {'identical' if same else 'DIFFER'}")
    named = [
        f"{one['trait']['kind']} {one['trait']['value']}".strip()
        for one in json.loads((outs[kinds[0]] / "fleet.json").read_text())["statements"]
        if one["status"] == "named"
    ]
    print(f"named: {', '.join(named) or 'nothing'}; planted: model {FAULTY}; wanwitness {version('wanwitness')}")
    accused = [one for one in named if one.partition(" ")[0] in ("model", "firmware", "tag")]
    return 0 if same and accused == [f"model {FAULTY}"] else 1


def _on_a_cluster(command: Sequence[str], work: Path) -> Usage:
    before = _of_children()
    with running(work / "cluster") as cluster:
        usage = measure([*command, *cluster.options], work / "printed", _SAMPLE_S)
    return replace(usage, cpu_s=_of_children() - before)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _table(used: dict[str, list[Usage]]) -> None:
    alone = median(usage.wall_s for usage in next(iter(used.values())))
    print(f"{'workers':>8} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'largest':>8} {'times':>6}")
    for kind, runs in used.items():
        wall, cpu = median(usage.wall_s for usage in runs), median(usage.cpu_s for usage in runs)
        peak, largest = max(usage.peak_bytes for usage in runs), max(usage.largest_bytes for usage in runs)
        memory = f"{'':>9} {'':>8}" if kind == CLUSTER else f"{peak / _MIB:>9.0f} {largest / _MIB:>8.0f}"
        print(f"{kind:>8} {wall:>8.1f} {cpu:>8.1f} {memory} {alone / wall:>6.2f}")


def _cases(out: Path) -> list[dict[str, object]]:
    found = []
    for folder in sorted(path for path in (out / "sites").iterdir() if path.is_dir()):
        document = Case.load(folder).document
        del document["analysed_at"]
        found.append(document)
    return found


if __name__ == "__main__":
    sys.exit(main())
