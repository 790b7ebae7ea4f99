"""The made-up site of the benchmark: one LAN, two links, a router that does source NAT and forwards DNS."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

CLIENT_MAC = bytes.fromhex("00005e005310")
ROUTER_LAN_MAC = bytes.fromhex("00005e005301")
CLIENTS = 50
FIRST_CLIENT = int(IPv4Address("192.168.1.100"))
ROUTER = int(IPv4Address("192.168.1.1"))
UNNAMED_RELAY = int(IPv4Address("192.0.2.77"))
"""A relay that clients reach by address, so that no DNS answer ever holds it."""
FIRST_SERVER = int(IPv4Address("198.18.0.0"))
"""Background servers are in 198.18.0.0/15, which RFC 2544 sets aside for benchmarks."""


@dataclass(frozen=True, slots=True)
class Access:
    """One link: addresses as numbers, and the MACs on both ends of its WAN side."""

    name: str
    address: int
    resolver: int
    relay_name: str
    relay: int
    router_mac: bytes
    isp_mac: bytes


def _access(name: str, address: str, resolver: str, relay: str, macs: str) -> Access:
    ends = (bytes.fromhex("00005e0053" + macs + digit) for digit in "12")
    numbers = (int(IPv4Address(text)) for text in (address, resolver, relay))
    own, resolver_address, relay_address = numbers
    return Access(name, own, resolver_address, f"smtp.{name}.example", relay_address, *ends)


LINKS = (
    _access("orange", "203.0.113.10", "198.51.100.53", "198.51.100.25", "2"),
    _access("sfr", "203.0.113.130", "198.51.100.153", "198.51.100.125", "3"),
)
FILES = ("lan.pcap", *(f"wan-{link.name}.pcap" for link in LINKS))


def site_toml() -> str:
    """Return the case's site file."""
    text = '[site]\nname = "Benchmark"\nlan = ["192.168.1.0/24"]\n'
    for link in LINKS:
        text += (
            f'\n[[link]]\nname = "{link.name}"\naddresses = ["{IPv4Address(link.address)}"]\n'
            f'resolvers = ["{IPv4Address(link.resolver)}"]\n'
            f'relays = ["{link.relay_name}", "{IPv4Address(link.relay)}"]\n'
        )
    text += f'\n[[capture]]\nfile = "{FILES[0]}"\nrole = "lan"\n'
    for link, file in zip(LINKS, FILES[1:], strict=True):
        text += f'\n[[capture]]\nfile = "{file}"\nrole = "wan"\nlink = "{link.name}"\n'
    return text
