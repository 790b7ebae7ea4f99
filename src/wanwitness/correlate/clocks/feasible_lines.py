"""What bounds leave of a clock's offset: every straight line that lies between them.

A packet that was seen on a known clock before it was seen on this one bounds this clock's offset from above, at the
time it was seen; one that was seen there afterwards bounds it from below. The lines below the ones and above the others
(offset and drift) form a convex polygon, found from the convex hulls of the bounds (Moon, Skelly and Towsley, INFOCOM
1999; Zhang, Liu and Xia, INFOCOM 2002). Only a few corners of two opposite hulls matter, so that millions of bounds
cost little more than one pass over them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .assumptions import KEPT_DRIFT, MAX_DRIFT, MOSTLY_APART, ONE_SIDED_NS, STAMP_NS, WANDER

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HORIZON = 1e8
"""Seconds around the bounds for which lines are told."""


class FeasibleLines:
    """The lines that bounds leave, as the least and the greatest offset at any time.

    Args:
        corners: (offset in ns at time 0, drift in ns per second) of each corner of the polygon.
        seen: when bounds were seen, seconds.
        kept: whether the clock agrees with the reference; then it goes on doing so before and behind what was seen.
        bend: ns per second squared by which the drift may have changed all the time; None where nothing tells.
    """

    def __init__(self, corners: Floats, seen: Floats, *, kept: bool = False, bend: float | None = None) -> None:
        self.corners = corners
        self._kept = kept
        self._all_seen, self._told_bend = seen, bend

    @cached_property
    def _seen(self) -> list[float]:
        return _thinned(self._all_seen)

    @cached_property
    def length(self) -> float:
        """Seconds from the first bound to the last."""
        return self._seen[-1] - self._seen[0] if self._seen else 0.0

    @cached_property
    def bend(self) -> float | None:
        """By how much the drift may have changed all the way, ns per second squared; None where nothing tells.

        A drift that changes by c leads c / 8 times the length squared away from a straight line, half-way between its
        ends; what was seen at the ends alone does not show it.
        """
        if self._told_bend is not None:
            return self._told_bend
        gaps = max((two - one for one, two in pairwise(self._seen)), default=0.0)
        if not self.length or gaps > MOSTLY_APART * self.length:
            return None
        least, greatest = self.extremes(np.array(self._seen))
        return 8 * float((greatest - least).max()) / self.length**2

    @cached_property
    def _envelope(self) -> tuple[list[float], list[float], list[float]]:
        """Times, and the least and the greatest offset at each; from one to the next both change linearly."""
        begin, end = (self._seen[0], self._seen[-1]) if self._seen else (0.0, 0.0)
        turns = {turn for chain in (self.corners, -self.corners) for turn in _turns(chain) if abs(turn) < HORIZON}
        times = sorted({begin - HORIZON, *turns, end + HORIZON})
        values = self.corners[:, 0] + np.outer(times, self.corners[:, 1])
        return times, values.min(axis=1).tolist(), values.max(axis=1).tolist()

    def limited(self, drift: tuple[float, float], bend: float | None) -> FeasibleLines | None:
        """Return the lines whose drift lies between two; None where there is none.

        Args:
            bend: of the lines that these limits were taken from.
        """
        corners = [(float(a), float(b)) for a, b in self.corners]
        for limit, sign in ((drift[0], -1.0), (drift[1], 1.0)):
            # A limit of the drift cuts the polygon as a bound of the offset does, with its two coordinates exchanged.
            turned = _cut([(b, a) for a, b in corners], 0.0, limit, sign)
            corners = [(a, b) for b, a in turned]
            if not corners:
                return None
        return FeasibleLines(np.array(corners), self._all_seen, kept=self._kept, bend=bend)

    @property
    def drift(self) -> tuple[float, float]:
        """The least and the greatest drift, ns per second."""
        return float(self.corners[:, 1].min()), float(self.corners[:, 1].max())

    def at(self, seconds: float) -> tuple[float, float]:
        """Return the least and the greatest offset at a time, ns; they are further apart where nothing was seen for
        long.
        """
        low, high = self._between(seconds)
        away = self._away(seconds)
        wander = self._wandered(away)
        if self._kept:
            # A kept clock stays near its offset before the first and after the last sighting, though its drift would
            # allow more.
            end = min(max(seconds, self._seen[0]), self._seen[-1])
            near_low, near_high = self._between(end)
            if end != seconds and near_high - near_low + 2 * KEPT_DRIFT * away < high - low + 2 * wander:
                low, high, wander = near_low, near_high, KEPT_DRIFT * away
        return low - wander, high + wander

    def _between(self, seconds: float) -> tuple[float, float]:
        """The least and the greatest offset that the lines have at a time."""
        times, low, high = self._envelope
        place = bisect_left(times, seconds, 1, len(times) - 1)
        begin, below, above = times[place - 1], low[place - 1], high[place - 1]
        share = (seconds - begin) / (times[place] - begin)
        return below + share * (low[place] - below), above + share * (high[place] - above)

    def _away(self, seconds: float) -> float:
        """Seconds to the nearest bound."""
        seen = self._seen
        if not seen:
            return 0.0
        place = bisect_left(seen, seconds)
        away = seconds - seen[place - 1] if place else seen[0] - seconds
        return min(away, seen[place] - seconds) if 0 < place < len(seen) else away

    def _wandered(self, away: float) -> float:
        """How far the clock may be off the line, ns, so many seconds away from the nearest bound."""
        bend = self.bend
        return WANDER * away if bend is None else min(WANDER * away, bend * away * (away + self.length) / 2)

    def extremes(self, seconds: Floats) -> tuple[Floats, Floats]:
        """Return the least and the greatest offset at many times, as the lines alone have them."""
        times, low, high = self._envelope
        return np.interp(seconds, times, low), np.interp(seconds, times, high)


def feasible(seconds: Floats, offsets: Floats, above: Flags, *, kept: bool = False) -> FeasibleLines | None:
    """Return the lines that lie below all bounds from above and above all from below; None where there is no such line.

    Args:
        seconds: when each bound holds.
        offsets: what the offset is then at most, or at least, ns.
        above: whether it is at most that.
        kept: whether the clock agrees with the reference.
    """
    corners = _polygon(seconds, offsets, above)
    return None if corners is None else FeasibleLines(corners, seconds, kept=kept)


def _polygon(seconds: Floats, offsets: Floats, above: Flags) -> Floats | None:
    tops = _hull(seconds[above], offsets[above] + STAMP_NS, 1.0)
    floors = _hull(seconds[~above], offsets[~above] - STAMP_NS, -1.0)
    if not len(tops) and not len(floors):
        return None
    known = tops if len(tops) else floors
    if not len(tops) or not len(floors):
        # Bounds from one side alone: how long the least delay is, is not known exactly.
        sign = 1.0 if len(tops) else -1.0
        nearest = known[np.argmin(sign * known[:, 1])]
        spread = max(ONE_SIDED_NS, float(np.ptp(offsets)))
        other = np.array([[nearest[0], nearest[1] - sign * spread]])
        tops, floors = (known, other) if len(tops) else (other, known)
    # Counted from the middle of what was seen, so that a corner's offset and drift are both small numbers.
    middle, level = float(known[:, 0].mean()), float(known[:, 1].mean())
    reach = float(np.ptp(np.concatenate([tops[:, 1], floors[:, 1]]))) + 1e6
    reach += MAX_DRIFT * float(max(abs(tops[:, 0] - middle).max(), abs(floors[:, 0] - middle).max()))
    corners = [(-reach, -MAX_DRIFT), (reach, -MAX_DRIFT), (reach, MAX_DRIFT), (-reach, MAX_DRIFT)]
    for hull, sign in ((tops, 1.0), (floors, -1.0)):
        for at, offset in hull.tolist():
            corners = _cut(corners, at - middle, offset - level, sign)
            if not corners:
                return None
    found = np.array(corners)
    found[:, 0] += level - middle * found[:, 1]
    return found


def _cut(
    corners: Sequence[tuple[float, float]], seconds: float, offset: float, sign: float
) -> list[tuple[float, float]]:
    """Keep the part of a polygon whose lines pass a point on the right side."""
    over = [sign * (a + b * seconds - offset) for a, b in corners]
    if max(over) <= 0:
        return list(corners)
    kept: list[tuple[float, float]] = []
    for (one, out), (two, other) in pairwise([*zip(corners, over, strict=True), (corners[0], over[0])]):
        if out <= 0:
            kept.append(one)
        if (out < 0 < other) or (other < 0 < out):
            share = out / (out - other)
            kept.append((one[0] + share * (two[0] - one[0]), one[1] + share * (two[1] - one[1])))
    return kept


def _hull(seconds: Floats, offsets: Floats, sign: float) -> Floats:
    """Return the corners of the lower (sign 1) or upper (sign -1) convex hull, in order of time."""
    x, y = seconds, sign * offsets
    if not (x[1:] > x[:-1]).all():
        order = np.lexsort((y, x))
        x, y = x[order], y[order]
        first = np.ones(len(x), np.bool_)
        first[1:] = x[1:] != x[:-1]  # of those of one time the tightest
        x, y = x[first], y[first]
    # What lies above the line between its neighbours is no corner: dropping those at once leaves little to walk along.
    while len(x) > 64:
        corner = np.ones(len(x), np.bool_)
        corner[1:-1] = (y[1:-1] - y[:-2]) * (x[2:] - x[:-2]) < (y[2:] - y[:-2]) * (x[1:-1] - x[:-2])
        if corner.all():
            break
        x, y = x[corner], y[corner]
    hull: list[tuple[float, float]] = []
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], (px, py)) <= 0:
            hull.pop()
        hull.append((px, py))
    return np.array([(px, sign * py) for px, py in hull]).reshape(-1, 2)


def _turns_up(one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _turns(corners: Floats) -> list[float]:
    """When another corner's line becomes the greatest."""
    hull: list[tuple[float, float]] = []
    for a, b in sorted(map(tuple, corners.tolist()), key=lambda corner: (corner[1], corner[0])):
        if hull and hull[-1][1] == b:
            hull.pop()
        while len(hull) > 1 and (a - hull[-1][0]) * (hull[-1][1] - hull[-2][1]) >= (hull[-1][0] - hull[-2][0]) * (
            b - hull[-1][1]
        ):
            hull.pop()
        hull.append((a, b))
    return [(one[0] - two[0]) / (two[1] - one[1]) for one, two in pairwise(hull)]


def _thinned(seen: Floats) -> list[float]:
    """Return one time of each tenth of a second in which something was seen, and the last."""
    if not len(seen):
        return []
    ordered = np.sort(seen)
    tenths = np.floor(ordered * 10)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = tenths[1:] != tenths[:-1]
    first[-1] = True
    thinned: list[float] = ordered[first].tolist()
    return thinned
