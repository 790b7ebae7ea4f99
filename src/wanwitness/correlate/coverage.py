"""When the LAN side was being captured: only then does a missing question or connection say anything."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

SECOND = 1_000_000_000
QUIET_NS = 10 * SECOND
"""A capture that runs may see nothing for so long before its first frame and after its last."""


class Coverage:
    """Answers whether a moment on the reference clock was captured."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans: list[tuple[int, int]] = []
        for begin, end in sorted((begin - QUIET_NS, end + QUIET_NS) for begin, end in spans):
            if self._spans and begin <= self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((begin, end))

    def covers(self, at_ns: int) -> bool:
        """Whether the LAN side was captured at that time."""
        place = bisect_right(self._spans, at_ns, key=lambda span: span[0])
        return place > 0 and at_ns <= self._spans[place - 1][1]
