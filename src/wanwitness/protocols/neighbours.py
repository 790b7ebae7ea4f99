"""Which MAC claims which address as its own, by ARP (RFC 826) and neighbour discovery (RFC 4861).

Only these count: an ordinary packet's source MAC is often a router's, which merely forwards for the address.
"""

from __future__ import annotations

from wanwitness.model import FrameRef

ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT = 133, 134, 135, 136
SOURCE_LINK_LAYER, TARGET_LINK_LAYER = 1, 2
UNSPECIFIED = bytes(16)
OVERRIDE = 0x20
REQUEST, REPLY = 1, 2
GROUP = 1 << 40
"""A MAC with this bit belongs to no single host (IEEE 802)."""


class Neighbours:
    """Collects claims; `macs` maps an address to the MACs that claimed it, each with the first frame that did."""

    def __init__(self) -> None:
        self.macs: dict[bytes, dict[int, FrameRef]] = {}

    def arp(self, operation: int, sender: bytes, mac: int, frame: FrameRef) -> None:
        """Take an ARP packet's sender; a probe (RFC 5227) has none, and RARP's (RFC 903) is not known yet."""
        if operation in (REQUEST, REPLY) and any(sender[12:]):
            self._claim(sender, mac, frame)

    def icmpv6(self, kind: int, hop_limit: int, source: bytes, body: bytes, source_mac: int, frame: FrameRef) -> None:
        """Take an ICMPv6 packet's body behind the checksum, and the MAC it came from."""
        if hop_limit != 255:
            return  # it came through a router (RFC 4861 section 3.1)
        fixed = {ROUTER_SOLICITATION: 4, ROUTER_ADVERTISEMENT: 12}.get(kind, 20)
        if kind not in range(ROUTER_SOLICITATION, NEIGHBOUR_ADVERTISEMENT + 1) or len(body) < fixed:
            return
        advertised = kind == NEIGHBOUR_ADVERTISEMENT
        address = body[4:20] if advertised else source
        if advertised and not body[0] & OVERRIDE and address != source:
            return  # a proxy's or anycast answer leaves the flag out (RFC 4861 section 7.2.8), and so may a host's own
        mac = _option(body[fixed:], TARGET_LINK_LAYER if advertised else SOURCE_LINK_LAYER)
        if mac is None and advertised and address == source:
            mac = source_mac  # an answer to one host need not name it (section 4.4); it came through no router
        if mac is not None and address != UNSPECIFIED:
            self._claim(address, mac, frame)

    def _claim(self, address: bytes, mac: int, frame: FrameRef) -> None:
        if mac and not mac & GROUP:
            self.macs.setdefault(address, {}).setdefault(mac, frame)


def _option(options: bytes, wanted: int) -> int | None:
    """Find a link-layer address option (RFC 4861 section 4.6.1) of 48 bits."""
    while len(options) >= 8:
        size = options[1] * 8
        if size == 0:
            return None
        if options[0] == wanted and size == 8:
            return int.from_bytes(options[2:8])
        options = options[size:]
    return None
