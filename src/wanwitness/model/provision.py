"""What a host was given when its link was set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .frame import FrameRef

Means = Literal["dhcp", "ipcp", "ra"]
"""DHCP for IPv4 or IPv6, PPP's IPCP, router advertisements."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What one message gave: a DHCP server's, a PPP peer's or an IPv6 router's."""

    means: Means
    frame: FrameRef
    ts_ns: int
    giver: str
    """Who sent it, as far as addresses tell: the server's or router's address, or empty."""
    taker: str
    """Whom it was meant for: its hardware address or client identifier in hex; empty for all on the link."""
    addresses: tuple[str, ...] = ()
    """Given to the taker for its own."""
    networks: tuple[str, ...] = ()
    """Networks that the link has, or that were delegated to the taker."""
    gateways: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
