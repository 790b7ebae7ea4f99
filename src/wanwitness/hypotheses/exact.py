"""Two by two tables, exactly: the conditional odds ratio with its interval, and the test over several tables.

All given the margins (R. A. Fisher): how many with the condition are refused then follows the non-central
hypergeometric distribution. No continuity correction, no scipy; in the tests scipy is the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from .runs import Outcomes

Table = tuple[tuple[int, int], tuple[int, int]]
"""Refused and accepted where the condition holds, then where it does not."""
_STEPS = 200
_LONG = 1 << 12
"""Longer distributions are folded by Fourier transform."""


def tabulated(outcomes: Outcomes, holds: NDArray[np.float32]) -> Table:
    """Return refused and accepted where a condition holds, then where it does not."""
    with_it, without = outcomes[holds == 1], outcomes[holds == 0]
    refused, other = int(with_it.sum()), int(without.sum())
    return (refused, len(with_it) - refused), (other, len(without) - other)


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """How many times greater the odds of a refusal are where the condition holds; None where no table can tell."""

    estimate: float | None
    """The conditional maximum likelihood estimate; may be infinite."""
    low: float | None
    high: float | None
    """The exact interval of 95 %."""


def odds_ratio(table: Table, error: float = 0.05) -> OddsRatio:
    """Return the conditional odds ratio of a table, with its exact interval."""
    lowest, weights = _weights(table)
    if len(weights) == 1:
        return OddsRatio(None, None, None)
    place = table[0][0] - lowest
    counts = np.arange(len(weights))

    def shares(log_odds: float) -> NDArray[np.float64]:
        tilted = weights + log_odds * counts
        tilted = np.exp(tilted - tilted.max())
        share: NDArray[np.float64] = tilted / tilted.sum()
        return share

    top = len(weights) - 1
    mean = _root(lambda odds: float(shares(odds) @ counts) - place)
    estimate = 0.0 if place == 0 else inf if place == top else exp(mean)
    low = 0.0 if place == 0 else exp(_root(lambda odds: float(shares(odds)[place:].sum()) - error / 2))
    high = inf if place == top else exp(_root(lambda odds: error / 2 - float(shares(odds)[: place + 1].sum())))
    return OddsRatio(estimate, low, high)


def _root(function: Callable[[float], float]) -> float:
    """Return where a rising function is 0, between odds of 1e-9 and 1e9."""
    low, high = log(1e-9), log(1e9)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if high - low < 1e-13:
            break
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def _weights(table: Table) -> tuple[int, NDArray[np.float64]]:
    """Return the least count that the margins allow, and the log weight of each count from it on."""
    (a, b), (c, d) = table
    refused, accepted, with_it = a + c, b + d, a + b
    lowest, highest = max(0, with_it - accepted), min(refused, with_it)
    of = np.concatenate([[0.0], np.log(np.arange(1, refused + accepted + 1)).cumsum()])
    count = np.arange(lowest, highest + 1)
    other = with_it - count
    weights: NDArray[np.float64] = (
        of[refused] - of[count] - of[refused - count] + of[accepted] - of[other] - of[accepted - other]
    )
    return lowest, weights


def exact_p(tables: Sequence[Table], direction: int) -> float:
    """Return how rare it is, by chance alone, that as many are refused with the condition in all tables together.

    Args:
        tables: one for each stratum.
        direction: 1 tests for more, -1 for less, 0 for either.
    """
    lowest, shares, seen = 0, np.ones(1), 0
    for table in tables:
        low, weights = _weights(table)
        share = np.exp(weights - weights.max())
        share /= share.sum()
        lowest += low
        shares = _folded(shares, share)
        seen += table[0][0]
    place = seen - lowest
    if direction > 0:
        return min(1.0, float(shares[place:].sum()))
    if direction < 0:
        return min(1.0, float(shares[: place + 1].sum()))
    return min(1.0, float(shares[shares <= shares[place] * (1 + 1e-7)].sum()))


def _folded(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    if min(len(one), len(two)) < _LONG:
        folded: NDArray[np.float64] = np.convolve(one, two)
        return folded
    n = len(one) + len(two) - 1
    size = 1 << (n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(two, size), size)[:n]
    return np.clip(product, 0, None)
