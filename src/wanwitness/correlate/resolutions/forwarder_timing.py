"""How soon each of this case's forwarders puts a client's question on, and passes the answer on.

A forwarder may ask several resolvers at once. It then uses the first answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .assumptions import AT_ONCE_NS, ENOUGH_FORWARDED, MOST_LEARNT, PASSED_ON_NS, UNSEEN_NS
from .lookup import Lookup, answered, begun, tolerance


class ForwarderTiming:
    """Learnt from questions that were captured whole on both sides, and that have no other candidate.

    Twice what all but the slowest hundredth took by then, and what all but the fastest tenth took at least; with few of
    them, what no forwarder exceeds. Each forwarder, known by the address that its clients ask, is learnt for itself,
    since some take much longer than others.

    Args:
        forwarded: those questions.
    """

    def __init__(self, forwarded: Iterable[ForwardedQuestion]) -> None:
        self._of: dict[str, _Times] = defaultdict(_Times)
        for one in sorted(forwarded):
            self._of[one.server].add(one)

    def asking_ns(self, lookup: Lookup) -> int:
        """Return how long after this client's question its forwarder puts its own, at most."""
        return self._usual(lookup).asking_ns

    def handling_ns(self, lookup: Lookup) -> int:
        """Return how long a forwarder takes, apart from the time for which it waits for an answer itself; 0 where
        unknown.
        """
        return self._usual(lookup).handling_ns

    def answering_ns(self, lookup: Lookup) -> int:
        """Return how long after the answer to its forwarder this client's comes, at most."""
        return self._usual(lookup).answering_ns

    def soonest_ns(self, lookup: Lookup) -> int:
        """Return how long after the answer to its forwarder this client's comes, at least."""
        return self._usual(lookup).soonest_ns

    def _usual(self, lookup: Lookup) -> _Usual:
        times = self._of.get(lookup.exchange.server.ip)
        return times.by_then(lookup.came_ns) if times is not None else _UNKNOWN


class ForwardedQuestion(NamedTuple):
    """A client's question that a forwarder put on, and what became of it."""

    came_ns: int
    """When the client had its answer."""
    server: str
    """The forwarder's address, as the client knows it."""
    asking_ns: int
    """From the client's question to the forwarder's."""
    answering_ns: int
    """From the answer to the forwarder to that to the client."""
    same_ttl: bool
    """Whether the TTL was passed on."""


class _Usual(NamedTuple):
    """What is usual of a forwarder."""

    asking_ns: int = UNSEEN_NS
    answering_ns: int = PASSED_ON_NS
    handling_ns: int = 0
    soonest_ns: int = 0


_UNKNOWN = _Usual()


class _Times:
    """What one forwarder took, and what was usual of it each time."""

    def __init__(self) -> None:
        self._latest: deque[ForwardedQuestion] = deque()
        self._asking: list[int] = []
        self._answering: list[int] = []
        self._handling: list[int] = []
        self._at_ns: list[int] = []
        self._usual: list[_Usual] = []

    def add(self, one: ForwardedQuestion) -> None:
        """Learn from one question, later than all before."""
        insort(self._asking, one.asking_ns)
        insort(self._answering, one.answering_ns)
        insort(self._handling, one.asking_ns + one.answering_ns)
        self._latest.append(one)
        if len(self._latest) > MOST_LEARNT:
            gone = self._latest.popleft()
            del self._asking[bisect_left(self._asking, gone.asking_ns)]
            del self._answering[bisect_left(self._answering, gone.answering_ns)]
            del self._handling[bisect_left(self._handling, gone.asking_ns + gone.answering_ns)]
        self._at_ns.append(one.came_ns)
        few = len(self._latest) < ENOUGH_FORWARDED
        self._usual.append(
            _Usual(
                UNSEEN_NS if few else min(UNSEEN_NS, _twice_the_slowest(self._asking)),
                PASSED_ON_NS if few else min(PASSED_ON_NS, _twice_the_slowest(self._answering)),
                max(0, self._handling[(len(self._handling) - 1) // 2]),
                0 if few else max(0, self._answering[len(self._answering) // 10]),
            )
        )

    def by_then(self, at_ns: int) -> _Usual:
        """Return what was usual as far as was known by then."""
        place = bisect_right(self._at_ns, at_ns)
        return self._usual[place - 1] if place else _UNKNOWN


def _twice_the_slowest(rows: Sequence[int]) -> int:
    """Twice what all but the slowest hundredth took."""
    return max(0, 2 * rows[(len(rows) - 1) * 99 // 100])


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
