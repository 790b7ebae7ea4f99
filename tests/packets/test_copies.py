"""Packets captured twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether

from wanwitness.packets import decode
from wanwitness.packets.copies import Copies

from .windows import frames

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="192.0.2.2", id=7)
UNNAMED = IP(src="192.0.2.1", dst="192.0.2.2", id=0, flags="DF")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
SEGMENT = TCP(sport=4000, dport=25, seq=1, flags="PA") / b"EHLO me\r\n"
MS = 1_000_000


def used(captured: Sequence[Any], times: Sequence[int], size: int = 100) -> tuple[list[int], list[tuple[int, int]]]:
    """The numbers of the frames that are used, and those of the copies with their originals."""
    copies, numbers, pairs = Copies(), [], []
    for begin in range(0, len(captured), size):
        window = frames(captured[begin : begin + size], first=begin + 1)
        window.ts_ns[:] = times[begin : begin + size]
        packets, _ = decode(window, np.array([1], np.int32))
        kept, found = copies.without(packets)
        numbers += kept.number.tolist()
        pairs += [(copy.frame.number, copy.original.number) for copy in found]
    return numbers, pairs


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("network", [V4, UNNAMED, V6])
def test_a_copy_is_used_once(network: Any, size: int) -> None:
    """Whatever the windows and the version; a third copy is one of the second."""
    packet = ETHER / network / SEGMENT
    assert used([packet] * 3, [0, MS, 2 * MS], size) == ([1], [(2, 1), (3, 2)])
    datagram = ETHER / network / UDP(sport=53, dport=9) / b"abc"
    assert used([packet, datagram, packet, datagram], [0, 0, MS, MS], size) == ([1, 2], [(3, 1), (4, 2)])


@pytest.mark.parametrize("size", [1, 100])
def test_a_retransmission_is_no_copy(size: int) -> None:
    """It has another identification; and what comes later, or with other bytes, is no copy whatever it has."""
    packet = ETHER / V4 / SEGMENT
    other = packet.copy()
    other[IP].id = 8
    assert used([packet, other], [0, MS], size) == ([1, 2], [])
    assert used([packet, packet], [0, 11 * MS], size) == ([1, 2], [])
    for network in (UNNAMED, V6):
        assert used([ETHER / network / SEGMENT] * 2, [0, 3 * MS], size) == ([1, 2], [])
    changed = bytearray(bytes(packet))
    changed[-1] ^= 1
    assert used([packet, bytes(changed)], [0, 0], size) == ([1, 2], [])


def test_a_router_or_a_vlan_may_lie_between_two_ports() -> None:
    """Then the TTL and the tag differ; without an identification the TTL must be equal."""
    for network, copies in ((V4, [(2, 1)]), (UNNAMED, []), (V6, [])):
        packet = ETHER / network / SEGMENT
        routed = ETHER / Dot1Q(vlan=3) / packet.copy().payload
        if routed.haslayer(IP):
            routed[IP].ttl = packet[IP].ttl - 1
        else:
            routed[IPv6].hlim = packet[IPv6].hlim - 1
        assert used([packet, routed], [0, MS])[1] == copies


def test_both_directions_are_different_packets() -> None:
    """An answer is no copy of its question."""
    there = ETHER / V4 / UDP(sport=53, dport=53) / b"abc"
    back = ETHER / IP(src=V4.dst, dst=V4.src, id=7) / UDP(sport=53, dport=53) / b"abc"
    assert used([there, back], [0, 0]) == ([1, 2], [])
