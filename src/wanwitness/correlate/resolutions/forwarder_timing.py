"""How soon each of this case's forwarders puts a client's question on, and passes the answer on.

A forwarder may ask several resolvers at once. It then uses the first answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median_low

from .assumptions import AT_ONCE_NS, ENOUGH_FORWARDED, PASSED_ON_NS, UNSEEN_NS
from .lookup import Lookup, answered, begun, tolerance


class ForwarderTiming:
    """Learnt from questions that were captured whole on both sides, and that have no other candidate.

    Twice what all but the slowest hundredth took, and the slowest one; with few of them, what no forwarder exceeds.
    Each forwarder, known by the address that its clients ask, is learnt for itself, since some take much longer than
    others.

    Args:
        pairs: clients' questions, each with the forwarder's own.
    """

    def __init__(self, pairs: Iterable[tuple[Lookup, Lookup]]) -> None:
        asking: dict[str, list[int]] = defaultdict(list)
        answering: dict[str, list[int]] = defaultdict(list)
        for lookup, upstream in pairs:
            asking[lookup.exchange.server.ip].append(upstream.begin_ns - lookup.begin_ns)
            answering[lookup.exchange.server.ip].append(lookup.came_ns - upstream.came_ns)
        handling: dict[str, list[int]] = defaultdict(list)
        for server, times in asking.items():
            handling[server] = [sum(pair) for pair in zip(times, answering[server], strict=True)]
        self._handling_ns = {server: median_low(times) for server, times in handling.items()}
        self._asking_ns = {server: _usual(times, UNSEEN_NS) for server, times in asking.items()}
        self._answering_ns = {server: _usual(times, PASSED_ON_NS) for server, times in answering.items()}
        self._soonest_ns = {server: _soonest(times) for server, times in answering.items()}

    def asking_ns(self, lookup: Lookup) -> int:
        """Return how long after this client's question its forwarder puts its own, at most."""
        return self._asking_ns.get(lookup.exchange.server.ip, UNSEEN_NS)

    def handling_ns(self, lookup: Lookup) -> int:
        """Return how long a forwarder takes, apart from the time for which it waits for an answer itself; 0 where
        unknown.
        """
        return max(0, self._handling_ns.get(lookup.exchange.server.ip, 0))

    def answering_ns(self, lookup: Lookup) -> int:
        """Return how long after the answer to its forwarder this client's comes, at most."""
        return self._answering_ns.get(lookup.exchange.server.ip, PASSED_ON_NS)

    def soonest_ns(self, lookup: Lookup) -> int:
        """Return how long after the answer to its forwarder this client's comes, at least."""
        return self._soonest_ns.get(lookup.exchange.server.ip, 0)


def _soonest(times: Iterable[int]) -> int:
    """All but the fastest tenth take so long at least; 0 with few of them."""
    rows = sorted(times)
    return max(0, rows[len(rows) // 10]) if len(rows) >= ENOUGH_FORWARDED else 0


def _usual(times: Iterable[int], most: int) -> int:
    rows = sorted(times)
    return min(most, max(0, 2 * rows[(len(rows) - 1) * 99 // 100])) if len(rows) >= ENOUGH_FORWARDED else most


def put_together(upstreams: Sequence[Lookup]) -> bool:
    """Whether the router put all these questions at the same time."""
    first = min(upstreams, key=begun)
    return all(u.begin_ns - first.begin_ns <= AT_ONCE_NS + tolerance(u, first) for u in upstreams)


def surely_first(first: Lookup, upstreams: Iterable[Lookup]) -> bool:
    """Whether the clocks leave no doubt that no other link had answered before."""
    return all(
        answered(other) - answered(first) >= tolerance(other, first)
        for other in upstreams
        if other.point.label != first.point.label
    )


def passed_on_at_once(first: Lookup, lookup: Lookup) -> bool:
    """Whether a client had the first answer at once; else the router may have waited for another."""
    return answered(lookup) - answered(first) <= AT_ONCE_NS + tolerance(lookup, first)
