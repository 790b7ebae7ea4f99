"""When each side of the router was captured: only then does a missing question or connection say anything."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Capture, FrameRef, Span
from wanwitness.reading.point import Point

from .assumptions import QUIET_NS

SECOND = 1_000_000_000


class Coverage:
    """Answers whether a moment on the reference clock was captured.

    Args:
        spans: from the first frame to the last, of each file.
        gaps: when something is plainly missing, though it be between two files that follow each other.
    """

    def __init__(self, spans: Iterable[tuple[int, int]], gaps: Iterable[tuple[int, int]] = ()) -> None:
        self._gaps = sorted(gaps)
        self._spans: list[tuple[int, int]] = []
        for begin, end in sorted(spans):
            # Where a capture is cut into several files, the next file begins with the next packet, not where the last
            # one ended.
            if self._spans and begin <= self._spans[-1][1] + 2 * QUIET_NS:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((begin, end))

    def covers(self, at_ns: int) -> bool:
        """Whether the side was surely captured at that time: something was before, and after."""
        return self._holds(at_ns, 0) and not self.lacks(at_ns, at_ns)

    def may_cover(self, begin_ns: int, end_ns: int) -> bool:
        """Whether the side may have been captured from one time to another: so near to what was captured that a capture
        which ran could have seen nothing.
        """
        return self._holds(begin_ns, QUIET_NS) and self._holds(end_ns, QUIET_NS) and not self.lacks(begin_ns, end_ns)

    def without(self, unseen: Iterable[tuple[int, int]]) -> Coverage:
        """Return the same, less the time near its ends when something must have passed, and was not captured.

        What passed shortly before the first frame shows that the capture did not run yet until then; what passed
        shortly after the last one, that it did not run any more.

        Args:
            unseen: from when until when that passed, each.
        """
        begun: dict[int, int] = {}
        ended: dict[int, int] = {}
        for begin, end in unseen:
            if self._holds(begin, 0) or self._holds(end, 0):
                continue
            place = bisect_right(self._spans, end, key=lambda span: span[0])
            if place < len(self._spans) and self._spans[place][0] <= end + QUIET_NS:
                first = self._spans[place][0]
                begun[first] = max(end, begun.get(first, end))
            if place > 0 and begin <= self._spans[place - 1][1] + QUIET_NS:
                last = self._spans[place - 1][1]
                ended[last] = min(begin, ended.get(last, begin))
        edges = [(first - QUIET_NS, until) for first, until in begun.items()]
        return Coverage(
            self._spans, [*self._gaps, *edges, *((since, last + QUIET_NS) for last, since in ended.items())]
        )

    def lacks(self, begin_ns: int, end_ns: int) -> bool:
        """Whether something is plainly missing somewhere from one time to another."""
        return any(begin <= end_ns and begin_ns <= end for begin, end in self._gaps)

    def since(self, at_ns: int) -> int:
        """Return from when on the side was captured without a gap until `at_ns`; that itself where it was not then."""
        place = bisect_right(self._spans, at_ns, key=lambda span: span[0])
        if place == 0 or at_ns > self._spans[place - 1][1] + QUIET_NS:
            return at_ns
        return max([self._spans[place - 1][0], *(min(end, at_ns) for begin, end in self._gaps if begin <= at_ns)])

    def until(self, begin_ns: int, end_ns: int) -> int:
        """Return up to when nothing is plainly missing from one time on, at most until the other."""
        return min([end_ns, *(begin for begin, _ in self._gaps if begin > begin_ns)])

    def _holds(self, at_ns: int, margin: int) -> bool:
        place = bisect_right(self._spans, at_ns + margin, key=lambda span: span[0])
        return place > 0 and at_ns <= self._spans[place - 1][1] + margin


def coverage_of(
    points: Iterable[Point], captures: Sequence[Capture], timeline: Timeline, rows: Iterable[Span], after_ns: int = 0
) -> Coverage:
    """Return when these points were captured. A file's interfaces were captured together.

    Args:
        points: the capture points of one side.
        captures: all captures.
        timeline: the clocks.
        rows: what time the captures cover, for its gaps.
        after_ns: how long behind a gap what happened in it still tells.
    """
    own = {index for point in points for index in point.captures}
    files: dict[str, list[tuple[int, int]]] = {captures[index].path: [] for index in own}
    for index, row in enumerate(captures):
        if row.path in files and (span := timeline.span(index)) is not None:
            files[row.path].append(span)
    spans = [(min(first for first, _ in seen), max(last for _, last in seen)) for seen in files.values() if seen]
    gaps = []
    for gap in rows:
        if gap.kind == "gap" and gap.capture in own:
            before, behind = gap.edges or (FrameRef(gap.capture, 0),) * 2
            ends = timeline.aligned(before, gap.from_ns), timeline.aligned(behind, gap.to_ns)
            gaps.append((min(ends), max(ends) + after_ns))
    return Coverage(spans, gaps)
