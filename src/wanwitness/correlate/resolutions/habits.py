"""How a host goes from an answer to a connection: how soon, and whether it connects without asking.

A stub resolver keeps nothing, so that a program's question comes just before its connection. A host with a cache of its
own (systemd-resolved, nscd, unbound), or a program with one (postfix, Java), connects to what it was told long before;
there a question just before a connection may be another program's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .lookup import SECOND

FEW_NS = SECOND
"""A host of which nothing is known connects within this time (DESIGN section 3)."""
MOST_NS = 5 * SECOND
"""What comes later is the use of an answer that was kept, however slow the host is."""
_LEAST_NS, _LEAST_OF_FEW_NS = SECOND // 20, SECOND // 4
"""Scheduling alone may take so long, and where few connections are known a busy host may have been slow for once."""
_ENOUGH = 8
"""So many connections show what is usual."""
_TIMES, _TIMES_OF_FEW = 8, 20
"""The usual is within so many times what the faster quarter takes: of times that spread as an exponential's do, 90 of
100 are within eight. Connections with an answer that was kept, which may be among them, are not among the fastest."""
_TIMES_OF_SLOWEST = 2
"""So many times what all but the slowest hundredth takes, where a host keeps nothing: then all are its own."""
_TIMES_OF_KEEPERS, _LEAST_OF_KEEPERS_NS, _MOST_OF_KEEPERS_NS = 4, SECOND // 50, SECOND // 10
"""The same of a host that keeps answers, where what comes a little later may be chance."""
_REFRESHES = 0.05
"""The share of them that do not wait for the answer to a question just before."""
_KEEPS = 0.1
"""The share of a host's connections to an address that no question precedes, from which on it counts as keeping it."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual of one host that connects to one address."""

    within_ns: int
    """It connects within this time after an answer, unless it uses one that it kept."""
    kept_ns: int
    """What comes after this time is the use of an answer that it kept."""
    patience_ns: int
    """What comes within this time may be the use of an answer that was asked for to connect."""
    surely_ns: int
    """What comes within this time is hardly chance, though others of the host ask too."""
    known: bool
    """Whether enough connections show that."""
    keeps: bool
    """Whether it connects to the address without asking."""
    unasked: bool
    """Whether it ever connected to the address before any answer that gave it was captured."""
    refreshes: bool
    """Whether it asks and connects at once, with what it had: a cache that serves what is out of date, and renews it
    meanwhile (RFC 8767)."""


@dataclass(frozen=True, slots=True)
class Use:
    """How one connection of a host follows the latest answer that holds its address."""

    host: str
    address: str
    """What it connected to."""
    age_ns: int | None
    """From that answer to the connection; None where there was none."""
    first: bool
    """Whether it is the first connection since."""
    expired: bool
    """Whether the answer's time was over."""
    unwaited: bool = False
    """Whether the host asked just before, and did not wait for the answer."""


class Habits:
    """Learnt from all connections of a case.

    Args:
        uses: one for each connection whose opening was captured.
        lone: whether a host is judged by its own connections alone: a router does not do as clients do.
    """

    def __init__(self, uses: Iterable[Use], *, lone: bool = False) -> None:
        self._own: dict[str, list[Use]] = defaultdict(list)
        for use in uses:
            self._own[use.host].append(use)
        self._lone = lone
        self._everybody = [ns for rows in self._own.values() for ns in _soon(rows)]
        self.beyond_ttl = any(use.expired for rows in self._own.values() for use in rows)
        """Whether some here use answers whose time is over; then any may."""
        self._habits: dict[tuple[str, str], Habit] = {}

    def of(self, host: str, address: str) -> Habit:
        """Return what is usual of a host that connects to an address."""
        if (host, address) not in self._habits:
            self._habits[host, address] = self._find(self._own.get(host, []), address)
        return self._habits[host, address]

    def _find(self, uses: list[Use], address: str) -> Habit:
        soon = _soon(uses)
        if len(soon) < _ENOUGH and not self._lone:
            soon = self._everybody
        known = len(soon) >= _ENOUGH
        own = [use for use in uses if use.address == address]
        fast = sorted(soon)[(len(soon) - 1) // 4] if soon else MOST_NS
        within = max(_TIMES * fast, _LEAST_NS) if known else max(_TIMES_OF_FEW * fast, _LEAST_OF_FEW_NS)
        longest = max(within, FEW_NS)
        if self._lone:  # checks at any time before its connections are no habit
            longest = min(longest, MOST_NS)
        kept = sum(use.age_ns is None or use.age_ns > longest for use in own)
        keeps = 0 < kept >= _KEEPS * len(own)
        if known and not keeps:
            within = max(within, min(FEW_NS, _TIMES_OF_SLOWEST * _slowest(soon)))
        kept_ns = patience_ns = min(MOST_NS, within)
        within = min(MOST_NS if known else FEW_NS, within)
        surely = max(_TIMES_OF_KEEPERS * fast, _LEAST_OF_KEEPERS_NS)
        if keeps and self._lone and not known:
            within = min(within, _LEAST_OF_FEW_NS)  # it connects to what nobody told it: a question before is a check
        if keeps:
            kept_ns, surely = within, min(surely, _MOST_OF_KEEPERS_NS)
        unwaited = sum(use.unwaited for use in own)
        refreshes = 0 < unwaited >= _REFRESHES * len(own)
        unasked = any(use.age_ns is None for use in own)
        return Habit(within, kept_ns, patience_ns, min(within, surely), known, keeps, unasked, refreshes)


def _slowest(soon: Iterable[int]) -> int:
    """What all but the slowest hundredth takes, of what takes less than a second."""
    rows = sorted(ns for ns in soon if ns <= FEW_NS)
    return rows[(len(rows) - 1) * 99 // 100] if rows else 0


def _soon(uses: Iterable[Use]) -> list[int]:
    return [use.age_ns for use in uses if use.first and use.age_ns is not None and use.age_ns <= MOST_NS]
