"""Look-ups by what was asked and by a time of theirs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from .lookup import Lookup, Question


class Index:
    """Finds the look-ups of one question in a span of time.

    Args:
        lookups: what to find.
        time: which of a look-up's times counts, ns on the reference clock.
    """

    def __init__(self, lookups: Iterable[Lookup], time: Callable[[Lookup], int]) -> None:
        self._rows: dict[Question, list[Lookup]] = defaultdict(list)
        for lookup in lookups:
            self._rows[lookup.questions[0]].append(lookup)
        for rows in self._rows.values():
            rows.sort(key=time)
        self._widest = max((lookup.doubt.ns for rows in self._rows.values() for lookup in rows), default=0)
        self._times = {question: [time(lookup) for lookup in rows] for question, rows in self._rows.items()}

    def between(self, questions: Iterable[Question], low_ns: int, high_ns: int) -> list[Lookup]:
        """Return those whose time is from the one to the other, both included, in order of time for each question."""
        found: list[Lookup] = []
        for question in questions:
            if (times := self._times.get(question)) is not None:
                found += self._rows[question][bisect_left(times, low_ns) : bisect_right(times, high_ns)]
        return found

    def near(self, lookup: Lookup, low_ns: int, high_ns: int) -> list[Lookup]:
        """Return what may be from the one time to the other, as far as the clocks of `lookup` and of these tell."""
        reach = lookup.doubt.ns + self._widest
        return self.between(lookup.questions, low_ns - reach, high_ns + reach)

    def any(self, questions: Iterable[Question]) -> bool:
        """Whether one of the questions was ever asked."""
        return any(question in self._times for question in questions)


class Sources:
    """Finds what a forwarder asked: beyond the router, and on the LAN where the forwarder stands there itself.

    Args:
        beyond: the links' look-ups.
        inside: by address, those of the LAN's own resolvers.
        time: which of a look-up's times counts, ns on the reference clock.
    """

    def __init__(
        self, beyond: Iterable[Lookup], inside: Mapping[str, Iterable[Lookup]], time: Callable[[Lookup], int]
    ) -> None:
        self._beyond = Index(beyond, time)
        self._inside = {address: Index(lookups, time) for address, lookups in inside.items()}

    def between(self, lookup: Lookup, low_ns: int, high_ns: int) -> list[Lookup]:
        """Return what may have been asked because of `lookup`, whose time is from the one to the other."""
        found = self._beyond.between(lookup.questions, low_ns, high_ns)
        own = self._inside.get(lookup.exchange.server.ip)
        return found if own is None else found + own.between(lookup.questions, low_ns, high_ns)

    def near(self, lookup: Lookup, low_ns: int, high_ns: int) -> list[Lookup]:
        """Return what may have been asked because of `lookup`, as `Index.near` does."""
        found = self._beyond.near(lookup, low_ns, high_ns)
        own = self._inside.get(lookup.exchange.server.ip)
        return found if own is None else found + own.near(lookup, low_ns, high_ns)
