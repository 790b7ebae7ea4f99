"""When capturing programs lost packets, as they say themselves: each says how many of a file, and not when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Capture
from wanwitness.reading.point import Point

from .assumptions import QUIET_NS

ALWAYS = (-(1 << 63), (1 << 63) - 1)


class Drops:
    """Answers whether packets may have been lost from one moment to another.

    Args:
        spans: begins and ends of the times in which some were, ns on the reference clock, in any order.
    """

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        for begin, end in sorted(spans):
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._begins.append(begin)
                self._ends.append(end)

    def __bool__(self) -> bool:
        return bool(self._begins)

    def between(self, begin_ns: int, end_ns: int) -> bool:
        """Whether they may have between these two moments on the reference clock."""
        place = bisect_right(self._begins, end_ns)
        return place > 0 and self._ends[place - 1] >= begin_ns


def drops_of(points: Iterable[Point], captures: Sequence[Capture], timeline: Timeline) -> Drops:
    """Return when these points' captures lost packets.

    A program was at work before the first frame of its file, and after the last: back to where the file before it ends,
    and on to where the next one begins.

    Args:
        points: the capture points of one side.
        captures: all captures.
        timeline: the clocks.
    """
    found: list[tuple[int, int]] = []
    for point in points:
        lossy = [index for index in point.captures if captures[index].dropped]
        if not lossy:
            continue
        spans = sorted(span for index in point.captures if (span := timeline.span(index)) is not None)
        begins, latest = [begin for begin, _ in spans], list[int]()
        for _, end in spans:
            latest.append(max(end, latest[-1]) if latest else end)
        for index in lossy:
            if (own := timeline.span(index)) is None:
                found.append(ALWAYS)  # it wrote nothing that would tell when
                continue
            before, behind = bisect_left(begins, own[0]), bisect_right(begins, own[1])
            begin = min(own[0], latest[before - 1]) if before else own[0]
            end = begins[behind] if behind < len(begins) else own[1]
            found.append((begin - QUIET_NS, end + QUIET_NS))
    return Drops(found)
