"""What is odd about one connection's SMTP, bounded."""

from __future__ import annotations

from wanwitness.model import FrameRef, Sentence
from wanwitness.oddities import ODD

Remark = tuple[FrameRef | None, Sentence]

MAX_REMARKS = 200
"""Remarks kept of one connection; the rest are counted."""


class Remarks:
    """Collects remarks; shared by all who read the connection."""

    def __init__(self) -> None:
        self._kept: list[Remark] = []
        self._more = 0

    def add(self, frame: FrameRef | None, why: Sentence) -> None:
        """Note what is odd about a frame."""
        if len(self._kept) < MAX_REMARKS:
            self._kept.append((frame, why))
        else:
            self._more += 1

    def before(self, others: list[Remark]) -> list[Remark]:
        """Return what was noted and the others behind it; where that is too much, the last says how much more."""
        all_of_them = self._kept + others
        more = self._more + max(len(all_of_them) - MAX_REMARKS, 0)
        kept = all_of_them[:MAX_REMARKS]
        return [*kept, (None, ODD("odd-more", number=more))] if more else kept
