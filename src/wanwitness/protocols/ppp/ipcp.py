"""IPCP: the address and the resolvers that a provider's PPP peer gives (RFC 1332, RFC 1877).

Each side asks for what it wants with a Configure-Request; the other names better values in a Configure-Nak, and says
yes in a Configure-Ack, which repeats the Request's options (RFC 1661, section 5). Both sides ask so for an address of
their own. Who dials is the one that asks for resolvers, or that was given its address by a Nak.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from wanwitness.model import FrameRef, Provision
from wanwitness.oddities import ODD, LetGo
from wanwitness.protocols.broken import BrokenMessageError

_ACK, _NAK = 2, 3
_ADDRESS, _PRIMARY, _SECONDARY = 3, 129, 131
_MOST_OFFERS = 1 << 12
"""Offers remembered; the oldest make room."""


class Ipcp:
    """Follows the negotiations at one capture point."""

    def __init__(self) -> None:
        self._offered: dict[tuple[int, bytes], None] = {}
        """Addresses that a Nak named to a side, by that side's link-layer address (0 where there is none)."""
        self.forgotten = LetGo("odd-ipcp-offers", most=_MOST_OFFERS)

    def read(self, packet: bytes, taker: int, frame: FrameRef, ts_ns: int) -> Provision | None:
        """Return what a Configure-Ack gives the side that dialled; None for other packets.

        Args:
            packet: from the code on.
            taker: link-layer address of the side it is sent to; 0 where the link has none.
            frame: where it was captured.
            ts_ns: when.

        Raises:
            BrokenMessageError: the packet's lengths contradict each other.
        """
        if len(packet) < 4 or packet[0] not in (_ACK, _NAK):
            return None
        length = int.from_bytes(packet[2:4])
        if not 4 <= length <= len(packet):
            raise BrokenMessageError(ODD("odd-length", length=length, bytes=len(packet)))
        options = {kind: value for kind, value in _split(packet[4:length]) if len(value) == 4}
        address = options.get(_ADDRESS)
        if packet[0] == _NAK:
            if address is not None:
                self._offered[taker, address] = None
                if len(self._offered) > _MOST_OFFERS:
                    del self._offered[next(iter(self._offered))]
                    self.forgotten.add(frame)
            return None
        resolvers = _shown(options.get(_PRIMARY), options.get(_SECONDARY))
        if not resolvers and (address is None or (taker, address) not in self._offered):
            return None
        return Provision(
            "ipcp",
            frame,
            ts_ns,
            giver="",
            taker=taker.to_bytes(6).hex() if taker else "",
            addresses=_shown(address),
            resolvers=resolvers,
        )


def _split(options: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(options):
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options):
            raise BrokenMessageError(ODD("odd-option-length", option=options[at], length=size))
        yield options[at], options[at + 2 : at + size]
        at += size


def _shown(*addresses: bytes | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(IPv4Address(one)) for one in addresses if one is not None and any(one)))
