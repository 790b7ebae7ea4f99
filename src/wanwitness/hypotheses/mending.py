"""The explanation that nothing need be done: "the next day it worked".

It says that a run of refusals ends by itself some time after its first one. Its condition is made of the very outcomes
that it is to explain, so that it is made anew for every series that the outcomes are compared with: else every burst
would prove it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .exact import exact_p, tabulated
from .runs import Outcomes, Runs, runs_of

HOUR_S = 3600.0
WINDOWS_S = (HOUR_S, 4 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S, 72 * HOUR_S)
"""How long a run of refusals may be said to last."""


class Mending:
    """Scores "refused until so long after the first refusal of a run, and no more then"."""

    def __init__(self, times_s: NDArray[np.float64]) -> None:
        self.windows_s = WINDOWS_S
        self._times_s = times_s
        behind = [np.searchsorted(times_s, times_s + window, "right") for window in WINDOWS_S]
        n = len(times_s)
        self._reach = np.stack([np.append(places, n) for places in behind], 1)
        """Shape (n + 1, windows): the place of the first episode that is beyond the window of each."""

    def scores(self, runs: Runs) -> NDArray[np.float64]:
        """Return, for each window, how much more than by chance was refused within it; shape (series, windows).

        An episode belongs to the latest run that had begun before it: a run's first refusal is evidence of the run
        before, and what came before the first run is evidence of nothing.
        """
        return self._scores(runs)[0]

    def standardised(self, runs: Runs) -> NDArray[np.float64]:
        """Return the scores by the spread of the condition over the episodes."""
        scores, within, known = self._scores(runs)
        standardised: NDArray[np.float64] = scores / np.sqrt(np.maximum(within * (known - within) / known, 0.5))
        return standardised

    def _scores(self, runs: Runs) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return scores, how many episodes are within a window, and how many have a run before them."""
        begin, end, n = runs
        if not begin.shape[1]:
            nothing = np.zeros((len(begin), len(self.windows_s)))
            return nothing, nothing.astype(np.int64), np.ones((len(begin), 1), np.int64)
        following = np.concatenate([begin[:, 1:], np.full((len(begin), 1), n)], 1)
        last = np.minimum(following + 1, n)
        reach = self._reach[begin]
        behind = (begin + 1)[:, :, None]
        within = np.clip(np.minimum(reach, last[:, :, None]) - behind, 0, None)
        refused = np.clip(np.minimum(reach, end[:, :, None]) - behind, 0, None)
        refused += (reach > following[:, :, None]) & (following < n)[:, :, None]
        known = np.maximum(n - begin[:, :1] - 1, 1)
        all_refused = np.clip((end - begin).sum(1, keepdims=True) - 1, 0, None)
        scores = refused.sum(1) - within.sum(1) * (all_refused / known)
        return scores, within.sum(1), known

    def ends_by_age(self, outcomes: Outcomes, window: int) -> float:
        """Return how rare it is by chance that runs end as they do when a window has passed: an exact p.

        Spells of trouble that may end at any moment end more often in a long pause than in a short one, and look as if
        they mended by themselves. So only tries after a refusal are compared, and only those that came as long after
        it as each other, to a factor of two: were more of them accepted that lay beyond the window?
        """
        holds = self.holds(runs_of(outcomes), window)
        place = 1 + np.flatnonzero(outcomes[:-1] == 1)
        pause = np.floor(np.log2(np.maximum(self._times_s[place] - self._times_s[place - 1], 1)))
        alike = [place[pause == length] for length in np.unique(pause)]
        return exact_p([tabulated(outcomes[some], holds[some]) for some in alike], 1)

    def holds(self, runs: Runs, window: int) -> NDArray[np.float32]:
        """Return whether each episode of one series is within a window of the run before it; nan before the first."""
        holds = np.full(runs.n, np.nan, np.float32)
        if not runs.begin.shape[1]:
            return holds
        following = np.append(runs.begin[0, 1:], runs.n)
        for begin, until in zip(runs.begin[0].tolist(), following.tolist(), strict=True):
            place = np.arange(begin + 1, min(until + 1, runs.n))
            holds[place] = place < self._reach[begin, window]
        return holds
