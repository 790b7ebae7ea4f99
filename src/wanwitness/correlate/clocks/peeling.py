"""How far a clock's tightest bounds are relied on, since a few of them may be wrong without contradicting any other.

A packet that a capture wrote down late gives a wrong bound. If it was late by less than a round trip, that bound
contradicts no other, and nothing tells that it is wrong. So the tightest bounds of each direction are loosened by a
round trip. The tightest are those on the outermost layers of the convex hull (Barnett, J. R. Stat. Soc. A 139, 1976,
calls taking these off "peeling"): as many layers as there may be wrong bounds. A line that passes no more bounds on the
wrong side than that is then right of all the others.

Little is lost. Where packets are many and take nearly the same time, the next layer is close behind. Where they are
few, a bound that is wrong by less than a round trip holds again once it is loosened by one.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from .assumptions import MAX_DRIFT, MOST_TOGETHER, WRONG_UNSEEN
from .feasible_lines import Flags, Floats


def loosened(seconds: Floats, offsets: Floats, above: Flags, *, late: float, line: tuple[float, float]) -> Floats:
    """Return the bounds' offsets, loosened so far that they hold even if a few packets were written down late.

    Args:
        seconds: when each bound holds.
        offsets: what the offset is then at most, or at least, ns.
        above: whether it is at most that.
        late: the share of all bounds that contradicted the others; those were taken out of these.
        line: about what the offset is at time 0, ns, and the drift, ns per second.
    """
    if above.all() or not above.any():
        return offsets
    away = offsets - line[0] - line[1] * seconds
    # Most packets are not late, and one that is late without contradicting any is late by less than a usual round trip.
    there_and_back = max(0.0, float(np.median(away[above]) - np.median(away[~above])))
    loose = offsets.copy()
    for sign in (1.0, -1.0):
        rows = np.flatnonzero(above == (sign > 0))
        rows = rows[np.argsort(seconds[rows], kind="stable")]
        loose[rows[_outer(seconds[rows], sign * offsets[rows], late)]] += sign * there_and_back
    return loose


def _outer(seconds: Floats, offsets: Floats, late: float) -> Flags:
    """Return which bounds from above, which are in order of time, are in the outermost layers of their group."""
    total, groups = len(seconds), ceil(len(seconds) / MOST_TOGETHER)
    begins = np.arange(groups + 1) * total // groups
    places = begins[:-1, None] + np.arange(ceil(total / groups))
    there = places < begins[1:, None]
    places = np.minimum(places, total - 1)
    outer = np.zeros(total, np.bool_)
    for _ in range(min(WRONG_UNSEEN, total // 3) + ceil(late * places.shape[1])):
        layer = _outermost(seconds[places], offsets[places], there)
        outer[places[layer]] = True
        there &= ~layer
    return outer


def _outermost(x: Floats, y: Floats, there: Flags) -> Flags:
    """Return for each row of points which of those that are there are corners of their lower convex hull.

    Where the hull is steeper than clocks drift it does not count.
    """
    least, most = np.full(x.shape, -MAX_DRIFT), np.full(x.shape, MAX_DRIFT)
    with np.errstate(divide="ignore", invalid="ignore"):
        for n in range(x.shape[1]):
            slope = (y - y[:, n : n + 1]) / (x - x[:, n : n + 1])
            slope[~there[:, n]] = np.nan
            least[:, n + 1 :] = np.fmax(least[:, n + 1 :], slope[:, n + 1 :])
            most[:, :n] = np.fmin(most[:, :n], slope[:, :n])
    outermost: Flags = there & (least < most)
    return outermost
