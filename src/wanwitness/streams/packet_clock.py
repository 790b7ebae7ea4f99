"""How much time has gone by at one capture point, as its packets tell.

What their time stamps tell is the time, and that is another thing where a clock is set: an hour's leap is an hour of
silence, or NTP, and no packet shows which. So what ends a connection is not the time, but time that was seen to go by:
of the step from one packet to the next no more than `MOST_NS` counts. On a link with traffic, where there is a packet
every few seconds, an hour is an hour, whatever the clock is set to meanwhile; a capture that was really silent for an
hour has not shown an hour, and `Tracker` looks at the numbers of the packet that comes then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_NS = 10_000_000_000
"""What counts at most from one packet to the next: less than anybody's patience, more than most links are silent."""


class PacketClock:
    """Counts the time that goes by.

    A single packet with a stray time stamp moves nothing: the time is what two packets in a row agree on, the earlier
    of theirs. A step back counts as a forward one does, so that packets written down out of order, or by two clocks in
    turn, do not add up to more time than there was.
    """

    def __init__(self) -> None:
        self._stamp_ns: int | None = None
        """Of the last packet."""
        self.told_ns = 0
        """What the last two packets agree that the time is, since the epoch."""
        self.passed_ns = 0
        """What has gone by."""

    def read(self, ts_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Take the time stamps of the next packets, at least one; return how much time has gone by at each."""
        if self._stamp_ns is None:
            self._stamp_ns = self.told_ns = int(ts_ns[0])
        told = np.minimum(ts_ns, np.r_[self._stamp_ns, ts_ns[:-1]])
        passed: NDArray[np.int64] = np.cumsum(np.clip(np.diff(told, prepend=self.told_ns), -MOST_NS, MOST_NS))
        passed += self.passed_ns
        self._stamp_ns, self.told_ns, self.passed_ns = int(ts_ns[-1]), int(told[-1]), int(passed[-1])
        return passed
