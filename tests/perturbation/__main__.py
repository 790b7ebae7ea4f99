"""The table of perturbations: what remains right of a case when its captures are less than perfect.

    python -m tests.perturbation FOLDER                       a folder of captures, site.toml and truth.json; minutes
    python -m tests.perturbation FOLDER --cells 'loss*' skew  only those whose name begins so, or fits a pattern
    python -m tests.perturbation --list

A row a perturbation: sessions, flags that are right, flags missed (an undetermined session counts), flags that are
wrong, sessions left undetermined that truth can judge, sessions judged consistent that are not, connections taken for
two, and the clocks: the largest error of an estimated offset or step, and the widest interval stated.
Below it every false flag with what it rests on, and why sessions were left undetermined. Exit status 1 where a bound
is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from .cells import CELLS
from .trial import Tried, attempt, original

_HEAD = (
    f"{'perturbation':52}{'true':>6}{'missed':>7}{'false':>6}{'undet.':>7}{'wrong':>6}{'extra':>6}"
    f"{'clock error':>12}{'interval':>11}  bounds"
)


def main() -> int:
    """Try the cells and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.perturbation", description="Perturb a case and judge it.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--cells", nargs="+", default=["*"], metavar="NAME", help="which perturbations [all]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    parser.add_argument("--list", action="store_true", help="name the perturbations")
    parser.add_argument("--told", type=int, default=5, metavar="N", help="wrong sessions listed a row [%(default)s]")
    arguments = parser.parse_args()
    cells = [cell for cell in CELLS if any(fnmatch(cell.name, pattern + "*") for pattern in arguments.cells)]
    if arguments.list:
        print("\n".join(cell.name for cell in cells))
        return 0
    if arguments.folder is None:
        parser.error("a folder is needed")
    case = original(arguments.folder)
    flags = sum(row["flagged"] for row in case.truth)
    print(f"{arguments.folder}: {len(case.truth)} sessions, {flags} to be flagged; seed {arguments.seed}\n\n{_HEAD}")
    broken, notes = 0, []
    for cell in cells:
        with tempfile.TemporaryDirectory(prefix="wanwitness-perturbed-") as scratch:
            tried = attempt(case, cell, Path(scratch), arguments.seed)
        print(_row(tried), flush=True)
        broken += bool(tried.broken)
        notes += _notes(tried, arguments.told)
    print("\n" + "\n".join(notes))
    return 1 if broken else 0


def _row(tried: Tried) -> str:
    times = [estimate for estimate in tried.estimates if estimate.what != "drift"]
    worst = max((estimate.error for estimate in times), default=None)
    widest = max((estimate.uncertainty for estimate in times), default=None)
    return (
        f"{tried.cell.name:52}{tried.true:6}{tried.missed:7}{len(tried.false):6}{tried.undetermined:7}"
        f"{len(tried.wrong):6}{tried.extra:6}{_time(worst):>12}{_time(widest):>11}  {', '.join(tried.broken) or 'hold'}"
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1e6:.1f} us" if seconds < 0.01 else f"{seconds:.3f} s"


def _notes(tried: Tried, most: int) -> list[str]:
    notes = [f"{tried.cell.name}: false flag: {told}" for told in tried.false]
    notes += [f"{tried.cell.name}: consistent, wrongly: {told}" for told in tried.wrong[:most]]
    if tried.reasons:
        reasons = ", ".join(f"{n} {why}" for why, n in sorted(tried.reasons.items(), key=lambda each: -each[1]))
        notes.append(f"{tried.cell.name}: undetermined: {reasons}")
    if tried.untied:
        notes.append(f"{tried.cell.name}: clocks not tied: {', '.join(tried.untied)}")
    for each in tried.estimates:
        if not each.within:
            said = f"off by {each.error:.6f}, within {each.uncertainty:.6f} as said"
            notes.append(f"{tried.cell.name}: {each.capture}'s {each.what} is {said}")
    return notes


if __name__ == "__main__":
    sys.exit(main())
