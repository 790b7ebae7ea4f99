"""The benchmark: wanwitness beside tshark, tcpdump and scapy, over one generated case, in one run.

    python -m tests.bench.compare                                       from the repository's root; about a minute
    python -m tests.bench.compare --packets 4500000 --sessions 4000     about 2 GB of captures
    python -m tests.bench.compare --help

Every tool reads the same files from the page cache, all in turn, several times. `packets/s` and `wall` are medians;
`peak` is the resident memory of all the tool's processes together at its highest, `anon` the part that is not mapped
files. `us/it` is our rate (with --rows-only) over the tool's: 50 means that we are fifty times as fast. A tool that
is not installed is named and left out. Exit status 1 where what the tools counted differs.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from shutil import which
from statistics import median

from .agreement import counts
from .case import Size, add_size_arguments, describe, generate, is_case, load, size_of
from .processes import ProgramFailed
from .tools import OURS, SCAPY_PACKETS, Run, Tool, available

_MIB = 1 << 20


def main() -> int:
    """Generate, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare", description="Compare rates and memory.")
    add_size_arguments(parser)
    parser.add_argument("--runs", type=int, default=3, help="of each tool [%(default)s]")
    parser.add_argument(
        "--scapy-packets", type=int, default=SCAPY_PACKETS, help="that scapy is given, 0 for all [%(default)s]"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the case there, and take one that is there")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    with tempfile.TemporaryDirectory(prefix="wanwitness-bench-") as scratch:
        return _compare(arguments, size_of(arguments), Path(scratch))


def _compare(arguments: argparse.Namespace, size: Size, work: Path) -> int:
    folder = arguments.keep or work / "captures"
    case = load(folder) if is_case(folder) else generate(folder, size)
    if case.size != size:
        print(f"{folder} holds another case ({case.size}): name another folder, or remove it", file=sys.stderr)
        return 2
    print(f"{describe(case)}\n{_machine()}", flush=True)
    tools, missing = available(arguments.scapy_packets)
    print(*missing, sep="\n", end="\n" if missing else "")
    for file in case.files:
        _into_page_cache(file)
    runs: dict[str, list[Run]] = {tool.name: [] for tool in tools}
    try:
        for _ in range(arguments.runs):
            for tool in tools:
                runs[tool.name].append(tool.run(case, work))
        print(f"\n{table(tools, runs)}\n", flush=True)
        compared = counts(case, work, runs)
    except ProgramFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(*compared, sep="\n")
    return 0 if all(count.agrees for count in compared) else 1


def table(tools: Sequence[Tool], runs: Mapping[str, Sequence[Run]]) -> str:
    """Return the table of all runs, one line a tool."""
    rates = {name: median(run.packets / run.seconds for run in each) for name, each in runs.items()}
    lines: list[tuple[str, ...]] = [
        ("tool", "packets/s", "wall s", "min", "max", "cpu s", "peak MiB", "anon MiB", "us/it", "")
    ]
    for tool in tools:
        used = [run.usage for run in runs[tool.name]]
        walls = [usage.wall_s for usage in used]
        anonymous = [usage.anonymous_bytes for usage in used if usage.anonymous_bytes is not None]
        lines.append(
            (
                tool.name,
                f"{rates[tool.name]:,.0f}",
                *(f"{figure(walls):.2f}" for figure in (median, min, max)),
                f"{median(usage.cpu_s for usage in used):.2f}",
                f"{max(usage.peak_bytes for usage in used) / _MIB:,.0f}",
                f"{max(anonymous) / _MIB:,.0f}" if anonymous else "-",
                f"{rates[OURS] / rates[tool.name]:,.2f}",
                tool.note,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _machine() -> str:
    versions = [f"Python {platform.python_version()}", f"wanwitness {version('wanwitness')}"]
    for program in ("tshark", "tcpdump"):
        if which(program):
            told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
            versions.append((told.stdout or told.stderr).split("\n", 1)[0])
    return f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}; {'; '.join(versions)}"


def _into_page_cache(file: Path) -> None:
    with file.open("rb") as bytes_of:
        while bytes_of.read(_MIB):
            pass


if __name__ == "__main__":
    sys.exit(main())
