"""Which IPv6 address stands for which IPv4 address: translators put the one into the other (RFC 6052 section 2.2)."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

PLACES = (
    (4, 5, 6, 7),
    (5, 6, 7, 9),
    (6, 7, 9, 10),
    (7, 9, 10, 11),
    (9, 10, 11, 12),
    (12, 13, 14, 15),
)
"""Where the four bytes stand behind a prefix of 32 to 64 bits, around the byte that is always nothing, or of 96."""


def same_host(one: str, two: str) -> bool:
    """Whether two addresses are of one host: the same, or one holds the other (464XLAT, NAT64).

    >>> same_host("198.51.100.25", "64:ff9b::c633:6419")
    True
    """
    if one == two:
        return True
    if (":" in one) == (":" in two):
        return False
    four, six = (ip_address(two), ip_address(one)) if ":" in one else (ip_address(one), ip_address(two))
    assert isinstance(six, IPv6Address)
    packed = six.packed
    return any(bytes(packed[at] for at in places) == four.packed for places in PLACES)
