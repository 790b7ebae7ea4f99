"""Where a frame stands among all that one clock wrote down.

A clock that is set back passes the same times twice; only the order of the frames tells then which is which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wanwitness.model import Capture, FrameRef
from wanwitness.reading.point import Point

FILE = 1 << 40
"""Places of one file; no file has so many frames."""


class FrameOrder:
    """Gives every frame its place in its clock's frame order: files in order of their times, frames in order of number.

    Args:
        points: the capture points, which know the files that share a clock.
        captures: all captures.
    """

    def __init__(self, points: Iterable[Point], captures: Sequence[Capture]) -> None:
        self.clock_of = {capture: point.same_clock for point in points for capture in point.captures}
        begins: dict[str, int] = {}
        for index in self.clock_of:
            path, first = captures[index].path, captures[index].first_ns
            if first is not None:
                begins[path] = min(begins.get(path, first), first)
        order = {path: n for n, (path, _) in enumerate(sorted(begins.items(), key=lambda item: (item[1], item[0])))}
        self.begin = {index: FILE * order.get(captures[index].path, 0) for index in self.clock_of}
        """Capture to the place before its first frame."""

    def place(self, frame: FrameRef) -> int:
        """Return the frame's place; greater than those of all frames that its clock wrote down before."""
        return self.begin[frame.capture] + frame.number

    def span(self, capture: int) -> tuple[int, int]:
        """Return the places before and behind all of a capture's frames."""
        return self.begin[capture], self.begin[capture] + FILE - 1
