"""Every host's answers, and the router's own, by the address that they gave."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from .answers import Answer, History, answer_of
from .asker import AskedBy
from .lookup import Lookup, traced
from .lookups import Lookups

Key = tuple[tuple[str, ...], str]
"""A host's addresses, none of the router; and the address that was given."""


class Histories:
    """Finds them.

    Args:
        lookups: all DNS.
    """

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._histories: dict[Key, History] = {}
        self._unasked: dict[Key, tuple[Answer, ...]] = {}
        self._perhaps: dict[str, list[Lookup]] = {}
        self._longest_s: dict[str, tuple[list[int], list[int]]] = {}
        """By address, when answers came that hold it, and for how long the longest until then held it."""

    def of_client(self, names: tuple[str, ...], address: str) -> History:
        """Return the answers holding an address that reached a LAN host."""
        key = names, address
        if key not in self._histories:
            answers, self._unasked[key] = self._reached(names, address)
            self._histories[key] = History(answers)
        return self._histories[key]

    def of_router(self, address: str) -> History:
        """Return the answers holding an address that the router asked for itself."""
        key = (), address
        if key not in self._histories:
            own, self._perhaps[address] = self._lookups.routers_own(address)
            self._histories[key] = History(answer_of(lookup, traced(lookup), address) for lookup in own)
        return self._histories[key]

    def of(self, by: AskedBy, names: tuple[str, ...], address: str) -> History:
        """Return the one or the other."""
        return self.of_client(names, address) if by == "client" else self.of_router(address)

    def unasked(self, names: tuple[str, ...], address: str) -> tuple[Answer, ...]:
        """Return what reached a LAN host though its question was not captured, in order of time."""
        self.of_client(names, address)
        return self._unasked[names, address]

    def perhaps(self, address: str) -> list[Lookup]:
        """Return what the router may have asked for itself, in order of time."""
        self.of_router(address)
        return self._perhaps[address]

    def longest_s(self, address: str, until_ns: int) -> int:
        """Return for how many seconds an answer may hold an address, as far as any shows that came by then."""
        if address not in self._longest_s:
            histories = (history for (_, held), history in self._histories.items() if held == address)
            given = [answer.lookup for history in histories for answer in history.answers]
            rows = sorted([*self._lookups.upstream(address), *given], key=_came)
            longest = accumulate((lookup.exchange.ttl_of(address) or 0 for lookup in rows), max)
            self._longest_s[address] = [_came(lookup) for lookup in rows], list(longest)
        came_ns, longest_s = self._longest_s[address]
        place = bisect_right(came_ns, until_ns)
        return longest_s[place - 1] if place else 0

    def _reached(self, names: tuple[str, ...], address: str) -> tuple[list[Answer], tuple[Answer, ...]]:
        """The answers to a LAN host's questions, and to those that it may have put though they were not captured."""
        asked, unasked = [], []
        for lookup in self._lookups.reached(names, address):
            trace = self._lookups.trace(lookup)
            if self._lookups.was_asked(lookup):
                began_ns, tried_ns = self._lookups.began_ns(lookup), self._lookups.tried_ns(lookup)
                asked.append(answer_of(lookup, trace, address, began_ns=began_ns, tried_ns=tried_ns))
            elif self._lookups.may_have_asked(lookup):
                unasked.append(answer_of(lookup, trace, address, asked=False))
        return asked, tuple(unasked)


def _came(lookup: Lookup) -> int:
    return lookup.came_ns
