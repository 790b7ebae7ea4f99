"""Link layers: where the network layer begins in each frame, and what it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wanwitness.ingest.columns import distinct, whole_headers

from . import layouts, wireless
from .filters import enc, nflog, pflog
from .steps import (
    ARP,
    BEYOND,
    BRIDGED,
    BRIDGED_ETHERNET,
    BRIDGING,
    FAMILIES,
    IPCP,
    IPV4,
    IPV6,
    MPLS,
    NLPIDS,
    NSH,
    PPP,
    PPPOE,
    Bytes,
    NetworkStart,
    Offsets,
    llc,
    ppp_protocol,
    pppoe,
    steps,
    translate,
    unlabel,
)

__all__ = ["ARP", "BEYOND", "IPCP", "IPV4", "IPV6", "LINK_LAYERS", "LinkLayer"]

BARE_NSH = 1 << 16
"""Stands for NSH without a link layer, which has no LINKTYPE_ value, where a tunnel carries it."""
LinkLayer = Callable[[Bytes, Offsets, Offsets], NetworkStart]


def _ethernet(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    header = whole_headers(data, at, end, layouts.ETHERNET)
    link = NetworkStart.plain(at + layouts.ETHERNET.itemsize, header["type"])
    link.src_mac, link.dst_mac = (header[side].astype(np.uint64) >> np.uint64(16) for side in ("src", "dst"))
    return steps(data, link, end)


_SLL_PPP = 0x0007
"""What a cooked header has of PPP on a serial line (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html)."""


def _cooked(layout: np.dtype[np.void]) -> LinkLayer:
    """Linux's "cooked" captures of the `any` device."""

    def sll(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
        header = whole_headers(data, at, end, layout)
        link = NetworkStart.plain(at + layout.itemsize, np.where(header["type"] == _SLL_PPP, PPP, header["type"]))
        link.src_mac = np.where(header["size"] == 6, header["address"] >> np.uint64(16), np.uint64(0))
        return steps(data, link, end)

    return sll


def _raw(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Nothing before IP, whose version must tell; what is no IPv6 is said to be IPv4, which will look again."""
    version = whole_headers(data, at, end, np.dtype("u1")) >> 4
    return NetworkStart.plain(at, np.where(version == 6, IPV6, IPV4))


def _named(ethertype: int) -> LinkLayer:
    """Nothing before IP of the version that the link type names."""
    return lambda data, at, end: NetworkStart.plain(at, np.full(len(at), ethertype))


def _null(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """BSD loopback: the address family, in one byte order or the other."""
    family = whole_headers(data, at, end, layouts.FAMILY)
    family = np.where(family < 0x10000, family, family.byteswap())
    return NetworkStart.plain(at + layouts.FAMILY.itemsize, translate(family, FAMILIES))


def _ppp(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    framing = whole_headers(data, at, end, layouts.PPP_FRAMING)
    framed = (framing["address"] == 0xFF) & (framing["control"] == 0x03)
    at = at + np.where(framed, layouts.PPP_FRAMING.itemsize, 0)
    return unlabel(data, NetworkStart.plain(*ppp_protocol(data, at, end)), end)


def _ppp_with_direction(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """A byte that tells the direction, then PPP."""
    return _ppp(data, at + 1, end)


def _ppp_pppd(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """PPP as Linux's pppd sees it: the direction stands where the address would."""
    return NetworkStart.plain(*ppp_protocol(data, at + layouts.PPP_FRAMING.itemsize, end))


def _ppp_ether(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """PPPoE without the Ethernet around it: discovery has another code than 0 (RFC 2516, section 5)."""
    code = whole_headers(data, at, end, layouts.PPPOE)["code"]
    return unlabel(data, pppoe(data, NetworkStart.plain(at, np.where(code == 0, PPPOE, 0)), end), end)


def _mpls(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    return unlabel(data, NetworkStart.plain(at, np.full(len(at), MPLS[0])), end)


def _cisco(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    header = whole_headers(data, at, end, layouts.CISCO_HDLC)
    return unlabel(data, NetworkStart.plain(at + layouts.CISCO_HDLC.itemsize, header["type"]), end)


def _behind(size: int) -> LinkLayer:
    """A header of so many bytes of which nothing is read, then LLC."""
    return lambda data, at, end: steps(data, NetworkStart.plain(*llc(data, at + size, end)), end)


def _ethernet_behind(size: int) -> LinkLayer:
    """A header of so many bytes of which nothing is read, then Ethernet."""
    return lambda data, at, end: _ethernet(data, at + size, end)


def _clip(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Classical IP over ATM (RFC 2225): LLC, which Linux leaves out."""
    link, bare = NetworkStart.plain(*llc(data, at, end)), _raw(data, at, end)
    link.at = np.where(link.ethertype != 0, link.at, at)
    link.ethertype = np.where(link.ethertype != 0, link.ethertype, bare.ethertype)
    return steps(data, link, end)


def _fddi(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """A byte of control, both addresses, LLC (ANSI X3.139)."""
    return _addressed(data, at + layouts.FDDI_CONTROL, end, np.zeros(len(at), np.int64))


def _token_ring(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Two bytes of control, both addresses, a route where the sender's first bit says so, LLC (IEEE 802.5)."""
    at = at + layouts.TOKEN_RING_CONTROL
    routed = whole_headers(data, at + 6, end, np.dtype("u1")) & 0x80 != 0
    route = whole_headers(data, at + layouts.ADDRESSES.itemsize, end, np.dtype("u1")) & 0x1F
    return _addressed(data, at, end, np.where(routed, route, 0).astype(np.int64))


def _addressed(data: Bytes, at: Offsets, end: Offsets, more: Offsets) -> NetworkStart:
    header = whole_headers(data, at, end, layouts.ADDRESSES)
    link = NetworkStart.plain(*llc(data, at + layouts.ADDRESSES.itemsize + more, end))
    link.dst_mac = header["dst"].astype(np.uint64) >> np.uint64(16)
    link.src_mac = header["src"].astype(np.uint64) & np.uint64(0x7FFF_FFFF_FFFF)  # the first bit tells of a route
    return steps(data, link, end)


def _frame_relay(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """An address whose last byte has its lowest bit set, then RFC 2427's identifiers, or Cisco's ethertype."""
    for _ in range(layouts.LONGEST_DLCI):
        more = whole_headers(data, at, end, np.dtype("u1")) & 1 == 0
        at = at + more
    at = at + 1
    header = whole_headers(data, at, end, layouts.FRAME_RELAY)
    ietf = header["control"] == 0x03
    at = at + (ietf & (header["protocol"] == 0))  # a byte that pads
    protocol = whole_headers(data, at + 1, end, np.dtype("u1"))
    named = translate(protocol, NLPIDS)
    snap = whole_headers(data, at + 2, end, layouts.SNAP)
    oui = snap["oui_high"].astype(np.int32) << 16 | snap["oui_low"]
    named = np.where((protocol == 0x80) & (oui == 0), snap["type"], named)
    named = np.where((protocol == 0x80) & (oui == BRIDGING) & np.isin(snap["type"], BRIDGED_ETHERNET), BRIDGED, named)
    kind = np.where(ietf, named, whole_headers(data, at, end, layouts.ETHERTYPE))
    behind = np.where(ietf & (protocol == 0x80), 2 + layouts.SNAP.itemsize, 2)
    return steps(data, NetworkStart.plain(at + behind, kind), end)


def _tagged_by_switch(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Ethernet with the four bytes in it that a switch and its host tell each other, before the ethertype."""
    header = whole_headers(data, at, end, layouts.SWITCH_TAGGED)
    link = NetworkStart.plain(at + layouts.SWITCH_TAGGED.itemsize, header["type"])
    link.src_mac, link.dst_mac = (header[side].astype(np.uint64) >> np.uint64(16) for side in ("src", "dst"))
    return steps(data, link, end)


def _marvell(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Marvell's tag has taken the place of a VLAN tag, where its third bit says so, and holds the VLAN's id."""
    link = _tagged_by_switch(data, at, end)
    tag = whole_headers(data, at, end, layouts.SWITCH_TAGGED)["tag"]
    link.vlan = np.where(tag >> 29 & 1 == 1, tag & 0x0FFF, link.vlan.astype(np.int64)).astype(np.int32)
    return link


_JUNIPER_MAGIC, _JUNIPER_EXTENDED, _JUNIPER_BARE = b"MGC", 0x80, 0x02


def _juniper(linktype: int) -> LinkLayer:
    """What JunOS writes before a frame of a link type; or before IP alone, behind its family."""

    def juniper(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
        header = whole_headers(data, at, end, layouts.JUNIPER)
        good = header["magic"] == np.frombuffer(_JUNIPER_MAGIC, "V3")[0]
        extended, bare = (header["flags"] & flag != 0 for flag in (_JUNIPER_EXTENDED, _JUNIPER_BARE))
        at = at + np.where(extended, 6 + header["extension"].astype(np.int64), 4)
        kinds = np.where(good, np.where(bare, _RAW_IP, linktype), -1)
        return _of_kinds(data, np.where(bare, at + 4, at), end, kinds)

    return juniper


_RAW_IP = 101


def _ppi(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Per-packet information, then a frame of the link type that it names."""
    header = whole_headers(data, at, end, layouts.PPI)
    return _of_kinds(data, at + header["length"], end, header["linktype"].astype(np.int64))


def _pktap(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """What macOS writes of several interfaces, then a frame of the link type that it names."""
    header = whole_headers(data, at, end, layouts.PKTAP)
    return _of_kinds(data, at + header["length"].astype(np.int64), end, header["linktype"].astype(np.int64))


def _of_kinds(data: Bytes, at: Offsets, end: Offsets, kinds: Offsets) -> NetworkStart:
    """Frames whose own headers name their link types."""
    link = NetworkStart.plain(at.copy(), np.zeros(len(at), np.int32))
    link.src_mac, link.dst_mac = np.zeros((2, len(at)), np.uint64)
    for kind in distinct(kinds):
        if kind in LINK_LAYERS and LINK_LAYERS[kind] not in (_ppi, _pktap):
            rows = np.flatnonzero(kinds == kind)
            inner = LINK_LAYERS[kind](data, at[rows], end[rows])
            link.at[rows], link.ethertype[rows], link.vlan[rows] = inner.at, inner.ethertype, inner.vlan
            link.src_mac[rows], link.dst_mac[rows] = inner.src_mac, inner.dst_mac
            link.several += [(rows[some], begin) for some, begin in inner.several]
    return link


LINK_LAYERS: dict[int, LinkLayer] = {
    0: _null,
    1: _ethernet,
    6: _token_ring,
    9: _ppp,
    10: _fddi,
    12: _raw,
    14: _raw,
    50: _ppp,
    51: _ppp_ether,
    100: _behind(0),  # ATM (RFC 2684)
    101: _raw,
    104: _cisco,
    105: wireless.ieee80211,
    106: _clip,
    107: _frame_relay,
    108: _null,
    109: enc,
    113: _cooked(layouts.SLL),
    117: pflog,
    119: wireless.prism,
    122: _behind(16),  # IP over Fibre Channel (RFC 2625): the header has two addresses of 8 bytes
    123: _behind(4),  # SunATM, of which LLC is read
    127: wireless.radiotap,
    163: wireless.avs,
    166: _ppp_pppd,
    178: _juniper(1),
    179: _juniper(9),
    180: _juniper(107),
    181: _juniper(104),
    192: _ppi,
    204: _ppp_with_direction,
    205: lambda data, at, end: _cisco(data, at + 1, end),  # with a direction
    206: lambda data, at, end: _frame_relay(data, at + 1, end),
    219: _mpls,
    228: _named(IPV4),
    229: _named(IPV6),
    239: nflog,
    240: _ethernet_behind(4),  # netANALYZER
    241: _ethernet_behind(12),  # netANALYZER with the preamble
    258: _pktap,
    276: _cooked(layouts.SLL2),
    281: _tagged_by_switch,  # Broadcom's
    282: _ethernet_behind(4),  # Broadcom's, before the frame
    284: _marvell,
    285: _ethernet,  # Marvell's with an ethertype
    BARE_NSH: lambda data, at, end: steps(data, NetworkStart.plain(at, np.full(len(at), NSH)), end),
}
"""By LINKTYPE_ value (tcpdump.org/linktypes). Each takes the bytes, where the frames begin and where they end."""
