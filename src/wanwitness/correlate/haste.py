"""How soon this case's forwarders put a question on, and pass an answer on."""

from __future__ import annotations

from collections.abc import Iterable

from .lookup import PASSED_ON_NS, UNSEEN_NS, Lookup

_ENOUGH = 20
"""So many questions show what is usual."""


class Haste:
    """Learnt from questions that were wholly captured on both sides, and that nothing else fits.

    Twice what all but the slowest hundredth took, and the slowest one; with few of them, what no forwarder exceeds.

    Args:
        pairs: clients' questions, each with the forwarder's own.
    """

    def __init__(self, pairs: Iterable[tuple[Lookup, Lookup]]) -> None:
        pairs = list(pairs)
        self.asking_ns = _usual((u.begin_ns - lookup.begin_ns for lookup, u in pairs), UNSEEN_NS)
        """From the client's question to the forwarder's."""
        self.answering_ns = _usual((lookup.came_ns - u.came_ns for lookup, u in pairs), PASSED_ON_NS)
        """From the answer to the forwarder to the client's."""


def _usual(times: Iterable[int], most: int) -> int:
    rows = sorted(times)
    return min(most, max(0, 2 * rows[(len(rows) - 1) * 99 // 100])) if len(rows) >= _ENOUGH else most
