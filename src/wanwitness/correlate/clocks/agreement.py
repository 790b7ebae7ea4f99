"""Offsets on which most of several agree.

Each pair of a question and of what was asked upstream for it allows an interval of offsets, and so do many wrong pairs.
The right offset lies in by far the most intervals; one that does not stand out from the next best is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from .assumptions import ENOUGH_AGREE, NEAR_NS

Interval = tuple[int, int]
"""From, until, both included; ns."""


def most_agreed(intervals: Sequence[Interval], questions: int) -> Interval | None:
    """Return between what the offset lies that most intervals hold, if it stands out.

    Args:
        intervals: several of each question.
        questions: how many there are: that the clock is right as it stands needs but half of them.
    """
    regions = _regions(intervals)
    if not regions:
        return None
    right = max((region for region in regions if region[1] <= 0 <= region[2]), default=None)
    if right is not None and 2 * right[0] >= questions:
        return right[1:]
    best = max(regions)
    rest = [agreed for agreed, low, high in regions if low > best[2] + NEAR_NS or high < best[1] - NEAR_NS]
    if best[0] < ENOUGH_AGREE or best[0] < 2 * max(rest, default=0):
        return None
    return best[1:]


def agreed_near(
    intervals: Sequence[Interval], questions: int, expected: Interval | None, *, few: bool
) -> Interval | None:
    """Return between what the offset lies on which questions of about one time agree, if it stands out.

    Args:
        intervals: several of each question, near enough to the offset followed.
        questions: how many there are.
        expected: between what it is if it goes on as it did; None where that tells little.
        few: whether it cannot be far from that, so that even one question tells.
    """
    regions = _regions(intervals)
    if expected is not None:
        likely = max((r for r in regions if r[1] <= expected[1] and r[2] >= expected[0]), default=None)
        if likely is not None and 2 * likely[0] >= questions:
            return likely[1:]
    agreed, low, high = max(regions)
    rest = [(one, two) for one, two in intervals if one > high or two < low]
    if agreed < (1 if few else ENOUGH_AGREE) or agreed < 2 * max((r[0] for r in _regions(rest)), default=0):
        return None
    return low, high


def _regions(intervals: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return where more intervals overlap than beside it: how many, from, until."""
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    regions: list[tuple[int, int, int]] = []
    depth = 0
    for place, (at, closing) in enumerate(ends):
        if closing and not ends[place - 1][1]:
            regions.append((depth, ends[place - 1][0], at))
        depth += -1 if closing else 1
    return regions
