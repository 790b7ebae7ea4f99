"""Packets captured twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether

from wanwitness.packets import Packets
from wanwitness.packets.decode import decode
from wanwitness.packets.duplicates import Copies

from .windows import frames

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="192.0.2.2", id=7)
UNNAMED = IP(src="192.0.2.1", dst="192.0.2.2", id=0, flags="DF")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
SEGMENT = TCP(sport=4000, dport=25, seq=1, flags="PA") / b"EHLO me\r\n"
MS = 1_000_000


def used(captured: Sequence[Any], times: Sequence[int], size: int = 100) -> tuple[list[int], list[tuple[int, int]]]:
    """The numbers of the frames that are used, and those of the copies with their originals."""
    copies = Copies()
    parts: list[Packets] = []
    unused: list[Packets] = []
    pairs = []
    for begin in range(0, len(captured), size):
        window = frames(captured[begin : begin + size], first=begin + 1)
        window.ts_ns[:] = times[begin : begin + size]
        packets, _ = decode(window, np.array([1], np.int32))
        ready, found = copies.without(packets, 0)
        parts += ready.used
        unused += ready.copies
        pairs += [(copy.frame.number, copy.original.number) for copy in found]
    last = copies.release()
    told = {number for part in [*unused, *last.copies] for number in part.number.tolist()}
    assert told == {number for number, _ in pairs}
    return [number for part in [*parts, *last.used] for number in part.number.tolist()], pairs


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


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("network", [V4, UNNAMED, V6])
def test_the_earliest_copy_is_used_wherever_it_stands(network: Any, size: int) -> None:
    """A capture may write it behind the other, and the other's time may be later than what the packet brought about."""
    packet = ETHER / network / SEGMENT
    reply = ETHER / network / UDP(sport=53, dport=9) / b"abc"
    assert used([packet, reply, packet], [MS, MS // 2, 0], size) == ([2, 3], [(1, 3)])
    assert used([packet, packet, reply, packet], [MS, 2 * MS, MS, MS // 2], size) == ([3, 4], [(2, 1), (1, 4)])


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_copy_behind_a_much_later_frame_is_found(size: int) -> None:
    """A capture may write it behind frames that came long after."""
    packet = ETHER / V4 / SEGMENT
    later = ETHER / V4 / UDP(sport=53, dport=9) / b"abc"
    assert used([packet, later, packet], [0, 1000 * MS, MS], size) == ([1, 2], [(3, 1)])


@pytest.mark.parametrize("size", [1, 7, 100])
def test_only_a_near_frame_makes_way(size: int) -> None:
    """What was read long ago is used, in whatever windows."""
    packet = ETHER / V4 / SEGMENT
    between = [ETHER / V4 / UDP(sport=53, dport=port) / b"abc" for port in range(1000, 1064)]
    for count, kept in ((63, 65), (64, 1)):
        numbers, pairs = used([packet, *between[:count], packet], [MS] * (count + 1) + [0], size)
        assert (kept in numbers, len(numbers)) == (True, count + 1)
        assert pairs == [(66 - kept, kept) if count == 63 else (66, 1)]
