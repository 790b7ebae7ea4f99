"""The programs that are compared, and how each is run over a case."""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from .case import Generated
from .processes import Usage, measure

OURS = "wanwitness --rows-only"
TSHARK = "tshark"
SCAPY = "scapy"
TSHARK_FIELDS = ("frame.number", "dns.qry.name", "smtp.response.code", "tcp.stream")
SCAPY_PACKETS = 30_000
"""scapy dissects about 5,000 packets a second; it is given the beginning of each file, this many packets in all."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one tool."""

    usage: Usage
    packets: int
    """How many it read."""
    seconds: float
    """Those that its rate is computed from."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of the comparison."""

    name: str
    run: Callable[[Generated, Path], Run]
    """Runs it over a case, with a folder for what it writes."""
    note: str = ""


def available(scapy_packets: int) -> tuple[list[Tool], list[str]]:
    """Return the tools that this machine has, and a line for each that it lacks."""
    tools = [Tool(OURS, _ours("--rows-only")), Tool("wanwitness (full)", _ours())]
    missing = []
    for name, run in ((TSHARK, _tshark), ("tcpdump", _tcpdump)):
        if which(name):
            tools.append(Tool(name, run))
        else:
            missing.append(f"{name} is not installed: left out")
    if find_spec("scapy"):
        note = "all packets" if not scapy_packets else f"the first {scapy_packets:,} packets; rate without its import"
        tools.append(Tool(SCAPY, _scapy(scapy_packets), note))
    else:
        missing.append("scapy is not installed: left out")
    return tools, missing


def tshark_rows(work: Path, file: Path) -> Path:
    """Where the rows that tshark printed of `file` are kept."""
    return work / f"tshark-{file.stem}.tsv"


def case_json(work: Path) -> Path:
    """Where `OURS` wrote its case."""
    return work / "case--rows-only" / "case.json"


def _ours(*options: str) -> Callable[[Generated, Path], Run]:
    program = Path(sysconfig.get_path("scripts")) / "wanwitness"

    def run(case: Generated, work: Path) -> Run:
        out = work / f"case{''.join(options)}"
        command = [str(program), "analyze", str(case.folder), *options, "--force", "--out", str(out)]
        usage = measure(command, work / "ours.txt")
        return Run(usage, case.packets, usage.wall_s)

    return run


def _each_file(case: Generated, command: Callable[[Path], Sequence[str]], output: Callable[[Path], Path]) -> Run:
    usage: Usage | None = None
    for file in case.files:
        used = measure(command(file), output(file))
        usage = used if usage is None else usage.then(used)
    assert usage is not None
    return Run(usage, case.packets, usage.wall_s)


def _tshark(case: Generated, work: Path) -> Run:
    fields = [part for field in TSHARK_FIELDS for part in ("-e", field)]
    return _each_file(
        case,
        lambda file: ["tshark", "-r", str(file), "-Y", "dns or smtp", "-T", "fields", *fields],
        lambda file: tshark_rows(work, file),
    )


def _tcpdump(case: Generated, work: Path) -> Run:
    return _each_file(
        case,
        lambda file: ["tcpdump", "-r", str(file), "-w", "/dev/null", "port 53 or port 25"],
        lambda _: work / "tcpdump.txt",
    )


def _scapy(packets: int) -> Callable[[Generated, Path], Run]:
    def run(case: Generated, work: Path) -> Run:
        limit = str(-(-packets // len(case.files)))
        program = str(Path(__file__).with_name("scapy_pass.py"))
        output = work / "scapy.json"
        usage = measure([sys.executable, program, limit, *map(str, case.files)], output)
        counted = json.loads(output.read_text())
        return Run(usage, counted["packets"], counted["seconds"])

    return run
