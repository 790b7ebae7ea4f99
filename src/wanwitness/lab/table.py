"""The table that a run prints: what each scenario was to show, what happened, and what the analysis found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .check import compare, verdict_of
from .running import Run

Row = dict[str, Any]


def tabulate(run: Run, sessions: Sequence[Row] | None = None) -> tuple[list[str], int]:
    """Return a run's table, and how many of its lines differ: truth from what was expected, or the case from truth.

    Args:
        run: what was played.
        sessions: the case's sessions, where the captures were analysed.
    """
    pairs = compare(run.truth, sessions) if sessions is not None else [(row, None, []) for row in run.truth]
    expected = {} if run.random else _expected(run)
    cells = [("scenario", "expected", "truth", *(("found",) if sessions is not None else ()))]
    remarks: dict[int, list[str]] = {}
    wrong = 0
    for row, session, told in pairs:
        truth = verdict_of(row) if row is not None else "–"
        want = expected.get(id(row), "–" if run.random or row is None else "no session")
        told = [
            *told,
            *([f"truth is not what was expected: {truth}"] if want != "–" and truth not in want.split(" | ") else []),
        ]
        found = (verdict_of(session) if session is not None else "–",) if sessions is not None else ()
        wrong += bool(told)
        if run.random and not told:
            continue
        cells.append((row["scenario"] if row is not None else "–", want, truth, *found))
        remarks[len(cells) - 1] = told
    missing = [] if run.random else _missing(run)
    lines = _layout(cells, remarks) if len(cells) > 1 else []
    lines += [f"{name}: gave fewer sessions than expected" for name in missing]
    if run.random:
        lines += [f"{count:6} {what}" for what, count in sorted(Counter(map(verdict_of, run.truth)).items())]
    word = "session" if len(run.truth) == 1 else "sessions"
    wrong += len(missing)
    tail = "" if sessions is None and not wrong else ", no difference" if not wrong else f", {wrong} with differences"
    return [*lines, f"{len(run.truth)} {word}{tail}: {run.folder}"], wrong


def _expected(run: Run) -> dict[int, str]:
    """Say of each truth row, by its identity, what its scenario expects."""
    found = {}
    for scenario in run.played:
        rows = [row for row in run.truth if row["scenario"] == scenario.name]
        found.update({id(row): want for row, want in zip(rows, scenario.expected, strict=False)})
    return found


def _missing(run: Run) -> list[str]:
    counts = Counter(row["scenario"] for row in run.truth)
    return [each.name for each in run.played if counts[each.name] < len(each.expected)]


def _layout(cells: Sequence[tuple[str, ...]], remarks: dict[int, list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for index, row in enumerate(cells):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        lines += [f"    ! {remark}" for remark in remarks.get(index, [])]
    return lines
