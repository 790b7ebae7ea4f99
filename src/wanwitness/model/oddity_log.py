"""Oddities of one room, bounded."""

from __future__ import annotations

from . import FrameRef, Oddity

MAX_ODDITIES = 10_000
"""Rows kept, and as many again while they are collected; hostile traffic must not fill the memory."""


class Oddities:
    """Collects what is odd about one protocol at one capture point; the count stays exact.

    Of too many the first by frame are kept: whatever comes to its end in another order where windows are cut elsewhere.
    """

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._rows: list[Oddity] = []
        self._more = 0

    def add(self, frame: FrameRef, reason: str) -> None:
        """Note that a frame is odd."""
        self._rows.append(Oddity(frame.capture, frame.number, None, f"{self._protocol}: {reason}"))
        if len(self._rows) >= 2 * MAX_ODDITIES:
            self._bound()

    def _bound(self) -> None:
        self._rows.sort(key=lambda row: (row.capture, row.frame, row.reason))
        self._more += len(self._rows) - MAX_ODDITIES
        del self._rows[MAX_ODDITIES:]

    def rows(self) -> list[Oddity]:
        """Return the rows; where there were too many, the last one says how many more."""
        if len(self._rows) > MAX_ODDITIES:
            self._bound()
        if not self._more:
            return self._rows
        more = Oddity(self._rows[-1].capture, None, None, f"{self._protocol}: {self._more} more oddities, not kept")
        return [*self._rows, more]
