"""The way of an answer from the resolver's link to the client.

Where the router only rewrites the source, the question is the same packet on both sides (`direct`). A forwarder asks
the resolver in the client's place, with an id and a port of its own (`forwarding`). It may stand on the LAN, and ask
the router's forwarder, or name servers beyond, in turn. An answer from the forwarder's cache has no upstream question:
it is traced to the answer that filled the cache (`cache`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from wanwitness.correlate.coverage.blind_spots import BlindSpots

from .assumptions import LONG_LIVED_S, STALE_TTL_S, TTL_ROUNDING_NS
from .crowds import Crowds
from .direct import Direct
from .encrypted import EncryptedUse
from .forwarder import Forwarding, same_ttl
from .forwarder_cache import Cache
from .forwarder_timing import passed_on_at_once, put_together, surely_first
from .lookup import Lookup, Trace, answered, apart, begun, earliest, tolerance, traced, untraced
from .seen import OfForwarders
from .time_index import Index, Sources


class Tracer:
    """Finds for each LAN answer the link it came through.

    Args:
        lan: the LAN's look-ups.
        wan: the links' look-ups.
        blind: when a link was not captured; then an answer that no captured question need have brought may be its.
        encrypted: the forwarders' questions that cannot be read, and may have filled a cache as well.
        before: what was seen of forwarders before.
    """

    def __init__(
        self,
        lan: Sequence[Lookup],
        wan: Sequence[Lookup],
        blind: BlindSpots,
        encrypted: EncryptedUse,
        before: OfForwarders,
    ) -> None:
        self._blind, self._encrypted = blind, encrypted
        tied = [u for u in wan if u.tied]
        self._loose = Index((u for u in wan if u.data and not u.tied), begun)
        self.direct = Direct(lan, tied)
        """The look-ups that are clients' own, by resolvers beyond the router."""
        beyond = [u for u in tied if u not in self.direct]
        inside = _of_lan_resolvers(lan)
        brought = [u for u in beyond if u.data]
        unanswered = Index((u for u in beyond if u.exchange.answer is None), begun)
        put = [u for u in lan if u not in self.direct and u.exchange.server.ip not in self.direct.servers]
        asked = [u for u in put if u.data and u.answer_ns is not None]
        crowds = Crowds(put, [*beyond, *(u for lookups in inside.values() for u in lookups)])
        self.forwarding = Forwarding(asked, Sources(brought, inside, answered), unanswered, crowds, before)
        """Which of the forwarders' questions was put for whom."""
        served = (u for u in asked if not self.is_cached(u))
        self._cache = Cache(brought, inside, served, self.forwarding, blind)
        self._traces: dict[Lookup, Trace | None] = {}

    def is_cached(self, lookup: Lookup) -> bool:
        """Whether the forwarder answered a LAN host without asking anybody."""
        if self.forwarding.crowds.holds(lookup):
            return False
        forwarded = self.forwarding.fitting.get(lookup) or self.forwarding.put_meanwhile(lookup)
        return lookup not in self.direct and not forwarded

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        if lookup not in self._traces:
            self._traces[lookup] = None  # a resolver that is led back to itself
            self._traces[lookup] = self._trace(lookup)
        return self._traces[lookup] or untraced("resolver-link-unknown")

    def _trace(self, lookup: Lookup) -> Trace:
        direct = self.direct.upstream(lookup)
        if direct is not None:
            return self.direct.trace(lookup, direct)
        if lookup.answer_ns is None or not lookup.data or lookup.exchange.server.ip in self.direct.servers:
            return untraced("resolver-link-unknown")
        if self.forwarding.crowds.holds(lookup):
            return untraced("ambiguous-answer")
        brought = [*self.forwarding.causes[lookup], *self.forwarding.joined[lookup]]
        if not brought:
            return self._unbrought(lookup)
        if self.forwarding.keeps_ttls(answered(lookup)) and not any(same_ttl(lookup, u) for u in brought):
            # It was served what the cache held, while the cache had it renewed.
            cached = self._cached(lookup)
            if cached.from_cache:
                return cached
        return self._settle(lookup)

    def _settle(self, lookup: Lookup) -> Trace:
        """The way through the questions that may have brought the answer, if all of them left by one link."""
        forwarding = self.forwarding
        causes, joined = forwarding.causes[lookup], forwarding.joined[lookup]
        alone = forwarding.may_cause_none(lookup)
        if alone and self._blind_to(lookup):
            return untraced("resolver-link-unknown")
        unanswered = forwarding.unanswered[lookup]
        nearest = sorted(causes + joined if alone else causes, key=lambda u: apart(u, lookup)) + unanswered
        possible: dict[str, list[Lookup]] = defaultdict(list)
        for upstream in nearest:
            if alone or forwarding.may_cause(lookup, upstream):
                possible[self.label(upstream)].append(upstream)
        unlikely = all(self._is_unlikely(lookup, u) for found in possible.values() for u in found)
        if self._blind_to(lookup) and (unlikely or self.forwarding.asks_unseen(answered(lookup))):
            return untraced("resolver-link-unknown")
        at_once = [u for u in (*causes, *joined) if forwarding.answered_along(lookup, u)]
        if at_once and all(u in unanswered for found in possible.values() for u in found):
            # It came as an answer to another's question did: what it had asked itself was not waited for.
            possible = defaultdict(list, {self.label(u): [u] for u in at_once})
        if len(possible) == 1:
            found = next(iter(possible.values()))
            late = self._was_late(lookup, found) or self._may_have_lost(lookup, found)
            return untraced("ambiguous-answer") if late else self.by(*found)
        if not unanswered and forwarding.undisputed(lookup) and not joined and put_together(causes):
            return self._first(lookup, causes)
        if len({self.label(u) for u in nearest if self.label(u) in possible and self._surely_inside(lookup, u)}) == 1:
            return untraced("clock-uncertain")
        return untraced("ambiguous-answer")

    def label(self, upstream: Lookup) -> str:
        """What tells one way from another: the link; behind a resolver on the LAN, the one that it asked by."""
        if upstream.point.role != "lan":
            return upstream.point.label
        trace = self.trace(upstream)
        return trace.link if trace.link is not None else f"? {trace.because}"

    def by(self, upstream: Lookup, *others: Lookup, from_cache: bool = False) -> Trace:
        """Return the way through this upstream look-up, or through one of the others by the same link."""
        if upstream.point.role != "lan":
            return traced(upstream, *(u for u in others if u.point.role != "lan"), from_cache=from_cache)
        trace = self.trace(upstream)
        return replace(trace, via=(upstream, *trace.via), from_cache=from_cache or trace.from_cache)

    def _blind_to(self, lookup: Lookup) -> bool:
        """Whether the router may have asked others while `lookup` waited, unseen or in a way that cannot be read."""
        begin_ns, end_ns = earliest(lookup), answered(lookup)
        unread = self._encrypted.during(lookup.exchange.server.ip, begin_ns, end_ns)
        return unread or self._blind.between(begin_ns, end_ns)

    def _is_unlikely(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether an unseen answer is likelier: this one was not asked for, or came at another time than just before
        it would have been passed on.
        """
        forwarding = self.forwarding
        passed_on = forwarding.passed_at_once(lookup, upstream) and not forwarding.passed_too_soon(lookup, upstream)
        return upstream.first_query_ns is None or not passed_on

    def _was_late(self, lookup: Lookup, chosen: Sequence[Lookup]) -> bool:
        """Whether the router asked others at once, and one that nobody else asked for had answered before."""
        fitting = self.forwarding.fitting[lookup]
        if len(fitting) == len(chosen) or not self.forwarding.undisputed(lookup):
            return False
        if not put_together(fitting):
            return False
        first = min(fitting, key=answered)
        return not self.forwarding.callers[first] and self.label(first) != self.label(chosen[0])

    def _may_have_lost(self, lookup: Lookup, chosen: Sequence[Lookup]) -> bool:
        """Whether the router asked others at once, whose answers were not captured and may have come before.

        An answer that was passed on at once shows by that alone which it was, unless one that was cut off came first,
        and as shortly before.
        """
        unheard = self.forwarding.unanswered_at_once(lookup)
        others = [u for u in unheard if self.label(u) != self.label(chosen[0])]
        at_once = [u for u in chosen if self.forwarding.passed_at_once(lookup, u)]
        if at_once:
            first = min(at_once, key=answered)
            return any(self.forwarding.cut_at_once(lookup, u, first) for u in others)
        return bool(others)

    def _first(self, lookup: Lookup, upstreams: Sequence[Lookup]) -> Trace:
        """The router asked several upstreams for one question: the first answer is the one it used.

        It would have passed that on at once; where it did not, it may have waited for another.
        """
        first = min(upstreams, key=answered)
        if not surely_first(first, upstreams):
            return untraced("clock-uncertain")
        return self.by(first) if passed_on_at_once(first, lookup) else untraced("ambiguous-answer")

    def _surely_inside(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether the clocks leave no doubt that the upstream answer came while the client waited."""
        slack = tolerance(lookup, upstream)
        return lookup.begin_ns + slack <= upstream.begin_ns and answered(upstream) <= answered(lookup) - slack

    def _unbrought(self, lookup: Lookup) -> Trace:
        """No captured answer brought it: it came from the cache, or what brought it was not captured."""
        cached = self._cached(lookup)
        asked = [u for u in self.forwarding.unanswered[lookup] if self.forwarding.may_cause(lookup, u)]
        if not asked:
            return cached
        links = {self.label(upstream) for upstream in asked}
        if self._blind_to(lookup) or (cached.link is None and cached.because != "resolver-link-unknown"):
            return untraced(cached.because or "resolver-link-unknown")
        if len(links | ({cached.link} if cached.link else set())) > 1:
            return untraced("ambiguous-answer")
        if (lookup.ttl or 0) <= STALE_TTL_S and not cached.link and self._cache.may_be_stale(lookup):
            return cached
        return self.by(*asked)

    def _cached(self, lookup: Lookup) -> Trace:
        """The upstream answer that filled the cache `lookup` was served from."""
        fillings = self._cache.fillings(lookup)
        used = [u for u in fillings if self._was_used(u)]
        if not used and any(self._cache.may_be_anothers(u) for u in fillings):
            return untraced("resolver-link-unknown")
        used = used or fillings
        labels = {self.label(u) for u in used}
        if not labels:
            if self._loose.any(lookup.questions):
                return untraced("clock-uncertain")
            return self._served_before(lookup)
        if len(labels) > 1:
            return untraced("ambiguous-answer", from_cache=True)
        if self._may_be_unread(lookup, used):
            return untraced("resolver-link-unknown")
        return self.by(*sorted(used, key=answered, reverse=True), from_cache=True)

    def _may_be_unread(self, lookup: Lookup, fillings: Sequence[Lookup]) -> bool:
        """Whether an answer that cannot be read may have filled the cache instead, to expire at the same moment.

        It may if it came at the same time, and by chance at any time where the answer's is short.
        """
        first, last = min(map(answered, fillings)), max(map(answered, fillings))
        until = last + TTL_ROUNDING_NS if min(u.record_ttl for u in fillings) >= LONG_LIVED_S else answered(lookup)
        until = min(until, answered(lookup))
        return bool(self._encrypted.since(lookup.exchange.server.ip, first - TTL_ROUNDING_NS, until))

    def _was_used(self, upstream: Lookup) -> bool:
        """Whether the forwarder is known to have answered a client with it, or likely to, where nobody can know."""
        if self.forwarding.crowds.holds(upstream):
            return True
        return any(upstream in self.trace(lookup).ways for lookup in self.forwarding.callers[upstream])

    def _served_before(self, lookup: Lookup) -> Trace:
        """The way of what another client was served from the same entry of the cache."""
        traces = [
            trace
            for other in self._cache.served_before(lookup)
            if (trace := self.trace(other)).upstream is not None and not self._cache.superseded(trace.upstream, lookup)
        ]
        if len({trace.link for trace in traces}) > 1:
            return untraced("ambiguous-answer", from_cache=True)
        return replace(traces[-1], from_cache=True) if traces else untraced("resolver-link-unknown")


def _of_lan_resolvers(lan: Sequence[Lookup]) -> dict[str, list[Lookup]]:
    """By address, what the LAN's own resolvers asked: hosts that are asked, and ask in turn."""
    servers = {lookup.exchange.server.ip for lookup in lan}
    asked: dict[str, list[Lookup]] = defaultdict(list)
    for lookup in lan:
        if lookup.data and lookup.exchange.client.ip in servers:
            asked[lookup.exchange.client.ip].append(lookup)
    return asked
