"""What tries of one site differ by, over all sites: DESIGN section 6's two tests with the site as stratum.

What differs between sites (their ISPs, their routers, who watches them) cannot show here: outcomes are only compared
with those of the same site. Bursts stay bursts: the first test turns each site's outcomes on a circle of its own, the
second draws series with as many refusals and as many runs as each site had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wanwitness.hypotheses.runs import Outcomes, alike, running_totals, runs_of

from .permuted import Floats, step_down

Stratum = tuple[Outcomes, Floats]
"""One site's outcomes in order of time, shape (n,), and its conditions, shape (n, traits), nan where unknown."""
Drawn = Callable[[Outcomes, Floats], Floats]
"""Makes scores of one site: as observed, then for each draw; shape (DRAWS + 1, traits)."""
DRAWS = 1_999
_CLOSE = 1e-9


def turned_p(strata: Sequence[Stratum], random: np.random.Generator) -> Floats:
    """Return the adjusted p of each trait by turning each site's outcomes."""

    def drawn(outcomes: Outcomes, columns: Floats) -> Floats:
        held = np.conj(np.fft.rfft(outcomes.astype(np.float64)))[:, None]
        every_turn = np.fft.irfft(held * np.fft.rfft(columns, axis=0), len(outcomes), axis=0)
        return np.concatenate([every_turn[:1], every_turn[random.integers(0, len(outcomes), DRAWS)]])

    return _adjusted(strata, drawn)


def redrawn_p(strata: Sequence[Stratum], random: np.random.Generator) -> Floats:
    """Return the adjusted p of each trait by random series with the same bursts in each site."""

    def drawn(outcomes: Outcomes, columns: Floats) -> Floats:
        totals = running_totals(columns)
        return np.concatenate([runs_of(outcomes).sums(totals), alike(outcomes, DRAWS, random).sums(totals)])

    return _adjusted(strata, drawn)


def _adjusted(strata: Sequence[Stratum], drawn: Drawn) -> Floats:
    found: Floats | None = None
    spread: Floats | None = None
    for outcomes, conditions in strata:
        columns = _centred(conditions)
        scores = drawn(outcomes, columns)
        found = scores if found is None else found + scores
        spread = (columns**2).sum(0) if spread is None else spread + (columns**2).sum(0)
    if found is None or spread is None:
        return np.ones(0)
    return step_down(found / np.maximum(np.sqrt(spread), _CLOSE))


def _centred(conditions: Floats) -> Floats:
    """Each condition less its mean over the site's tries where it is known, and 0 where it is not."""
    known = ~np.isnan(conditions)
    values = np.where(known, conditions, 0.0)
    means = values.sum(0) / np.maximum(known.sum(0), 1)
    centred: Floats = np.where(known, values - means, 0.0)
    return centred
