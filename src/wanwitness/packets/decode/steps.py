"""What stands between a link layer's header and the network layer: tags, LLC, PPPoE, PPP, MPLS."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import distinct, whole_headers

from . import layouts

IPV4, ARP, IPV6, PPPOE, PPP, NSH = 0x0800, 0x0806, 0x86DD, 0x8864, 0x880B, 0x894F
"""Ethertypes (IEEE registry)."""
IPCP = 1 << 16 | 0x8021
"""Stands for IPCP (RFC 1332, section 2), which has no ethertype."""
BEYOND = 1 << 16
"""Stands for what is behind more tags or labels than are followed."""
_KINDS = np.arange(1 << 17)
"""All ethertypes, and what stands for something that has none."""
_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
"""IEEE 802.1Q and 802.1ad, and the numbers in use for QinQ before that."""
_TAGS = {0x8926: 6, 0x893F: 8, 0x8909: 8, 0x892F: 6, 0xF1C1: 6, 0xDADA: 8}
"""Bytes of other tags behind their ethertype, the next ethertype included: Cisco's VN-Tag, the E-TAG of IEEE 802.1BR,
Cisco's metadata (its security group), HSR (IEC 62439-3), the redundancy tag of IEEE 802.1CB, and what Linux writes
between a Marvell switch and its host."""
_STAMPED, _STAMPS = 0xD28B, {0x0010: 14, 0x0110: 14, 0x0020: 12, 0x0120: 12}
"""Arista's time stamp, and by its version its bytes, the next ethertype included."""
_MACSEC = 0x88E5
_ENCRYPTED, _CHANNEL = 0x0C, 0x20
"""MACsec's flags (IEEE 802.1AE, section 9.5): the bytes are changed; the sender's identifier of 8 bytes is there."""
BRIDGED = 0x6558
"""Transparent Ethernet bridging (RFC 1701): an Ethernet frame follows."""
_BRIDGES = {BRIDGED: 0, 0x88E7: 4, 0x8903: 2}
"""Bytes before the Ethernet frame that is within: none, IEEE 802.1ah's service tag, Cisco's FabricPath tag."""
_TRILL = 0x22F3
_NSH_CARRIES = {1: IPV4, 2: IPV6, 3: BRIDGED, 5: 0x8847}
"""RFC 8300, section 2.2."""
_LONGEST_8023 = 0x05DC
"""Up to it, what stands in the place of the ethertype is a length, and LLC follows (IEEE 802.3, section 3.2.6)."""
_SNAP, _IP_SAP, _ISO = 0xAAAA03, 0x060603, 0xFEFE03
"""What LLC begins with (IEEE 802.2): SNAP follows, or IP itself, or one of `NLPIDS`."""
NLPIDS = {0xCC: IPV4, 0x8E: IPV6, 0xCF: PPP}
"""Network-layer protocols by ISO's numbers (RFC 2427, section 3; RFC 2364, section 5)."""
BRIDGING = 0x0080C2
BRIDGED_ETHERNET = (1, 7)
"""An OUI, and its types that are Ethernet with and without a checksum behind it (RFC 2684, section 5.2)."""
_OUIS = (0x000000, 0x0000F8)
"""RFC 1042 and IEEE 802.1H: an ethertype follows."""
_STEPPED = np.isin(
    _KINDS,
    [*_VLAN, *_TAGS, _STAMPED, _MACSEC, *_BRIDGES, _TRILL, NSH, PPP, *range(1, _LONGEST_8023 + 1)],
)
_STEPPED_OR_PPPOE = _STEPPED | (_KINDS == PPPOE)
_MOST_TAGS = 8
"""Tags followed; more are no network's but somebody's test."""
MPLS = (0x8847, 0x8848)
_MOST_LABELS = 16
"""Labels followed in a stack."""
_WITHIN = np.isin(np.arange(1 << 16), [IPV4, ARP, IPV6, PPPOE, *MPLS, *_VLAN])
"""Ethertypes by which an Ethernet frame is known where nothing says that it is one."""
_MULTILINK, _WHOLE = 0x003D, 0xC0
"""PPP in PPP (RFC 1990, section 3), and its flags where a packet is in one piece."""
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
    several: list[tuple[Offsets, Offsets]] = field(default_factory=list)
    """Rows that hold several frames, a row as often as it does, and where these begin: Ethernet with a length."""

    @classmethod
    def plain(cls, at: Offsets, ethertype: NDArray[np.integer]) -> NetworkStart:
        """Return a link layer without addresses or tags."""
        n = len(at)
        nobody, nobody_else = np.zeros((2, n), np.uint64)  # each is written into, where there is a frame within
        return cls(at, ethertype.astype(np.int32), np.full(n, -1, np.int32), nobody, nobody_else)


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
    first_three = first["sap"].astype(np.int32) << 8 | first["control"]
    ethertype = np.where(snap, header["type"].astype(np.int32), np.where(first_three == _IP_SAP, IPV4, 0))
    size = np.where(snap, layouts.LLC.itemsize, layouts.LLC_ALONE.itemsize)
    iso = first_three == _ISO
    if iso.any():
        named = translate(whole_headers(data, at + layouts.LLC_ALONE.itemsize, end, np.dtype("u1")), NLPIDS)
        ethertype, size = np.where(iso, named, ethertype), size + iso
    bridged = (service == _SNAP) & (oui == BRIDGING) & np.isin(header["type"], BRIDGED_ETHERNET)
    if bridged.any():  # behind two bytes that pad
        ethertype, size = np.where(bridged, BRIDGED, ethertype), np.where(bridged, layouts.LLC.itemsize + 2, size)
    return at + size, ethertype.astype(np.int32)


def _untag(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step over tags and LLC; the outermost VLAN tag gives the id."""
    for _ in range(_MOST_TAGS):
        rows = np.flatnonzero(_STEPPED[link.ethertype])
        if not len(rows):
            break
        kind = link.ethertype[rows]
        for number in distinct(kind):
            _untag_one(data, link, end, rows[kind == number], number)
    else:
        link.ethertype[_STEPPED[link.ethertype]] = BEYOND
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
        link.ethertype[rows] = _ethertype(data, at - 2, stop)
    elif kind == _STAMPED:
        version = whole_headers(data, at + 2, stop, layouts.ETHERTYPE)
        link.at[rows] = at = at + translate(version, _STAMPS)
        link.ethertype[rows] = np.where(np.isin(version, list(_STAMPS)), _ethertype(data, at - 2, stop), 0)
    elif kind in _BRIDGES:
        _enter(data, link, end, rows, at + _BRIDGES[kind])
    elif kind == _TRILL:  # RFC 6325, section 3.2: options are counted in words
        options = whole_headers(data, at, stop, layouts.ETHERTYPE) >> 6 & 0x1F
        _enter(data, link, end, rows, at + 6 + options.astype(np.int64) * 4)
    elif kind == NSH:
        header = whole_headers(data, at, stop, layouts.NSH)
        link.at[rows] = at + (header["length"] & 0x3F).astype(np.int64) * 4
        link.ethertype[rows] = np.where(header["length"] & 0x3F >= 2, translate(header["next"], _NSH_CARRIES), 0)
    elif kind == PPP:
        link.at[rows], link.ethertype[rows] = ppp_protocol(data, at, stop)
    elif kind == _MACSEC:
        flags = whole_headers(data, at, stop, np.dtype("u1"))
        link.at[rows] = at = at + np.where(flags & _CHANNEL != 0, 16, 8)
        inner = _ethertype(data, at - 2, stop)
        link.ethertype[rows] = np.where(flags & _ENCRYPTED == 0, inner, 0)
    else:
        link.at[rows], link.ethertype[rows] = llc(data, at, stop)


def _ethertype(data: Bytes, at: Offsets, end: Offsets) -> NDArray[np.int32]:
    return whole_headers(data, at, end, layouts.ETHERTYPE).astype(np.int32)


def _enter(data: Bytes, link: NetworkStart, end: Offsets, rows: Offsets, at: Offsets) -> None:
    """Take the Ethernet frames that begin at `at` in place of what was around them."""
    header = whole_headers(data, at, end[rows], layouts.ETHERNET)
    link.at[rows], link.ethertype[rows] = at + layouts.ETHERNET.itemsize, header["type"]
    link.src_mac[rows], link.dst_mac[rows] = (header[side] >> np.uint64(16) for side in ("src", "dst"))


def ppp_protocol(data: Bytes, at: Offsets, end: Offsets) -> tuple[Offsets, NDArray[np.int32]]:
    """Return where the packet behind a PPP protocol field begins, and its ethertype."""
    protocol = whole_headers(data, at, end, layouts.PPP_PROTOCOL)
    whole = (protocol == _MULTILINK) & (whole_headers(data, at + 2, end, np.dtype("u1")) & _WHOLE == _WHOLE)
    if whole.any():  # behind a sequence number of three bytes
        at = at + np.where(whole, 2 + 4, 0)
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

    An Ethernet frame, behind a control word (RFC 4448, section 4.6) or without one, takes the place of the Ethernet
    outside; it is known by its ethertype.
    """
    rows = np.flatnonzero((link.ethertype == MPLS[0]) | (link.ethertype == MPLS[1]))
    if not len(rows):
        return link
    at, stop = link.at[rows], end[rows]
    inside = np.ones(len(rows), np.bool_)
    for _ in range(_MOST_LABELS):
        label = whole_headers(data, at, stop, layouts.MPLS_LABEL)
        at = at + np.where(inside, layouts.MPLS_LABEL.itemsize, 0)
        inside &= (label >> 8 & 1) == 0
    inside &= at <= stop  # a stack that is cut has no end either
    first = whole_headers(data, at, stop, np.dtype("u1"))
    link.at[rows], link.ethertype[rows] = at, np.where(inside, BEYOND, translate(first >> 4, {4: IPV4, 6: IPV6}))
    # A hardware address may begin like IP: then it is told by a header that cannot be one.
    header4, header6 = (whole_headers(data, at, stop, layout) for layout in (layouts.IPV4, layouts.IPV6))
    cannot = (first >> 4 == 4) & ((first & 0x0F < 5) | (header4["length"] > stop - at))
    cannot |= (first >> 4 == 6) & (header6["length"] != stop - at - layouts.IPV6.itemsize)
    open_ = ~inside
    for word, possible in ((4, first >> 4 == 0), (0, cannot | ~np.isin(first >> 4, (4, 6)))):
        here = np.flatnonzero(open_ & possible & is_ethernet(data, at + word, stop))
        _enter(data, link, end, rows[here], at[here] + word)
        open_[here] = False
    return pppoe(data, _untag(data, link, end), end) if _STEPPED_OR_PPPOE[link.ethertype[rows]].any() else link


def is_ethernet(data: Bytes, at: Offsets, end: Offsets) -> NDArray[np.bool_]:
    """Whether a frame of a network that we know begins there."""
    kind = _ethertype(data, at + 12, end)
    version = whole_headers(data, at + layouts.ETHERNET.itemsize, end, np.dtype("u1")) >> 4
    other: NDArray[np.bool_] = ((kind == IPV4) & (version != 4)) | ((kind == IPV6) & (version != 6))
    return _WITHIN[kind] & ~other


def steps(data: Bytes, link: NetworkStart, end: Offsets) -> NetworkStart:
    """Step over all that may stand between Ethernet's (or a cooked) header and the network layer."""
    return unlabel(data, pppoe(data, _untag(data, link, end), end), end)
