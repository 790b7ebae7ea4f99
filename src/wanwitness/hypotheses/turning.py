"""The first test: the outcomes turned on a circle against the conditions.

A turn leaves every burst of refusals as it is, and every burst of a condition too; only what goes with what is
changed. An explanation that goes with the refusals better than any does in nearly all turns does so for a reason. It is
asked of all explanations and all their variants at once, step-down (P. Westfall and S. Young, Resampling-Based Multiple
Testing, 1993, section 2.6).

Scores of different conditions are made comparable by the spread of each condition over the episodes, so that they are
correlations. Divided by their spread over the turns, long bursts would hide what explains them wholly: among 40
episodes with 10 refused a true link was named in 78 % of simulated cases, and as correlations in 99 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .assumptions import MOST_TURNS
from .evidence import Evidence, Scores
from .runs import runs_of, turned

_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test says of each explanation."""

    p: dict[str, float]
    """Adjusted for all explanations and their variants."""
    best: dict[str, int]
    """The variant that goes best with the refusals: its place among the evidence's, or among mending's windows."""
    series: int
    """How many series the outcomes were compared with."""


def turning_test(evidence: Evidence, scores: Scores, random: np.random.Generator) -> Tested:
    """Test all explanations by turning the outcomes."""
    n = len(evidence.outcomes)
    largest = np.full((n, len(scores.explanations)), -np.inf, np.float32)
    best: dict[str, int] = {}
    held = np.conj(np.fft.rfft(evidence.outcomes.astype(np.float64)))
    fixed = len(scores.explanations) - (scores.mending is not None)
    for place in range(fixed):
        top = -np.inf
        for column in scores.groups[place].tolist():
            values = np.ascontiguousarray(scores.centred[:, column])
            sums = np.fft.irfft(held * np.fft.rfft(values), n)
            direction = scores.directions[column]
            found = np.abs(sums) if direction == 0 else sums * direction
            found /= np.linalg.norm(values) + _CLOSE
            np.maximum(largest[:, place], found, out=largest[:, place])
            if found[0] > top:
                top, best[scores.explanations[place]] = found[0], scores.used[column]
    drawn = np.arange(n)
    if scores.mending is not None:
        if n - 1 > MOST_TURNS:
            drawn = np.append(0, 1 + np.sort(random.choice(n - 1, MOST_TURNS, replace=False)))
        found = _mending(evidence, scores, drawn)
        largest[drawn, fixed] = found.max(1)
        best["mending"] = int(found[0].argmax())
    p = _step_down(largest, drawn, fixed)
    return Tested(dict(zip(scores.explanations, p, strict=True)), best, len(drawn) - 1)


def _mending(evidence: Evidence, scores: Scores, turns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the standardised scores of mending's windows, less their means; shape (turns, windows).

    Every series of bursts goes with a condition that is made of its own bursts. Only what goes beyond that counts, or
    this explanation would hide all others.
    """
    assert scores.mending is not None
    runs = runs_of(evidence.outcomes).begin.shape[1] + 1
    portions = _portions(turns, runs * len(scores.mending.windows_s) * 4)
    found = np.concatenate([scores.mending.standardised(turned(evidence.outcomes, some)) for some in portions])
    above: NDArray[np.float64] = found - found.mean(0)
    return above


_AT_ONCE = 1 << 21
"""Numbers held at once while series are made."""


def _portions(turns: NDArray[np.int64], each: int) -> Iterator[NDArray[np.int64]]:
    size = max(1, _AT_ONCE // each)
    yield from (turns[begin : begin + size] for begin in range(0, len(turns), size))


def _step_down(largest: NDArray[np.float32], drawn: NDArray[np.int64], fixed: int) -> Sequence[float]:
    """Return the adjusted p of each explanation.

    Args:
        largest: shape (n, explanations): the largest score of each in every turn, the series as it was first.
        drawn: the turns that were looked at for the explanations from `fixed` on; the first is none.
        fixed: see there.
    """
    observed = largest[0]
    order = np.argsort(-observed, kind="stable").tolist()
    p, floor = np.empty(len(order)), 0.0
    for step, place in enumerate(order):
        rest = order[step:]
        of_rest = largest[drawn][:, rest] if max(rest) >= fixed else largest[:, rest]
        floor = max(floor, float((of_rest.max(1) >= observed[place] - _CLOSE).mean()))
        p[place] = floor
    return list(p.tolist())
