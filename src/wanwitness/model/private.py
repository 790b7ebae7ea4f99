"""Addresses that say nothing of where on the Internet they are."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

_PRIVATE = (
    *map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")),
    *map(ip_network, ("127.0.0.0/8", "::1/128")),
)


@lru_cache(1 << 14)  # many connections have one end in common
def is_private(ip: str) -> bool:
    """Whether an address is for private use (RFC 1918, RFC 4193), or reaches no further than its link or its host."""
    address = ip_address(ip)
    return any(address in network for network in _PRIVATE)


def is_loopback(ip: str) -> bool:
    """Whether an address reaches no further than its host."""
    return ip_address(ip).is_loopback
