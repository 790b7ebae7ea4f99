"""Step-down tests by permutation, for what all sites have in common.

Adjusted over all traits at once by the step-down maximum of scores (P. Westfall and S. Young, Resampling-Based Multiple
Testing, 1993, section 2.6); the series observed is one of the permutations, so that no p is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 9_999
_AT_ONCE = 1 << 22
"""Numbers held at once."""
_CLOSE = 1e-9

Floats = NDArray[np.float64]


def step_down(found: Floats) -> Floats:
    """Return the adjusted p of each column.

    Args:
        found: shape (draws + 1, columns): each column's score in every draw, as it was observed first. The greater, the
            stronger.
    """
    observed = found[0]
    order = np.argsort(-observed, kind="stable")
    p, floor = np.ones(found.shape[1]), 0.0
    beyond = np.maximum.accumulate(found[:, order][:, ::-1], axis=1)[:, ::-1]
    for step, place in enumerate(order.tolist()):
        floor = max(floor, float((beyond[:, step] >= observed[place] - _CLOSE).mean()))
        p[place] = floor
    return p


def sites_permuted(
    traits: Floats, scores: Floats, random: np.random.Generator, strata: NDArray[np.int64] | None = None
) -> Floats:
    """Return how strongly sites with each trait score, with the scores as they are and dealt out anew at random.

    Args:
        traits: shape (sites, traits), 1 where a site has it, else 0.
        scores: shape (sites,), not a number where a site has none.
        random: where the permutations come from.
        strata: shape (sites,); scores stay within a stratum.

    Returns:
        Shape (DRAWS + 1, traits): correlations, of which only that with more of the score is asked for.
    """
    groups = [np.arange(len(scores))] if strata is None else [np.flatnonzero(strata == n) for n in np.unique(strata)]
    columns, values = np.zeros_like(traits), np.zeros(len(scores))
    for group in groups:
        columns[group] = traits[group] - traits[group].mean(0)
        known = group[~np.isnan(scores[group])]
        values[known] = scores[known] - scores[known].mean() if len(known) else 0.0
    columns /= np.maximum(np.linalg.norm(columns, axis=0), _CLOSE)
    values /= max(float(np.linalg.norm(values)), _CLOSE)
    found = [(values @ columns)[None]]
    done, size = 0, max(1, _AT_ONCE // max(1, len(scores)))
    while done < DRAWS:
        some = min(size, DRAWS - done)
        dealt = np.zeros((some, len(scores)))
        for group in groups:
            dealt[:, group] = random.permuted(np.broadcast_to(values[group], (some, len(group))), axis=1)
        found.append(dealt @ columns)
        done += some
    return np.concatenate(found)
