"""The values of site.toml that packets are compared with: addresses, networks, relays and MACs, in canonical form."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from wanwitness.model import printable

from .values import shown, text, wrong_value

_MAC = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}")
# RFC 1123 section 2.1, and the underscore that real zones have; a last label of digits alone is a mistyped address.
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?!$)|$))+")


def address(value: object) -> str:
    """Take an IPv4 or IPv6 address."""
    return _address(text(value), "value-no-address")


def network(value: object) -> str:
    """Take an address or a network; one with host bits set means the network it is in."""
    return _network(text(value), "value-no-network")


def relay(value: object) -> str:
    """Take a host name, an address or a network."""
    written = text(value)
    name = written.lower().removesuffix(".")
    if not written.isascii():
        raise wrong_value("value-not-as-dns", text=shown(written))
    if _HOST.fullmatch(name) and not name.rpartition(".")[2].isdigit():
        return name
    return _network(written, "value-no-relay")


def mac(value: object) -> str:
    """Take a MAC address as Unix, Windows or Cisco write it."""
    written = text(value)
    if not _MAC.fullmatch(written.lower()):
        raise wrong_value("value-no-mac", text=shown(written))
    return ":".join(re.findall("..", re.sub("[.:-]", "", written.lower())))


def _address(written: str, otherwise: str) -> str:
    try:
        ip = ip_address(written)
    except ValueError:
        raise wrong_value(otherwise, text=shown(written)) from None
    return str(_plain(ip, written))


def _network(written: str, otherwise: str) -> str:
    if "/" not in written:
        return _address(written, otherwise)
    try:
        net = ip_network(written, strict=False)
    except ValueError:
        raise wrong_value(otherwise, text=shown(written)) from None
    _plain(net.network_address, written)
    return str(net)


def _plain(ip: IPv4Address | IPv6Address, written: str) -> IPv4Address | IPv6Address:
    """Return the address as packets carry it: without a zone, and IPv4 as IPv4."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.scope_id is not None:
        raise wrong_value("value-scope", text=shown(written), scope=printable(ip.scope_id, 20))
    return ip.ipv4_mapped or ip
