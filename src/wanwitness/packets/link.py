"""Link layers: where the network layer begins in each frame, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import whole_headers

from . import layouts

IPV4, ARP, IPV6, _PPPOE = 0x0800, 0x0806, 0x86DD, 0x8864
"""Ethertypes (IEEE registry)."""
IPCP = 1 << 16 | 0x8021
"""Stands for IPCP (RFC 1332, section 2), which has no ethertype."""
_TAGS = (0x8100, 0x88A8, 0x9100)
"""IEEE 802.1Q and 802.1ad, and the number in use for QinQ before that."""
_MOST_TAGS = 8
"""Tags followed; more are no network's but somebody's test."""
_MPLS = (0x8847, 0x8848)
_MOST_LABELS = 16
"""Labels followed in a stack."""
_PPP_PROTOCOLS = {0x0021: IPV4, 0x0057: IPV6, 0x8021: IPCP, 0x0281: _MPLS[0], 0x0283: _MPLS[1]}
"""RFC 1332, section 2; RFC 5072, section 3; RFC 3032, section 4.3."""
_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""AF_INET, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin (tcpdump.org/linktypes)."""

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]


@dataclass(slots=True)
class Link:
    """What the link layer says, one row a frame."""

    at: Offsets
    """Where the network layer begins."""
    ethertype: NDArray[np.int32]
    """What it is; 0 where the header is cut or names nothing."""
    vlan: NDArray[np.int32]
    src_mac: NDArray[np.uint64]
    dst_mac: NDArray[np.uint64]

    @classmethod
    def plain(cls, at: Offsets, ethertype: NDArray[np.integer]) -> Link:
        """Return a link layer without addresses or tags."""
        n = len(at)
        none = np.zeros(n, np.uint64)
        return cls(at, ethertype.astype(np.int32), np.full(n, -1, np.int32), none, none)


def _translate(values: NDArray[np.integer], meanings: dict[int, int]) -> NDArray[np.int32]:
    ethertype = np.zeros(len(values), np.int32)
    for value, meaning in meanings.items():
        ethertype[values == value] = meaning
    return ethertype


def _untag(data: Bytes, link: Link, end: Offsets) -> Link:
    """Step over VLAN tags; the outermost gives the id."""
    for _ in range(_MOST_TAGS):
        rows = np.flatnonzero(np.logical_or.reduce([link.ethertype == tag for tag in _TAGS]))
        if not len(rows):
            break
        tag = whole_headers(data, link.at[rows], end[rows], layouts.VLAN_TAG)
        link.vlan[rows] = np.where(link.vlan[rows] < 0, tag["control"] & 0x0FFF, link.vlan[rows])
        link.ethertype[rows] = tag["type"]
        link.at[rows] += layouts.VLAN_TAG.itemsize
    return link


def _ppp_protocol(data: Bytes, at: Offsets, end: Offsets) -> tuple[Offsets, NDArray[np.int32]]:
    """Return where the packet behind a PPP protocol field begins, and its ethertype."""
    protocol = whole_headers(data, at, end, layouts.PPP_PROTOCOL)
    short = protocol >> 8 & 1 == 1
    return at + np.where(short, 1, 2), _translate(np.where(short, protocol >> 8, protocol), _PPP_PROTOCOLS)


def _pppoe(data: Bytes, link: Link, end: Offsets) -> Link:
    """Step into PPPoE sessions."""
    rows = np.flatnonzero(link.ethertype == _PPPOE)
    if len(rows):
        at = link.at[rows] + layouts.PPPOE.itemsize
        link.at[rows], link.ethertype[rows] = _ppp_protocol(data, at, end[rows])
    return link


def _unlabel(data: Bytes, link: Link, end: Offsets) -> Link:
    """Step over MPLS labels; what follows is told by its first four bits (RFC 4928, section 3).

    Ethernet behind a control word (RFC 4448, section 4.6) takes the place of the Ethernet outside.
    """
    rows = np.flatnonzero((link.ethertype == _MPLS[0]) | (link.ethertype == _MPLS[1]))
    if not len(rows):
        return link
    at = link.at[rows]
    inside = np.ones(len(rows), np.bool_)
    for _ in range(_MOST_LABELS):
        label = whole_headers(data, at, end[rows], layouts.MPLS_LABEL)
        at = at + np.where(inside, layouts.MPLS_LABEL.itemsize, 0)
        inside &= (label >> 8 & 1) == 0
    first = whole_headers(data, at, end[rows], np.dtype("u1")) >> 4
    link.at[rows], link.ethertype[rows] = at, _translate(first, {4: IPV4, 6: IPV6})
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


def _steps(data: Bytes, link: Link, end: Offsets) -> Link:
    """Step over all that may stand between Ethernet's (or a cooked) header and the network layer."""
    return _unlabel(data, _pppoe(data, _untag(data, link, end), end), end)


def _ethernet(data: Bytes, at: Offsets, end: Offsets) -> Link:
    header = whole_headers(data, at, end, layouts.ETHERNET)
    link = Link.plain(at + layouts.ETHERNET.itemsize, header["type"])
    link.src_mac, link.dst_mac = (header[side].astype(np.uint64) >> np.uint64(16) for side in ("src", "dst"))
    return _steps(data, link, end)


def _cooked(layout: np.dtype[np.void]) -> Callable[[Bytes, Offsets, Offsets], Link]:
    """Linux's "cooked" captures of the `any` device."""

    def sll(data: Bytes, at: Offsets, end: Offsets) -> Link:
        header = whole_headers(data, at, end, layout)
        link = Link.plain(at + layout.itemsize, header["type"])
        link.src_mac = np.where(header["size"] == 6, header["address"] >> np.uint64(16), np.uint64(0))
        return _steps(data, link, end)

    return sll


def _raw(data: Bytes, at: Offsets, end: Offsets) -> Link:
    """Nothing before IP, whose version must tell; what is no IPv6 is said to be IPv4, which will look again."""
    version = whole_headers(data, at, end, np.dtype("u1")) >> 4
    return Link.plain(at, np.where(version == 6, IPV6, IPV4))


def _named(ethertype: int) -> Callable[[Bytes, Offsets, Offsets], Link]:
    """Nothing before IP of the version that the link type names."""
    return lambda data, at, end: Link.plain(at, np.full(len(at), ethertype))


def _null(data: Bytes, at: Offsets, end: Offsets) -> Link:
    """BSD loopback: the address family, in one byte order or the other."""
    family = whole_headers(data, at, end, layouts.FAMILY)
    family = np.where(family < 0x10000, family, family.byteswap())
    return Link.plain(at + layouts.FAMILY.itemsize, _translate(family, _FAMILIES))


def _ppp(data: Bytes, at: Offsets, end: Offsets) -> Link:
    framing = whole_headers(data, at, end, layouts.PPP_FRAMING)
    framed = (framing["address"] == 0xFF) & (framing["control"] == 0x03)
    at = at + np.where(framed, layouts.PPP_FRAMING.itemsize, 0)
    return _unlabel(data, Link.plain(*_ppp_protocol(data, at, end)), end)


def _ppp_with_direction(data: Bytes, at: Offsets, end: Offsets) -> Link:
    """A byte that tells the direction, then PPP."""
    return _ppp(data, at + 1, end)


def _ppp_pppd(data: Bytes, at: Offsets, end: Offsets) -> Link:
    """PPP as Linux's pppd sees it: the direction stands where the address would."""
    return Link.plain(*_ppp_protocol(data, at + layouts.PPP_FRAMING.itemsize, end))


def _ppp_ether(data: Bytes, at: Offsets, end: Offsets) -> Link:
    """PPPoE without the Ethernet around it: discovery has another code than 0 (RFC 2516, section 5)."""
    code = whole_headers(data, at, end, layouts.PPPOE)["code"]
    return _unlabel(data, _pppoe(data, Link.plain(at, np.where(code == 0, _PPPOE, 0)), end), end)


def _mpls(data: Bytes, at: Offsets, end: Offsets) -> Link:
    return _unlabel(data, Link.plain(at, np.full(len(at), _MPLS[0])), end)


def _cisco(data: Bytes, at: Offsets, end: Offsets) -> Link:
    header = whole_headers(data, at, end, layouts.CISCO_HDLC)
    return _unlabel(data, Link.plain(at + layouts.CISCO_HDLC.itemsize, header["type"]), end)


LINK_LAYERS: dict[int, Callable[[Bytes, Offsets, Offsets], Link]] = {
    0: _null,
    1: _ethernet,
    9: _ppp,
    12: _raw,
    14: _raw,
    50: _ppp,
    51: _ppp_ether,
    101: _raw,
    104: _cisco,
    108: _null,
    113: _cooked(layouts.SLL),
    166: _ppp_pppd,
    204: _ppp_with_direction,
    219: _mpls,
    228: _named(IPV4),
    229: _named(IPV6),
    276: _cooked(layouts.SLL2),
}
"""By LINKTYPE_ value (tcpdump.org/linktypes). Each takes the bytes, where the frames begin and where they end."""
