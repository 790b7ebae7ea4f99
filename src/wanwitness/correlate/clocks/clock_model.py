"""How one clock ran against the reference: straight segments, and between them a step or a change of drift.

Where one segment ends and the next begins is known to lie between two bounds. A time that was written down between
these may belong to either segment, and its uncertainty covers both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

import numpy as np

from .feasible_lines import FeasibleLines

SECOND = 1_000_000_000
FIRST = -(1 << 62)
"""Before every place."""


class Moment(NamedTuple):
    """A time on the reference clock."""

    at_ns: int
    doubt_ns: int
    """It is wrong by no more than this."""
    loose_ns: int
    """The same towards times of the same clock: nothing, except near a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a clock was set."""

    at_ns: int
    """On the reference clock."""
    by_ns: int
    """By how much the clock went forward."""
    uncertainty_ns: int
    otherwise_ns: int
    """The same, if it was the other clock that was set instead."""
    since_ns: int
    """When, on the reference clock, the last packet was seen before it."""
    own_ns: int
    """By how much the clock itself went on from that packet to the first behind."""
    places: tuple[int, int]
    """It lies between these places of the clock's own captures."""
    others: tuple[int, int]
    """It lies between these places of the captures that the clock was compared with."""
    backward: bool | None
    """Which of the two clocks is seen to go back: this one (True), the other one (False); None where neither is."""


@dataclass(frozen=True, slots=True)
class ClockPiece:
    """Lines that may hold for a part of the order of frames."""

    lines: tuple[FeasibleLines, ...]
    within: tuple[int, int] | None = None
    """On the reference clock: from the last bound before to the first bound behind, where more than one line may."""


@dataclass(slots=True)
class ClockModel:
    """A clock's way along the reference. Without bounds it is the reference clock itself."""

    base_ns: int = 0
    """The clock's time from which they count."""
    level_ns: int = 0
    """The offset from which they count."""
    starts: list[int] = field(default_factory=list)
    spans: list[ClockPiece] = field(default_factory=list)
    steps: tuple[Step, ...] = ()
    pairs: int = 0

    def at(self, place: int, ts_ns: int) -> Moment:
        """Bring a time to the reference clock.

        Args:
            place: where in the clock's frame order it was written down.
        """
        if not self.spans:
            return Moment(ts_ns, 0, 0)
        span = self.spans[bisect_right(self.starts, place) - 1]
        raw, seconds = ts_ns - self.level_ns, (ts_ns - self.base_ns) / SECOND
        if len(span.lines) == 1:
            low, high = span.lines[0].at(seconds)
            return Moment(raw - round((low + high) / 2), ceil((high - low) / 2), 0)
        choices = []
        for line in span.lines:
            low, high = line.at(seconds)
            choices.append((raw - high, raw - low))
        if span.within is not None:
            begin, end = span.within
            choices = [c for c in choices if c[1] >= begin and c[0] <= end] or choices
        first, last = min(low for low, _ in choices), max(high for _, high in choices)
        doubt = ceil((last - first) / 2)
        return Moment(round((first + last) / 2), doubt, doubt if len(choices) > 1 else 0)

    def drift_ppm(self, places: tuple[int, int]) -> tuple[float, float] | None:
        """Return how fast the clock ran in the longest segment between two places, and by how much that may be wrong.

        None for the reference clock itself.
        """
        first, last = (max(0, bisect_right(self.starts, place) - 1) for place in places)
        lines = [span.lines[0] for span in self.spans[first : last + 1] if len(span.lines) == 1]
        if not lines:
            return None
        low, high = max(lines, key=lambda line: line.length).drift
        # It is counted by the clock's own seconds so far, and told by the reference's.
        low, high = (1e6 * drift / (SECOND - drift) for drift in (low, high))
        return (low + high) / 2, (high - low) / 2


def set_back(steps: Sequence[Step]) -> ClockModel:
    """Return the model of a reference clock that was set itself: the reference goes on as it ran before."""
    ahead, never = 0, np.empty(0)
    lines = [FeasibleLines(np.zeros((1, 2)), never)]
    model = ClockModel(starts=[FIRST], spans=[ClockPiece((lines[0],))], steps=tuple(steps))
    for step in steps:
        ahead += step.by_ns
        lines.append(FeasibleLines(np.array([[ahead, 0.0]]), never))
        model.starts += [step.places[0] + 1, step.places[1]]
        model.spans += [ClockPiece((lines[-2], lines[-1])), ClockPiece((lines[-1],))]
    return model
