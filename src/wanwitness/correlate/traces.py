"""The way of an answer from the resolver's link to the client.

Where the router only rewrites the source, the question is the same packet on both sides: same server and id. A
forwarder asks the resolver in the client's place, with an id and a port of its own (`forwarding`). It may stand on the
LAN, and ask the router's forwarder, or name servers beyond, in turn.

An answer from the forwarder's cache has no upstream question: it is traced to the answer that filled the cache, by
name, data and the TTL counted down since (RFC 1035 section 3.2.1), or, where the forwarder gives TTLs of its own, to
what another client was served from the same entry. A question of the forwarder whose answer was not captured brought
what the client then got; a client's question whose answer was not captured was answered with what the forwarder got.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wanwitness.model import AddressRecord

from .blindness import Blindness
from .forwarding import Forwarding, answered, earliest
from .index import Index, Sources
from .lookup import FORWARDER_PATIENCE_NS, SECOND, Lookup, Question, Trace, presumed, traced, untraced
from .timeline import Timeline

TTL_ROUNDING_NS = 3 * SECOND // 2
"""Caches count whole seconds, and round at filling and at serving."""
AT_ONCE_NS = SECOND // 200
"""A router that asks all its servers sends the questions, and passes the first answer on, within this time."""
SUPERSEDED_NS = SECOND // 500
"""A question that reached the forwarder so soon after an answer may have overtaken it on the way to its cache."""
STALE_S = 30
"""The TTL of answers that a cache serves though they are out of date, at most (RFC 8767 section 4)."""


class Traces:
    """Finds for each LAN answer the link it came through.

    Args:
        lan: the LAN's look-ups.
        wan: the links' look-ups.
        timeline: the clocks.
        blind: when a link was not captured; then an answer that no captured question need have brought may be its.
    """

    def __init__(self, lan: Sequence[Lookup], wan: Sequence[Lookup], timeline: Timeline, blind: Blindness) -> None:
        self._timeline, self._blind = timeline, blind
        tied = [u for u in wan if timeline.tied(u.frame)]
        self._direct = _same_packets(lan, tied, timeline)
        self._direct_upstream = {id(u) for us in self._direct.values() for u in us}
        self._servers = {lookup.exchange.server.ip for lookup in lan if id(lookup) in self._direct}
        self._loose = Index((u for u in wan if u.data and not timeline.tied(u.frame)), lambda u: u.begin_ns)
        beyond = [u for u in tied if id(u) not in self._direct_upstream]
        inside = _of_lan_resolvers(lan)
        brought = [u for u in beyond if u.data]
        self._by_answer = Sources(brought, inside, answered)
        self._by_expiry = Sources(brought, inside, _expiry)
        self._by_begin = Index([*brought, *(u for own in inside.values() for u in own)], lambda u: u.begin_ns)
        self._fastest = min((answered(u) - u.query_ns for u in brought if u.query_ns is not None), default=0)
        """The shortest time that an answer took beyond the router."""
        self._open = Index((u for u in beyond if u.exchange.answer is None), lambda u: u.begin_ns)
        asked = [u for u in lan if u.data and id(u) not in self._direct and u.exchange.server.ip not in self._servers]
        asked = [u for u in asked if u.answer_ns is not None]
        self._forwarding = Forwarding(asked, self._by_answer, self._open, timeline)
        self._served = Index((u for u in asked if not self.is_cached(u)), _expiry)
        self._traces: dict[int, Trace | None] = {}
        self.brought_ns: dict[int, int] = {}
        """LAN look-up whose answer was not captured to when it came, where what the forwarder asked for it shows."""
        self.presumed = list(self._presume(lan))
        """The LAN's look-ups whose answers were not captured, with what they must have been."""

    def is_direct(self, lookup: Lookup) -> bool:
        """Whether the look-up is a client's own, by a resolver beyond the router."""
        return id(lookup) in self._direct or id(lookup) in self._direct_upstream

    def is_cached(self, lookup: Lookup) -> bool:
        """Whether the forwarder answered a LAN host without asking anybody."""
        forwarded = self._forwarding.fitting.get(id(lookup)) or self._forwarding.put_meanwhile(lookup)
        return not self.is_direct(lookup) and not forwarded

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        if id(lookup) not in self._traces:
            self._traces[id(lookup)] = None  # a resolver that is led back to itself
            self._traces[id(lookup)] = self._trace(lookup)
        return self._traces[id(lookup)] or untraced("resolver-link-unknown")

    def _trace(self, lookup: Lookup) -> Trace:
        direct = self._direct.get(id(lookup))
        if direct is not None:
            return self._straight(lookup, direct)
        if lookup.answer_ns is None or not lookup.data or lookup.exchange.server.ip in self._servers:
            return untraced("resolver-link-unknown")
        if self._forwarding.causes[id(lookup)] or self._forwarding.joined[id(lookup)]:
            return self._settle(lookup)
        return self._unbrought(lookup)

    def _straight(self, lookup: Lookup, upstreams: Sequence[Lookup]) -> Trace:
        """The client's own packet; where a repeat went by another link, the answer that was passed on came first."""
        brought = [u for u in upstreams if u.answer_ns is not None and u.data == lookup.data]
        if not brought and len({u.point.label for u in upstreams}) == 1:
            return traced(*upstreams)  # its answer was not captured there
        if not brought or lookup.answer_ns is None:
            return untraced("resolver-link-unknown")
        nearest = min(brought, key=lambda u: _apart(u, lookup))
        for other in brought:
            slack = self._timeline.slack(lookup, other)
            if (
                other.point.label != nearest.point.label
                and _apart(other, lookup) <= _apart(nearest, lookup) + 2 * slack
            ):
                return untraced("clock-uncertain")
        return traced(nearest)

    def _settle(self, lookup: Lookup) -> Trace:
        """Of the questions that may have brought the answer: the link, if they leave no choice of it."""
        forwarding = self._forwarding
        causes, joined = forwarding.causes[id(lookup)], forwarding.joined[id(lookup)]
        alone = forwarding.may_cause_none(lookup)
        if alone and self._blind_to(lookup):
            return untraced("resolver-link-unknown")
        unanswered = forwarding.unanswered[id(lookup)]
        nearest = sorted(causes + joined if alone else causes, key=lambda u: _apart(u, lookup)) + unanswered
        possible: dict[str, list[Lookup]] = defaultdict(list)
        for upstream in nearest:
            if alone or forwarding.may_cause(lookup, upstream):
                possible[self._label(upstream)].append(upstream)
        if len(possible) == 1:
            found = next(iter(possible.values()))
            late = self._was_late(lookup, found) or self._may_have_lost(lookup, found)
            return untraced("ambiguous-answer") if late else self._by(*found)
        if not unanswered and forwarding.undisputed(lookup) and not joined and self._at_once(causes):
            return self._first(lookup, causes)
        if len({self._label(u) for u in nearest if self._label(u) in possible and self._surely_inside(lookup, u)}) == 1:
            return untraced("clock-uncertain")
        return untraced("ambiguous-answer")

    def _label(self, upstream: Lookup) -> str:
        """What tells one way from another: the link; behind a resolver on the LAN, the one that it asked by."""
        if upstream.point.role != "lan":
            return upstream.point.label
        trace = self.trace(upstream)
        return trace.link if trace.link is not None else f"? {trace.because}"

    def _by(self, upstream: Lookup, *others: Lookup, from_cache: bool = False) -> Trace:
        """Return the way through this upstream look-up, or through one of the others by the same link."""
        if upstream.point.role != "lan":
            return traced(upstream, *(u for u in others if u.point.role != "lan"), from_cache=from_cache)
        trace = self.trace(upstream)
        return replace(trace, via=(upstream, *trace.via), from_cache=from_cache or trace.from_cache)

    def _blind_to(self, lookup: Lookup) -> bool:
        """Whether the router may have asked others unseen while `lookup` waited."""
        return self._blind.between(earliest(lookup), answered(lookup))

    def _was_late(self, lookup: Lookup, chosen: Sequence[Lookup]) -> bool:
        """Whether the router asked others at once, and one that nobody else asked for had answered before."""
        fitting = self._forwarding.fitting[id(lookup)]
        if len(fitting) == len(chosen) or not self._forwarding.undisputed(lookup) or not self._at_once(fitting):
            return False
        first = min(fitting, key=answered)
        return not self._forwarding.callers[id(first)] and self._label(first) != self._label(chosen[0])

    def _may_have_lost(self, lookup: Lookup, chosen: Sequence[Lookup]) -> bool:
        """Whether the router asked others at once, whose answers were not captured and may have come before.

        An answer that was passed on at once shows by that alone which it was.
        """
        if any(self._forwarding.passed_at_once(lookup, u) for u in chosen):
            return False
        return any(self._label(u) != self._label(chosen[0]) for u in self._asked_at_once(lookup))

    def _asked_at_once(self, lookup: Lookup) -> list[Lookup]:
        """What the router asked as soon as it was asked itself, of which no answer was captured."""
        begin, widest = lookup.begin_ns, self._timeline.widest
        near = self._open.between(lookup.questions, begin - widest, begin + SECOND + widest)
        return [u for u in near if self._forwarding.put_at_once(lookup, u)]

    def _at_once(self, upstreams: Sequence[Lookup]) -> bool:
        """Whether the router put all these questions at the same time."""
        first = min(upstreams, key=lambda u: u.begin_ns)
        slack = self._timeline.slack
        return all(u.begin_ns - first.begin_ns <= AT_ONCE_NS + slack(u, first) for u in upstreams)

    def _first(self, lookup: Lookup, upstreams: Sequence[Lookup]) -> Trace:
        """The router asked several upstreams for one question: the first answer is the one it used.

        It would have passed that on at once; where it did not, it may have waited for another.
        """
        first = min(upstreams, key=answered)
        if not self._surely_first(first, upstreams):
            return untraced("clock-uncertain")
        if answered(lookup) - answered(first) > AT_ONCE_NS + self._timeline.slack(lookup, first):
            return untraced("ambiguous-answer")
        return self._by(first)

    def _surely_first(self, first: Lookup, upstreams: Iterable[Lookup]) -> bool:
        """Whether the clocks leave no doubt that no other link had answered before."""
        return all(
            answered(other) - answered(first) >= self._timeline.slack(other, first)
            for other in upstreams
            if other.point.label != first.point.label
        )

    def _surely_inside(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether the clocks leave no doubt that the upstream answer came while the client waited."""
        slack = self._timeline.slack(lookup, upstream)
        return lookup.begin_ns + slack <= upstream.begin_ns and answered(upstream) <= answered(lookup) - slack

    def _unbrought(self, lookup: Lookup) -> Trace:
        """No captured answer brought it: it came from the cache, or what brought it was not captured."""
        cached = self._cached(lookup)
        asked = [u for u in self._forwarding.unanswered[id(lookup)] if self._forwarding.may_cause(lookup, u)]
        if not asked:
            return cached
        links = {self._label(upstream) for upstream in asked}
        if self._blind_to(lookup) or (cached.link is None and cached.because != "resolver-link-unknown"):
            return untraced(cached.because or "resolver-link-unknown")
        if len(links | ({cached.link} if cached.link else set())) > 1:
            return untraced("ambiguous-answer")
        if (lookup.ttl or 0) <= STALE_S and not cached.link and self._may_be_stale(lookup):
            return cached
        return self._by(*asked)

    def _may_be_stale(self, lookup: Lookup) -> bool:
        """Whether the forwarder held older answers that it may have served since it got no new one.

        Fresh ones of the same TTL say that this one is fresh too.
        """
        old = [u for u in self._by_answer.between(lookup, 0, earliest(lookup)) if lookup.data <= u.data]
        return bool(old) and all(u.record_ttl - lookup.record_ttl not in (0, 1) for u in old)

    def _cached(self, lookup: Lookup) -> Trace:
        """The upstream answer that filled the cache `lookup` was served from."""
        tolerance = TTL_ROUNDING_NS + self._timeline.widest
        expiry = _expiry(lookup)
        near = self._by_expiry.between(lookup, expiry - tolerance, expiry + tolerance)
        fitting = [u for u in near if lookup.data <= u.data and self._may_fill(u, lookup)]
        used = [u for u in fitting if self._was_used(u)] or fitting
        labels = {self._label(u) for u in used}
        if not labels:
            if self._loose.any(lookup.questions):
                return untraced("clock-uncertain")
            return self._served_before(lookup)
        if len(labels) > 1:
            return untraced("ambiguous-answer", from_cache=True)
        return self._by(*sorted(used, key=answered, reverse=True), from_cache=True)

    def _may_fill(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether `upstream` may be what the cache held when `lookup` was answered from it."""
        slack = self._timeline.slack(lookup, upstream)
        elapsed = answered(lookup) - answered(upstream)
        if upstream is lookup or elapsed < -slack:
            return False
        if abs(_expiry(upstream) - _expiry(lookup)) > TTL_ROUNDING_NS + slack:
            return False
        # So soon the TTL does not show yet that it was counted down: another link may have answered, unseen.
        if elapsed < 2 * SECOND and self._may_have_asked(lookup):
            return False
        return not self._superseded(upstream, lookup)

    def _may_have_asked(self, lookup: Lookup) -> bool:
        """Whether the forwarder may have asked somebody unseen before it answered.

        Missing packets alone do not say so where the client waited for less time than any answer took that came.
        """
        if lookup.query_ns is not None and answered(lookup) - lookup.query_ns < self._fastest:
            return self._blind_to(lookup)
        return not self._blind.surely_saw(earliest(lookup), answered(lookup))

    def _superseded(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether the forwarder asked again in between, so that its cache cannot have held this answer any more."""
        after = answered(upstream) + SUPERSEDED_NS + self._timeline.widest
        until = min(lookup.begin_ns, _expiry(upstream) - 2 * SECOND) - 1
        later = self._by_begin.between([(upstream.exchange.name, upstream.exchange.qtype)], after, until)
        return any(self._forwarding.callers[id(u)] for u in later if _same_asker(u, upstream))

    def _was_used(self, upstream: Lookup) -> bool:
        """Whether the forwarder is known to have answered a client with it."""
        return any(upstream in self.trace(lookup).ways for lookup in self._forwarding.callers[id(upstream)])

    def _served_before(self, lookup: Lookup) -> Trace:
        """The way of what another client was served from the same entry of the cache, whatever TTL that is given."""
        expiry = _expiry(lookup)
        before = self._served.between(lookup.questions[:1], expiry - TTL_ROUNDING_NS, expiry + TTL_ROUNDING_NS)
        traces = [
            trace
            for other in before
            if other.exchange.server == lookup.exchange.server
            and lookup.data <= other.data
            and answered(other) + 2 * SECOND <= lookup.begin_ns
            and (trace := self.trace(other)).upstream is not None
            and not self._superseded(trace.upstream, lookup)
        ]
        if len({trace.link for trace in traces}) > 1:
            return untraced("ambiguous-answer", from_cache=True)
        return replace(traces[-1], from_cache=True) if traces else untraced("resolver-link-unknown")

    def _presume(self, lan: Sequence[Lookup]) -> Iterator[Lookup]:
        """What a LAN host must have been answered where the capture lacks the answer."""
        alive = {lookup.exchange.server.ip for lookup in lan if lookup.exchange.answer is not None}
        heard = sorted((lookup for lookup in lan if lookup.data and lookup.answer_ns is not None), key=answered)
        known, given = Index(heard, answered), _given(heard)
        for lookup in lan:
            if lookup.exchange.answer is not None or lookup.exchange.rcode not in (None, "NOERROR"):
                continue  # what was cut off of a refusal gave no address
            direct = self._direct.get(id(lookup))
            claimed: list[Lookup] = []
            silent: list[Lookup] = []
            if direct is not None:
                brought = [u for u in direct if u.data]
            elif lookup.exchange.server.ip in self._servers:
                continue
            else:
                brought, claimed = self._brought_later(lookup)
                silent = self._asked_at_once(lookup)
            if brought:
                first = min(brought, key=answered)
                found = presumed(lookup, answered(first), first.exchange.addresses, first)
                same = [u for u in brought if self._label(u) == self._label(first)]
                plain = len(same) == len(brought) or (self._at_once(brought) and self._surely_first(first, brought))
                plain = plain and {self._label(u) for u in silent} <= {self._label(first)}
                self._traces[id(found)] = self._by(first, *same) if plain else untraced("ambiguous-answer")
                self.brought_ns[id(lookup)] = answered(found)
                yield found
            elif lookup.exchange.cut or (direct is not None and lookup.exchange.server.ip in alive):
                yield from self._presume_unheard(lookup, given)
            elif direct is None and lookup.exchange.server.ip in alive:
                yield from self._presume_cached(lookup, known, {self._label(u) for u in claimed})

    def _presume_unheard(
        self, lookup: Lookup, given: Mapping[Question, Mapping[str, AddressRecord]]
    ) -> Iterator[Lookup]:
        """A question whose answer neither side captured whole: it may have given any address of that name.

        Where the snap length cut it off, no more is supposed than that, though the forwarder's cache may have given it.
        """
        records: dict[str, AddressRecord] = {}
        for question in lookup.questions:
            records |= given.get(question, {})
        if records:
            found = presumed(lookup, lookup.begin_ns, records.values(), lookup)
            self._traces[id(found)] = untraced("resolver-link-unknown")
            yield found

    def _brought_later(self, lookup: Lookup) -> tuple[list[Lookup], list[Lookup]]:
        """What the forwarder asked behind an unanswered question: not for any answered one, and maybe for such."""
        until = lookup.begin_ns + FORWARDER_PATIENCE_NS
        found = [
            u
            for u in self._by_answer.between(lookup, lookup.begin_ns - self._timeline.widest, until)
            if -(slack := self._timeline.slack(lookup, u)) <= u.begin_ns - lookup.begin_ns <= SECOND + slack
        ]
        callers = self._forwarding.callers
        spare = [u for u in found if not callers[id(u)]]
        at_once = [u for u in spare if self._forwarding.put_at_once(lookup, u)]
        return at_once or spare, [u for u in found if callers[id(u)]]

    def _presume_cached(self, lookup: Lookup, known: Index, others: set[str]) -> Iterator[Lookup]:
        """An answer from the cache that was not captured: it held what the last one did, until that expired.

        If the forwarder did ask, and no answer to that was captured either, then nobody knows what came of it; nor if
        it asked others, for others it seems, by another link.
        """
        asked = self._open.between(lookup.questions, lookup.begin_ns - self._timeline.widest, lookup.until_ns)
        before = known.between(lookup.questions, 0, lookup.begin_ns)
        earlier = [u for u in before if u.exchange.server == lookup.exchange.server]
        if not earlier:
            return
        last = max(earlier, key=answered)
        spent = -(-(lookup.begin_ns - answered(last)) // SECOND)
        left = [replace(record, ttl=max(0, record.ttl - spent)) for record in last.exchange.addresses]
        found = presumed(lookup, lookup.begin_ns, left, last)
        trace = self.trace(last)
        good = trace.link is not None and found.ttl and not asked and others <= {trace.link}
        self._traces[id(found)] = replace(trace, from_cache=True) if good else untraced("resolver-link-unknown")
        yield found


def _given(lookups: Iterable[Lookup]) -> dict[Question, dict[str, AddressRecord]]:
    """By question, the addresses that were ever given."""
    given: dict[Question, dict[str, AddressRecord]] = defaultdict(dict)
    for lookup in lookups:
        given[lookup.exchange.name, lookup.exchange.qtype].update((r.address, r) for r in lookup.exchange.addresses)
    return given


def _of_lan_resolvers(lan: Sequence[Lookup]) -> dict[str, list[Lookup]]:
    """By address, what the LAN's own resolvers asked: hosts that are asked, and ask in turn."""
    servers = {lookup.exchange.server.ip for lookup in lan}
    asked: dict[str, list[Lookup]] = defaultdict(list)
    for lookup in lan:
        if lookup.data and lookup.exchange.client.ip in servers:
            asked[lookup.exchange.client.ip].append(lookup)
    return asked


def _same_packets(lan: Iterable[Lookup], wan: Iterable[Lookup], timeline: Timeline) -> dict[int, list[Lookup]]:
    """Look-ups whose question is one packet on both sides of the router, with only its source rewritten."""
    seen: dict[tuple[str, str, int, str], list[Lookup]] = defaultdict(list)
    for upstream in wan:
        e = upstream.exchange
        seen[e.name, e.qtype, e.id, e.server.ip].append(upstream)
    pairs: dict[int, list[Lookup]] = {}
    for lookup in lan:
        e = lookup.exchange
        begin = lookup.begin_ns if lookup.answer_ns is None else earliest(lookup)
        for upstream in seen.get((e.name, e.qtype, e.id, e.server.ip), ()):
            slack = timeline.slack(lookup, upstream)
            if begin - slack <= upstream.begin_ns <= lookup.until_ns + slack:
                pairs.setdefault(id(lookup), []).append(upstream)
    return pairs


def _same_asker(one: Lookup, two: Lookup) -> bool:
    return one.point is two.point and (one.point.role != "lan" or one.exchange.client.ip == two.exchange.client.ip)


def _expiry(lookup: Lookup) -> int:
    return answered(lookup) + lookup.record_ttl * SECOND


def _apart(upstream: Lookup, lookup: Lookup) -> int:
    return abs(answered(lookup) - answered(upstream))
