"""Checksums are right as scapy makes them, and wrong with one bit flipped."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

from wanwitness.packets.checksums import wrong

from .windows import decoded

CHANCE = random.Random(8)
PLAIN, SIX = IP(src="192.0.2.1", dst="198.51.100.7", ttl=9), IPv6(src="2001:db8::1", dst="2001:db8::2")
TRANSPORTS = (TCP(sport=1025, dport=25, seq=7, options=[("Timestamp", (1, 2))]), UDP(sport=53, dport=4000))
SIZES = (0, 1, 2, 7, 50, 999, 1400)
SOUND = [bytes(ip / l4 / Raw(CHANCE.randbytes(n))) for n in SIZES for ip in (PLAIN, SIX) for l4 in TRANSPORTS]
RAW = 101


def test_sound_packets_have_right_ones() -> None:
    """Of IPv4 and IPv6, of odd and even lengths, whatever comes behind."""
    packets, _ = decoded(SOUND, RAW)
    assert len(packets) == len(SOUND)
    assert not wrong(packets).ip.any()
    assert not wrong(packets).transport.any()


@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_is_found(seed: int) -> None:
    """In the header or the payload; the lengths and the protocol, which say what is covered, are left alone."""
    chance = random.Random(seed)
    bad, place = [], []
    for packet in SOUND:
        header = 20 if packet[0] >> 4 == 4 else 40
        at = chance.choice((8, header + 8 if packet[9 if header == 20 else 6] == 6 else header + 6, len(packet) - 1))
        flipped = bytearray(packet)
        flipped[at] ^= 1 << chance.randrange(8)
        bad.append(bytes(flipped))
        place.append((at == 8 and header == 20, at >= header or (at == 8 and header == 40)))
    found = wrong(decoded(bad, RAW)[0])
    assert found.ip.tolist() == [ip for ip, _ in place]
    assert found.transport.tolist() == [transport for _, transport in place]


def test_what_cannot_be_checked_is_not_called_wrong() -> None:
    """A cut packet, and a datagram without a checksum."""
    datagram = bytearray(bytes(PLAIN / UDP(sport=53, dport=9) / Raw(b"abc")))
    datagram[26:28] = b"\0\0"
    cut = bytes(PLAIN / TCP(dport=25) / Raw(bytes(99)))
    found = wrong(decoded([bytes(datagram), cut], RAW, cut=60)[0])
    assert len(found.ip) == 2
    assert not found.transport.any()
    assert not found.ip.any()


@pytest.mark.parametrize("size", [8, 9])
def test_the_last_packet_of_a_window_is_checked_too(size: int) -> None:
    """Though its bytes be odd, and no more of them follow."""
    packet = bytearray(bytes(PLAIN / UDP(sport=53, dport=9) / Raw(bytes(size))))
    packet[-1] ^= 1
    packets, _ = decoded([bytes(packet)], RAW)
    last = replace(packets, data=packets.data[: packets.payload[0] + size])
    assert wrong(last).transport.tolist() == [True]
