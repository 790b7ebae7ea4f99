"""Which addresses are one host.

A host is one IP address. An IPv4 and an IPv6 address are one host where ARP and neighbour discovery show the same MAC
as their own. Where one IPv4 address alone has the MAC, all its IPv6 addresses are that one host's; where several have
it (aliases, proxies), IPv6 addresses stay apart from each other, as the IPv4 addresses always do. An address that more
than one MAC claims (a lease that moved on, a forged claim) joins nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from wanwitness.model import FrameRef


class Hosts:
    """Answers which addresses belong to the host of a given one."""

    def __init__(self, claims: Iterable[Mapping[str, Mapping[int, FrameRef]]]) -> None:
        macs_of: dict[str, set[int]] = defaultdict(set)
        for claim in claims:
            for address, macs in claim.items():
                macs_of[address].update(macs)
        self._mac = {address: next(iter(macs)) for address, macs in macs_of.items() if len(macs) == 1}
        self._old: dict[int, set[str]] = defaultdict(set)
        """MAC to its IPv4 addresses."""
        self._new: dict[int, set[str]] = defaultdict(set)
        """MAC to its IPv6 addresses."""
        for address, mac in self._mac.items():
            (self._new if ":" in address else self._old)[mac].add(address)

    def addresses(self, address: str) -> frozenset[str]:
        """Return `address` and the others of its host."""
        mac = self._mac.get(address)
        if mac is None:
            return frozenset((address,))
        old, new = self._old[mac], self._new[mac]
        if len(old) == 1:
            return frozenset(old | new)
        return frozenset((address, *(old if ":" in address else new)))
