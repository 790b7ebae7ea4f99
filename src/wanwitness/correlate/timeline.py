"""All captures' times on the reference clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from wanwitness.model import Clock, FrameRef


class Timeline:
    """Brings raw times to the reference clock, and says how far two of them may be apart.

    A clock that nothing ties to the reference is taken as equal to it; who rests on that asks `tied` first.

    Args:
        clock_of: capture to clock.
        clocks: each clock against the reference, as far as that is known.
        alike: clocks of which nothing is known, and nothing speaks against their being equal to the reference.
    """

    def __init__(
        self, clock_of: Mapping[int, int], clocks: Mapping[int, Clock | None], alike: Collection[int] = ()
    ) -> None:
        self._clock_of = clock_of
        self._alike = alike
        self._clocks = clocks
        self._offset = {
            capture: clock.offset_ns if (clock := clocks[number]) is not None else 0
            for capture, number in clock_of.items()
        }
        self._doubt = {
            capture: clock.uncertainty_ns if (clock := clocks[number]) is not None else 0
            for capture, number in clock_of.items()
        }
        self.widest = sum(sorted(clock.uncertainty_ns for clock in clocks.values() if clock is not None)[-2:])
        """The most that `slack` may be."""

    def aligned(self, frame: FrameRef, ts_ns: int) -> int:
        """Return a time that `frame`'s capture wrote, on the reference clock."""
        return ts_ns - self._offset[frame.capture]

    def slack(self, one: FrameRef, two: FrameRef) -> int:
        """Return by how much the order of two captures' times may be wrong, ns."""
        if self._clock_of[one.capture] == self._clock_of[two.capture]:
            return 0
        return self._doubt[one.capture] + self._doubt[two.capture]

    def tied(self, frame: FrameRef) -> bool:
        """Whether the clock of `frame`'s capture may be compared with the reference."""
        clock = self._clock_of[frame.capture]
        return self._clocks[clock] is not None or clock in self._alike

    def clock(self, capture: int) -> Clock | None:
        """Return the capture's clock against the reference; None where nothing ties them."""
        return self._clocks[self._clock_of[capture]]
