"""Oddities of one room, bounded."""

from __future__ import annotations

from . import FrameRef, Oddity

MAX_ODDITIES = 10_000
"""Rows kept; hostile traffic must not fill the memory."""


class Oddities:
    """Collects what is odd about one protocol at one capture point; the count stays exact."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._rows: list[Oddity] = []
        self._more = 0
        self._capture = 0

    def add(self, frame: FrameRef, reason: str) -> None:
        """Note that a frame is odd."""
        if len(self._rows) < MAX_ODDITIES:
            self._rows.append(Oddity(frame.capture, frame.number, None, f"{self._protocol}: {reason}"))
        else:
            self._more, self._capture = self._more + 1, frame.capture

    def rows(self) -> list[Oddity]:
        """Return the rows; where there were too many, the last one says how many more."""
        if not self._more:
            return self._rows
        more = Oddity(self._capture, None, None, f"{self._protocol}: {self._more} more oddities, not kept")
        return [*self._rows, more]
