"""When a side of the router was being captured: only then does a missing question or connection say anything."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from wanwitness.model import Capture, FrameRef

from .point import Point
from .timeline import Timeline

SECOND = 1_000_000_000
QUIET_NS = 10 * SECOND
"""A capture that runs may see nothing for so long before its first frame and after its last."""


class Coverage:
    """Answers whether a moment on the reference clock was captured.

    Args:
        spans: from the first frame to the last, of each file.
    """

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans: list[tuple[int, int]] = []
        for begin, end in sorted(spans):
            # Of a capture cut into several files, the next one begins where there is something to write again.
            if self._spans and begin <= self._spans[-1][1] + 2 * QUIET_NS:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((begin, end))

    def covers(self, at_ns: int) -> bool:
        """Whether the side was surely captured at that time: something was before, and after."""
        return self._holds(at_ns, 0)

    def may_cover(self, at_ns: int) -> bool:
        """Whether it may have been: so near to what was captured that a capture which ran could have seen nothing."""
        return self._holds(at_ns, QUIET_NS)

    def _holds(self, at_ns: int, margin: int) -> bool:
        place = bisect_right(self._spans, at_ns + margin, key=lambda span: span[0])
        return place > 0 and at_ns <= self._spans[place - 1][1] + margin


def coverage_of(points: Iterable[Point], captures: Sequence[Capture], timeline: Timeline) -> Coverage:
    """Return when these points were captured. A file's interfaces were captured together."""
    files: dict[str, list[int]] = {}
    for index, row in enumerate(captures):
        files.setdefault(row.path, []).append(index)
    spans = []
    for index in {index for point in points for index in point.captures}:
        rows = [captures[other] for other in files[captures[index].path]]
        firsts = [row.first_ns for row in rows if row.first_ns is not None]
        lasts = [row.last_ns for row in rows if row.last_ns is not None]
        if firsts and lasts:
            frame = FrameRef(index, 0)
            spans.append((timeline.aligned(frame, min(firsts)), timeline.aligned(frame, max(lasts))))
    return Coverage(spans)
