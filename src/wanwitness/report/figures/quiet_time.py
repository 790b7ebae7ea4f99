"""A time axis without its quiet times: bursts of mail that are weeks apart stand side by side, each in its own scale.

The longest gaps are cut out as long as each makes up a good part of what is left; evenly spread mail has none, and
keeps one even scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

CUTS = 15
"""Gaps that are cut out, at most: each piece needs room for its times."""
_LONG = 0.15
"""A gap is cut out if it is so much of the time that is left."""


@dataclass(frozen=True, slots=True)
class ScaledTime:
    """A time that is drawn in one scale."""

    begin: float
    """Seconds since the epoch."""
    end: float
    left: float
    """Inches from the plot's left edge."""
    right: float

    def place(self, at: float) -> float:
        """Return where a time stands, in inches; one outside stands at the nearer end."""
        if self.end == self.begin:
            return (self.left + self.right) / 2
        share = min(max((at - self.begin) / (self.end - self.begin), 0.0), 1.0)
        return self.left + share * (self.right - self.left)


class QuietTime:
    """Times to inches.

    Args:
        times: seconds since the epoch; one at least.
        width: inches.
        least: width of a piece, at least, in inches.
        between: room between pieces, in inches.
    """

    def __init__(self, times: Iterable[float], width: float, *, least: float, between: float) -> None:
        spans = _cut(sorted(set(times)))
        room = width - least * len(spans) - between * (len(spans) - 1)
        whole = sum(end - begin for begin, end in spans)
        left, pieces = 0.0, []
        for begin, end in spans:
            share = (end - begin) / whole if whole else 1 / len(spans)
            right = left + least + room * share
            pieces.append(ScaledTime(begin, end, left, right))
            left = right + between
        self.pieces = tuple(pieces)

    def shows(self, at: float, near: float) -> bool:
        """Whether a time is in a piece, or no further from one than `near` seconds."""
        return any(piece.begin - near <= at <= piece.end + near for piece in self.pieces)

    def place(self, at: float) -> float:
        """Return where a time stands, in inches; one in a gap stands at its nearer edge."""
        return min(self.pieces, key=lambda piece: max(piece.begin - at, at - piece.end, 0.0)).place(at)


def _cut(times: Sequence[float]) -> list[tuple[float, float]]:
    gaps = sorted(((b - a, n) for n, (a, b) in enumerate(pairwise(times), 1)), reverse=True)
    left, cuts = times[-1] - times[0], []
    for gap, n in gaps[:CUTS]:
        if gap <= _LONG * left:
            break
        left -= gap
        cuts.append(n)
    ends = [0, *sorted(cuts), len(times)]
    return [(times[a], times[b - 1]) for a, b in pairwise(ends)]
