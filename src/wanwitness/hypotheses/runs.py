"""A series of outcomes as its runs of refusals, and series like it.

Refusals come in bursts. A series is therefore kept as runs: where each run of refusals begins, and where it ends. A sum
over the refused episodes is then a difference of two running totals for each run, however long the runs are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Outcomes = NDArray[np.int8]
"""1 for refused, 0 for accepted, in order of time; shape (n,)."""


class Runs(NamedTuple):
    """Several series of `n` outcomes each, by their runs of refusals."""

    begin: NDArray[np.int64]
    """Shape (series, runs): the place of each run's first refusal, in order; n where a series has fewer runs."""
    end: NDArray[np.int64]
    """Shape (series, runs): the place behind each run's last refusal."""
    n: int

    def sums(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over the refused of each series.

        Args:
            totals: shape (n + 1, columns), running totals of a value, from zero.

        Returns:
            Shape (series, columns).
        """
        found: NDArray[np.float64] = (totals[self.end] - totals[self.begin]).sum(1)
        return found


def running_totals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of the first 0, 1, … n rows; shape (n + 1, columns)."""
    return np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])


def runs_of(outcomes: Outcomes) -> Runs:
    """Return a series as its runs of refusals: shape (1, runs)."""
    steps = np.diff(outcomes, prepend=0, append=0)
    return Runs(np.flatnonzero(steps == 1)[None], np.flatnonzero(steps == -1)[None], len(outcomes))


def turned(outcomes: Outcomes, turns: NDArray[np.int64]) -> Runs:
    """Return the series turned on a circle by each of some numbers of places: what stood at 0 stands at the turn."""
    whole, n = runs_of(outcomes), len(outcomes)
    begin = (whole.begin + turns[:, None]) % n
    end = (whole.end - 1 + turns[:, None]) % n + 1
    # A run that the turn cuts is one at the end and one at the beginning. One cut at most, so one run more.
    cut = begin >= end
    some = cut.any(1)
    begin = np.concatenate([begin, np.where(some, 0, n)[:, None]], 1)
    end = np.concatenate(
        [np.where(cut, n, end), np.where(some, np.where(cut, end, 0).max(1, initial=0), n)[:, None]], 1
    )
    # One that ends at the circle's seam and one that begins there are one run.
    order = begin.argsort(1, kind="stable")
    begin, end = np.take_along_axis(begin, order, 1), np.take_along_axis(end, order, 1)
    joined = (end[:, :-1] == begin[:, 1:]) & (begin[:, 1:] < n)
    for row in np.flatnonzero(joined.any(1)).tolist():
        (at,) = np.flatnonzero(joined[row]).tolist()
        begin[row] = np.r_[np.delete(begin[row], at + 1), n]
        end[row] = np.r_[np.delete(end[row], at), n]
    return Runs(begin, end, n)


def alike(outcomes: Outcomes, series: int, random: np.random.Generator) -> Runs:
    """Return random series with as many refusals, and as many runs of refused and of accepted, as a given one.

    Each is as likely as any other; all begin with the same outcome as the one given.
    """
    n, refused = len(outcomes), int(outcomes.sum())
    if not refused:
        return Runs(np.empty((series, 0), np.int64), np.empty((series, 0), np.int64), n)
    count = int((np.diff(outcomes) != 0).sum()) + 1
    first = int(outcomes[0])
    lengths = np.empty((series, count), np.int64)
    of_first, of_other = (refused, n - refused) if first else (n - refused, refused)
    lengths[:, 0::2] = _compositions(of_first, (count + 1) // 2, series, random)
    if count > 1:
        lengths[:, 1::2] = _compositions(of_other, count // 2, series, random)
    ends = lengths.cumsum(1)
    mine = slice(0 if first else 1, None, 2)
    return Runs((ends - lengths)[:, mine], ends[:, mine], n)


_SPARSE = 1 << 15
"""From so many places on, the few cuts among them are drawn one by one."""


def _compositions(n: int, parts: int, series: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return random ways to write n as a sum of positive parts, each as likely as any other; shape (series, parts)."""
    if parts == 1:
        return np.full((series, 1), n)
    if n < _SPARSE:
        cuts = random.random((series, n - 1)).argpartition(parts - 2, axis=1)[:, : parts - 1]
        cuts.sort(axis=1)
    else:
        cuts = np.stack([_subset(n - 1, parts - 1, random) for _ in range(series)])
    bounds = np.concatenate([np.zeros((series, 1), np.int64), cuts + 1, np.full((series, 1), n)], axis=1)
    return np.diff(bounds, axis=1)


def _subset(n: int, size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return `size` different numbers below n, in order, each set as likely as any other."""
    if size > n // 2:
        left = np.ones(n, np.bool_)
        left[_subset(n, n - size, random)] = False
        return np.flatnonzero(left)
    drawn = np.unique(random.integers(0, n, size + size // 2 + 16))
    while len(drawn) < size:
        drawn = np.unique(np.concatenate([drawn, random.integers(0, n, size)]))
    spare = len(drawn) - size
    if spare:
        drawn = np.delete(drawn, random.choice(len(drawn), spare, replace=False, shuffle=False))
    return drawn
