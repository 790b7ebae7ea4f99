"""When the machine's clock was set: its time minus that which nobody can set, looked at every second.

A network time daemon that slews changes it by half a millisecond a second at most (adjtimex(2)), which is no step. A
machine that slept looks like one whose clock was set forward: nothing was captured either way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

SECOND = 1_000_000_000
STEP_NS = SECOND // 10
"""Less is slewing, or the scheduler's delay between the two readings."""


class ClockJump(NamedTuple):
    """The clock was set."""

    from_ns: int
    """The least time, as it tells time, that may have been written twice, or never."""
    to_ns: int
    by_ns: int


class RemoteClock:
    """How far ahead of ours the clock is that a pipe's packets are dated by, as far as they show it.

    A packet is dated before it comes here: of all of them the one that came quickest tells it best.
    """

    def __init__(self) -> None:
        self._most: int | None = None

    @property
    def known(self) -> bool:
        """Whether a packet has come."""
        return self._most is not None

    @property
    def ahead_ns(self) -> int:
        """By how much it is ahead, negative where it is behind; 0 before the first packet."""
        return self._most or 0

    def note(self, dated_ns: int, now_ns: int) -> None:
        """Take note of the latest packet, which was dated so and is here by now."""
        ahead = dated_ns - now_ns
        self._most = ahead if self._most is None else max(self._most, ahead)


class ClockWatch:
    """Notices that a clock was set.

    Args:
        real: the clock that captures are dated by, ns since the epoch.
        steady: one that runs on and is never set, ns.
    """

    def __init__(self, real: Callable[[], int] = time.time_ns, steady: Callable[[], int] = time.monotonic_ns) -> None:
        self._real, self._steady = real, steady
        self._last = real(), steady()

    def look(self) -> ClockJump | None:
        """Return how the clock was set since this was asked last; None if it was not."""
        (before, steady_before), now, steady = self._last, self._real(), self._steady()
        self._last = now, steady
        expected = before + steady - steady_before
        by_ns = now - expected
        if abs(by_ns) < STEP_NS:
            return None
        return ClockJump(min(before, now - (steady - steady_before)), max(expected, now), by_ns)
