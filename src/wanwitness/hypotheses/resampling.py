"""The second test: the outcomes against random series with as many refusals and as many runs.

By step-down minimum of p (P. Westfall and S. Young, 1993, section 2.6), over all explanations and all their variants at
once. It may stop early, after the rule of J. Besag and P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78
(1991): what so many series have equalled already will not become significant.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from .assumptions import SERIES
from .evidence import Evidence, Scores
from .runs import alike, runs_of
from .turning import Tested

ENOUGH = 50
"""After so many series that equalled it an explanation's p is known well enough."""
_LOOKS = (499, 999, 1_999, 3_999, SERIES)
"""After so many series it is looked whether more are needed."""
_AT_ONCE = 1 << 21
_CLOSE = 1e-9


def resampling_test(
    evidence: Evidence, scores: Scores, random: np.random.Generator, asked: Collection[str] | None = None
) -> Tested:
    """Test all explanations by random series.

    Args:
        evidence: the episodes.
        scores: made of it.
        random: where the series come from.
        asked: explanations whose p matters; the test goes on until they are known, None: all.
    """
    observed = scores.of(runs_of(evidence.outcomes))
    runs = max(1, runs_of(evidence.outcomes).begin.shape[1])
    size = max(1, _AT_ONCE // max(2 * runs * scores.columns, len(evidence.outcomes)))
    held = [observed]
    done = 0
    wanted = [place for place, name in enumerate(scores.explanations) if asked is None or name in asked]
    for look in _LOOKS:
        while done < look:
            some = min(size, look - done)
            held.append(scores.of(alike(evidence.outcomes, some, random)))
            done += some
        found = np.concatenate(held)
        held = [found]
        p, columns = _step_down(found, scores.groups)
        if all(p[place] * (done + 1) > ENOUGH for place in wanted):
            break
    best = {
        name: scores.used[column] if column < len(scores.used) else column - len(scores.used)
        for name, column in zip(scores.explanations, columns, strict=True)
    }
    return Tested(dict(zip(scores.explanations, p, strict=True)), best, done)


def _step_down(found: NDArray[np.float64], groups: list[NDArray[np.int64]]) -> tuple[list[float], list[int]]:
    """Return the adjusted p of each explanation, and its best column.

    Args:
        found: shape (series, columns), the series as it was first.
        groups: the columns of each explanation.
    """
    of_column = np.stack([_rarity(found[:, column]) for column in range(found.shape[1])], 1)
    smallest = np.stack([of_column[:, group].min(1) for group in groups], 1)
    rarity = np.stack([_rarity(-smallest[:, place]) for place in range(len(groups))], 1)
    order = np.argsort(rarity[0], kind="stable").tolist()
    p, floor = np.empty(len(order)), 0.0
    for step, place in enumerate(order):
        floor = max(floor, float((rarity[:, order[step:]].min(1) <= rarity[0, place] + _CLOSE).mean()))
        p[place] = floor
    best = [int(group[of_column[0, group].argmin()]) for group in groups]
    return list(p.tolist()), best


def _rarity(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which share of all scores is as great as each one."""
    in_order = np.sort(scores)
    share: NDArray[np.float64] = 1 - np.searchsorted(in_order, scores - _CLOSE, "left") / len(scores)
    return share
