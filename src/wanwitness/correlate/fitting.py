"""A clock's course fitted to its bounds.

Stretches are found by taking the longest run of bounds that one line satisfies, then the next. A bound that
contradicts its line alone is an outlier (a packet that was paired falsely, or written down late) and is left out; a
line ends where most bounds of one direction contradict it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .band import MAX_DRIFT, ONE_SIDED_NS, STAMP_NS, Band, Flags, Floats, band
from .course import FIRST, SECOND, Course, Span, Step
from .trust import loosened

Ints = NDArray[np.int64]

WINDOW, MOST = 6, 0.75
"""A line ends where so many successive bounds of one direction contradict it, or most of the last few."""
FEWEST = 3
"""Bounds from above, and from below, that make a stretch; fewer that contradict the others are strays."""
SAMPLE = 300
"""Bounds of a run, from above and from below each, that are looked at to find the line that the fewest contradict."""
PLAIN = 4
"""A bound belongs plainly to one of two lines if it is so many times nearer to it."""
DISORDER_NS = 50_000_000
"""Captures write packets down in order of time, but for so much."""
AGREED_NS = 5_000_000
"""Clocks that have nothing to do with each other do not agree so closely by chance."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a clock's offset, in order of `place`; all columns are of one length."""

    place: Ints
    """Where on the clock's tape the packet stands."""
    ts_ns: Ints
    """When that clock saw it."""
    offset_ns: Ints
    """What the clock is ahead of the reference then, at most or at least."""
    above: Flags
    """Whether it is at most that."""
    other: Ints
    """Where the same packet stands on the tape of the clock that it is compared with."""

    def __len__(self) -> int:
        return len(self.place)


def fit(bounds: Bounds) -> Course:
    """Fit a clock's course to its bounds, of which there is one at least."""
    return _Fit(bounds).course()


class _Line(NamedTuple):
    band: Band
    begin: int
    """The first of the bounds that it was fitted to."""
    kept: Flags
    """Which of them do not contradict it."""


class _Fit:
    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._base, self._level = int(bounds.ts_ns[0]), int(bounds.offset_ns[0])
        self._x: Floats = (bounds.ts_ns - self._base) / SECOND
        self._v: Floats = (bounds.offset_ns - self._level).astype(np.float64)
        self._above = bounds.above
        self._kept = self._agrees()

    def _agrees(self) -> bool:
        """Whether the clock is the reference's, or kept to the same time: every bound allows that they are equal."""
        offset, above = self._bounds.offset_ns, self._above
        if above.all() or not above.any():
            return False
        odd = np.where(above, offset < -STAMP_NS, offset > STAMP_NS)
        near = int(offset[above].min()) - int(offset[~above].max()) < AGREED_NS
        return near and not any(_ended(odd[above == side]) for side in (True, False))

    def course(self) -> Course:
        """Put the stretches together."""
        result = Course(self._base, self._level, pairs=len(self._bounds))
        runs, strays = self._runs()
        lines = [self._line(*run) or self._crude(*run) for run in runs]
        zones = [self._zone(runs[n], runs[n + 1], lines[n].band) for n in range(len(runs) - 1)]
        edges = [runs[0][0], *(edge for low, high, _ in zones for edge in (low, high)), runs[-1][1]]
        sure: list[_Line] = []
        for n, line in enumerate(lines):
            begin, end = edges[2 * n], edges[2 * n + 1]
            inner = self._line(begin, end) if begin < end else None
            sure.append(inner or line)
        sure, lines = [self._relied(line) for line in sure], [self._relied(line) for line in lines]
        zones = [(low, high, self._relied(later)) for low, high, later in zones]
        # To set a clock does not change how fast it runs: the longest stretch tells of the others too.
        longest = max(sure, key=lambda line: (line.band.bend is not None, line.band.length)).band
        sure, lines = [_alike(line, longest) for line in sure], [_alike(line, longest) for line in lines]
        zones = [(low, high, _alike(later, longest)) for low, high, later in zones]
        place = self._bounds.place
        head, tail = self._ends(runs, strays, sure, edges)
        result.starts, result.spans = [FIRST], [Span((sure[0].band, *head[1]))] if head else []
        if head:
            result.starts.append(head[0])
        result.spans.append(Span((sure[0].band,)))
        steps = []
        for n, (low, high, later) in enumerate(zones):
            inside = tuple(b for run, b in strays if lines and runs[n][1] <= run[0] < runs[n + 1][0] and b is not None)
            either = (lines[n].band, later.band, *inside)
            before, behind = int(place[low - 1]), int(place[high])
            within = (self._reference(low - 1, sure[n].band), self._reference(high, sure[n + 1].band))
            limits = (within[0] - DISORDER_NS, within[1] + DISORDER_NS) if within[0] <= within[1] else None
            # Before and behind what may be of either, the surely earlier and the surely later lines hold as well.
            if low == high:
                result.starts += [before + 1]
                result.spans += [Span((sure[n].band, *either, sure[n + 1].band), limits)]
            else:
                result.starts += [before + 1, int(place[low]), int(place[high - 1]) + 1]
                result.spans += [Span((sure[n].band, *either), limits), Span(either, limits)]
                result.spans += [Span((*either, sure[n + 1].band), limits)]
            result.starts.append(max(behind, before + 1))
            result.spans.append(Span((sure[n + 1].band,)))
            step = self._step(low - 1, high, sure[n].band, sure[n + 1].band)
            if step is not None:
                steps.append(step)
        if tail:
            result.starts.append(tail[0])
            result.spans.append(Span((sure[-1].band, *tail[1])))
        result.steps = tuple(steps)
        return result

    # Runs of bounds that one line satisfies

    def _runs(self) -> tuple[list[tuple[int, int]], list[tuple[tuple[int, int], Band | None]]]:
        """Return the runs, and those too short to be believed, with the lines that these allow."""
        found: list[tuple[int, int]] = []
        total = begin = 0
        total = len(self._bounds)
        while begin < total:
            end = begin + self._reach(begin, total)
            found.append((begin, end))
            begin = end
        runs = [run for run in found if self._is_stretch(run)] or [max(found, key=lambda run: run[1] - run[0])]
        return runs, [(run, self._allowed(*run)) for run in found if run not in runs]

    def _reach(self, begin: int, total: int) -> int:
        """How many bounds from `begin` on one line satisfies."""
        return _longest(total - begin, lambda size: self._line(begin, begin + size) is not None)

    def _is_stretch(self, run: tuple[int, int]) -> bool:
        above = self._above[run[0] : run[1]]
        return min(int(above.sum()), int((~above).sum())) >= FEWEST

    def _allowed(self, begin: int, end: int) -> Band | None:
        return self._band(self._x[begin:end], self._v[begin:end], self._above[begin:end])

    def _band(self, x: Floats, v: Floats, above: Flags) -> Band | None:
        return band(x, v, above, kept=self._kept)

    def _line(self, begin: int, end: int) -> _Line | None:
        """Return the lines that satisfy a run, its outliers left out; None where too many contradict."""
        # A few that contradict each other spare a look at all.
        few = slice(begin, end, max(1, (end - begin) // SAMPLE | 1))
        some = self._band(self._x[few], self._v[few], self._above[few])
        plain = None if some is None else self._allowed(begin, end)
        if plain is not None:
            return _Line(plain, begin, np.ones(end - begin, np.bool_))
        line = self._crude(begin, end)
        above = self._above[begin:end]
        return None if any(_ended(~line.kept[above == side]) for side in (True, False)) else line

    def _crude(self, begin: int, end: int) -> _Line:
        """Return the lines near the one that the bounds contradict least."""
        x, v, above = self._x[begin:end], self._v[begin:end], self._above[begin:end]
        some = np.sort(np.concatenate([_sample(np.flatnonzero(above == side)) for side in (True, False)]))
        offset, drift = _least_contradicted(x[some], v[some], above[some])
        near = _satisfied(x[some], v[some], above[some], offset, drift)
        rough = self._band(x[some][near], v[some][near], above[some][near])
        if rough is not None:
            offset, drift = rough.corners.mean(axis=0).tolist()
        kept = _satisfied(x, v, above, offset, drift)
        if not kept.any():
            kept[:] = True
        lines = self._band(x[kept], v[kept], above[kept]) or rough or Band(np.array([[offset, drift]]), x)
        return _Line(lines, begin, kept)

    def _relied(self, line: _Line) -> _Line:
        """Return the lines that its bounds leave as far as they are relied on."""
        rows = line.begin + np.flatnonzero(line.kept)
        x, v, above = self._x[rows], self._v[rows], self._above[rows]
        offset, drift = line.band.corners.mean(axis=0).tolist()
        v = loosened(x, v, above, late=1 - len(rows) / len(line.kept), line=(offset, drift))
        lines = self._band(x, v, above)
        return line if lines is None else line._replace(band=lines)

    # Where one run ends and the next begins

    def _zone(self, one: tuple[int, int], two: tuple[int, int], earlier: Band) -> tuple[int, int, _Line]:
        """Return between which bounds the change lies (the first that may, the first that must be behind it).

        With it, the lines of the later run, as far back as they hold.
        """
        reach = two[1] - one[0] - 1
        size = _longest(reach, lambda size: self._line(two[1] - size, two[1]) is not None, two[1] - two[0])
        begin = two[1] - size
        later = self._line(begin, two[1]) or self._crude(begin, two[1])
        low, high = min(begin, one[1]), min(two[0] + 2 * WINDOW, two[1] - 1)
        not_earlier, not_later = self._told_apart(low, high, earlier, later.band)
        cost = np.concatenate([[0], np.cumsum(not_earlier)]) + (
            not_later.sum() - np.concatenate([[0], np.cumsum(not_later)])
        )
        best = np.flatnonzero(cost == cost.min())
        first, last = int(best[0]), int(best[-1])
        if cost.min() > 2 and not_earlier.any() and not_later.any():  # the two are mixed on the tape
            first = min(first, int(np.flatnonzero(not_earlier)[0]))
            last = max(last, int(np.flatnonzero(not_later)[-1]) + 1)
        return max(low + first, one[0] + 1), min(low + last, two[1] - 1), later

    def _told_apart(self, begin: int, end: int, earlier: Band, later: Band) -> tuple[Flags, Flags]:
        """Return which bounds speak against the earlier lines, and which against the later ones.

        What is much nearer to the one than to the other speaks against the other; else what contradicts.
        """
        x, v, above = self._x[begin:end], self._v[begin:end], self._above[begin:end]
        contradicts, apart = [], []
        for lines in (earlier, later):
            least, greatest = lines.extremes(x)
            contradicts.append(np.where(above, v + STAMP_NS < least, v - STAMP_NS > greatest))
            apart.append(np.abs(v - (least + greatest) / 2))
        is_earlier = (apart[0] * PLAIN < apart[1]) & (apart[1] > ONE_SIDED_NS)
        is_later = (apart[1] * PLAIN < apart[0]) & (apart[0] > ONE_SIDED_NS)
        return contradicts[0] & ~is_earlier | is_later, contradicts[1] & ~is_later | is_earlier

    def _ends(
        self,
        runs: Sequence[tuple[int, int]],
        strays: Sequence[tuple[tuple[int, int], Band | None]],
        sure: Sequence[_Line],
        edges: Sequence[int],
    ) -> tuple[tuple[int, tuple[Band, ...]] | None, tuple[int, tuple[Band, ...]] | None]:
        """Return until which place, and from which place on, the outermost stretch is not vouched for.

        There bounds contradict it, and nothing behind them says that they are outliers. With each, what they allow.
        """
        head = tail = None
        place, total = self._bounds.place, len(self._bounds)
        begin, end = edges[0], edges[1]
        kept = sure[0].kept if len(sure[0].kept) == end - begin else np.ones(end - begin, np.bool_)
        first = begin + _unvouched(kept, self._above[begin:end])
        if first > 0:
            allowed = tuple(b for run, b in strays if run[1] <= runs[0][0] and b is not None)
            own = self._odd(begin, first, kept[: max(0, first - begin)])
            bands = allowed + ((own,) if own is not None else ())
            head = (int(place[min(first, total - 1)]), bands) if bands else None
        begin, end = edges[-2], edges[-1]
        kept = sure[-1].kept if len(sure[-1].kept) == end - begin else np.ones(end - begin, np.bool_)
        last = end - _unvouched(kept[::-1], self._above[begin:end][::-1])
        if last < total:
            allowed = tuple(b for run, b in strays if run[0] >= runs[-1][1] and b is not None)
            own = self._odd(last, end, kept[last - begin :])
            bands = allowed + ((own,) if own is not None else ())
            tail = (int(place[max(last - 1, 0)]) + 1, bands) if bands else None
        return head, tail

    def _odd(self, begin: int, end: int, kept: Flags) -> Band | None:
        """Return what the outliers among some bounds allow."""
        rows = np.arange(begin, end)[~kept]
        return self._band(self._x[rows], self._v[rows], self._above[rows]) if len(rows) else None

    def _reference(self, index: int, lines: Band) -> int:
        """When a bound's packet was seen, on the reference clock."""
        low, high = lines.at(float(self._x[index]))
        return int(self._bounds.ts_ns[index]) - self._level - round((low + high) / 2)

    def _step(self, before: int, behind: int, earlier: Band, later: Band) -> Step | None:
        """Return the step between two bounds; None where the drift alone may have changed."""
        b = self._bounds
        begin = self._reference(before, earlier)
        own, elsewhere = int(b.ts_ns[behind] - b.ts_ns[before]), self._reference(behind, later) - begin
        backward = True if own < -DISORDER_NS else False if elsewhere < -DISORDER_NS else None
        x = float(self._x[before]), float(self._x[behind])

        def jump(passed_ns: int) -> tuple[float, float]:
            half = max(0, passed_ns) / 2 / SECOND
            low, high = earlier.at(x[0] + half * (1 + sum(earlier.drift) / 2 / SECOND))
            next_low, next_high = later.at(x[1] - half * (1 + sum(later.drift) / 2 / SECOND))
            return next_low - high, next_high - low

        least, most = jump(own if backward is False else elsewhere)
        if least <= 0 <= most:
            return None
        around = slice(max(0, before - WINDOW), before + 1), slice(behind, behind + WINDOW)
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


def _alike(line: _Line, known: Band) -> _Line:
    """Leave those lines whose drift is one of the known ones, if there is any."""
    if line.band is known or known.bend is None:
        return line
    return line._replace(band=line.band.limited(known.drift, known.bend) or line.band)


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


def _sample(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows if len(rows) <= SAMPLE else rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.intp)]


def _ended(contradicts: Flags) -> bool:
    """Whether successive bounds of one direction contradict a line so often that it has ended."""
    total = len(contradicts)
    if total < FEWEST:
        return False
    width = min(WINDOW, total)
    sums = np.concatenate([[0], np.cumsum(contradicts)])
    often = int((sums[width:] - sums[:-width]).max())
    return often >= max(FEWEST, ceil(MOST * width)) or bool(contradicts[-FEWEST:].all() or contradicts[:FEWEST].all())


def _unvouched(kept: Flags, above: Flags) -> int:
    """How many bounds from the beginning on come before the first of each direction that is kept."""
    first = 0
    for side in (True, False):
        mine = np.flatnonzero(above == side)
        held = mine[kept[mine]]
        if len(held) and held[0] != mine[0]:
            first = max(first, int(held[0]))
    return first


def _satisfied(x: Floats, v: Floats, above: Flags, offset: float, drift: float) -> Flags:
    line = offset + drift * x
    satisfied: Flags = np.where(above, line <= v + STAMP_NS, line >= v - STAMP_NS)
    return satisfied


def _least_contradicted(x: Floats, v: Floats, above: Flags) -> tuple[float, float]:
    """Return the line whose distances to the bounds that contradict it have the least sum.

    That is convex in the line's drift, and, like a median, does not follow a few outliers however far they are.
    """
    middle = float(x.mean())

    def best(drift: float) -> tuple[float, float]:
        rest = v - drift * (x - middle)
        order = np.argsort(rest, kind="stable")
        rest, top = rest[order], above[order]
        passed = np.cumsum(top)  # bounds from above that a line here would pass
        below = (~top).sum() - np.cumsum(~top)  # bounds from below that it would not reach
        place = int(np.argmax(passed >= below)) if (passed >= below).any() else len(rest) - 1
        offset = float(rest[place])
        over = offset - rest
        return float(np.where(top, over, -over).clip(min=0).sum()), offset

    low, high = -MAX_DRIFT, MAX_DRIFT
    golden = (5**0.5 - 1) / 2
    one, two = high - golden * (high - low), low + golden * (high - low)
    cost_one, cost_two = best(one)[0], best(two)[0]
    # A line as long as the bounds must be right to a nanosecond at its ends.
    while (high - low) * float(np.ptp(x)) > 1.0:
        if cost_one <= cost_two:
            high, two, cost_two = two, one, cost_one
            one = high - golden * (high - low)
            cost_one = best(one)[0]
        else:
            low, one, cost_one = one, two, cost_two
            two = low + golden * (high - low)
            cost_two = best(two)[0]
    drift = (low + high) / 2
    offset = best(drift)[1]
    return offset - drift * middle, drift
