"""The site: its links, and which capture saw which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from .capture import Role

Network = IPv4Network | IPv6Network
LinkSource = Literal["configured", "dhcp", "ipcp", "ra", "inferred"]


@dataclass(frozen=True, slots=True)
class Link:
    """One Internet access of the site."""

    name: str
    isp: str | None = None
    addresses: tuple[str, ...] = ()
    """The router's own, on this link."""
    resolvers: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()
    """Names, addresses or networks of this ISP's relays, as configured; names in lower case without the final dot."""
    source: LinkSource = "inferred"

    def owns_resolver(self, address: str) -> bool:
        """Whether `address` is one of this link's resolvers."""
        return address in self.resolvers

    def relay_networks(self) -> tuple[Network, ...]:
        """The entries of `relays` that are addresses or networks."""
        return tuple(net for net in map(_network, self.relays) if net is not None)

    def owns_relay(self, address: str, name: str | None = None) -> bool:
        """Whether the relay at `address`, asked for as `name`, is this ISP's."""
        if name is not None and name.lower().rstrip(".") in self.relays:
            return True
        ip = ip_address(address)
        return any(ip in network for network in self.relay_networks())


@lru_cache(256)
def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class CaptureRule:
    """Which frames of which files are one capture point."""

    file: str
    """A path, or a glob, relative to the site file."""
    role: Role
    link: str | None = None
    interface: str | None = None
    """Name of the interface, or its number in the file as decimal digits."""
    vlan: int | None = None
    mac: str | None = None
    """Lower case with colons: only frames from or to this MAC."""
    addresses: tuple[str, ...] = ()
    """Only frames from or to these addresses or networks."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something no packet shows, told by the user."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Site:
    """What the user says of the site; all of it may be absent."""

    name: str | None = None
    timezone: str | None = None
    lan: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    captures: tuple[CaptureRule, ...] = ()
    events: tuple[Event, ...] = ()
    path: str | None = None
    """The file this was read from; its folder is what the capture rules are relative to."""
