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
from wanwitness.packets.ports import L2TP_PORT

from . import layouts
from .steps import is_ethernet

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Inner = tuple[Offsets, NDArray[np.int32]]
"""Where the inner frame begins, and its LINKTYPE_ value; -1 where it is nothing that is read."""

NONE, ETHERNET, TOKEN_RING, PPP, FDDI, RAW, WIFI, PRISM, AVS, MPLS = -1, 1, 6, 9, 10, 101, 105, 119, 163, 219
"""LINKTYPE_ values (tcpdump.org/linktypes)."""
NSH = 1 << 16
"""As in `link.BARE_NSH`."""
_ETHERTYPES = {0x0800: RAW, 0x86DD: RAW, 0x6558: ETHERNET, 0x880B: PPP, 0x8847: MPLS, 0x8848: MPLS, 0x894F: NSH}
"""What GRE and GENEVE name by ethertype; 6558 is transparent Ethernet bridging."""
_ERSPAN, _ERSPAN3 = 0x88BE, 0x22EB
_WCCP, _EOIP = 0x883E, 0x6400
"""What Cisco's caches are sent (draft-wilson-wrec-wccp-v2, section 4.12), and MikroTik's Ethernet over IP."""
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
    mirrored = (kind == _ERSPAN) | (kind == _ERSPAN3)
    linktype[mirrored | (kind == _EOIP)] = ETHERNET
    if mirrored.any():
        numbered = ((kind == _ERSPAN) & (flags & _SEQUENCE != 0)) | (kind == _ERSPAN3)  # the first type has no header
        erspan = whole_headers(data, inner, end, layouts.ERSPAN3)
        third_type = numbered & (erspan["version"] >> 4 == 2)
        inner[numbered & ~third_type] += 8
        third = np.flatnonzero(third_type)
        erspan = erspan[third]
        linktype[third] = np.where(erspan["flags"] >> 10 & 0x1F == 2, RAW, ETHERNET)  # the frame type
        inner[third] += np.where(erspan["flags"] & 1 != 0, 20, 12)  # with or without the platform's part
    cached = kind == _WCCP
    if cached.any():
        linktype[cached] = RAW
        inner[cached & (whole_headers(data, inner, end, np.dtype("u1")) >> 4 != 4)] += 4  # its second version's
    linktype[(version > 1) | ((flags & _ROUTING != 0) & (version == 0))] = NONE  # RFC 1701's source routes are extinct
    return inner, linktype


_NUMBERED, _NAMED = 0x08000000, 0x04000000
"""VXLAN's flags: there is a network's number; the word's last byte says of what (draft-ietf-nvo3-vxlan-gpe)."""
_VXLAN_CARRIES = {1: RAW, 2: RAW, 3: ETHERNET, 4: NSH, 5: MPLS}
_SINGLE_BITS = 0x88000000
"""Flags that are in use without more ado: a network's number, a policy group (draft-smith-vxlan-group-policy)."""


def vxlan(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """VXLAN (RFC 7348, section 5) of all kinds.

    Bits that are reserved are to be passed over; where one is set, what follows must look like Ethernet, since any
    port may be a client's.
    """
    header = whole_headers(data, at, end, layouts.VXLAN)
    flags = header["flags"]
    inner = at + layouts.VXLAN.itemsize
    linktype = np.full(len(at), NONE, np.int32)
    plain = (flags & ~np.uint32(_SINGLE_BITS | 0xFFFF) == 0) & (header["network"] & 0xFF == 0)
    sound = (flags & _NUMBERED != 0) & (plain | is_ethernet(data, inner, end))
    linktype[sound] = ETHERNET
    for protocol, meaning in _VXLAN_CARRIES.items():
        linktype[(flags & 0xF40000FF == _NAMED | protocol) & (flags & 0x00FFFF00 == 0)] = meaning
    return inner, linktype


def mpls(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """A stack of labels right behind UDP (RFC 7510) or IP (RFC 4023)."""
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
_TZSP_TOGETHER = 64
"""Fields of all messages are stepped over together, so many times; one that has more is read alone, since it may be
made to have thousands."""


def tzsp(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """TZSP of any type that carries a packet; its fields (signal, time, the original length) are stepped over."""
    header = whole_headers(data, at, end, layouts.TZSP)
    linktype = np.full(len(at), NONE, np.int32)
    for protocol, meaning in _TZSP_ENCAPSULATED.items():
        linktype[header["protocol"] == protocol] = meaning
    linktype[(header["version"] != _TZSP_VERSION) | (header["type"] >= _TZSP_WITHOUT_PACKET)] = NONE
    inner = at + layouts.TZSP.itemsize
    open_ = linktype != NONE
    for _ in range(_TZSP_TOGETHER):
        rows = np.flatnonzero(open_)
        if not len(rows):
            break
        place = inner[rows]
        tag = whole_headers(data, place, end[rows], np.dtype("u1"))
        length = whole_headers(data, place + 1, end[rows], np.dtype("u1")).astype(np.int64)
        inner[rows] = place + np.where((tag == _TZSP_PADDING) | (tag == _TZSP_END), 1, 2 + length)
        open_[rows] = (tag != _TZSP_END) & (inner[rows] < end[rows])
        linktype[rows[(tag != _TZSP_END) & (inner[rows] >= end[rows])]] = NONE  # the fields never end
    for row in np.flatnonzero(open_).tolist():
        behind = _behind_fields(data[inner[row] : end[row]].tobytes())
        inner[row] += behind
        linktype[row] = linktype[row] if behind else NONE
    return inner, linktype


def _behind_fields(fields: bytes) -> int:
    """Return where TZSP's fields end; 0 where they never do."""
    at = 0
    while at < len(fields):
        tag = fields[at]
        if tag == _TZSP_END:
            return at + 1
        at += 1 if tag == _TZSP_PADDING else 2 + fields[at + 1] if at + 1 < len(fields) else len(fields)
    return 0


def geneve(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """GENEVE (RFC 8926, section 3.4) with its options."""
    header = whole_headers(data, at, end, layouts.GENEVE)
    options = (header["version_length"] & 0x3F).astype(np.int64) * 4
    linktype = _linktypes(header["type"])
    linktype[(header["version_length"] >> 6 != 0) | (header["flags"] & 0x3F != 0)] = NONE
    return at + layouts.GENEVE.itemsize + options, linktype


def etherip(data: Bytes, at: Offsets, end: Offsets) -> Inner:
    """Ethernet in IP (RFC 3378)."""
    version = whole_headers(data, at, end, layouts.ETHERTYPE)
    return at + layouts.ETHERTYPE.itemsize, np.where(version == 0x3000, ETHERNET, NONE).astype(np.int32)


PROTOCOLS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {4: ip, 41: ip, 47: gre, 97: etherip, 137: mpls}
"""By IP protocol number."""
PORTS: dict[int, Callable[[Bytes, Offsets, Offsets], Inner]] = {
    L2TP_PORT: l2tp,
    4754: gre,  # RFC 8086
    4789: vxlan,
    4790: vxlan,
    6081: geneve,
    6635: mpls,
    8472: vxlan,  # what Linux took before VXLAN had a number
    37008: tzsp,
}
"""By UDP destination port. A packet that is none of these after all stays what it is: any port may be a client's."""
DEEPEST = 4
"""Tunnels in tunnels that are followed."""
