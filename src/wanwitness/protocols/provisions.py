"""What hosts at one capture point were given when their links were set up, by DHCP, IPCP or router advertisements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wanwitness.model import FrameRef, Oddity, Provision
from wanwitness.oddities import ODD, Oddities

from .advertisement import read_advertisement
from .broken import BrokenMessageError
from .dhcp import read_acknowledgement, read_reply
from .ppp import Ipcp

MOST_KEPT = 1 << 14
"""Different provisions kept; a network has a few, and hostile traffic must not fill the memory."""
_ADVERTISEMENT = "router advertisement"
_LINK_LOCAL = b"\xfe\x80"


class Provisions:
    """Collects them; of those that say the same the first is kept."""

    def __init__(self) -> None:
        self._oddities = {name: Oddities(name) for name in ("DHCP", "DHCPv6", "IPCP")}
        self._oddities[_ADVERTISEMENT] = Oddities(ODD("odd-advertisement"))
        self._kept: dict[Provision, Provision] = {}
        """By what they say, whenever and wherever."""
        self._ipcp = Ipcp()

    @property
    def rows(self) -> list[Provision]:
        """Those that were kept, in the capture's order."""
        return list(self._kept.values())

    def oddities(self) -> list[Oddity]:
        """What was broken or too much."""
        broken = [row for oddities in self._oddities.values() for row in oddities.rows()]
        return broken + self._ipcp.forgotten.rows()

    def dhcp(self, payload: bytes, missing: int, frame: FrameRef, ts_ns: int) -> None:
        """Take a UDP payload from or to DHCP's ports."""
        self._take("DHCP", missing, frame, lambda: read_acknowledgement(payload, frame, ts_ns))

    def dhcpv6(self, payload: bytes, server: str, missing: int, frame: FrameRef, ts_ns: int) -> None:
        """Take a UDP payload from `server` and to the port of DHCPv6 clients."""
        self._take("DHCPv6", missing, frame, lambda: read_reply(payload, server, frame, ts_ns))

    def ipcp(self, packet: bytes, taker: int, missing: int, frame: FrameRef, ts_ns: int) -> None:
        """Take an IPCP packet to a link-layer address, 0 where there is none."""
        self._take("IPCP", missing, frame, lambda: self._ipcp.read(packet, taker, frame, ts_ns))

    def advertisement(
        self, body: bytes, hop_limit: int, source: bytes, router: str, missing: int, frame: FrameRef, ts_ns: int
    ) -> None:
        """Take a router advertisement's body behind the checksum; it must be the link's own (RFC 4861, 6.1.2)."""
        if hop_limit == 255 and source.startswith(_LINK_LOCAL):
            self._take(_ADVERTISEMENT, missing, frame, lambda: read_advertisement(body, router, frame, ts_ns))

    def _take(self, protocol: str, missing: int, frame: FrameRef, read: Callable[[], Provision | None]) -> None:
        try:
            given = read()
        except BrokenMessageError as error:
            self._oddities[protocol].add(frame, ODD("odd-cut") if missing else error.why)
            return
        if given is None:
            return
        key = replace(given, frame=FrameRef(0, 0), ts_ns=0)
        if key not in self._kept:
            if len(self._kept) < MOST_KEPT:
                self._kept[key] = given
            else:
                self._oddities[protocol].add(frame, ODD("odd-too-many-given"))
