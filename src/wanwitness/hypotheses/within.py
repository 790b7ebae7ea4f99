"""Whether one condition still goes with the refusals among episodes that are alike in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .evidence import centred
from .exact import exact_p, tabulated
from .runs import Outcomes, alike, running_totals, runs_of

SERIES = 999
_CLOSE = 1e-6


def within(
    outcomes: Outcomes,
    holds: NDArray[np.float32],
    direction: int,
    strata: NDArray[np.float32],
    random: np.random.Generator,
    level: float = 0.0,
) -> float:
    """Return the p of a condition within strata: the greater of the exact test's and that of random series.

    The series have as many refusals and runs as the outcomes within each stratum. It is 1 where no stratum can tell.
    Where the exact test's p is above `level`, it is at least that, and no series are made.

    Args:
        outcomes: of all episodes, in order of time.
        holds: the condition, nan where it is not known.
        direction: the condition's.
        strata: a number an episode, nan where it is not known.
        random: where the series come from.
        level: how sure it must be to matter.
    """
    known = ~np.isnan(holds) & ~np.isnan(strata)
    tables, parts = [], []
    for stratum in np.unique(strata[known]):
        place = known & (strata == stratum)
        some, condition = outcomes[place], holds[place]
        if not 0 < some.sum() < len(some) or (condition == condition[0]).all():
            continue
        tables.append(tabulated(some, condition))
        parts.append((some, running_totals(centred(condition)[:, None])))
    p = exact_p(tables, direction) if tables else 1.0
    if p > level > 0:
        return p
    observed = sum(float(runs_of(some).sums(totals)[0, 0]) for some, totals in parts)
    sums = sum((_sums(some, totals, random) for some, totals in parts), np.zeros(SERIES))
    if direction == 0:
        observed, sums = abs(observed), np.abs(sums)
    else:
        observed, sums = observed * direction, sums * direction
    by_series = (1 + int((sums >= observed - _CLOSE).sum())) / (SERIES + 1)
    return max(by_series, p)


_AT_ONCE = 1 << 21


def _sums(outcomes: Outcomes, totals: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    size = max(1, _AT_ONCE // len(outcomes))
    parts = [alike(outcomes, min(size, SERIES - begin), random).sums(totals)[:, 0] for begin in range(0, SERIES, size)]
    return np.concatenate(parts)
