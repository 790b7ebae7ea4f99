"""DHCPv6 replies: addresses, delegated prefixes and resolvers (RFC 8415, RFC 3646)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_network

from wanwitness.model import FrameRef, Provision
from wanwitness.oddities import ODD
from wanwitness.protocols.broken import BrokenMessageError

_REPLY = 7
_CLIENT, _IA_NA, _IA_TA, _ADDRESS, _RESOLVERS, _IA_PD, _PREFIX = 1, 3, 4, 5, 23, 25, 26
_HEAD = {_IA_NA: 12, _IA_TA: 4, _IA_PD: 12}
"""Bytes before the options in an identity association (RFC 8415, sections 21.4, 21.5 and 21.21)."""


def read_reply(message: bytes, server: str, frame: FrameRef, ts_ns: int) -> Provision | None:
    """Return what a Reply of `server` gives; None for other messages, a relay's among them.

    What has a valid lifetime of 0 is being taken back, and is left out (RFC 8415, section 18.2.10.1).

    Raises:
        BrokenMessageError: an option runs over the message's end, or has an impossible length.
    """
    if len(message) < 4 or message[0] != _REPLY:
        return None
    taker, addresses, networks, resolvers = "", [], [], []
    for code, value in _split(message[4:]):
        if code == _CLIENT:
            taker = value[:128].hex()
        elif code == _RESOLVERS:
            if len(value) % 16:
                raise BrokenMessageError(ODD("odd-addresses-length", length=len(value)))
            resolvers += [str(IPv6Address(value[at : at + 16])) for at in range(0, len(value), 16)]
        elif code in _HEAD:
            for inner, given in _split(value[_HEAD[code] :]):
                if inner == _ADDRESS and len(given) >= 24 and any(given[20:24]):
                    addresses.append(str(IPv6Address(given[:16])))
                elif inner == _PREFIX and len(given) >= 25 and any(given[4:8]):
                    networks.append(_network(given[9:25], given[8]))
    return Provision(
        "dhcp",
        frame,
        ts_ns,
        giver=server,
        taker=taker,
        addresses=tuple(dict.fromkeys(addresses)),
        networks=tuple(dict.fromkeys(networks)),
        resolvers=tuple(dict.fromkeys(resolvers)),
    )


def _split(options: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(options):
        code, size = int.from_bytes(options[at : at + 2]), int.from_bytes(options[at + 2 : at + 4])
        if at + 4 + size > len(options):
            raise BrokenMessageError(ODD("odd-option-over", option=code))
        yield code, options[at + 4 : at + 4 + size]
        at += 4 + size


def _network(prefix: bytes, length: int) -> str:
    if length > 128:
        raise BrokenMessageError(ODD("odd-prefix", bits=length))
    return str(ip_network((prefix, length), strict=False))
