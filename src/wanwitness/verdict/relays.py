"""Whose relay a server is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.model import DnsExchange, Link


class Relays:
    """Knows the ISPs' relays by what the site file says of them and by the answers that their names got."""

    def __init__(self, links: Sequence[Link], exchanges: Iterable[DnsExchange]) -> None:
        self._links = [link for link in links if link.relays]
        self.known = bool(self._links)
        """Whether anybody said which servers are relays."""
        self._names: dict[str, set[str]] = defaultdict(set)
        """Address to every name that an answer gave it, the names that an alias stands for included."""
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._mx_names: set[str] = set()
        self._mx_addresses: set[str] = set()
        owners = {name: link.name for link in links for name in link.relays}
        self._owner: dict[tuple[str, str | None], str | None] = {}
        """By address and name, what was found out: sessions by the thousand ask for few relays."""
        exchanges = list(exchanges)
        for exchange in exchanges:
            self._mx_names.update(mx.exchange for mx in exchange.mx)
            names = {exchange.name, *(target for _, target, _ in exchange.cnames)}
            given = [(record.address, names) for record in exchange.addresses]
            given += [(record.address, {record.owner}) for record in exchange.additional]
            for address, called in given:
                self._names[address] |= called
                self._owners[address] |= {owners[name] for name in called & owners.keys()}
        for exchange in exchanges:
            if exchange.name in self._mx_names:
                self._mx_addresses.update(record.address for record in exchange.addresses)
            # A host that an SRV record names may be some domain's mail exchange as well.
            of_mx = (record.address for record in exchange.additional if record.owner in self._mx_names)
            self._mx_addresses.update(of_mx)

    def owner(self, address: str, name: str | None) -> str | None:
        """Return the link whose ISP runs the relay at `address`, asked for as `name`; None where it is not known."""
        if (address, name) not in self._owner:
            self._owner[address, name] = self._find_owner(address, name)
        return self._owner[address, name]

    def _find_owner(self, address: str, name: str | None) -> str | None:
        for owners in (
            {link.name for link in self._links if link.owns_relay(address)},
            {link.name for link in self._links if name is not None and link.owns_relay(address, name)},
            self._owners[address],
        ):
            if owners:
                return next(iter(owners)) if len(owners) == 1 else None
        return None

    def names(self, address: str) -> list[str]:
        """Return every name by which the captures know a server."""
        return sorted(self._names[address])

    def is_named(self, address: str, name: str | None) -> bool:
        """Whether the site file names the server as a relay of a link."""
        return any(link.owns_relay(address, name) for link in self._links) or bool(self._owners[address])

    def is_relay(self, address: str, name: str | None) -> bool:
        """Whether the server relays for a link's customers, as far as can be told.

        Where the site file names relays, only those are. Where nobody named any, every server counts as a relay to
        which no MX record leads.
        """
        if self.known:
            return self.is_named(address, name)
        return address not in self._mx_addresses and (name is None or name not in self._mx_names)
