"""The site: its links, and which capture saw which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from .capture import Role
from .frame import FrameRef
from .private import is_private
from .refusal import Rule

Network = IPv4Network | IPv6Network
LinkSource = Literal["configured", "dhcp", "ipcp", "ra", "inferred"]
SETTLED_NS = 1_000_000_000
"""After so long a router uses the resolvers that it was given."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One fact about a link that the captures show."""

    what: Literal["address", "gateway", "network", "resolver", "relay"]
    """An address of the router; of the link's next router; a network of the link or delegated to the site; a resolver;
    a server that mail was brought to.
    """
    value: str
    source: LinkSource
    """By which means it was given; `inferred` where it was only used."""
    since_ns: int | None
    """When that was first seen, on the reference clock; None where that was not kept."""
    frames: tuple[FrameRef, ...] = ()
    times: int = 1
    """How often it was used, where it was only used."""


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
    """Where most of this comes from."""
    filled: frozenset[Literal["addresses", "resolvers"]] = frozenset()
    """Fields that the user left out, and that hold what the captures show."""
    shown: tuple[Shown, ...] = ()
    """What the captures show, whatever the user said."""

    def owns_resolver(self, address: str) -> bool:
        """Whether `address` is one of this link's resolvers."""
        return address in self.resolvers

    def names_resolvers(self, like: str, at_ns: int) -> bool:
        """Whether all of this link's resolvers of the same IP version as `like` were known at a time.

        They are where the user names resolvers, or the link had given some by then. That a resolver was only used says
        nothing of whose it is; and where a provider's box gives itself, behind a private address, nobody is told which
        resolvers the provider has.
        """
        if "resolvers" not in self.filled:
            return bool(self.resolvers)
        given = self.given_resolvers(like)
        return not any(is_private(row.value) for row in given) and any(
            row.since_ns is not None and row.since_ns + SETTLED_NS <= at_ns for row in given
        )

    def given_resolvers(self, like: str) -> list[Shown]:
        """What the link's provider gave as resolvers of the same IP version as `like`."""
        return [
            row
            for row in self.shown
            if row.what == "resolver" and row.source != "inferred" and (":" in row.value) == (":" in like)
        ]

    def owns_relay(self, address: str, name: str | None = None) -> bool:
        """Whether the relay at `address`, asked for as `name`, is this ISP's."""
        if name is not None and name.lower().rstrip(".") in self.relays:
            return True
        return _in_one_of(address, self.relays)


@lru_cache(1 << 12)  # a site has few relays, and sessions by the thousand ask for each
def _in_one_of(address: str, networks: tuple[str, ...]) -> bool:
    ip = ip_address(address)
    return any(ip in net for net in map(_network, networks) if net is not None)


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
    role: Role | None
    """None where that is to be inferred."""
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
    kind: str | None = None
    """Events of one kind are one explanation."""


@dataclass(frozen=True, slots=True)
class Router:
    """The site's router, as its maker calls it."""

    model: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What the user says of the site; all of it may be absent."""

    name: str | None = None
    timezone: str | None = None
    lan: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    captures: tuple[CaptureRule, ...] = ()
    events: tuple[Event, ...] = ()
    rules: tuple[Rule, ...] = ()
    """Why servers refuse, in the user's words; they come before the package's own."""
    router: Router = Router()
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the user wants sites to be compared by: a region, a contract."""
    path: str | None = None
    """The file this was read from; its folder is what the capture rules are relative to."""
