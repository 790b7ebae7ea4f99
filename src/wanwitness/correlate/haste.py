"""How soon each of this case's forwarders puts a question on, and passes an answer on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .lookup import PASSED_ON_NS, UNSEEN_NS, Lookup

_ENOUGH = 20
"""So many questions show what is usual."""


class Haste:
    """Learnt from questions that were wholly captured on both sides, and that nothing else fits.

    Twice what all but the slowest hundredth took, and the slowest one; with few of them, what no forwarder exceeds. A
    forwarder is known by the address that its clients ask: what one does in no time takes another long.

    Args:
        pairs: clients' questions, each with the forwarder's own.
    """

    def __init__(self, pairs: Iterable[tuple[Lookup, Lookup]]) -> None:
        asking: dict[str, list[int]] = defaultdict(list)
        answering: dict[str, list[int]] = defaultdict(list)
        for lookup, upstream in pairs:
            asking[lookup.exchange.server.ip].append(upstream.begin_ns - lookup.begin_ns)
            answering[lookup.exchange.server.ip].append(lookup.came_ns - upstream.came_ns)
        self._asking_ns = {server: _usual(times, UNSEEN_NS) for server, times in asking.items()}
        self._answering_ns = {server: _usual(times, PASSED_ON_NS) for server, times in answering.items()}

    def asking_ns(self, lookup: Lookup) -> int:
        """Return how long after this client's question its forwarder puts its own, at most."""
        return self._asking_ns.get(lookup.exchange.server.ip, UNSEEN_NS)

    def answering_ns(self, lookup: Lookup) -> int:
        """Return how long after the answer to its forwarder this client's comes, at most."""
        return self._answering_ns.get(lookup.exchange.server.ip, PASSED_ON_NS)


def _usual(times: Iterable[int], most: int) -> int:
    rows = sorted(times)
    return min(most, max(0, 2 * rows[(len(rows) - 1) * 99 // 100])) if len(rows) >= _ENOUGH else most
