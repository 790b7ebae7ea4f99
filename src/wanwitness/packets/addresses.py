"""Addresses as people write them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

MAPPED = bytes(10) + b"\xff\xff"
"""The prefix ::ffff:0:0/96 under which an IPv4 address is 16 bytes (RFC 4291, section 2.5.5.2)."""


@lru_cache(1 << 16)
def text(address: bytes) -> str:
    r"""Return 16 address bytes in canonical form (RFC 5952), an IPv4-mapped one as dotted quad.

    >>> text(bytes(10) + b"\xff\xff\xc0\x00\x02\x01"), text(bytes(15) + b"\x01")
    ('192.0.2.1', '::1')
    """
    return str(IPv4Address(address[12:]) if address.startswith(MAPPED) else IPv6Address(address))


@lru_cache(1 << 16)
def packed(text: str) -> bytes:
    """Return an address as 16 bytes, IPv4 as ::ffff:a.b.c.d.

    >>> packed("192.0.2.1").hex()
    '00000000000000000000ffffc0000201'
    """
    address = ip_address(text)
    return MAPPED + address.packed if address.version == 4 else address.packed


def mac_text(mac: int) -> str:
    """Return a 48-bit number as six hex pairs.

    >>> mac_text(0x00163E5E6C01)
    '00:16:3e:5e:6c:01'
    """
    return mac.to_bytes(6).hex(":")
