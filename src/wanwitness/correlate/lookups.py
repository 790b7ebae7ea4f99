"""Every DNS exchange of every point, found by address or question, and whose question it was."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate

from .coverage import Blind, Coverage
from .lookup import Lookup, Question, Trace, place
from .point import Point
from .roles import is_loopback
from .timeline import Timeline
from .traces import Traces

COPY_NS = 10_000_000
"""A packet takes no longer from one interface of a host to the next."""


class Lookups:
    """Every exchange of every point.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        covered: when the LAN side was captured.
        blind: when the site has a link, or traffic by a link, that no capture shows.
    """

    def __init__(self, points: Iterable[Point], timeline: Timeline, covered: Coverage, *, blind: Blind) -> None:
        self._timeline, self._covered = timeline, covered
        everything = _each_once(place(exchange, point, timeline) for point in points for exchange in point.rows.dns)
        lan = [lookup for lookup in everything if lookup.point.role == "lan"]
        wan = [lookup for lookup in everything if lookup.point.role != "lan"]
        self._traces = Traces(lan, wan, timeline, blind=blind)
        self._by_client = _by_address(lan, lambda lookup: lookup.exchange.client.ip)
        self._upstream = _by_address(wan, lambda _: "")
        asked: dict[Question, list[Lookup]] = defaultdict(list)
        for lookup in sorted(lan, key=lambda lookup: lookup.begin_ns):
            if self._traces.is_direct(lookup) or is_loopback(lookup.exchange.client.ip):
                continue  # who asks itself is the router
            for question in lookup.questions:
                asked[question].append(lookup)
        self._waits = {
            question: ([u.begin_ns for u in rows], list(accumulate((u.until_ns for u in rows), max)))
            for question, rows in asked.items()
        }
        """When the LAN's questions were put, and until when those put so far may have been waiting."""

    def reached(self, host: Iterable[str], address: str) -> list[Lookup]:
        """Return the answers holding `address` that reached a host of the LAN, in order of time."""
        rows = [lookup for client in host for lookup in self._by_client.get((client, address), ())]
        return sorted(rows, key=_answered)

    def upstream(self, address: str) -> list[Lookup]:
        """Return the answers holding `address` that reached the router, in order of time."""
        return self._upstream.get(("", address), [])

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        return self._traces.trace(lookup)

    def is_routers_own(self, upstream: Lookup) -> bool:
        """Whether no client's question stands behind an upstream question: then the router asked for itself.

        While the LAN side was not captured, or at a capture point whose clock nothing ties to it, nobody can tell.
        """
        begin, slack = upstream.begin_ns, self._timeline.widest
        if self._traces.is_direct(upstream) or not self._timeline.tied(upstream.frame):
            return False
        if not self._covered.covers(begin):
            return False
        begins, untils = self._waits.get((upstream.exchange.name, upstream.exchange.qtype), ([], []))
        earlier = bisect_right(begins, begin + slack)
        return earlier == 0 or untils[earlier - 1] < begin - slack


def _each_once(lookups: Iterable[Lookup]) -> list[Lookup]:
    """Leave out what another interface of the same file, on the same side of the router, showed as well."""
    once: list[Lookup] = []
    seen: dict[object, list[Lookup]] = defaultdict(list)
    for lookup in lookups:
        e, point = lookup.exchange, lookup.point
        like = seen[point.same_clock, point.label, e.client, e.server, e.id, e.name, e.qtype]
        if not any(other.point is not point and abs(other.begin_ns - lookup.begin_ns) <= COPY_NS for other in like):
            like.append(lookup)
            once.append(lookup)
    return once


def _by_address(lookups: Iterable[Lookup], reached: Callable[[Lookup], str]) -> dict[tuple[str, str], list[Lookup]]:
    rows: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for lookup in sorted(lookups, key=_answered):
        for address in lookup.data:
            rows[reached(lookup), address].append(lookup)
    return rows


def _answered(lookup: Lookup) -> int:
    return lookup.answer_ns or 0
