"""The straight lines that a run of a clock's bounds leaves possible, even if a few of these bounds are wrong.

A bound that contradicts the others alone is an outlier: its packet was paired falsely, or written down late. It is
left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .assumptions import AGREED_NS, ONE_SIDED_NS, PLAINLY_NEARER, SAMPLED_BOUNDS, STAMP_NS
from .bounds import Bounds
from .feasible_lines import FeasibleLines, Flags, Floats, feasible
from .outliers import ended, least_contradicted, satisfied
from .peeling import loosened

SECOND = 1_000_000_000


class ClockLine(NamedTuple):
    """What was fitted to a run."""

    lines: FeasibleLines
    """Not one line, but all that the run leaves."""
    begin: int
    """The first of the bounds that it was fitted to."""
    kept: Flags
    """Which of them do not contradict it."""


class LineFit:
    """Fits lines to runs of a clock's bounds. A run is given by the index of its first bound and that of the first
    bound behind it.

    Args:
        bounds: one at least.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.base_ns, self.level_ns = int(bounds.ts_ns[0]), int(bounds.offset_ns[0])
        """The clock's time, and the offset, from which lines count."""
        self.seconds: Floats = (bounds.ts_ns - self.base_ns) / SECOND
        self._v: Floats = (bounds.offset_ns - self.level_ns).astype(np.float64)
        self._above = bounds.above
        self._agreed = self._agrees()

    def of(self, begin: int, end: int) -> ClockLine:
        """Return the lines that satisfy a run, or, where there are none, those that nearly do."""
        return self.satisfying(begin, end) or self._nearest(begin, end)

    def satisfying(self, begin: int, end: int) -> ClockLine | None:
        """Return the lines that satisfy a run, its outliers left out; None where too many contradict."""
        # A few that contradict each other spare a look at all.
        few = slice(begin, end, max(1, (end - begin) // SAMPLED_BOUNDS | 1))
        some = self._feasible(self.seconds[few], self._v[few], self._above[few])
        plain = None if some is None else self.allowed(begin, end)
        if plain is not None:
            return ClockLine(plain, begin, np.ones(end - begin, np.bool_))
        line = self._nearest(begin, end)
        above = self._above[begin:end]
        return None if any(ended(~line.kept[above == side]) for side in (True, False)) else line

    def _nearest(self, begin: int, end: int) -> ClockLine:
        """Return the lines near the one that the bounds contradict least."""
        x, v, above = self.seconds[begin:end], self._v[begin:end], self._above[begin:end]
        some = np.sort(np.concatenate([_sample(np.flatnonzero(above == side)) for side in (True, False)]))
        offset, drift = least_contradicted(x[some], v[some], above[some])
        near = satisfied(x[some], v[some], above[some], offset, drift)
        rough = self._feasible(x[some][near], v[some][near], above[some][near])
        if rough is not None:
            offset, drift = rough.corners.mean(axis=0).tolist()
        kept = satisfied(x, v, above, offset, drift)
        if not kept.any():
            kept[:] = True
        lines = self._feasible(x[kept], v[kept], above[kept]) or rough or FeasibleLines(np.array([[offset, drift]]), x)
        return ClockLine(lines, begin, kept)

    def allowed(self, begin: int, end: int) -> FeasibleLines | None:
        """Return the lines that satisfy all bounds of a run."""
        return self._feasible(self.seconds[begin:end], self._v[begin:end], self._above[begin:end])

    def outliers(self, begin: int, end: int, kept: Flags) -> FeasibleLines | None:
        """Return what the outliers among some bounds allow."""
        rows = np.arange(begin, end)[~kept]
        return self._feasible(self.seconds[rows], self._v[rows], self._above[rows]) if len(rows) else None

    def relied(self, line: ClockLine) -> FeasibleLines:
        """Return the lines that its bounds leave as far as they are relied on."""
        rows = line.begin + np.flatnonzero(line.kept)
        x, v, above = self.seconds[rows], self._v[rows], self._above[rows]
        offset, drift = line.lines.corners.mean(axis=0).tolist()
        v = loosened(x, v, above, late=1 - len(rows) / len(line.kept), line=(offset, drift))
        return self._feasible(x, v, above) or line.lines

    def told_apart(self, begin: int, end: int, earlier: FeasibleLines, later: FeasibleLines) -> tuple[Flags, Flags]:
        """Return which bounds speak against the earlier lines, and which against the later ones.

        A bound that is much nearer to one line than to the other speaks against the other alone; any other bound speaks
        against the lines that it contradicts.
        """
        x, v, above = self.seconds[begin:end], self._v[begin:end], self._above[begin:end]
        contradicts, apart = [], []
        for lines in (earlier, later):
            least, greatest = lines.extremes(x)
            contradicts.append(np.where(above, v + STAMP_NS < least, v - STAMP_NS > greatest))
            apart.append(np.abs(v - (least + greatest) / 2))
        is_earlier = (apart[0] * PLAINLY_NEARER < apart[1]) & (apart[1] > ONE_SIDED_NS)
        is_later = (apart[1] * PLAINLY_NEARER < apart[0]) & (apart[0] > ONE_SIDED_NS)
        return contradicts[0] & ~is_earlier | is_later, contradicts[1] & ~is_later | is_earlier

    def _agrees(self) -> bool:
        """Whether the clock is the reference's, or kept to the same time: no bound says that the two differ."""
        offset, above = self.bounds.offset_ns, self._above
        if above.all() or not above.any():
            return False
        odd = np.where(above, offset < -STAMP_NS, offset > STAMP_NS)
        near = int(offset[above].min()) - int(offset[~above].max()) < AGREED_NS
        return near and not any(ended(odd[above == side]) for side in (True, False))

    def _feasible(self, x: Floats, v: Floats, above: Flags) -> FeasibleLines | None:
        return feasible(x, v, above, kept=self._agreed)


def _sample(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows if len(rows) <= SAMPLED_BOUNDS else rows[np.linspace(0, len(rows) - 1, SAMPLED_BOUNDS).astype(np.intp)]
