"""Oddities of one protocol, bounded."""

from __future__ import annotations

from wanwitness.language import ENGLISH
from wanwitness.model import FrameRef, Oddity, Sentence

from .catalogue import ODD

MAX_ODDITIES = 10_000
"""Rows kept, and as many again while they are collected; hostile traffic must not fill the memory."""


def of_protocol(protocol: str | Sentence, why: Sentence) -> Sentence:
    """Say of which protocol it is that something is odd."""
    return ODD("odd-of-protocol", protocol=protocol, why=why)


class Oddities:
    """Collects what is odd about one protocol at one capture point; the count stays exact.

    Of too many the first by frame are kept: whatever comes to its end in another order where windows are cut elsewhere.
    """

    def __init__(self, protocol: str | Sentence) -> None:
        self._protocol = protocol
        self._rows: list[Oddity] = []
        self._more = 0

    def add(self, frame: FrameRef, why: Sentence) -> None:
        """Note that a frame is odd."""
        self._rows.append(Oddity(frame.capture, frame.number, None, of_protocol(self._protocol, why)))
        if len(self._rows) >= 2 * MAX_ODDITIES:
            self._bound()

    def _bound(self) -> None:
        self._rows.sort(key=lambda row: (row.capture, row.frame, ENGLISH.say(row.reason)))
        self._more += len(self._rows) - MAX_ODDITIES
        del self._rows[MAX_ODDITIES:]

    def rows(self) -> list[Oddity]:
        """Return the rows; where there were too many, the last one says how many more."""
        if len(self._rows) > MAX_ODDITIES:
            self._bound()
        if not self._more:
            return self._rows
        more = of_protocol(self._protocol, ODD("odd-more", number=self._more))
        return [*self._rows, Oddity(self._rows[-1].capture, None, None, more)]
