"""The segments of a clock's bounds that one straight line satisfies each, and the breakpoints between them.

Segments are found by taking the longest run of bounds that one line satisfies, then the next; it ends where most
bounds of one direction contradict it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .assumptions import CONTRADICTING_RUN, FEWEST
from .feasible_lines import FeasibleLines, Flags
from .line_fit import ClockLine, LineFit
from .outliers import unvouched

Run = tuple[int, int]
"""The first bound, and the first behind it."""
End = tuple[int, tuple[FeasibleLines, ...]]
"""A place in the clock's frame order, and what the bounds beyond it allow."""


class Breakpoint(NamedTuple):
    """Where one segment ends and the next begins."""

    low: int
    """The first bound that may be of the later one."""
    high: int
    """The first bound that must be of the later one."""
    later: ClockLine
    """The lines of the later one, as far back as they hold."""


class Segments:
    """Parts a clock's bounds into segments, in order of place."""

    def __init__(self, lines: LineFit) -> None:
        self._lines, self._bounds = lines, lines.bounds
        found = list(self._found())
        self._runs = [run for run in found if self._is_segment(run)] or [max(found, key=lambda run: run[1] - run[0])]
        self._outlier_runs = [(run, lines.allowed(*run)) for run in found if run not in self._runs]
        """Runs too short to be believed, with the lines that these allow."""
        self.whole = [lines.of(*run) for run in self._runs]
        """The lines of each segment by all its bounds, those at its ends included that may belong to the next one."""
        self.breakpoints = [self._breakpoint(n) for n in range(len(self._runs) - 1)]
        """Between each segment and the next."""
        inner = (edge for change in self.breakpoints for edge in (change.low, change.high))
        edges = [self._runs[0][0], *inner, self._runs[-1][1]]
        self._sure = list(zip(edges[::2], edges[1::2], strict=True))
        """Of each segment the bounds that can be of no other."""
        self.sure = [
            (lines.satisfying(*sure) if sure[0] < sure[1] and sure != whole else None) or line
            for sure, whole, line in zip(self._sure, self._runs, self.whole, strict=True)
        ]
        """The lines of each, by these."""

    def outlier_runs_between(self, n: int) -> tuple[FeasibleLines, ...]:
        """Return what the outlier runs between a segment and the next one allow."""
        begin, end = self._runs[n][1], self._runs[n + 1][0]
        return tuple(lines for run, lines in self._outlier_runs if begin <= run[0] < end and lines is not None)

    def head(self) -> End | None:
        """Return until which place the first segment cannot be relied on; None where it can from the beginning.

        There, bounds contradict it, and no bound before them shows that they are outliers.
        """
        begin, end = self._sure[0]
        kept = self._kept(0)
        first = begin + unvouched(kept, self._bounds.above[begin:end])
        outliers = [lines for run, lines in self._outlier_runs if run[1] <= self._runs[0][0]]
        allowed = _known(*outliers, self._lines.outliers(begin, first, kept[: first - begin]))
        return (int(self._bounds.place[min(first, len(self._bounds) - 1)]), allowed) if allowed else None

    def tail(self) -> End | None:
        """Return the same of the last segment: from which place on it cannot be relied on."""
        begin, end = self._sure[-1]
        kept = self._kept(-1)
        last = end - unvouched(kept[::-1], self._bounds.above[begin:end][::-1])
        outliers = [lines for run, lines in self._outlier_runs if run[0] >= self._runs[-1][1]]
        allowed = _known(*outliers, self._lines.outliers(last, end, kept[last - begin :]))
        return (int(self._bounds.place[max(last - 1, 0)]) + 1, allowed) if allowed else None

    def _found(self) -> Iterator[Run]:
        begin, total = 0, len(self._bounds)
        while begin < total:
            end = begin + self._reach(begin, total)
            yield begin, end
            begin = end

    def _reach(self, begin: int, total: int) -> int:
        """How many bounds from `begin` on one line satisfies."""
        return _longest(total - begin, lambda size: self._lines.satisfying(begin, begin + size) is not None)

    def _is_segment(self, run: Run) -> bool:
        above = self._bounds.above[run[0] : run[1]]
        return min(int(above.sum()), int((~above).sum())) >= FEWEST

    def _breakpoint(self, n: int) -> Breakpoint:
        """Tell where the change from a segment to the next one lies."""
        (one_begin, one_end), (two_begin, two_end) = self._runs[n], self._runs[n + 1]
        size = _longest(
            two_end - one_begin - 1,
            lambda size: self._lines.satisfying(two_end - size, two_end) is not None,
            two_end - two_begin,
        )
        later = self._lines.of(two_end - size, two_end)
        low, high = min(two_end - size, one_end), min(two_begin + 2 * CONTRADICTING_RUN, two_end - 1)
        not_earlier, not_later = self._lines.told_apart(low, high, self.whole[n].lines, later.lines)
        cost = np.concatenate([[0], np.cumsum(not_earlier)]) + (
            not_later.sum() - np.concatenate([[0], np.cumsum(not_later)])
        )
        best = np.flatnonzero(cost == cost.min())
        first, last = int(best[0]), int(best[-1])
        if cost.min() > 2 and not_earlier.any() and not_later.any():  # the two are mixed in the frame order
            first = min(first, int(np.flatnonzero(not_earlier)[0]))
            last = max(last, int(np.flatnonzero(not_later)[-1]) + 1)
        return Breakpoint(max(low + first, one_begin + 1), min(low + last, two_end - 1), later)

    def _kept(self, n: int) -> Flags:
        """Which bounds the lines of this segment satisfy, of those that can belong to no other segment."""
        kept, (begin, end) = self.sure[n].kept, self._sure[n]
        return kept if len(kept) == end - begin else np.ones(end - begin, np.bool_)


def _known(*found: FeasibleLines | None) -> tuple[FeasibleLines, ...]:
    return tuple(lines for lines in found if lines is not None)


def _longest(most: int, fits: Callable[[int], bool], least: int = 1) -> int:
    """Return the greatest size that fits, if all smaller ones do, between `least`, which does, and `most`."""
    good, size = least, max(16, 2 * least)
    while good < most and fits(min(size, most)):
        good, size = min(size, most), 2 * size
    bad = min(size, most)
    if good >= most:
        return most
    while bad - good > 1:
        middle = (good + bad) // 2
        if fits(middle):
            good = middle
        else:
            bad = middle
    return good
