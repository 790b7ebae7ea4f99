"""What is let go of beyond a bound, counted."""

from __future__ import annotations

from wanwitness.model import FrameRef, Oddity

from .catalogue import ODD


class LetGo:
    """Counts what a capture point's reader lets go of beyond a bound: told once, where it was first done.

    Args:
        kind: the sentence's id; it has a `number`.
        places: what else stands in its places.
    """

    def __init__(self, kind: str, **places: int) -> None:
        self._kind, self._places = kind, places
        self._number = 0
        self._first: FrameRef | None = None

    def add(self, frame: FrameRef, number: int = 1) -> None:
        """Note that so much was let go of, at this frame."""
        if number:
            self._number += number
            self._first = self._first or frame

    def rows(self) -> list[Oddity]:
        """Tell it; nothing where the bound was not reached."""
        if self._first is None:
            return []
        why = ODD(self._kind, number=self._number, **self._places)
        return [Oddity(self._first.capture, self._first.number, None, why)]
