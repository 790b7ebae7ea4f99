"""Router advertisements: the networks and resolvers of an IPv6 link (RFC 4861, RFC 8106), free of I/O."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network

from wanwitness.model import FrameRef, Provision
from wanwitness.oddities import ODD

from .broken import BrokenMessageError

_FIXED = 12
"""Bytes before the options, behind the checksum (RFC 4861, section 4.2)."""
_PREFIX, _RDNSS = 3, 25
_ON_LINK = 0x80


def read_advertisement(body: bytes, router: str, frame: FrameRef, ts_ns: int) -> Provision | None:
    """Return what an advertisement of `router` gives everybody on its link; None where that is nothing.

    Args:
        body: the message behind the checksum.
        router: its sender's address.
        frame: where it was captured.
        ts_ns: when.

    Raises:
        BrokenMessageError: an option's length is impossible (RFC 4861, section 6.1.2: the message must be discarded).
    """
    networks: list[str] = []
    resolvers: list[str] = []
    lifetime = int.from_bytes(body[2:4])
    options = body[_FIXED:]
    while options:
        size = options[1] * 8 if len(options) > 1 else 0
        if not 8 <= size <= len(options):
            raise BrokenMessageError(ODD("odd-option-length", option=options[0], length=size))
        kind, value, options = options[0], options[2:size], options[size:]
        if kind == _PREFIX and size == 32 and value[1] & _ON_LINK and any(value[2:6]):
            if value[0] > 128:
                raise BrokenMessageError(ODD("odd-prefix", bits=value[0]))
            networks.append(str(ip_network((value[14:30], value[0]), strict=False)))
        elif kind == _RDNSS and size >= 24 and any(value[2:6]):  # a lifetime of 0 takes them back (RFC 8106, 5.1)
            resolvers += [str(IPv6Address(value[at : at + 16])) for at in range(6, len(value) - 15, 16)]
    if not networks and not resolvers:
        return None
    return Provision(
        "ra",
        frame,
        ts_ns,
        giver=router,
        taker="",
        networks=tuple(dict.fromkeys(networks)),
        gateways=(router,) if lifetime else (),
        resolvers=tuple(dict.fromkeys(resolvers)),
    )
