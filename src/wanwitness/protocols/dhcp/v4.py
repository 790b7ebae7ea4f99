"""DHCP acknowledgements: the address, the way out and the resolvers that a server gives (RFC 2131, RFC 2132)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_network

from wanwitness.model import FrameRef, Provision
from wanwitness.oddities import ODD
from wanwitness.protocols.broken import BrokenMessageError

_COOKIE = bytes((99, 130, 83, 99))
"""RFC 2131, section 3: without it the message is BOOTP's, and says nothing of resolvers."""
_FIXED = 236
_REPLY = 2
_PAD, _END = 0, 255
_MASK, _ROUTERS, _RESOLVERS, _OVERLOAD, _TYPE, _SERVER = 1, 3, 6, 52, 53, 54
_ACK = 5


def read_acknowledgement(message: bytes, frame: FrameRef, ts_ns: int) -> Provision | None:
    """Return what a DHCPACK gives; None for other messages.

    An answer to DHCPINFORM gives no address (RFC 2131, section 4.3.5); `addresses` is empty then.

    Raises:
        BrokenMessageError: an option runs over the message's end, or has an impossible length.
    """
    if len(message) < _FIXED + len(_COOKIE) or message[0] != _REPLY or message[_FIXED : _FIXED + 4] != _COOKIE:
        return None
    options = _options(message)
    if options.get(_TYPE) != bytes((_ACK,)):
        return None
    given = _addresses(message[16:20])
    mask = _addresses(options.get(_MASK, b""))
    servers = _addresses(options.get(_SERVER, b""))
    return Provision(
        "dhcp",
        frame,
        ts_ns,
        giver=servers[0] if servers else "",
        taker=message[28 : 28 + min(message[2], 16)].hex(),
        addresses=given,
        networks=_network(given, mask),
        gateways=_addresses(options.get(_ROUTERS, b"")),
        resolvers=_addresses(options.get(_RESOLVERS, b"")),
    )


def _options(message: bytes) -> dict[int, bytes]:
    """Return the options' values by code; parts of a long one are joined (RFC 3396, section 7).

    The fields `file` and `sname` hold options too where the option for that says so (RFC 2132, section 9.3).
    """
    options: dict[int, bytes] = {}
    for code, value in _split(message[_FIXED + len(_COOKIE) :]):
        options[code] = options.get(code, b"") + value
    overload = options.get(_OVERLOAD, b"\0")[:1]
    for bit, field in ((1, message[108:236]), (2, message[44:108])):
        if overload and overload[0] & bit:
            for code, value in _split(field):
                options[code] = options.get(code, b"") + value
    return options


def _split(field: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(field) and field[at] != _END:
        if field[at] == _PAD:
            at += 1
            continue
        size = field[at + 1] if at + 1 < len(field) else 256
        if at + 2 + size > len(field):
            raise BrokenMessageError(ODD("odd-option-over", option=field[at]))
        yield field[at], field[at + 2 : at + 2 + size]
        at += 2 + size


def _addresses(value: bytes) -> tuple[str, ...]:
    if len(value) % 4:
        raise BrokenMessageError(ODD("odd-addresses-length", length=len(value)))
    found = (value[at : at + 4] for at in range(0, len(value), 4))
    return tuple(dict.fromkeys(str(IPv4Address(one)) for one in found if any(one)))


def _network(given: tuple[str, ...], mask: tuple[str, ...]) -> tuple[str, ...]:
    if not given or not mask:
        return ()
    try:
        return (str(ip_network(f"{given[0]}/{mask[0]}", strict=False)),)
    except ValueError:
        raise BrokenMessageError(ODD("odd-mask", mask=mask[0])) from None
