"""What the tests look at: the outcomes of episodes, and the conditions under which they were tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .mending import Mending
from .runs import Outcomes, Runs, running_totals

Direction = Literal[-1, 0, 1]
"""1: the explanation says that more is refused where its condition holds; -1: less; 0: it does not say."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to read an explanation: one condition, true or not of each episode."""

    explanation: str
    holds: NDArray[np.float32]
    """Shape (episodes,): 1 where the condition holds, 0 where it does not, nan where that is not known."""
    direction: Direction
    what: str | float | None = None
    """Which of its explanation's variants it is: the window in seconds, the address, the name."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Episodes in order of time, and every condition that may explain their outcomes."""

    outcomes: Outcomes
    times_s: NDArray[np.float64]
    """Shape (n,): when each was tried."""
    variants: tuple[Variant, ...]
    mending: bool = True
    """Whether the explanation is tested as well that a run of refusals ends by itself after some time."""


def centred(holds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a condition less its mean where it is known, and 0 where it is not."""
    known = ~np.isnan(holds)
    mean = float(holds[known].mean()) if known.any() else 0.0
    return np.where(known, holds - mean, 0.0)


class Scores:
    """How strongly each variant of each explanation goes with the refusals of a series: the greater, the more.

    Variants that are alike in all episodes can show nothing, and are left out.
    """

    def __init__(self, evidence: Evidence) -> None:
        values = [centred(variant.holds) for variant in evidence.variants]
        self.used = [place for place, column in enumerate(values) if np.abs(column).max(initial=0) > 0]
        """Places of the variants that vary."""
        self.centred = np.stack([values[place] for place in self.used], 1) if self.used else np.empty((0, 0))
        self.directions = np.array([evidence.variants[place].direction for place in self.used], np.int8)
        self.mending = Mending(evidence.times_s) if evidence.mending else None
        names = [evidence.variants[place].explanation for place in self.used]
        self.explanations = list(dict.fromkeys(names))
        self.groups = [
            np.array([column for column, other in enumerate(names) if other == name]) for name in self.explanations
        ]
        """The columns of each explanation."""
        if self.mending is not None:
            self.explanations.append("mending")
            self.groups.append(len(names) + np.arange(len(self.mending.windows_s)))
        self._totals = running_totals(self.centred) if self.used else None

    @property
    def columns(self) -> int:
        """How many scores a series has."""
        return len(self.used) + (len(self.mending.windows_s) if self.mending is not None else 0)

    def directed(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return sums of the variants that vary as scores, each in its explanation's direction."""
        return np.where(self.directions == 0, np.abs(sums), sums * self.directions)

    def of(self, runs: Runs) -> NDArray[np.float64]:
        """Return the scores of some series: shape (series, columns)."""
        parts = [] if self._totals is None else [self.directed(runs.sums(self._totals))]
        if self.mending is not None:
            parts.append(self.mending.scores(runs))
        return np.concatenate(parts, 1) if parts else np.empty((len(runs.begin), 0))
