"""What a forwarder's cache may have held when it answered without asking anybody.

An answer from the cache is traced to the one that filled it, by name, data and the TTL counted down since (RFC 1035
section 3.2.1), or, where the forwarder gives TTLs of its own, to what another client was served from the same entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wanwitness.correlate.coverage.blind_spots import BlindSpots

from .assumptions import SUPERSEDED_NS, TTL_ROUNDING_NS
from .forwarder import Forwarding
from .lookup import SECOND, Lookup, answered, begun, earliest, tolerance
from .time_index import Index, Sources


class Cache:
    """Finds what may have filled the entry that a LAN host was answered from.

    Args:
        beyond: what forwarders were answered by the links.
        inside: by address, what the LAN's own resolvers were answered.
        served: what clients were answered from caches.
        forwarding: whose question was put for whom.
        blind: when a link was not captured, by which the forwarder may have asked unseen.
    """

    def __init__(
        self,
        beyond: Sequence[Lookup],
        inside: Mapping[str, Sequence[Lookup]],
        served: Iterable[Lookup],
        forwarding: Forwarding,
        blind: BlindSpots,
    ) -> None:
        self._forwarding, self._blind = forwarding, blind
        self._by_expiry = Sources(beyond, inside, _expiry)
        self._by_begin = Index([*beyond, *(u for own in inside.values() for u in own)], begun)
        self._served = Index(served, _expiry)
        self._fastest = min((answered(u) - u.query_ns for u in beyond if u.query_ns is not None), default=0)
        """The shortest time that an answer took beyond the router."""
        self._anothers: dict[Lookup, bool] = {}

    def fillings(self, lookup: Lookup) -> list[Lookup]:
        """Return the answers that may be what the cache held when `lookup` was answered."""
        expiry = _expiry(lookup)
        near = self._by_expiry.near(lookup, expiry - TTL_ROUNDING_NS, expiry + TTL_ROUNDING_NS)
        return [u for u in near if lookup.data <= u.data and self._may_fill(u, lookup)]

    def served_before(self, lookup: Lookup) -> list[Lookup]:
        """Return what other clients were served from the same entry of the cache, whatever TTL that is given."""
        expiry = _expiry(lookup)
        return [
            other
            for other in self._served.between(lookup.questions[:1], expiry - TTL_ROUNDING_NS, expiry + TTL_ROUNDING_NS)
            if other.exchange.server == lookup.exchange.server
            and lookup.data <= other.data
            and answered(other) + 2 * SECOND <= lookup.begin_ns
        ]

    def may_be_stale(self, lookup: Lookup) -> bool:
        """Whether the forwarder held older answers that it may have served since it got no new one.

        Fresh ones of the same TTL say that this one is fresh too.
        """
        old = [u for u in self._forwarding.sources.between(lookup, 0, earliest(lookup)) if lookup.data <= u.data]
        return bool(old) and all(u.record_ttl - lookup.record_ttl not in (0, 1) for u in old)

    def superseded(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether the forwarder asked again in between, so that its cache cannot have held this answer any more."""
        after = answered(upstream) + SUPERSEDED_NS
        until = min(lookup.begin_ns, _expiry(upstream) - 2 * SECOND) - 1
        later = self._by_begin.between([upstream.questions[0]], after, until)
        return any(
            u.begin_ns >= after + tolerance(u, upstream) and self._forwarding.callers[u]
            for u in later
            if _same_asker(u, upstream)
        )

    def may_be_anothers(self, filling: Lookup) -> bool:
        """Whether an unseen answer may have filled the cache before this one came, of which no client is seen to have
        got it.
        """
        if filling not in self._anothers:
            unseen = self._blind.between(filling.begin_ns, answered(filling))
            self._anothers[filling] = unseen or self._forwarding.was_outrun(filling)
        return self._anothers[filling]

    def _may_fill(self, upstream: Lookup, lookup: Lookup) -> bool:
        """Whether `upstream` may be what the cache held when `lookup` was answered from it."""
        slack = tolerance(lookup, upstream)
        elapsed = answered(lookup) - answered(upstream)
        if upstream is lookup or elapsed < -slack:
            return False
        if abs(_expiry(upstream) - _expiry(lookup)) > TTL_ROUNDING_NS + slack:
            return False
        # So soon the TTL does not show yet that it was counted down: another link may have answered, unseen.
        if elapsed < 2 * SECOND and self._may_have_asked(lookup):
            return False
        return not self.superseded(upstream, lookup)

    def _may_have_asked(self, lookup: Lookup) -> bool:
        """Whether the forwarder may have asked somebody unseen before it answered.

        Missing packets alone do not say so where the client waited for less time than any answer took that came.
        """
        if lookup.query_ns is not None and answered(lookup) - lookup.query_ns < self._fastest:
            return self._blind.between(earliest(lookup), answered(lookup))
        if self._forwarding.waited_as_if_asked(lookup, self._fastest):
            return True
        return not self._blind.surely_saw(earliest(lookup), answered(lookup))


def _same_asker(one: Lookup, two: Lookup) -> bool:
    return one.point is two.point and (one.point.role != "lan" or one.exchange.client.ip == two.exchange.client.ip)


def _expiry(lookup: Lookup) -> int:
    return answered(lookup) + lookup.record_ttl * SECOND
