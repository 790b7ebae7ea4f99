"""The way of an answer from the resolver's link to the client.

Where the router only rewrites the source, the question is the same packet on both sides: same server and id. A
forwarder asks the resolver in the client's place, with an id and a port of its own. Its upstream question has the
client's name and type, was put while the client waited, and brought the same data; its TTL is the same too where that
of any question that fits in time is, and so is its id where the forwarder is seen to keep ids. Several clients may ask
the same at the same time; then each upstream question was caused by one client's question, and an answer is traced
only to a link that this leaves no choice of. A question that caused none may have been answered along with another's.

An answer from the forwarder's cache has no upstream question: it is traced to the answer that filled the cache, by
name, data and the TTL counted down since (RFC 1035 section 3.2.1).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from .coverage import Blind
from .lookup import FORWARDER_PATIENCE_NS, SECOND, Lookup, Question, Trace, traced, untraced
from .matching import Matching
from .timeline import Timeline

TTL_ROUNDING_NS = 3 * SECOND // 2
"""Caches count whole seconds, and round at filling and at serving."""
AT_ONCE_NS = SECOND // 200
"""A router that asks all its servers sends the questions within this time of each other."""
SUPERSEDED_NS = SECOND // 500
"""A question that reached the forwarder so soon after an answer may have overtaken it on the way to its cache."""
MAX_RIVALS = 64

Likeness = Callable[[Lookup, Lookup], bool]


class Traces:
    """Finds for each LAN answer the link it came through.

    Args:
        lan: the LAN's look-ups.
        wan: the links' look-ups.
        timeline: the clocks.
        blind: when a link is not captured; then an answer that no captured question need have brought may be its.
    """

    def __init__(self, lan: Sequence[Lookup], wan: Sequence[Lookup], timeline: Timeline, *, blind: Blind) -> None:
        self._timeline, self._blind = timeline, blind
        tied = [u for u in wan if u.data and timeline.tied(u.frame)]
        self._direct = _same_packets(lan, [u for u in wan if timeline.tied(u.frame)], timeline)
        self._direct_upstream = {id(u) for us in self._direct.values() for u in us}
        self._servers = {lookup.exchange.server.ip for lookup in lan if id(lookup) in self._direct}
        forwarded = [u for u in tied if id(u) not in self._direct_upstream]
        self._by_answer = _by_question(forwarded, lambda u: u.answer_ns or 0)
        self._by_expiry = _by_question(forwarded, _expiry)
        self._by_begin = _by_question(forwarded, lambda u: u.begin_ns)
        self._loose = _by_question((u for u in wan if u.data and not timeline.tied(u.frame)), lambda u: u.begin_ns)
        self._causes: dict[int, list[Lookup]] = {}
        """LAN look-up to the upstream questions that it may have caused: put while it waited."""
        self._joined: dict[int, list[Lookup]] = {}
        """LAN look-up to those that were under way when it came."""
        self._callers: dict[int, list[Lookup]] = defaultdict(list)
        """Upstream question to the LAN look-ups that may have caused it."""
        asked = [u for u in lan if u.data and id(u) not in self._direct and u.exchange.server.ip not in self._servers]
        fitting = [(lookup, self._fitting(lookup)) for lookup in asked if lookup.answer_ns is not None]
        kept = [any(_same_id(lookup, u) for u in upstreams) for lookup, upstreams in fitting if upstreams]
        # One equal id among thousands is chance; that most are equal is how some forwarders work.
        alike = ([_same_id] if 2 * sum(kept) > len(kept) else []) + [_same_data, _same_ttl]
        for lookup, upstreams in fitting:
            self._narrow(lookup, upstreams, alike)
        self._rivals: dict[int, tuple[list[Lookup], Matching | None]] = {}
        self._traces: dict[int, Trace] = {}

    def is_direct(self, lookup: Lookup) -> bool:
        """Whether the look-up is a client's own, by a resolver beyond the router."""
        return id(lookup) in self._direct or id(lookup) in self._direct_upstream

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        known = self._traces.get(id(lookup))
        if known is None:
            known = self._traces[id(lookup)] = self._trace(lookup)
        return known

    def _trace(self, lookup: Lookup) -> Trace:
        direct = self._direct.get(id(lookup))
        if direct is not None:
            return self._straight(lookup, direct)
        if lookup.answer_ns is None or not lookup.data or lookup.exchange.server.ip in self._servers:
            return untraced("resolver-link-unknown")
        if self._causes[id(lookup)] or self._joined[id(lookup)]:
            return self._settle(lookup)
        return self._cached(lookup)

    def _straight(self, lookup: Lookup, upstreams: Sequence[Lookup]) -> Trace:
        """The client's own packet; where a repeat went by another link, the answer that was passed on came first."""
        answered = [u for u in upstreams if u.answer_ns is not None and u.data == lookup.data]
        if not answered or lookup.answer_ns is None:
            return untraced("resolver-link-unknown")
        nearest = min(answered, key=lambda u: _apart(u, lookup))
        for other in answered:
            slack = self._timeline.slack(lookup.frame, other.frame)
            if (
                other.point.label != nearest.point.label
                and _apart(other, lookup) <= _apart(nearest, lookup) + 2 * slack
            ):
                return untraced("clock-uncertain")
        return traced(nearest)

    def _fitting(self, lookup: Lookup) -> list[Lookup]:
        """Upstream answers to the same question, with the same addresses at least, that came while `lookup` waited."""
        assert lookup.answer_ns is not None
        begin, widest = _earliest(lookup), self._timeline.widest
        fitting: list[Lookup] = []
        for question in lookup.questions:
            rows = self._by_answer.get(question, [])
            low = bisect_left(rows, begin - widest, key=_answered)
            high = bisect_right(rows, lookup.answer_ns + widest, key=_answered)
            for upstream in rows[low:high]:
                slack = self._timeline.slack(lookup.frame, upstream.frame)
                if begin - slack <= _answered(upstream) <= lookup.answer_ns + slack and lookup.data <= upstream.data:
                    fitting.append(upstream)
        return fitting

    def _narrow(self, lookup: Lookup, upstreams: list[Lookup], alike: Iterable[Likeness]) -> None:
        """Note the upstream look-ups that `lookup` may have been answered by: of those that fit, the most alike."""
        for likeness in alike:
            upstreams = [u for u in upstreams if likeness(lookup, u)] or upstreams
        causes, joined = self._causes[id(lookup)], self._joined[id(lookup)] = [], []
        for upstream in upstreams:
            if upstream.begin_ns >= _earliest(lookup) - self._timeline.slack(lookup.frame, upstream.frame):
                causes.append(upstream)
                self._callers[id(upstream)].append(lookup)
            else:
                joined.append(upstream)

    def _settle(self, lookup: Lookup) -> Trace:
        rivals, matching = self._rivals_of(lookup)
        causes, joined = self._causes[id(lookup)], self._joined[id(lookup)]
        alone = matching is None or matching.may_stay_alone(id(lookup))
        if alone and self._blind.during(_earliest(lookup), _answered(lookup)):
            return untraced("resolver-link-unknown")
        nearest = sorted(causes + joined if alone else causes, key=lambda u: _apart(u, lookup))
        possible: dict[str, list[Lookup]] = defaultdict(list)
        for upstream in nearest:
            if alone or matching is None or matching.may_pair(id(lookup), id(upstream)):
                possible[upstream.point.label].append(upstream)
        if len(possible) == 1:
            return traced(*next(iter(possible.values())))
        if len(rivals) == 1 and not joined and self._at_once(causes):
            return self._first(causes)
        if len({u.point.label for u in nearest if u.point.label in possible and self._surely_inside(lookup, u)}) == 1:
            return untraced("clock-uncertain")
        return untraced("ambiguous-answer")

    def _at_once(self, upstreams: Sequence[Lookup]) -> bool:
        """Whether the router put all these questions at the same time."""
        first = min(upstreams, key=lambda u: u.begin_ns)
        slack = self._timeline.slack
        return all(u.begin_ns - first.begin_ns <= AT_ONCE_NS + slack(u.frame, first.frame) for u in upstreams)

    def _first(self, upstreams: Sequence[Lookup]) -> Trace:
        """The router asked several upstreams for one question: the first answer is the one it used."""
        first = min(upstreams, key=_answered)
        for other in upstreams:
            close = _answered(other) - _answered(first) < self._timeline.slack(other.frame, first.frame)
            if other.point.label != first.point.label and close:
                return untraced("clock-uncertain")
        return traced(first)

    def _surely_inside(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether the clocks leave no doubt that the upstream answer came while the client waited."""
        assert lookup.answer_ns is not None
        slack = self._timeline.slack(lookup.frame, upstream.frame)
        return lookup.begin_ns + slack <= upstream.begin_ns and _answered(upstream) <= lookup.answer_ns - slack

    def _rivals_of(self, lookup: Lookup) -> tuple[list[Lookup], Matching | None]:
        """Every LAN look-up that shares possible upstream questions with this one, directly or through others.

        With them, how the upstream questions may be shared out; None where that are too many to tell.
        """
        known = self._rivals.get(id(lookup))
        if known is not None:
            return known
        seen, todo = {id(lookup): lookup}, [lookup]
        while todo:
            for upstream in self._causes[id(todo.pop())]:
                for other in self._callers[id(upstream)]:
                    if id(other) not in seen:
                        seen[id(other)] = other
                        todo.append(other)
        rivals = list(seen.values())
        matching = None
        if len(rivals) <= MAX_RIVALS:
            matching = Matching({key: [id(u) for u in self._causes[key]] for key in seen})
        for key in seen:
            self._rivals[key] = rivals, matching
        return rivals, matching

    def _cached(self, lookup: Lookup) -> Trace:
        """The upstream answer that filled the cache `lookup` was served from."""
        assert lookup.answer_ns is not None and lookup.ttl is not None
        expiry = lookup.answer_ns + lookup.ttl * SECOND
        tolerance = TTL_ROUNDING_NS + self._timeline.widest
        fitting: list[Lookup] = []
        for question in lookup.questions:
            rows = self._by_expiry.get(question, [])
            low = bisect_left(rows, expiry - tolerance, key=_expiry)
            high = bisect_right(rows, expiry + tolerance, key=_expiry)
            fitting += [u for u in rows[low:high] if lookup.data <= u.data and self._may_fill(u, lookup)]
        used = [u for u in fitting if self._was_used(u)] or fitting
        links = {u.point.label for u in used}
        if not links:
            if any(self._loose.get(question) for question in lookup.questions):
                return untraced("clock-uncertain")
            return untraced("resolver-link-unknown")
        if len(links) > 1:
            return untraced("ambiguous-answer", from_cache=True)
        return traced(*sorted(used, key=_answered, reverse=True), from_cache=True)

    def _may_fill(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether `upstream` may be what the cache held when `lookup` was answered from it."""
        assert lookup.answer_ns is not None
        slack = self._timeline.slack(lookup.frame, upstream.frame)
        elapsed = lookup.answer_ns - _answered(upstream)
        if elapsed < -slack or abs(_expiry(upstream) - _expiry(lookup)) > TTL_ROUNDING_NS + slack:
            return False
        if elapsed < 2 * SECOND and self._blind.during(_answered(upstream), _answered(lookup)):
            return False  # the TTL does not show yet that it was counted down, and another link may have answered
        return not self._superseded(upstream, lookup)

    def _superseded(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether the forwarder asked again in between, so that its cache cannot have held this answer any more."""
        rows = self._by_begin.get((upstream.exchange.name, upstream.exchange.qtype), [])
        answered = _answered(upstream)
        low = bisect_right(rows, answered + SUPERSEDED_NS + self._timeline.widest, key=lambda u: u.begin_ns)
        high = bisect_left(rows, min(lookup.begin_ns, _expiry(upstream) - 2 * SECOND), key=lambda u: u.begin_ns)
        return any(self._callers[id(later)] for later in rows[low:high] if later.point is upstream.point)

    def _was_used(self, upstream: Lookup) -> bool:
        """Whether the forwarder is known to have answered a client with it."""
        return any(self.trace(lookup).upstream is upstream for lookup in self._callers[id(upstream)])


def _by_question(lookups: Iterable[Lookup], key: Callable[[Lookup], int]) -> dict[Question, list[Lookup]]:
    rows: dict[Question, list[Lookup]] = defaultdict(list)
    for lookup in lookups:
        rows[lookup.exchange.name, lookup.exchange.qtype].append(lookup)
    for group in rows.values():
        group.sort(key=key)
    return rows


def _same_packets(lan: Iterable[Lookup], wan: Iterable[Lookup], timeline: Timeline) -> dict[int, list[Lookup]]:
    """Look-ups whose question is one packet on both sides of the router, with only its source rewritten."""
    seen: dict[tuple[str, str, int, str], list[Lookup]] = defaultdict(list)
    for upstream in wan:
        e = upstream.exchange
        seen[e.name, e.qtype, e.id, e.server.ip].append(upstream)
    pairs: dict[int, list[Lookup]] = {}
    for lookup in lan:
        e = lookup.exchange
        for upstream in seen.get((e.name, e.qtype, e.id, e.server.ip), ()):
            slack = timeline.slack(lookup.frame, upstream.frame)
            if lookup.begin_ns - slack <= upstream.begin_ns <= lookup.until_ns + slack:
                pairs.setdefault(id(lookup), []).append(upstream)
    return pairs


def _same_id(lookup: Lookup, upstream: Lookup) -> bool:
    return lookup.exchange.id == upstream.exchange.id


def _same_data(lookup: Lookup, upstream: Lookup) -> bool:
    return lookup.data == upstream.data


def _same_ttl(lookup: Lookup, upstream: Lookup) -> bool:
    """Whether the TTL was passed on, less the second that a cache's clock may have moved on."""
    address = min(lookup.data)
    return (upstream.exchange.ttl_of(address) or 0) - (lookup.ttl or 0) in (0, 1)


def _earliest(lookup: Lookup) -> int:
    """When it was first asked, or may have been where that was not captured."""
    assert lookup.answer_ns is not None
    return lookup.answer_ns - FORWARDER_PATIENCE_NS if lookup.first_query_ns is None else lookup.first_query_ns


def _answered(lookup: Lookup) -> int:
    return lookup.answer_ns or 0


def _expiry(lookup: Lookup) -> int:
    return _answered(lookup) + (lookup.ttl or 0) * SECOND


def _apart(upstream: Lookup, lookup: Lookup) -> int:
    return abs(_answered(lookup) - _answered(upstream))
