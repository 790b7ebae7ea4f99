"""The table of perturbations: what remains right of a case when its captures are less than perfect.

    python -m tests.perturbation FOLDER                       a folder of captures, site.toml and truth.json; minutes
    python -m tests.perturbation FOLDER --cells 'loss*' skew  only those whose name begins so, or fits a pattern
    python -m tests.perturbation FOLDER --cells loss --seeds 8    each eight times, with other packets lost each time
    python -m tests.perturbation --list

A row a perturbation: sessions, flags that are right, flags missed (an undetermined session counts), flags that are
wrong, sessions left undetermined that truth can judge, sessions judged consistent that are not, connections taken for
two, and the clocks: the largest error of an estimated offset or step, and the widest interval stated.
Of a cell where packets are missing the shares are told beside what is asked of them; of several seeds, their spread.
Below it every false flag with what it rests on, and why sessions were left undetermined. Exit status 1 where a bound
is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from .cells import CELLS
from .trial import FALSE_UNDER_LOSS, Tried, attempt, original

_FALSE = f"{FALSE_UNDER_LOSS:.1%}"
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
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="so many seeds, from that one on [%(default)s]"
    )
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
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    of = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    print(f"{arguments.folder}: {len(case.truth)} sessions, {flags} to be flagged; {of}\n\n{_HEAD}")
    broken, notes = 0, []
    for cell in cells:
        rows = []
        for seed in seeds:
            with tempfile.TemporaryDirectory(prefix="wanwitness-perturbed-") as scratch:
                rows.append(attempt(case, cell, Path(scratch), seed))
            print(_row(rows[-1]), flush=True)
        if len(rows) > 1:
            print(f"    {cell.name}: {_spread(rows)}", flush=True)
        broken += any(tried.broken for tried in rows)
        notes += [note for tried in rows for note in _notes(tried, arguments.told)]
    print("\n" + "\n".join(notes))
    return 1 if broken else 0


def _row(tried: Tried) -> str:
    times = [estimate for estimate in tried.estimates if estimate.what != "drift"]
    worst = max((estimate.error for estimate in times), default=None)
    widest = max((estimate.uncertainty for estimate in times), default=None)
    return (
        f"{tried.cell.name:52}{tried.true:6}{tried.missed:7}{len(tried.false):6}{tried.undetermined:7}"
        f"{len(tried.wrong):6}{tried.extra:6}{_time(worst):>12}{_time(widest):>11}  {_bounds(tried)}"
    )


def _bounds(tried: Tried) -> str:
    told = ", ".join(tried.broken) or "hold"
    if not tried.cell.lossy:
        return told
    most = tried.cell.most_missed
    missed = "nothing asked" if most is None else f"asked: at most {most:.1%}"
    return f"{told} (missed {tried.share_missed:.2%}, {missed}; false {tried.share_false:.2%}, asked: at most {_FALSE})"


def _spread(rows: Sequence[Tried]) -> str:
    """Say of a cell that was tried with several seeds what the least and the most were, and what is over the bounds."""
    missed, false = [tried.share_missed for tried in rows], sum(len(tried.false) for tried in rows)
    over = sum(bool(tried.broken) for tried in rows)
    return (
        f"missed {min(missed):.2%} to {max(missed):.2%}, {' '.join(str(tried.missed) for tried in rows)}; "
        f"false {false} of {sum(tried.sessions for tried in rows)}; {over} of {len(rows)} seeds break a bound"
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
