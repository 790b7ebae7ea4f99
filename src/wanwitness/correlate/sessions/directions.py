"""Which way a connection went: out of the site, into it, or within it.

A SYN's hops tell the way a packet took across the router (RFC 1812 section 5.3.1), the router's addresses and the LAN's
networks tell the ends. A connection from beyond the router has no look-up that a capture of the site could show: it
gets no link verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import Literal

from wanwitness.correlate.crossings.assumptions import ROUTER_HOPS
from wanwitness.correlate.crossings.pair import Pair
from wanwitness.model import Link, SessionDirection, Stream
from wanwitness.reading.point import Point

from .assumptions import FAR_HOPS

INITIAL_HOPS = (32, 64, 128, 255)
"""The hops that operating systems give a packet: a router that passes one on takes one away."""


class Directions:
    """Tells the direction of each connection.

    Args:
        points: the capture points, their roles known.
        links: with what the captures show of them.
        networks: the LAN's, as far as they are known.
        pairs: the connections of which both sides were found.
    """

    def __init__(
        self, points: Iterable[Point], links: Iterable[Link], networks: Iterable[str], pairs: Sequence[Pair]
    ) -> None:
        self._networks = tuple(ip_network(text, strict=False) for text in dict.fromkeys(networks))
        self._inside: dict[str, bool] = {}
        self._own: dict[str, set[str]] = _own_addresses(points, links)
        for pair in pairs:
            lan, wan = pair.lan.stream, pair.wan.stream
            if lan.orig.ip != wan.orig.ip and self._is_inside(lan.orig.ip) and not self._is_inside(lan.resp.ip):
                self._own[pair.wan_point.label].add(wan.orig.ip)
        self._all = set[str]().union(*self._own.values())

    def own(self, label: str) -> set[str]:
        """Return the router's addresses on a link."""
        return self._own[label]

    def crossed(self, lan: Stream, wan: Stream, label: str) -> SessionDirection:
        """Return the direction of a connection that was seen on both sides of the router."""
        own = self._own[label]
        if (wan.resp.ip in own) != (wan.orig.ip in own):
            return "inbound" if wan.resp.ip in own else "outbound"
        if self._is_inside(lan.orig.ip) != self._is_inside(lan.resp.ip):
            return "inbound" if self._is_inside(lan.resp.ip) else "outbound"
        if wan.orig.ip not in own and not self._is_inside(lan.orig.ip) and _hops_gone(wan) >= FAR_HOPS:
            return "inbound"
        if lan.ttl_orig is None or wan.ttl_orig is None or not 1 <= wan.ttl_orig - lan.ttl_orig <= ROUTER_HOPS:
            return "outbound"
        # A proxy's packets begin anew, and so may have more hops left than those that a client's came with.
        alike = lan.orig.ip == wan.orig.ip
        passed_on = self._is_inside(lan.resp.ip) and wan.ttl_orig not in INITIAL_HOPS
        return "inbound" if alike or passed_on else "outbound"

    def within(self, lan: Stream, *, turned_back: bool) -> SessionDirection:
        """Return the direction of a connection that only the LAN's capture shows.

        Args:
            lan: it.
            turned_back: whether the router is seen to have led it to a server on the LAN (a hairpin).
        """
        to_lan, from_lan = self._is_inside(lan.resp.ip), self._is_inside(lan.orig.ip)
        if turned_back or (to_lan and from_lan) or (from_lan and lan.resp.ip in self._all):
            return "internal"
        far = not from_lan and _hops_gone(lan) >= FAR_HOPS
        return "inbound" if to_lan or far else "outbound"

    def beyond(self, wan: Stream, label: str, by: Literal["router", "stranger"]) -> SessionDirection:
        """Return the direction of a connection that only a link's capture shows.

        Args:
            wan: it.
            label: of the link.
            by: who opened it, if it left the site: a `stranger` is the router or a host on the LAN.
        """
        own = self._own[label]
        if wan.resp.ip in own and wan.orig.ip not in own:
            return "inbound"
        if self._is_inside(wan.resp.ip) and not self._is_inside(wan.orig.ip):
            return "inbound"
        if wan.orig.ip not in own and not self._is_inside(wan.orig.ip) and _hops_gone(wan) >= FAR_HOPS:
            return "inbound"
        return "router" if by == "router" else "outbound"

    def _is_inside(self, address: str) -> bool:
        if address not in self._inside:
            ip = ip_address(address)
            self._inside[address] = any(ip.version == net.version and ip in net for net in self._networks)
        return self._inside[address]


def _hops_gone(stream: Stream) -> int:
    """How many routers a connection's first packet has passed, if it began as systems let it begin; 0 if unknown."""
    hops = stream.ttl_orig
    return 0 if hops is None else min((first - hops for first in INITIAL_HOPS if first >= hops), default=0)


def _own_addresses(points: Iterable[Point], links: Iterable[Link]) -> dict[str, set[str]]:
    """The router's addresses by link: configured or given ones, and those that name servers were asked from."""
    own: dict[str, set[str]] = defaultdict(set)
    for link in links:
        given = {row.value for row in link.shown if row.what == "address" and row.source != "inferred"}
        own[link.name] |= given if "addresses" in link.filled else {*given, *link.addresses}
    for point in points:
        if point.role == "wan":
            own[point.label] |= {exchange.client.ip for exchange in point.rows.dns}
    return own
