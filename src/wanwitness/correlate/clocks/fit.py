"""A clock's model fitted to its bounds: the lines of its segments put together, with the steps in between."""

from __future__ import annotations

from math import ceil

from .assumptions import CONTRADICTING_RUN, DISORDER_NS
from .bounds import Bounds
from .clock_model import FIRST, SECOND, ClockModel, ClockPiece, Step
from .feasible_lines import FeasibleLines
from .line_fit import LineFit
from .segments import Segments


def fit(bounds: Bounds) -> ClockModel:
    """Fit a clock's model to its bounds, of which there is one at least."""
    return _Fit(bounds).model()


class _Fit:
    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._lines = lines = LineFit(bounds)
        self._segments = segments = Segments(lines)
        sure = [lines.relied(line) for line in segments.sure]
        whole = [lines.relied(line) for line in segments.whole[:-1]]  # the last one has no next
        later = [lines.relied(change.later) for change in segments.breakpoints]
        # Setting a clock does not change how fast it runs: the drift of the longest segment holds for the others, too.
        longest = max(sure, key=lambda one: (one.bend is not None, one.length))
        self._sure, self._whole, self._later = (
            [_alike(one, longest) for one in several] for several in (sure, whole, later)
        )

    def model(self) -> ClockModel:
        """Put the segments together."""
        parts = [(FIRST, ClockPiece((self._sure[0],)))]
        if (head := self._segments.head()) is not None:
            until, allowed = head
            parts = [(FIRST, ClockPiece((self._sure[0], *allowed))), (until, ClockPiece((self._sure[0],)))]
        steps = []
        for n, change in enumerate(self._segments.breakpoints):
            parts += self._change(n)
            steps.append(self._step(change.low - 1, change.high, self._sure[n], self._sure[n + 1]))
        if (tail := self._segments.tail()) is not None:
            since, allowed = tail
            parts.append((since, ClockPiece((self._sure[-1], *allowed))))
        return ClockModel(
            self._lines.base_ns,
            self._lines.level_ns,
            [place for place, _ in parts],
            [span for _, span in parts],
            tuple(step for step in steps if step is not None),
            len(self._bounds),
        )

    def _change(self, n: int) -> list[tuple[int, ClockPiece]]:
        """Return which lines hold from which place on, between the end of a segment and the beginning of the next."""
        place, (low, high, _) = self._bounds.place, self._segments.breakpoints[n]
        one, two = self._sure[n], self._sure[n + 1]
        before, behind = int(place[low - 1]), int(place[high])
        within = self._reference(low - 1, one), self._reference(high, two)
        limits = (within[0] - DISORDER_NS, within[1] + DISORDER_NS) if within[0] <= within[1] else None
        # Between the two lies what may belong to either; next to it, the lines of the segment on that side may hold as
        # well.
        either = (self._whole[n], self._later[n], *self._segments.outlier_runs_between(n))
        if low == high:
            parts = [(before + 1, ClockPiece((one, *either, two), limits))]
        else:
            parts = [
                (before + 1, ClockPiece((one, *either), limits)),
                (int(place[low]), ClockPiece(either, limits)),
                (int(place[high - 1]) + 1, ClockPiece((*either, two), limits)),
            ]
        return [*parts, (max(behind, before + 1), ClockPiece((two,)))]

    def _reference(self, index: int, lines: FeasibleLines) -> int:
        """When a bound's packet was seen, on the reference clock."""
        low, high = lines.at(float(self._lines.seconds[index]))
        return int(self._bounds.ts_ns[index]) - self._lines.level_ns - round((low + high) / 2)

    def _step(self, before: int, behind: int, earlier: FeasibleLines, later: FeasibleLines) -> Step | None:
        """Return the step between two bounds; None where the drift alone may have changed."""
        b = self._bounds
        begin = self._reference(before, earlier)
        own, elsewhere = int(b.ts_ns[behind] - b.ts_ns[before]), self._reference(behind, later) - begin
        backward = True if own < -DISORDER_NS else False if elsewhere < -DISORDER_NS else None
        x = float(self._lines.seconds[before]), float(self._lines.seconds[behind])

        def jump(passed_ns: int) -> tuple[float, float]:
            half = max(0, passed_ns) / 2 / SECOND
            low, high = earlier.at(x[0] + half * (1 + sum(earlier.drift) / 2 / SECOND))
            next_low, next_high = later.at(x[1] - half * (1 + sum(later.drift) / 2 / SECOND))
            return next_low - high, next_high - low

        least, most = jump(own if backward is False else elsewhere)
        if least <= 0 <= most:
            return None
        around = slice(max(0, before - CONTRADICTING_RUN), before + 1), slice(behind, behind + CONTRADICTING_RUN)
        return Step(
            begin + max(0, elsewhere) // 2,
            round((least + most) / 2),
            ceil((most - least) / 2),
            round(sum(jump(own)) / 2),
            begin,
            own,
            (int(b.place[before]), int(b.place[behind])),
            (int(b.other[around[0]].max()), int(b.other[around[1]].min())),
            backward,
        )


def _alike(lines: FeasibleLines, known: FeasibleLines) -> FeasibleLines:
    """Leave those lines whose drift is one of the known ones, if there is any."""
    if lines is known or known.bend is None:
        return lines
    return lines.limited(known.drift, known.bend) or lines
