"""Packets in packets: what GRE, ERSPAN, VXLAN, GENEVE and IP itself carry, as frames of their own.

A tunnel's packet stands for what is in it: the same frame, seen behind one header more. ERSPAN (Cisco's remote mirror
port) is described in draft-foschiano-erspan-03.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import whole_headers

from . import layouts

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Inner = tuple[Offsets, NDArray[np.int32]]
"""Where the inner frame begins, and its LINKTYPE_ value; -1 where it is nothing that is read."""

NONE, ETHERNET, PPP, RAW, MPLS = -1, 1, 9, 101, 219
"""LINKTYPE_ values (tcpdump.org/linktypes)."""
_ETHERTYPES = {0x0800: RAW, 0x86DD: RAW, 0x6558: ETHERNET, 0x880B: PPP, 0x8847: MPLS, 0x8848: MPLS}
"""What GRE and GENEVE name by ethertype; 6558 is transparent Ethernet bridging."""
_ERSPAN, _ERSPAN3 = 0x88BE, 0x22EB
_CHECKSUM, _ROUTING, _KEY, _SEQUENCE, _ACK, _VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 0x0007
"""GRE's flags (RFC 2784 and RFC 2890; RFC 2637, section 4.1 for version 1)."""


def _linktypes(ethertype: NDArray[np.integer]) -> NDArray[np.int32]:
    linktype = np.full(len(ethertype), NONE, np.int32)
    for value, meaning in _ETHERTYPES.items():
        linktype[ethertype == value] = meaning
    return linktype


def ip(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """IPv4 or IPv6 right behind an IP header: IP-in-IP (RFC 2003), 6in4 (RFC 4213), DS-Lite (RFC 6333)."""
    return at, np.full(len(at), RAW, np.int32)


def gre(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """GRE of versions 0 and 1 (PPTP), and what it carries of ERSPAN."""
    header = whole_headers(data, at, end, layouts.GRE)
    flags, kind = header["flags"].astype(np.int64), header["type"]
    version = flags & _VERSION
    size = 4 + 4 * ((flags & (_CHECKSUM | _ROUTING) != 0) & (version == 0))
    size += 4 * ((flags & _KEY != 0).astype(np.int64) + (flags & _SEQUENCE != 0))
    size += 4 * ((flags & _ACK != 0) & (version == 1))
    inner = at + size
    linktype = _linktypes(kind)
    second = (kind == _ERSPAN) & (flags & _SEQUENCE != 0)  # the first type has neither sequence nor header
    linktype[kind == _ERSPAN] = ETHERNET
    inner[second] += 8
    third = np.flatnonzero(kind == _ERSPAN3)
    if len(third):
        erspan = whole_headers(data, inner[third], end[third], layouts.ERSPAN3)
        linktype[third] = np.where(erspan["flags"] >> 10 & 0x1F == 2, RAW, ETHERNET)  # the frame type
        inner[third] += np.where(erspan["flags"] & 1 != 0, 20, 12)  # with or without the platform's part
    linktype[(version > 1) | ((flags & _ROUTING != 0) & (version == 0))] = NONE  # RFC 1701's source routes are extinct
    return inner, linktype


def vxlan(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """VXLAN (RFC 7348, section 5): a flag says that there is a network's number, and the rest is zero."""
    header = whole_headers(data, at, end, layouts.VXLAN)
    sound = (header["flags"] == 0x08000000) & (header["network"] & 0xFF == 0)
    return at + layouts.VXLAN.itemsize, np.where(sound, ETHERNET, NONE).astype(np.int32)


def geneve(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """GENEVE (RFC 8926, section 3.4) with its options."""
    header = whole_headers(data, at, end, layouts.GENEVE)
    options = (header["version_length"] & 0x3F).astype(np.int64) * 4
    linktype = _linktypes(header["type"])
    linktype[(header["version_length"] >> 6 != 0) | (header["flags"] & 0x3F != 0)] = NONE
    return at + layouts.GENEVE.itemsize + options, linktype


PROTOCOLS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {4: ip, 41: ip, 47: gre}
"""By IP protocol number."""
PORTS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {4789: vxlan, 8472: vxlan, 6081: geneve, 4754: gre}
"""By UDP destination port; 8472 is what Linux took before VXLAN had a number, 4754 is GRE's (RFC 8086). A packet that
is none of these after all stays what it is: any port may be a client's."""
DEEPEST = 4
"""Tunnels in tunnels that are followed."""
