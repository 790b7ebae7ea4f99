"""Virtual cables between namespaces, with every offload off so that captures show what a wire would carry."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from . import namespaces

_SIOCETHTOOL = 0x8946
_OFF = (0x15, 0x17, 0x1F, 0x21, 0x24, 0x2C, 0x19)
"""ETHTOOL_SRXCSUM, STXCSUM, STSO, SUFO, SGSO, SGRO, SSG: set to 0."""


@dataclass(frozen=True, slots=True)
class CableEnd:
    """One end of a cable."""

    namespace: str
    interface: str
    addresses: Sequence[str] = ()


def make_namespace(name: str) -> None:
    """Make a namespace that believes every source, reuses ports and does not wait for duplicate addresses."""
    namespaces.execute(["ip", "netns", "add", namespaces.full_name(name)])
    for key, value in (
        ("ipv4/conf/all/rp_filter", 0),
        ("ipv4/conf/default/rp_filter", 0),
        ("ipv4/tcp_tw_reuse", 1),
        ("ipv6/conf/all/accept_dad", 0),
        ("ipv6/conf/default/accept_dad", 0),
        ("ipv6/conf/default/accept_ra", 0),
        ("ipv6/conf/default/router_solicitations", 0),
        ("ipv6/conf/default/addr_gen_mode", 0),
    ):
        namespaces.setting(name, key, value)
    namespaces.ip(name, ["link set lo up"])


def forwarding(name: str) -> None:
    """Let a namespace route."""
    namespaces.setting(name, "ipv4/ip_forward", 1)
    namespaces.setting(name, "ipv6/conf/all/forwarding", 1)


def cable(one: CableEnd, two: CableEnd) -> None:
    """Lay a cable between two namespaces and give both ends their addresses."""
    peer = f"type veth peer name {two.interface} netns {namespaces.full_name(two.namespace)}"
    namespaces.ip(one.namespace, [f"link add {one.interface} {peer}"])
    for end in (one, two):
        no_offloads(end.namespace, end.interface)
        lines = [f"addr add {a} dev {end.interface}{' nodad' if ':' in a else ''}" for a in end.addresses]
        namespaces.ip(end.namespace, [*lines, f"link set {end.interface} up"])


def addresses(name: str, interface: str, wanted: Iterable[str]) -> None:
    """Give an interface more addresses."""
    lines = [f"addr add {a} dev {interface}{' nodad' if ':' in a else ''}" for a in wanted]
    namespaces.ip(name, lines)


def no_offloads(name: str, interface: str) -> None:
    """Turn segmentation and checksum offloads off (what `ethtool -K` does)."""
    with namespaces.socket_in(name, socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in _OFF:
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP16x", interface.encode(), value.buffer_info()[0])
            with suppress(OSError):
                fcntl.ioctl(control.fileno(), _SIOCETHTOOL, request)
