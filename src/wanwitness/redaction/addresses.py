"""Addresses that stand for others.

Written out, one is as long as the other; hosts of one network stay in one network. IPv4 goes to 10.0.0.0/8 (and to
192.168.0.0/16 where that has none as long), IPv6 to fd00::/8, where nobody can be reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import chain

Network = IPv4Network | IPv6Network
_PRIVATE: tuple[Network, ...] = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"))
)
_SOLICITED = bytes.fromhex("3333ff")
"""Multicast to whoever has an IPv6 address that ends like this (RFC 4291 section 2.7.1, RFC 2464 section 7)."""
_LINK_LOCAL = 0xFE80
_LOCAL = b"\x02RD"
"""How the MACs given begin: they are locally administered (IEEE 802), so nobody's."""
Prefix = tuple[int, int, int]


class AddressMasks:
    """Gives each of the LAN's addresses another.

    Args:
        lan: its networks, besides those that are anybody's LAN.
        known: addresses that the case tells of: none of them is given.
    """

    def __init__(self, lan: Iterable[Network], known: Iterable[str] = ()) -> None:
        self._lan = tuple(lan)
        seen = [address for text in known if (address := _address(text)) is not None]
        self._prefixes_seen = {_prefix(address.packed) for address in seen if address.version == 4}
        self._groups_seen = [{_groups(a.packed)[at] for a in seen if a.version == 6} for at in range(8)]
        self._prefixes: dict[Prefix, Prefix] = {}
        self._hosts: defaultdict[Prefix, dict[int, int]] = defaultdict(dict)
        self._groups: tuple[dict[int, int], ...] = tuple({0: 0} for _ in range(8))
        self._macs: dict[bytes, bytes] = {}
        self.is_of_lan = cache(self._is_of_lan)

    def _is_of_lan(self, address: bytes) -> bool:
        """Whether an address (4 or 16 bytes) is one that is masked."""
        ip = ip_address(address)
        if ip.is_multicast or ip.is_loopback or ip.is_unspecified:
            return False
        return any(ip in network for network in (*_PRIVATE, *self._lan) if network.version == ip.version)

    def ip(self, address: bytes) -> bytes:
        """Return what stands for an address of 4 or 16 bytes: itself, where it is not the LAN's."""
        if not self.is_of_lan(address):
            return address
        return self._ip4(address) if len(address) == 4 else self._ip6(address)

    def _ip4(self, address: bytes) -> bytes:
        prefix = _prefix(address)
        if prefix not in self._prefixes:
            self._prefixes[prefix] = self._fresh_prefix(len(_dotted(prefix)))
        return bytes((*self._prefixes[prefix], _one_to_one(self._hosts[prefix], address[3], _octets(address[3]))))

    def _fresh_prefix(self, length: int) -> Prefix:
        taken = self._prefixes_seen | set(self._prefixes.values())
        return next((one for one in _prefixes(length) if one not in taken), next(_prefixes(length)))

    def _ip6(self, address: bytes) -> bytes:
        groups = [self._group(at, group) for at, group in enumerate(_groups(address))]
        return b"".join(group.to_bytes(2) for group in groups)

    def _group(self, at: int, group: int) -> int:
        """A group of as many digits, so that it is written as long, and zeros stay zeros."""
        if at == 0:
            if group == _LINK_LOCAL:
                return group
            free: Iterable[int] = (n for n in range(0xFD00, 0xFE00) if n not in self._groups_seen[0])
        else:
            digits = len(f"{group:x}")
            like = range(16 ** (digits - 1), 16**digits)
            free = chain((n for n in like if n not in self._groups_seen[at]), like)
        return _one_to_one(self._groups[at], group, free)

    def mac(self, mac: bytes) -> bytes:
        """Return what stands for a MAC: itself, where it is everybody's."""
        if mac.startswith(_SOLICITED):
            return _SOLICITED + self._numbered(mac)[3:]
        return mac if mac[0] & 1 or not any(mac) else self._numbered(mac)

    def _numbered(self, mac: bytes) -> bytes:
        if mac not in self._macs:
            self._macs[mac] = _LOCAL + (len(self._macs) + 1).to_bytes(3)
        return self._macs[mac]

    @property
    def macs(self) -> dict[bytes, bytes]:
        """What stands for each MAC so far."""
        return self._macs

    def text(self, text: str) -> str:
        """Return what stands for an address as it is written, in whatever spelling; itself, where it is none."""
        address = _address(text)
        if address is None or (masked := self.ip(address.packed)) == address.packed:
            return text
        if address.version == 4:
            return str(IPv4Address(masked))
        head, _, tail = text.rpartition(":")
        if "." in tail:  # the last two groups as IPv4 writes them
            return f"{self._respelt(head, masked[:12])}:{IPv4Address(self.ip(address.packed[12:]))}"
        return self._respelt(text, masked)

    @staticmethod
    def _respelt(text: str, address: bytes) -> str:
        """An IPv6 address spelt as another was: its zeros left out where that leaves them out, padded where that is."""
        front, gap, back = text.partition("::")
        ahead, behind = (part.split(":") if part else [] for part in (front, back))
        groups = _groups(address)
        told = [*groups[: len(ahead)], *groups[len(groups) - len(behind) :]] if gap else groups
        words = [f"{group:0{len(old)}x}" for group, old in zip(told, (*ahead, *behind), strict=True)]
        return ":".join(words[: len(ahead)]) + gap + ":".join(words[len(ahead) :])

    def reversed(self, labels: list[bytes]) -> list[bytes] | None:
        """Return the labels of a name under in-addr.arpa or ip6.arpa with another address; None where it is not one.

        A label of another length cannot stand in a packet: an octet is cut, or padded with zeros.
        """
        zone, digits = tuple(label.lower() for label in labels[-2:]), labels[:-2]
        try:
            if zone == (b"in-addr", b"arpa") and len(digits) == 4:
                masked = self.ip(bytes(int(digit) for digit in reversed(digits)))
                octets = (f"{octet:0{len(old)}d}"[-len(old) :] for octet, old in zip(masked[::-1], digits, strict=True))
                return [*(octet.encode() for octet in octets), *labels[-2:]]
            if zone == (b"ip6", b"arpa") and len(digits) == 32:
                masked = self.ip(bytes.fromhex(b"".join(digits[::-1]).decode()))
                return [*(nibble.encode() for nibble in masked.hex()[::-1]), *labels[-2:]]
        except ValueError:
            pass
        return None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _one_to_one(given: dict[int, int], value: int, free: Iterable[int]) -> int:
    """What a number goes to: the first other one that is free and no other goes to; where all are taken, itself."""
    if value not in given:
        taken = {value, *given.values()}
        given[value] = next((one for one in free if one not in taken), value)
    return given[value]


def _octets(octet: int) -> Iterable[int]:
    """Those with as many digits; the network's own and the broadcast stay what they are."""
    if octet in (0, 255):
        return (octet,)
    return range(1, 10) if octet < 10 else range(10, 100) if octet < 100 else range(100, 255)


def _prefixes(length: int) -> Iterator[Prefix]:
    """Networks of 256 addresses whose first three octets are written in so many characters."""
    for one in (10, 192, 0):
        for two in (168,) if one == 192 else range(255, -1, -1):
            for three in range(255, -1, -1):
                if len(_dotted((one, two, three))) == length:
                    yield one, two, three


def _prefix(address: bytes) -> Prefix:
    return address[0], address[1], address[2]


def _dotted(prefix: Prefix) -> str:
    return ".".join(map(str, prefix))


def _groups(address: bytes) -> list[int]:
    return [int.from_bytes(address[at : at + 2]) for at in range(0, len(address), 2)]
