"""Link layers."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, LLC, STP, Dot1AD, Dot1Q, Dot3, Ether

from .windows import decoded, payload

SRC, DST = "02:00:00:00:00:01", "02:00:00:00:00:02"
ETHER = Ether(src=SRC, dst=DST)
DATA4 = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / b"data"
DATA6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=2) / b"data"
RAW4, RAW6 = bytes(DATA4), bytes(DATA6)
PPPOE = b"\x11\x00\x00\x07" + pack(">H", len(RAW4) + 2)
SLL = pack(">HHH8sH", 0, 1, 6, bytes.fromhex("0200000000010000"), 0x0800)
SLL2 = pack(">HHIHBB8s", 0x86DD, 0, 3, 1, 0, 6, bytes.fromhex("0200000000010000"))

WRAPPED: list[tuple[str, int, Any, int]] = [
    ("ethernet", 1, ETHER / DATA4, -1),
    ("vlan", 1, ETHER / Dot1Q(vlan=835) / DATA6, 835),
    ("priority tag", 1, ETHER / Dot1Q(vlan=0, prio=5) / DATA4, 0),
    ("qinq", 1, ETHER / Dot1AD(vlan=100) / Dot1Q(vlan=7) / DATA4, 100),
    ("three tags", 1, bytes(ETHER)[:12] + pack(">6H", 0x9100, 5, 0x8100, 6, 0x8100, 7) + b"\x08\x00" + RAW4, 5),
    ("pppoe", 1, bytes(ETHER)[:12] + b"\x88\x64" + PPPOE + b"\x00\x21" + RAW4, -1),
    ("pppoe in a vlan", 1, bytes(ETHER)[:12] + b"\x81\x00\x03\x43\x88\x64" + PPPOE + b"\x00\x57" + RAW6, 835),
    ("pppoe, short protocol", 1, bytes(ETHER)[:12] + b"\x88\x64" + PPPOE + b"\x21" + RAW4, -1),
    ("raw 4", 101, RAW4, -1),
    ("raw 6", 101, RAW6, -1),
    ("raw, OpenBSD's number", 14, RAW4, -1),
    ("raw, the BSDs' number", 12, RAW6, -1),
    ("IPv4", 228, RAW4, -1),
    ("IPv6", 229, RAW6, -1),
    ("null, little endian", 0, b"\x02\0\0\0" + RAW4, -1),
    ("null, big endian", 0, b"\0\0\0\x02" + RAW4, -1),
    ("null, NetBSD", 0, b"\x18\0\0\0" + RAW6, -1),
    ("null, FreeBSD", 0, b"\x1c\0\0\0" + RAW6, -1),
    ("null, macOS", 0, b"\x1e\0\0\0" + RAW6, -1),
    ("loop", 108, b"\0\0\0\x0a" + RAW6, -1),
    ("sll", 113, SLL + RAW4, -1),
    ("sll, tagged", 113, SLL[:-2] + b"\x81\x00\x00\x09\x08\x00" + RAW4, 9),
    ("sll2", 276, SLL2 + RAW6, -1),
    ("ppp", 9, b"\xff\x03\x00\x21" + RAW4, -1),
    ("ppp without address and control", 9, b"\x00\x57" + RAW6, -1),
    ("ppp, short protocol", 9, b"\xff\x03\x21" + RAW4, -1),
    ("cisco hdlc", 104, b"\x0f\x00\x08\x00" + RAW4, -1),
]


@pytest.mark.parametrize(("linktype", "frame", "vlan"), [row[1:] for row in WRAPPED], ids=[row[0] for row in WRAPPED])
def test_every_wrapping_gives_the_same_packet(linktype: int, frame: Any, vlan: int) -> None:
    """What is in the frame does not depend on what it was captured from."""
    packets, left_out = decoded([frame], linktype)
    assert (len(packets), len(left_out), left_out.other) == (1, 0, 0)
    assert (payload(packets), int(packets.sport[0]), int(packets.dport[0])) == (b"data", 1, 2)
    assert int(packets.vlan[0]) == vlan


def test_hardware_addresses_are_numbers() -> None:
    """Ethernet has both, the cooked formats the sender's, the others none."""
    packets, _ = decoded([ETHER / DATA4])
    assert (int(packets.src_mac[0]), int(packets.dst_mac[0])) == (0x020000000001, 0x020000000002)
    for linktype, frame in ((113, SLL + RAW4), (276, SLL2 + RAW6)):
        packets, _ = decoded([frame], linktype)
        assert (int(packets.src_mac[0]), int(packets.dst_mac[0])) == (0x020000000001, 0)
    packets, _ = decoded([RAW4], 101)
    assert (int(packets.src_mac[0]), int(packets.dst_mac[0])) == (0, 0)


def test_frames_of_other_protocols_are_counted() -> None:
    """Spanning tree, an unknown ethertype, and a header cut off claim nothing that is looked at."""
    lldp = bytes(ETHER)[:12] + b"\x88\xcc" + bytes(40)
    stp = Dot3(src=SRC, dst=DST) / LLC() / STP()
    tags = bytes(ETHER)[:12] + b"\x81\x00\x00\x01" * 20 + b"\x08\x00" + RAW4
    packets, left_out = decoded([lldp, stp, bytes(ETHER)[:13], b"", bytes(ETHER)[:12] + b"\x81\x00\x00", tags])
    assert (len(packets), len(left_out), left_out.other) == (0, 0, 6)


def test_an_unknown_link_type_is_counted_by_its_number() -> None:
    """Nothing can be said of its frames."""
    packets, left_out = decoded([b"abc", b"def"], 147)
    assert (len(packets), left_out.other, left_out.unknown) == (0, 0, {147: 2})


def test_arp_is_a_packet() -> None:
    """Operation, the sender's two addresses, and the target's."""
    arp = ARP(op=2, hwsrc="02:00:00:00:00:99", psrc="192.0.2.1", hwdst=DST, pdst="192.0.2.7")
    packets, _ = decoded([ETHER / Dot1Q(vlan=3) / arp / bytes(18)])
    assert packets.protocol.tolist() == [255]
    assert (int(packets.sport[0]), int(packets.src_mac[0]), int(packets.dst_mac[0])) == (
        2,
        0x020000000099,
        0x020000000002,
    )
    assert packets.src[0].tobytes() == bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
    assert packets.dst[0].tobytes() == bytes(10) + b"\xff\xff\xc0\x00\x02\x07"
    assert (int(packets.vlan[0]), int(packets.payload_length[0])) == (3, 0)
