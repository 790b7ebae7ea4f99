"""Which MAC claims which address as its own, by ARP (RFC 826) and neighbour discovery (RFC 4861).

Only these count: an ordinary packet's source MAC is often a router's, which merely forwards for the address. Who
answers repeats the claim that he was asked with: an ARP reply is made of the request by swapping its fields (RFC 826),
and a solicited advertisement goes to the address and the MAC that asked (RFC 4861 section 7.2.4). So either frame of
the two shows it, where a capture lacks the other.
"""

from __future__ import annotations

from wanwitness.model import FrameRef, Oddity
from wanwitness.oddities import ODD

ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT = 133, 134, 135, 136
SOURCE_LINK_LAYER, TARGET_LINK_LAYER = 1, 2
UNSPECIFIED = bytes(16)
MULTICAST = 0xFF
"""The first byte of such an address."""
SOLICITED, OVERRIDE = 0x40, 0x20
REQUEST, REPLY = 1, 2
GROUP = 1 << 40
"""A MAC with this bit belongs to no single host (IEEE 802)."""
MOST_CLAIMS = 20_000
"""Pairs of an address and a MAC that are kept, 2 kB each: a LAN has fewer, and who forges them, or answers for a whole
network that is scanned, must not fill the memory."""


class Neighbours:
    """Collects claims; `macs` maps an address to the MACs that claimed it, each with the first frame that did.

    Args:
        most: pairs of an address and a MAC that are kept.
    """

    def __init__(self, most: int = MOST_CLAIMS) -> None:
        self._most, self._count = most, 0
        self.lost = 0
        """Claims of other pairs, which are not kept."""
        self._first_lost: FrameRef | None = None
        self.macs: dict[bytes, dict[int, FrameRef]] = {}
        self.announced: dict[bytes, set[int]] = {}
        """The same of IPv4 addresses whose MAC was told without being asked for: a proxy only answers (RFC 1027)."""

    def arp(self, operation: int, sender: tuple[bytes, int], target: tuple[bytes, int], frame: FrameRef) -> None:
        """Take an ARP packet's sender and target, each an address with its MAC, the target's that of the frame.

        A probe (RFC 5227) has no sender, and RARP's (RFC 903) is not known yet. An announcement has its own address in
        both places, though it be sent to one host.
        """
        answer = operation == REPLY and any(target[0][12:]) and target[0] != sender[0]
        if operation in (REQUEST, REPLY) and any(sender[0][12:]) and self._claim(*sender, frame) and not answer:
            self.announced.setdefault(sender[0], set()).add(sender[1])
        if answer and self._claim(*target, frame):
            self.announced.setdefault(target[0], set()).add(target[1])  # as who asked has told

    def icmpv6(
        self,
        kind: int,
        hop_limit: int,
        sender: tuple[bytes, int],
        target: tuple[bytes, int],
        body: bytes,
        frame: FrameRef,
    ) -> None:
        """Take an ICMPv6 packet's body behind the checksum, and the addresses and MACs it came from and went to."""
        source, source_mac = sender
        if hop_limit != 255:
            return  # it came through a router (RFC 4861 section 3.1)
        fixed = {ROUTER_SOLICITATION: 4, ROUTER_ADVERTISEMENT: 12}.get(kind, 20)
        if kind not in range(ROUTER_SOLICITATION, NEIGHBOUR_ADVERTISEMENT + 1) or len(body) < fixed:
            return
        advertised = kind == NEIGHBOUR_ADVERTISEMENT
        if advertised and body[0] & SOLICITED and target[0][0] != MULTICAST:
            self._claim(*target, frame)
        address = body[4:20] if advertised else source
        if advertised and not body[0] & OVERRIDE and address != source:
            return  # a proxy's or anycast answer leaves the flag out (RFC 4861 section 7.2.8), and so may a host's own
        mac = _option(body[fixed:], TARGET_LINK_LAYER if advertised else SOURCE_LINK_LAYER)
        if mac is None and advertised and address == source:
            mac = source_mac  # an answer to one host need not name it (section 4.4); it came through no router
        if mac is not None and address != UNSPECIFIED:
            self._claim(address, mac, frame)
            if address == source:
                # It came through no router: where the frame names another MAC, somebody speaks for the address.
                self._claim(address, source_mac, frame)

    def _claim(self, address: bytes, mac: int, frame: FrameRef) -> bool:
        """Take a claim, and return whether it is kept."""
        if not mac or mac & GROUP:
            return False
        claimed = self.macs.get(address)
        if claimed is not None and mac in claimed:
            return True
        if self._count == self._most:
            self.lost += 1
            self._first_lost = self._first_lost or frame
            return False
        self._count += 1
        if claimed is None:
            claimed = self.macs[address] = {}
        claimed[mac] = frame
        return True

    def oddities(self) -> list[Oddity]:
        """Tell how many claims are not kept."""
        if self._first_lost is None:
            return []
        reason = ODD("odd-claims", number=self.lost, most=self._most)
        return [Oddity(self._first_lost.capture, self._first_lost.number, None, reason)]


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
