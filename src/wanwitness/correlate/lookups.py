"""DNS exchanges on the reference clock, and the way of an answer from the resolver's link to the client.

A router's forwarder asks the resolver in the client's place, with an id and a port of its own. The upstream question
that belongs to a client's question has its name and type, lies inside it in time, and brought the same addresses. An
answer from the forwarder's cache has no such question: it is traced to the upstream answer that filled the cache, by
name, data and the TTL counted down since (RFC 1035 section 3.2.1).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from wanwitness.model import DnsExchange, FrameRef, ResolutionStep, Undetermined

from .matching import largest
from .point import Point
from .timeline import Timeline

SECOND = 1_000_000_000
FORWARDER_PATIENCE_NS = 10 * SECOND
"""A question without an answer may have been forwarded for so long after it was put."""
TTL_ROUNDING_S = 1.5
"""Caches count whole seconds, and round at filling and at serving."""
MAX_RIVALS = 64


@dataclass(frozen=True, eq=False)
class Lookup:
    """One exchange at one point; compared by identity."""

    exchange: DnsExchange
    point: Point
    query_ns: int | None
    """On the reference clock; the latest repeat before the answer."""
    first_query_ns: int | None
    answer_ns: int | None

    @property
    def frame(self) -> FrameRef:
        """A frame of it: the answer where there is one."""
        frame = self.exchange.answer or self.exchange.query
        assert frame is not None
        return frame

    @cached_property
    def data(self) -> frozenset[str]:
        """The addresses in the answer."""
        return frozenset(record.address for record in self.exchange.addresses)

    @property
    def step(self) -> ResolutionStep:
        """The lookup as a step of a resolution."""
        e = self.exchange
        return ResolutionStep(self.point.label, e.client, e.server, e.query, e.answer, e.id)

    def expires_ns(self, address: str) -> int:
        """When the answer may no longer be used for `address`."""
        assert self.answer_ns is not None
        return self.answer_ns + (self.exchange.ttl_of(address) or 0) * SECOND


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an answer that a client got came from."""

    link: str | None
    upstream: Lookup | None
    from_cache: bool
    because: Undetermined | None
    """Why `link` is None."""


UNKNOWN = Trace(None, None, False, "resolver-link-unknown")

Question = tuple[str, str]


class Lookups:
    """Every exchange of every point, and the traces between them."""

    def __init__(self, points: Iterable[Point], timeline: Timeline) -> None:
        self._timeline = timeline
        self._lan: list[Lookup] = []
        self._wan: dict[Question, list[Lookup]] = defaultdict(list)
        self._lan_by_question: dict[Question, list[Lookup]] = defaultdict(list)
        self._lan_by_address: dict[str, list[Lookup]] = defaultdict(list)
        self._wan_by_address: dict[str, list[Lookup]] = defaultdict(list)
        for point in points:
            for exchange in point.rows.dns:
                self._add(self._place(exchange, point))
        for rows in (*self._lan_by_question.values(), *self._wan.values()):
            rows.sort(key=_begin)
        for rows in (*self._lan_by_address.values(), *self._wan_by_address.values()):
            rows.sort(key=lambda lookup: lookup.answer_ns or 0)
        self._inner = {id(lookup): self._nested(lookup) for lookup in self._lan if lookup.data}
        self._outer: dict[int, list[Lookup]] = defaultdict(list)
        for lookup in self._lan:
            for upstream in self._inner.get(id(lookup), ()):
                self._outer[id(upstream)].append(lookup)
        self._traces: dict[int, Trace] = {}

    @property
    def lan_seen(self) -> bool:
        """Whether any DNS was seen on the LAN side; if not, nobody can tell whose questions the router asked."""
        return bool(self._lan)

    def on_lan(self, address: str) -> list[Lookup]:
        """Return the LAN's answers that hold `address`, in order of time."""
        return self._lan_by_address.get(address, [])

    def on_wan(self, address: str) -> list[Lookup]:
        """Return the WANs' answers that hold `address`, in order of time."""
        return self._wan_by_address.get(address, [])

    def _place(self, exchange: DnsExchange, point: Point) -> Lookup:
        def at(frame: FrameRef | None, ts_ns: int | None) -> int | None:
            return None if frame is None or ts_ns is None else self._timeline.aligned(frame, ts_ns)

        answered = at(exchange.answer, exchange.answer_ns)
        asked = first = at(exchange.query, exchange.query_ns)
        for ts_ns, frame in exchange.repeats:
            repeat = self._timeline.aligned(frame, ts_ns)
            if asked is not None and (answered is None or repeat <= answered):
                asked = max(asked, repeat)
        return Lookup(exchange, point, asked, first, answered)

    def _add(self, lookup: Lookup) -> None:
        question = (lookup.exchange.name, lookup.exchange.qtype)
        lan = lookup.point.role == "lan"
        if lan:
            self._lan.append(lookup)
            self._lan_by_question[question].append(lookup)
        else:
            self._wan[question].append(lookup)
        for address in lookup.data:
            (self._lan_by_address if lan else self._wan_by_address)[address].append(lookup)

    def is_routers_own(self, upstream: Lookup) -> bool:
        """Whether no client's question stands behind an upstream question: then the router asked for itself."""
        begin = _begin(upstream)
        rows = self._lan_by_question.get((upstream.exchange.name, upstream.exchange.qtype), [])
        for lookup in rows[bisect_left(rows, begin - 2 * FORWARDER_PATIENCE_NS, key=_begin) :]:
            slack = self._timeline.slack(lookup.frame, upstream.frame)
            start = _begin(lookup)
            if start > begin + slack + SECOND:
                break
            if start > begin + slack:
                continue
            until = start + FORWARDER_PATIENCE_NS if lookup.answer_ns is None else lookup.answer_ns
            if begin <= until + slack:
                return False
        return True

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        known = self._traces.get(id(lookup))
        if known is None:
            known = self._traces[id(lookup)] = self._trace(lookup)
        return known

    def _trace(self, lookup: Lookup) -> Trace:
        inner = self._inner.get(id(lookup), [])
        direct = [u for u in inner if _same_packet(lookup, u)]
        if direct:
            inner = direct
        if inner:
            return self._settle(lookup, inner)
        return self._cached(lookup)

    def _candidates(self, lookup: Lookup) -> list[Lookup]:
        """Upstream lookups of the same question that began before `lookup` was answered, and brought its data."""
        assert lookup.answer_ns is not None
        rows = self._wan.get((lookup.exchange.name, lookup.exchange.qtype), [])
        end = bisect_right(rows, lookup.answer_ns + SECOND, key=_begin)
        return [u for u in rows[:end] if u.answer_ns is not None and lookup.data and lookup.data <= u.data]

    def _nested(self, lookup: Lookup) -> list[Lookup]:
        """Upstream lookups inside `lookup` in time; where there is none, those in flight as it was asked."""
        if lookup.answer_ns is None:
            return []
        inside: list[Lookup] = []
        joined: list[Lookup] = []
        rows = self._wan.get((lookup.exchange.name, lookup.exchange.qtype), [])
        begin = lookup.first_query_ns if lookup.first_query_ns is not None else lookup.answer_ns - FORWARDER_PATIENCE_NS
        low = bisect_left(rows, begin - FORWARDER_PATIENCE_NS, key=_begin)
        high = bisect_right(rows, lookup.answer_ns + SECOND, key=_begin)
        for upstream in rows[low:high]:
            if upstream.answer_ns is None or not lookup.data <= upstream.data:
                continue
            slack = self._timeline.slack(lookup.frame, upstream.frame)
            if upstream.answer_ns > lookup.answer_ns + slack or upstream.answer_ns < begin - slack:
                continue
            (inside if _begin(upstream) >= begin - slack else joined).append(upstream)
        return inside or joined

    def _settle(self, lookup: Lookup, inner: list[Lookup]) -> Trace:
        links = {u.point.label for u in inner}
        if len(links) == 1:
            return _traced(inner[0], False)
        sure = [u for u in inner if self._surely_inside(lookup, u)]
        if len({u.point.label for u in sure}) == 1:
            return Trace(None, None, False, "clock-uncertain")
        rivals = self._rivals(lookup)
        if len(rivals) == 1:
            # The router asked several upstreams for this one question: the first answer is the one it used.
            return _traced(min(inner, key=lambda u: u.answer_ns or 0), False)
        if len(rivals) <= MAX_RIVALS:
            possible = [u for u in inner if self._explains_all(rivals, lookup, u)]
            if len({u.point.label for u in possible}) == 1:
                return _traced(possible[0], False)
        return Trace(None, None, False, "ambiguous-answer")

    def _surely_inside(self, lookup: Lookup, upstream: Lookup) -> bool:
        assert lookup.answer_ns is not None and upstream.answer_ns is not None
        slack = self._timeline.slack(lookup.frame, upstream.frame)
        begin = lookup.first_query_ns if lookup.first_query_ns is not None else 0
        return slack == 0 or (_begin(upstream) >= begin + slack and upstream.answer_ns <= lookup.answer_ns - slack)

    def _rivals(self, lookup: Lookup) -> list[Lookup]:
        """Every LAN lookup that shares upstream candidates with this one, itself first, and theirs in turn."""
        seen, todo = {id(lookup): lookup}, [lookup]
        while todo and len(seen) <= MAX_RIVALS:
            for upstream in self._inner[id(todo.pop())]:
                for other in self._outer[id(upstream)]:
                    if id(other) not in seen:
                        seen[id(other)] = other
                        todo.append(other)
        return list(seen.values())

    def _explains_all(self, rivals: list[Lookup], lookup: Lookup, chosen: Lookup) -> bool:
        """Whether every upstream question still finds a client's question of its own if `lookup` caused `chosen`."""
        edges = {id(r): [id(u) for u in self._inner[id(r)]] for r in rivals}
        rest = {r: [u for u in us if u != id(chosen)] for r, us in edges.items() if r != id(lookup)}
        return 1 + largest(rest) == largest(edges)

    def _cached(self, lookup: Lookup) -> Trace:
        """The upstream answer that filled the cache `lookup` was served from."""
        if lookup.answer_ns is None or not lookup.data:
            return UNKNOWN
        address = min(lookup.data)
        left = lookup.exchange.ttl_of(address)
        fitting = []
        for upstream in self._candidates(lookup):
            assert upstream.answer_ns is not None
            filled = upstream.exchange.ttl_of(address)
            elapsed = (lookup.answer_ns - upstream.answer_ns) / SECOND
            if left is None or filled is None or elapsed < 0:
                continue
            slack = self._timeline.slack(lookup.frame, upstream.frame) / SECOND
            if abs(filled - elapsed - left) <= TTL_ROUNDING_S + slack:
                fitting.append(upstream)
        used = [u for u in fitting if self._was_used(u)] or fitting
        links = {u.point.label for u in used}
        if not links:
            return UNKNOWN
        return _traced(used[-1], True) if len(links) == 1 else Trace(None, None, True, "ambiguous-answer")

    def _was_used(self, upstream: Lookup) -> bool:
        """Whether the forwarder is known to have answered a client with it."""
        return any(self.trace(lookup).upstream is upstream for lookup in self._outer[id(upstream)])


def _traced(upstream: Lookup, from_cache: bool) -> Trace:
    return Trace(upstream.point.label, upstream, from_cache, None)


def _begin(lookup: Lookup) -> int:
    begin = lookup.first_query_ns if lookup.first_query_ns is not None else lookup.answer_ns
    return begin if begin is not None else 0


def _same_packet(lookup: Lookup, upstream: Lookup) -> bool:
    """Whether the upstream question is the client's own packet, with only its source rewritten."""
    return lookup.exchange.id == upstream.exchange.id and lookup.exchange.server == upstream.exchange.server
