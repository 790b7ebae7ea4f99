"""Packets in packets: what GRE, ERSPAN, VXLAN, GENEVE, TZSP, L2TP and IP itself carry, as frames of their own.

A tunnel's packet stands for what is in it: the same frame, seen behind one header more. ERSPAN (Cisco's remote mirror
port) is described in draft-foschiano-erspan-03; TZSP (how MikroTik's and other devices send what they sniff) by what
Wireshark reads (packet-tzsp.c).
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

NONE, ETHERNET, TOKEN_RING, PPP, FDDI, RAW, WIFI, PRISM, AVS, MPLS = -1, 1, 6, 9, 10, 101, 105, 119, 163, 219
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


_GROUPED, _NUMBERED, _UNUSED = 0x80000000, 0x08000000, 0x77B70000
"""VXLAN's flags: a policy group (draft-smith-vxlan-group-policy), a network's number; those that no header sets."""


def vxlan(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """VXLAN (RFC 7348, section 5): a flag says that there is a network's number, another that there is a group."""
    header = whole_headers(data, at, end, layouts.VXLAN)
    flags = header["flags"]
    plain = flags == _NUMBERED
    grouped = (flags & (_GROUPED | _NUMBERED) == _GROUPED | _NUMBERED) & (flags & _UNUSED == 0)
    sound = (plain | grouped) & (header["network"] & 0xFF == 0)
    return at + layouts.VXLAN.itemsize, np.where(sound, ETHERNET, NONE).astype(np.int32)


def vxlan_gpe(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """VXLAN's generic protocol extension (draft-ietf-nvo3-vxlan-gpe, section 3): the first word's end says of what."""
    flags = whole_headers(data, at, end, layouts.VXLAN)["flags"]
    linktype = np.full(len(at), NONE, np.int32)
    for protocol, meaning in {1: RAW, 2: RAW, 3: ETHERNET, 5: MPLS}.items():
        linktype[flags == 0x0C000000 | protocol] = meaning
    return at + layouts.VXLAN.itemsize, linktype


def mpls(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """A stack of labels right behind UDP (RFC 7510)."""
    return at, np.full(len(at), MPLS, np.int32)


def l2tp(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """L2TP's data messages (RFC 2661, section 3.1), which carry PPP."""
    flags = whole_headers(data, at, end, layouts.L2TP).astype(np.int64)
    size = 6 + 2 * (flags & 0x4000 != 0) + 4 * (flags & 0x0800 != 0)
    padded = flags & 0x0200 != 0
    padding = whole_headers(data, at + size, end, layouts.ETHERTYPE).astype(np.int64)
    data_message = (flags & 0x800F == 2) & (flags & 0x34F0 == 0)
    return at + size + np.where(padded, 2 + padding, 0), np.where(data_message, PPP, NONE).astype(np.int32)


_TZSP_ENCAPSULATED = {1: ETHERNET, 2: TOKEN_RING, 3: RAW, 4: PPP, 5: FDDI, 7: RAW, 18: WIFI, 119: PRISM, 127: AVS}
_TZSP_VERSION, _TZSP_WITHOUT_PACKET = 1, 4
"""From this type on (keep-alive, port opener) messages carry nothing."""
_TZSP_PADDING, _TZSP_END = 0, 1
"""Tags that have no length."""
_TZSP_MOST_FIELDS = 64


def tzsp(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """TZSP of any type that carries a packet; its fields (signal, time, the original length) are stepped over."""
    header = whole_headers(data, at, end, layouts.TZSP)
    linktype = np.full(len(at), NONE, np.int32)
    for protocol, meaning in _TZSP_ENCAPSULATED.items():
        linktype[header["protocol"] == protocol] = meaning
    linktype[(header["version"] != _TZSP_VERSION) | (header["type"] >= _TZSP_WITHOUT_PACKET)] = NONE
    inner = at + layouts.TZSP.itemsize
    open_ = linktype != NONE
    for _ in range(_TZSP_MOST_FIELDS):
        rows = np.flatnonzero(open_)
        if not len(rows):
            break
        place = inner[rows]
        tag = whole_headers(data, place, end[rows], np.dtype("u1"))
        length = whole_headers(data, place + 1, end[rows], np.dtype("u1")).astype(np.int64)
        inner[rows] = place + np.where((tag == _TZSP_PADDING) | (tag == _TZSP_END), 1, 2 + length)
        open_[rows] = (tag != _TZSP_END) & (inner[rows] < end[rows])
        linktype[rows[(tag != _TZSP_END) & (inner[rows] >= end[rows])]] = NONE  # the fields never end
    linktype[open_] = NONE
    return inner, linktype


def geneve(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """GENEVE (RFC 8926, section 3.4) with its options."""
    header = whole_headers(data, at, end, layouts.GENEVE)
    options = (header["version_length"] & 0x3F).astype(np.int64) * 4
    linktype = _linktypes(header["type"])
    linktype[(header["version_length"] >> 6 != 0) | (header["flags"] & 0x3F != 0)] = NONE
    return at + layouts.GENEVE.itemsize + options, linktype


PROTOCOLS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {4: ip, 41: ip, 47: gre}
"""By IP protocol number."""
PORTS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {
    1701: l2tp,
    4754: gre,  # RFC 8086
    4789: vxlan,
    4790: vxlan_gpe,
    6081: geneve,
    6635: mpls,
    8472: vxlan,  # what Linux took before VXLAN had a number
    37008: tzsp,
}
"""By UDP destination port. A packet that is none of these after all stays what it is: any port may be a client's."""
DEEPEST = 4
"""Tunnels in tunnels that are followed."""
