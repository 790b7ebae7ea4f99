"""Which addresses are one host.

A host is one IP address. An IPv4 and an IPv6 address are one host where ARP and neighbour discovery show the same MAC
as their own, and nothing speaks against it. In doubt nothing is joined, for a wrong join accuses:

- An address that more than one MAC claims joins nothing: its lease moved on, or somebody forges a claim (gratuitous
  ARP, unsolicited advertisements with the override flag of RFC 4861).
- Nor does one whose own packets came from another MAC than the one that claims it, at a capture point that saw the
  claim: it is forged, or somebody forwards.
- Nor does a MAC that claims an IPv6 address which was made of another (RFC 4291, appendix A): that is a repeater, which
  puts its own into frames, ARP and advertisements.
- Of several IPv4 addresses that one MAC claims, one may be its own and the others aliases, or those of hosts that it
  answers for (proxy ARP, RFC 1027). A proxy only answers: the one that the MAC told unasked is joined, and no other;
  none is where it told several, nor where packets of an IPv4 address come from it that it does not claim.
- Where more was claimed than is kept of a capture point, nobody knows what else was, and nothing is joined.
- Nor does a MAC join that no single machine has: those of VRRP and CARP, HSRP and GLBP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv6Address

from wanwitness.reading.point import PointRows

VIRTUAL = {
    0x00005E0001: 8,  # VRRP for IPv4, CARP: 00-00-5E-00-01-xx (RFC 9568 section 7.3)
    0x00005E0002: 8,  # VRRP for IPv6
    0x00000C07AC: 8,  # HSRP
    0x00000C9FF: 12,  # HSRP version 2
    0x000573A0: 16,  # HSRP for IPv6
    0x0007B400: 16,  # GLBP
}
"""Beginnings of MACs that routers take over from each other, and how many bits follow."""


class Hosts:
    """Answers which addresses belong to the host of a given one.

    Args:
        lan: the rows of each capture point of the LAN.
    """

    def __init__(self, lan: Iterable[PointRows]) -> None:
        self._claimed = claimed = defaultdict[str, set[int]](set)
        contradicted: set[str] = set()
        self._senders: dict[str, set[int]] = defaultdict(set)
        self._stands_for: dict[int, set[str]] = defaultdict(set)
        """MAC to the IPv4 addresses that it claims, or whose packets came from it."""
        announced: dict[int, set[str]] = defaultdict(set)
        complete = True
        for rows in lan:
            complete &= not rows.claims_lost
            for address, macs in rows.macs.items():
                claimed[address].update(macs)
                # Where it is not claimed another router may stand between.
                if not rows.senders.get(address, frozenset()) <= macs.keys():
                    contradicted.add(address)
            for address, came_from in rows.senders.items():
                self._senders[address] |= came_from
            for address, told in rows.announced.items():
                for mac in told:
                    announced[mac].add(address)
        for address, macs_of_it in (*claimed.items(), *self._senders.items()):
            if ":" not in address:
                for mac in macs_of_it:
                    self._stands_for[mac].add(address)
        self._mac: dict[str, int] = {}
        """Of addresses that one MAC alone claims as its own, that."""
        self._host: dict[int, set[str]] = defaultdict(set)
        """MAC to those addresses of it that are one host's."""
        repeaters = {mac for address, macs in claimed.items() for mac in macs if _made_of_another(address, mac)}
        for address, macs_of_it in claimed.items() if complete else ():
            (mac, *others) = macs_of_it
            if others or address in contradicted or mac in repeaters or _virtual(mac):
                continue
            old = self._stands_for[mac]
            aliases = announced[mac] == {address} and all(mac in claimed.get(other, ()) for other in old)
            if ":" in address or old == {address} or aliases:
                self._mac[address] = mac
                self._host[mac].add(address)

    def addresses(self, address: str) -> frozenset[str]:
        """Return `address` and the others of its host."""
        mac = self._mac.get(address)
        if mac is None or all(":" in other for other in self._host[mac]):
            return frozenset((address,))  # without an IPv4 address nobody knows how many hosts a MAC stands for
        return frozenset(self._host[mac])

    def perhaps(self, address: str) -> frozenset[str]:
        """Return addresses of the other IP version that may be this host's: nothing shows that they are, nor are not.

        Those are hosts of the LAN whose packets came from the same MAC, or from none that was captured. Packets of a
        host that never came are no help, so that only who asked DNS or opened connections is among them. A MAC that
        stands for several IPv4 addresses forwards, and tells nothing of any.
        """
        mine = self._came_from(address)
        if mine is None:
            return frozenset()
        found = set[str]()
        for other in self._senders:
            theirs = self._came_from(other) if (":" in other) != (":" in address) else None
            if theirs is not None and (not mine or not theirs or mine & theirs):
                found.add(other)
        if ":" not in address:  # a host has one IPv4 address
            found = {other for other in found if all(":" in known for known in self.addresses(other))}
        return frozenset(found - self.addresses(address))

    def _came_from(self, address: str) -> set[int] | None:
        """The MACs that an address's packets came from, else those that claim it; empty where no MAC is known.

        None where all of them forward for others.
        """
        macs = self._senders.get(address) or self._claimed.get(address, set())
        own = {mac for mac in macs if len(self._stands_for[mac]) < 2 and not _virtual(mac)}
        return own if own or not macs else None


def _virtual(mac: int) -> bool:
    return any(mac >> bits == begin for begin, bits in VIRTUAL.items())


def _made_of_another(address: str, mac: int) -> bool:
    """Whether an IPv6 address has another MAC's modified EUI-64 as its interface identifier."""
    if ":" not in address:
        return False
    identifier = int(IPv6Address(address)) & (1 << 64) - 1
    if identifier >> 24 & 0xFFFF != 0xFFFE:
        return False
    made_of = (identifier >> 40 ^ 0x020000) << 24 | identifier & 0xFFFFFF
    return made_of != mac
