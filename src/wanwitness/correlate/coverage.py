"""When each side was being captured: only then does a missing question or connection say anything."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

SECOND = 1_000_000_000
QUIET_NS = 10 * SECOND
"""A capture that runs may see nothing for so long before its first frame and after its last."""


class Coverage:
    """Answers whether a moment on the reference clock was captured.

    Args:
        spans: from the first frame of a capture to its last.
        gaps: when something is plainly missing, though it be between two captures that follow each other.
    """

    def __init__(self, spans: Iterable[tuple[int, int]], gaps: Iterable[tuple[int, int]] = ()) -> None:
        self._gaps = sorted(gaps)
        self._spans: list[tuple[int, int]] = []
        for begin, end in sorted((begin - QUIET_NS, end + QUIET_NS) for begin, end in spans):
            if self._spans and begin <= self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((begin, end))

    def covers(self, at_ns: int) -> bool:
        """Whether the LAN side was captured at that time."""
        place = bisect_right(self._spans, at_ns, key=lambda span: span[0])
        if not place or at_ns > self._spans[place - 1][1]:
            return False
        return not any(begin <= at_ns <= end for begin, end in self._gaps)


class Blind:
    """Answers whether a link's traffic may have gone by uncaptured.

    Args:
        always: a link was not captured at all.
        gaps: when something is plainly missing of a link's captures.
    """

    def __init__(self, always: bool, gaps: Iterable[tuple[int, int]] = ()) -> None:
        self._always, self._gaps = always, sorted(gaps)

    def during(self, begin_ns: int, end_ns: int) -> bool:
        """Whether that may be so somewhere from one time to another, on the reference clock."""
        return self._always or any(begin <= end_ns and begin_ns <= end for begin, end in self._gaps)
