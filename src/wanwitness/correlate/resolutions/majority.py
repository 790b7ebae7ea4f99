"""What is true of most of what was seen by a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Majority:
    """Tells whether something was true of more than half.

    Args:
        rows: when each was seen, and whether it was true of it.
    """

    def __init__(self, rows: Iterable[tuple[int, bool]]) -> None:
        ordered = sorted(rows)
        self._at_ns = [at_ns for at_ns, _ in ordered]
        self._true = [0, *accumulate(int(true) for _, true in ordered)]

    def by_then(self, at_ns: int) -> bool:
        """Return whether it was true of most until then."""
        count = bisect_right(self._at_ns, at_ns)
        return 2 * self._true[count] > count
