"""What stands between a link layer's header and the network layer: tags, LLC, PPPoE, PPP, MPLS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import distinct, whole_headers

from . import layouts

IPV4, ARP, IPV6, PPPOE = 0x0800, 0x0806, 0x86DD, 0x8864
"""Ethertypes (IEEE registry)."""
IPCP = 1 << 16 | 0x8021
"""Stands for IPCP (RFC 1332, section 2), which has no ethertype."""
_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
"""IEEE 802.1Q and 802.1ad, and the numbers in use for QinQ before that."""
_TAGS = {0x8926: 6, 0x893F: 8, 0x8909: 8, 0x892F: 6, 0xF1C1: 6}
"""Bytes of other tags behind their ethertype, the next ethertype included: Cisco's VN-Tag, the E-TAG of IEEE 802.1BR,
Cisco's metadata (its security group), HSR (IEC 62439-3), and the redundancy tag of IEEE 802.1CB."""
_MACSEC = 0x88E5
_ENCRYPTED, _CHANNEL = 0x0C, 0x20
"""MACsec's flags (IEEE 802.1AE, section 9.5): the bytes are changed; the sender's identifier of 8 bytes is there."""
_BRIDGES = {0x88E7: 4, 0x8903: 2}
"""Bytes before the Ethernet frame that is within: IEEE 802.1ah's service tag, Cisco's FabricPath tag."""
_LONGEST_8023 = 0x05DC
"""Up to it, what stands in the place of the ethertype is a length, and LLC follows (IEEE 802.3, section 3.2.6)."""
_SNAP, _IP_SAP = 0xAAAA03, 0x060603
"""What LLC begins with (IEEE 802.2): SNAP follows, or IP itself."""
_OUIS = (0x000000, 0x0000F8)
"""RFC 1042 and IEEE 802.1H: an ethertype follows."""
_STEPPED = np.isin(np.arange(1 << 16), [*_VLAN, *_TAGS, _MACSEC, *_BRIDGES, *range(1, _LONGEST_8023 + 1)])
_MOST_TAGS = 8
"""Tags followed; more are no network's but somebody's test."""
MPLS = (0x8847, 0x8848)
_MOST_LABELS = 16
"""Labels followed in a stack."""
_PPP_PROTOCOLS = {0x0021: IPV4, 0x0057: IPV6, 0x8021: IPCP, 0x0281: MPLS[0], 0x0283: MPLS[1]}
"""RFC 1332, section 2; RFC 5072, section 3; RFC 3032, section 4.3."""
FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""AF_INET, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin (tcpdump.org/linktypes)."""

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]


@dataclass(slots=True)
class NetworkStart:
    """What the link layer says, one row a frame."""

    at: Offsets
    """Where the network layer begins."""
    ethertype: NDArray[np.int32]
    """What it is; 0 where the header is cut or names nothing."""
    vlan: NDArray[np.int32]
    src_mac: NDArray[np.uint64]
    dst_mac: NDArray[np.uint64]

    @classmethod
    def plain(cls, at: Offsets, ethertype: NDArray[np.integer]) -> NetworkStart:
        """Return a link layer without addresses or tags."""
        n = len(at)
        none = np.zeros(n, np.uint64)
        return cls(at, ethertype.astype(np.int32), np.full(n, -1, np.int32), none, none)


def translate(values: NDArray[np.integer], meanings: dict[int, int]) -> NDArray[np.int32]:
    """Return the ethertypes that these values mean, 0 where they mean none."""
    ethertype = np.zeros(len(values), np.int32)
    for value, meaning in meanings.items():
        ethertype[values == value] = meaning
    return ethertype


def llc(data: Bytes, at: Offsets, end: Offsets) -> tuple[Offsets, NDArray[np.int32]]:
    """Return where the packet behind an LLC header begins, and its ethertype."""
    header = whole_headers(data, at, end, layouts.LLC)
    service = header["dsap"].astype(np.int32) << 16 | header["ssap"].astype(np.int32) << 8 | header["control"]
    oui = header["oui_high"].astype(np.int32) << 16 | header["oui_low"]
    snap = (service == _SNAP) & ((oui == _OUIS[0]) | (oui == _OUIS[1]))
    first = whole_headers(data, at, end, layouts.LLC_ALONE)
    bare = (first["sap"].astype(np.int32) << 8 | first["control"]) == _IP_SAP
    ethertype = np.where(snap, header["type"].astype(np.int32), np.where(bare, IPV4, 0)).astype(np.int32)
    return at + np.where(snap, layouts.LLC.itemsize, layouts.LLC_ALONE.itemsize), ethertype


def _untag(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step over tags and LLC; the outermost VLAN tag gives the id."""
    for _ in range(_MOST_TAGS):
        rows = np.flatnonzero(_STEPPED[link.ethertype])
        if not len(rows):
            break
        kind = link.ethertype[rows]
        for number in distinct(kind):
            _untag_one(data, link, end, rows[kind == number], number)
    return link


def _untag_one(data: Bytes, link: NetworkStart, end: Offsets, rows: Offsets, kind: int) -> None:
    """Step over what this ethertype names, in rows that all have it."""
    at, stop = link.at[rows], end[rows]
    if kind in _VLAN:
        tag = whole_headers(data, at, stop, layouts.VLAN_TAG)
        link.vlan[rows] = np.where(link.vlan[rows] < 0, tag["control"] & 0x0FFF, link.vlan[rows])
        link.at[rows], link.ethertype[rows] = at + layouts.VLAN_TAG.itemsize, tag["type"]
    elif kind in _TAGS:
        link.at[rows] = at = at + _TAGS[kind]
        link.ethertype[rows] = whole_headers(data, at - 2, stop, layouts.ETHERTYPE)
    elif kind in _BRIDGES:
        at = at + _BRIDGES[kind]
        header = whole_headers(data, at, stop, layouts.ETHERNET)
        link.at[rows], link.ethertype[rows] = at + layouts.ETHERNET.itemsize, header["type"]
        link.src_mac[rows], link.dst_mac[rows] = (header[side] >> np.uint64(16) for side in ("src", "dst"))
    elif kind == _MACSEC:
        flags = whole_headers(data, at, stop, np.dtype("u1"))
        link.at[rows] = at = at + np.where(flags & _CHANNEL != 0, 16, 8)
        inner = whole_headers(data, at - 2, stop, layouts.ETHERTYPE)
        link.ethertype[rows] = np.where(flags & _ENCRYPTED == 0, inner, 0)
    else:
        link.at[rows], link.ethertype[rows] = llc(data, at, stop)


def ppp_protocol(data: Bytes, at: Offsets, end: Offsets) -> tuple[Offsets, NDArray[np.int32]]:
    """Return where the packet behind a PPP protocol field begins, and its ethertype."""
    protocol = whole_headers(data, at, end, layouts.PPP_PROTOCOL)
    short = protocol >> 8 & 1 == 1
    return at + np.where(short, 1, 2), translate(np.where(short, protocol >> 8, protocol), _PPP_PROTOCOLS)


def pppoe(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step into PPPoE sessions."""
    rows = np.flatnonzero(link.ethertype == PPPOE)
    if len(rows):
        at = link.at[rows] + layouts.PPPOE.itemsize
        link.at[rows], link.ethertype[rows] = ppp_protocol(data, at, end[rows])
    return link


def unlabel(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step over MPLS labels; what follows is told by its first four bits (RFC 4928, section 3).

    Ethernet behind a control word (RFC 4448, section 4.6) takes the place of the Ethernet outside.
    """
    rows = np.flatnonzero((link.ethertype == MPLS[0]) | (link.ethertype == MPLS[1]))
    if not len(rows):
        return link
    at = link.at[rows]
    inside = np.ones(len(rows), np.bool_)
    for _ in range(_MOST_LABELS):
        label = whole_headers(data, at, end[rows], layouts.MPLS_LABEL)
        at = at + np.where(inside, layouts.MPLS_LABEL.itemsize, 0)
        inside &= (label >> 8 & 1) == 0
    first = whole_headers(data, at, end[rows], np.dtype("u1")) >> 4
    link.at[rows], link.ethertype[rows] = at, translate(first, {4: IPV4, 6: IPV6})
    bridged = np.flatnonzero((first == 0) & (at + 4 < end[rows]))
    if len(bridged):
        rows = rows[bridged]
        header = whole_headers(data, at[bridged] + 4, end[rows], layouts.ETHERNET)
        kind = header["type"].astype(np.int32)
        known = np.isin(kind, (IPV4, IPV6, ARP))
        rows, header = rows[known], header[known]
        link.at[rows], link.ethertype[rows] = at[bridged][known] + 4 + layouts.ETHERNET.itemsize, kind[known]
        link.src_mac[rows], link.dst_mac[rows] = (header[side] >> np.uint64(16) for side in ("src", "dst"))
    return link


def steps(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step over all that may stand between Ethernet's (or a cooked) header and the network layer."""
    return unlabel(data, pppoe(data, _untag(data, link, end), end), end)
