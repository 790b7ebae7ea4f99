"""AAAA answers that a DNS64 made of A answers (RFC 6147 section 5.1).

A client without IPv4 asks for AAAA; the name has none, so the DNS64 asks for A, and puts each address into a prefix
(RFC 6052): the well-known one or the network's own. The name and the 32 bits inside tell which A answer it was, so the
prefix need not be known (RFC 7050). For whoever looks for where the AAAA answer came from, the A look-up stands as if
it had been one for AAAA, and had brought what was made of it.

An address that a link's AAAA answer holds was not made here: a server's own may have its IPv4 address inside too, and
an ISP's DNS64 is a resolver like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from wanwitness.model import AddressRecord
from wanwitness.model.nat64 import same_host

from .lookup import Lookup


class Synthesis:
    """What the LAN's hosts were told of names that have IPv4 addresses alone.

    Args:
        lan: the LAN's look-ups.
        wan: the links'.
    """

    def __init__(self, lan: Iterable[Lookup], wan: Iterable[Lookup]) -> None:
        lan, wan = list(lan), list(wan)
        told: dict[str, set[str]] = defaultdict(set)
        brought: dict[str, set[str]] = defaultdict(set)
        for lookup in lan:
            if lookup.exchange.qtype == "AAAA" and lookup.data:
                for name, _ in lookup.questions:
                    told[name] |= lookup.data
        for lookup in wan if told else ():  # what came so from beyond the router was not made on this side of it
            if lookup.exchange.qtype == "AAAA" and lookup.exchange.name in told:
                told[lookup.exchange.name] -= lookup.data
        for lookup in (*wan, *lan) if told else ():
            if lookup.exchange.qtype == "A" and lookup.exchange.name in told:
                brought[lookup.exchange.name] |= lookup.data
        self._made: dict[str, dict[str, list[str]]] = {}
        """Name to IPv4 address to the IPv6 addresses made of it."""
        for name, fours in brought.items():
            made = {four: [six for six in sorted(told[name]) if same_host(four, six)] for four in sorted(fours)}
            if any(made.values()):
                self._made[name] = made
        self._servers = {u.exchange.server.ip for u in lan if self.made(u)}

    def made(self, lookup: Lookup) -> bool:
        """Whether a look-up is for AAAA, of a name for which such were made."""
        return lookup.exchange.qtype == "AAAA" and any(name in self._made for name, _ in lookup.questions)

    def of(self, lookups: Iterable[Lookup]) -> list[Lookup]:
        """Return the A look-ups that may have been put to make AAAA answers, as look-ups for AAAA."""
        return [
            self._as_aaaa(lookup)
            for lookup in (lookups if self._made else ())
            if lookup.exchange.qtype == "A"
            and lookup.exchange.name in self._made
            and (lookup.point.role != "lan" or lookup.exchange.client.ip in self._servers)
        ]

    def _as_aaaa(self, lookup: Lookup) -> Lookup:
        e = lookup.exchange
        made = self._made[e.name]
        records = tuple(
            AddressRecord(record.owner, six, record.ttl)
            for record in e.addresses
            for six in made.get(record.address, ())
        )
        return replace(lookup, exchange=replace(e, qtype="AAAA", addresses=records))
