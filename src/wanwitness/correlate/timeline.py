"""All captures' times on the reference clock."""

from __future__ import annotations

from collections.abc import Mapping

from wanwitness.model import Clock, FrameRef


class Timeline:
    """Brings raw times to the reference clock, and says how far two of them may be apart."""

    def __init__(self, clock_of: Mapping[int, int], clocks: Mapping[int, Clock | None]) -> None:
        self._clock_of = clock_of
        self._clocks = clocks
        self._offset = {
            capture: clock.offset_ns if (clock := clocks[number]) is not None else 0
            for capture, number in clock_of.items()
        }

    def aligned(self, frame: FrameRef, ts_ns: int) -> int:
        """Return a time that `frame`'s capture wrote, on the reference clock."""
        return ts_ns - self._offset[frame.capture]

    def slack(self, one: FrameRef, two: FrameRef) -> int:
        """Return by how much the order of two captures' times may be wrong, ns."""
        first, second = self._clock_of[one.capture], self._clock_of[two.capture]
        if first == second:
            return 0
        return sum(clock.uncertainty_ns for clock in (self._clocks[first], self._clocks[second]) if clock is not None)

    def clock(self, capture: int) -> Clock | None:
        """Return the capture's clock against the reference; None where nothing ties them."""
        return self._clocks[self._clock_of[capture]]
