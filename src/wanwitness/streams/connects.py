"""Which hosts connected to which addresses lately."""

from __future__ import annotations

from collections import OrderedDict, deque

SECOND = 1_000_000_000
RECENT_NS = 5 * SECOND
"""DESIGN: an answer is plainly a connection's own if it was asked for within 5 s before the SYN."""
KEPT_NS = 30 * SECOND
"""How long a pair of addresses is remembered: the packets of several windows may come out of order."""

Pair = tuple[bytes, bytes]


class Connects:
    """Remembers for a while when one address connected to another."""

    def __init__(self) -> None:
        self._times: OrderedDict[Pair, tuple[deque[int], int]] = OrderedDict()
        """Time stamps of a pair's connections, and how much time had gone by at the last; in the order of the last."""

    def note(self, pair: Pair, ts_ns: int, passed_ns: int) -> list[int]:
        """Remember a connection; return when there were others in the seconds before it (ns), in order.

        Args:
            pair: from which address to which.
            ts_ns: its time stamp.
            passed_ns: how much time has gone by.
        """
        self._forget(passed_ns)
        times, _ = self._times.pop(pair, (deque[int](), 0))
        while times and times[0] < ts_ns - RECENT_NS:
            times.popleft()
        # A handshake of an odd port may be given here late: see `packets.handshakes`.
        before = sorted(at for at in times if ts_ns - RECENT_NS <= at <= ts_ns)
        times.append(ts_ns)
        self._times[pair] = times, passed_ns
        return before

    def _forget(self, passed_ns: int) -> None:
        """Forget what was too long ago, by the time that has gone by."""
        while self._times:
            pair, (_, noted_ns) = next(iter(self._times.items()))
            if noted_ns >= passed_ns - KEPT_NS:
                return
            del self._times[pair]
