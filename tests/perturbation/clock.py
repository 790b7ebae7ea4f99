"""A capture's clock: how far it is from the right one, at every moment."""

from __future__ import annotations

from dataclasses import dataclass

from .recording import Frame

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """What is wrong with a clock. The right one is that of the lab, where one machine made all captures."""

    skew_s: float = 0.0
    drift_ppm: float = 0.0
    """Of the time since the capture's first frame."""
    step_s: float = 0.0
    """Set on from the middle of the capture's time."""

    def times(self, factor: float) -> Clock:
        """Return a clock that is wrong by so much more."""
        return Clock(self.skew_s * factor, self.drift_ppm * factor, self.step_s * factor)

    def ahead_ns(self, at_ns: int, begin_ns: int, end_ns: int) -> int:
        """Return how far it is ahead of the right one, which says `at_ns`, in a capture of that time."""
        ahead = self.skew_s * _NS + self.drift_ppm * 1e-6 * (at_ns - begin_ns)
        return round(ahead + (self.step_s * _NS if at_ns >= (begin_ns + end_ns) // 2 else 0))

    def write(self, frames: list[Frame], begin_ns: int, end_ns: int) -> list[Frame]:
        """Give frames the times of this clock."""
        return [f._replace(at_ns=f.at_ns + self.ahead_ns(f.at_ns, begin_ns, end_ns)) for f in frames]


RIGHT = Clock()
