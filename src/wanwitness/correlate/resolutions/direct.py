"""Questions that a LAN host put to a resolver beyond the router itself.

The router only rewrites their source, so the question is the same packet on both sides: same server and id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from .lookup import Lookup, Trace, apart, earliest, tolerance, traced, untraced


class Direct:
    """Knows which look-ups are a client's own, on both sides.

    Args:
        lan: the LAN's look-ups.
        wan: the links' look-ups, their clocks tied.
    """

    def __init__(self, lan: Sequence[Lookup], wan: Iterable[Lookup]) -> None:
        self._upstream = _same_packets(lan, wan)
        self._both = self._upstream.keys() | {u for us in self._upstream.values() for u in us}
        self.servers = {lookup.exchange.server.ip for lookup in lan if lookup in self._upstream}
        """The resolvers that were asked so."""

    def __contains__(self, lookup: Lookup) -> bool:
        """Whether the look-up is a client's own, of either side."""
        return lookup in self._both

    def upstream(self, lookup: Lookup) -> list[Lookup] | None:
        """Return what the links show of a LAN host's question; None where it was not put to beyond the router."""
        return self._upstream.get(lookup)

    def trace(self, lookup: Lookup, upstreams: Sequence[Lookup]) -> Trace:
        """Follow the answer to the client's own packet.

        Where a repeat went by another link, the answer that was passed on came first.
        """
        brought = [u for u in upstreams if u.answer_ns is not None and u.data == lookup.data]
        if not brought and len({u.point.label for u in upstreams}) == 1:
            return traced(*upstreams)  # its answer was not captured there
        if not brought or lookup.answer_ns is None:
            return untraced("resolver-link-unknown")
        nearest = min(brought, key=lambda u: apart(u, lookup))
        for other in brought:
            slack = tolerance(lookup, other)
            if other.point.label != nearest.point.label and apart(other, lookup) <= apart(nearest, lookup) + 2 * slack:
                return untraced("clock-uncertain")
        return traced(nearest)


def _same_packets(lan: Iterable[Lookup], wan: Iterable[Lookup]) -> dict[Lookup, list[Lookup]]:
    """Look-ups whose question is one packet on both sides of the router, with only its source rewritten."""
    seen: dict[tuple[str, str, int, str], list[Lookup]] = defaultdict(list)
    for upstream in wan:
        e = upstream.exchange
        seen[e.name, e.qtype, e.id, e.server.ip].append(upstream)
    pairs: dict[Lookup, list[Lookup]] = {}
    for lookup in lan:
        e = lookup.exchange
        begin = lookup.begin_ns if lookup.answer_ns is None else earliest(lookup)
        for upstream in seen.get((e.name, e.qtype, e.id, e.server.ip), ()):
            slack = tolerance(lookup, upstream)
            if begin - slack <= upstream.begin_ns <= lookup.until_ns + slack:
                pairs.setdefault(lookup, []).append(upstream)
    return {lookup: _of_its_port(lookup, upstreams) for lookup, upstreams in pairs.items()}


def _of_its_port(lookup: Lookup, upstreams: list[Lookup]) -> list[Lookup]:
    """Where the router left the port of a question alone, those with other ports are its forwarder's: some forwarders
    keep the id, and a host may ask the forwarder and the resolver at once.
    """
    own = [u for u in upstreams if u.exchange.client.port == lookup.exchange.client.port]
    return own or upstreams
