"""Which addresses are one host.

A host is one IP address. An IPv4 and an IPv6 address are one host where ARP and neighbour discovery show the same MAC
as their own; two addresses of one family never are, since one MAC may serve for many (aliases, proxies).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from wanwitness.model import FrameRef


class Hosts:
    """Answers which addresses belong to the host of a given one."""

    def __init__(self, claims: Iterable[Mapping[str, Mapping[int, FrameRef]]]) -> None:
        self._macs: dict[str, set[int]] = defaultdict(set)
        self._addresses: dict[int, set[str]] = defaultdict(set)
        for macs_of in claims:
            for address, macs in macs_of.items():
                for mac in macs:
                    self._macs[address].add(mac)
                    self._addresses[mac].add(address)

    def addresses(self, address: str) -> frozenset[str]:
        """Return `address` and those of the other family whose MAC is its own."""
        version = ip_address(address).version
        others = {other for mac in self._macs.get(address, ()) for other in self._addresses[mac]}
        return frozenset((address, *(other for other in others if ip_address(other).version != version)))
