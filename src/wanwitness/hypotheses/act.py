"""What somebody did that may have let mail through again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef


@dataclass(frozen=True, slots=True)
class Act:
    """A log-in to a mailbox, a visit to a webmail, or an event that the site file tells."""

    explanation: str
    """`mail-login`, `webmail` or `event:KIND`."""
    at_ns: int
    """On the reference clock."""
    owner: str | None = None
    """The link whose ISP it was with; None where that is not known, and it may have been any."""
    frame: FrameRef | None = None
    """What shows it; None of an event."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Which acts the captures would have shown."""

    since_ns: Mapping[str, int]
    """By explanation, from when on; one that is not in here could not have been seen at all."""
    why_not: Mapping[str, str]
    """By explanation that could not have been seen, the id of the sentence that says why."""
    gaps_ns: tuple[tuple[int, int], ...] = ()
    """Begin and end of each time since then that was not captured, or not all of it, in order."""

    def blind_s(self, at_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how long before each moment the captures were last blind, in seconds; inf where they never were."""
        if not self.gaps_ns:
            return np.full(len(at_ns), np.inf)
        begins = np.array([begin for begin, _ in self.gaps_ns], np.int64)
        ends = np.maximum.accumulate(np.array([end for _, end in self.gaps_ns], np.int64))
        place = np.searchsorted(begins, at_ns, "right") - 1
        since = (at_ns - ends[np.maximum(place, 0)]) / 1e9
        return np.where(place >= 0, np.maximum(since, 0.0), np.inf)
