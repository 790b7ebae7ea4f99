"""Packets in packets."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from scapy.layers import inet
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether

from english import all_english

from .windows import decoded, payload

fragment: Any = inet.fragment
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
INNER_ETHER = Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04")
DATA4 = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / b"data"
DATA6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=2) / b"data"
OUT4, OUT6 = IP(src="198.51.100.1", dst="198.51.100.2"), IPv6(src="2001:db8:1::1", dst="2001:db8:1::2")
L2 = bytes(INNER_ETHER / DATA4)


def gre(flags: int, kind: int, more: bytes = b"") -> bytes:
    return pack(">HH", flags, kind) + more


def proto(number: int, body: bytes, outer: Any = OUT4) -> Any:
    """The body behind an outer IP header of this protocol."""
    head = outer.copy()
    if outer.version == 4:
        head.proto = number
    else:
        head.nh = number
    return ETHER / head / body


def tzsp(kind: int, encapsulated: int, fields: bytes, body: bytes, outer: Any = OUT4) -> Any:
    """What a router that sniffs sends, its tagged fields before the packet."""
    return ETHER / outer / UDP(sport=40000, dport=37008) / (pack(">BBH", 1, kind, encapsulated) + fields + body)


WIFI = b"\x08\x01" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\0" + bytes(DATA4)
LABELS = pack(">II", 16 << 12 | 64, 17 << 12 | 0x100 | 64)
WRAPPED: dict[str, tuple[int, Any]] = {
    "IP in IP": (1, proto(4, bytes(DATA4))),
    "6in4": (1, proto(41, bytes(DATA6))),
    "DS-Lite": (1, proto(4, bytes(DATA4), OUT6)),
    "IPv6 in IPv6": (1, proto(41, bytes(DATA6), OUT6)),
    "GRE": (1, proto(47, gre(0, 0x0800) + bytes(DATA4))),
    "GRE over IPv6": (1, proto(47, gre(0, 0x86DD) + bytes(DATA6), OUT6)),
    "GRE with checksum, key and sequence": (1, proto(47, gre(0xB000, 0x0800, bytes(12)) + bytes(DATA4))),
    "GRE bridging": (1, proto(47, gre(0x2000, 0x6558, bytes(4)) + L2)),
    "PPTP": (1, proto(47, gre(0x3081, 0x880B, bytes(12)) + b"\xff\x03\x00\x21" + bytes(DATA4))),
    "GRE of MPLS": (1, proto(47, gre(0, 0x8847) + LABELS + bytes(DATA4))),
    "ERSPAN I": (1, proto(47, gre(0, 0x88BE) + L2)),
    "ERSPAN II": (1, proto(47, gre(0x1000, 0x88BE, bytes(4)) + b"\x10\x05" + bytes(6) + L2)),
    "ERSPAN III": (1, proto(47, gre(0x1000, 0x22EB, bytes(4)) + b"\x20\x05" + bytes(10) + L2)),
    "ERSPAN III with its platform": (
        1,
        proto(47, gre(0x1000, 0x22EB, bytes(4)) + b"\x20\x05" + bytes(8) + b"\0\1" + bytes(8) + L2),
    ),
    "ERSPAN III of IP": (
        1,
        proto(47, gre(0x1000, 0x22EB, bytes(4)) + b"\x20\x05" + bytes(8) + pack(">H", 2 << 10) + bytes(DATA4)),
    ),
    "VXLAN": (1, ETHER / OUT4 / UDP(sport=40000, dport=4789) / (b"\x08\0\0\0\0\0\x07\0" + L2)),
    "VXLAN, Linux's port": (1, ETHER / OUT6 / UDP(sport=40000, dport=8472) / (b"\x08\0\0\0\0\0\x07\0" + L2)),
    "GENEVE": (1, ETHER / OUT4 / UDP(sport=40000, dport=6081) / (pack(">BBHI", 0, 0, 0x6558, 7 << 8) + L2)),
    "GENEVE with options": (
        1,
        ETHER / OUT4 / UDP(sport=40000, dport=6081) / (pack(">BBHI", 2, 0, 0x0800, 0) + bytes(8) + bytes(DATA4)),
    ),
    "VXLAN with a group": (1, ETHER / OUT4 / UDP(sport=40000, dport=4789) / (b"\x88\0\0\x09\0\0\x07\0" + L2)),
    "VXLAN-GPE": (1, ETHER / OUT4 / UDP(sport=40000, dport=4790) / (b"\x0c\0\0\3\0\0\x07\0" + L2)),
    "VXLAN-GPE of IP": (1, ETHER / OUT4 / UDP(sport=40000, dport=4790) / (b"\x0c\0\0\1\0\0\x07\0" + bytes(DATA4))),
    "MPLS in UDP": (1, ETHER / OUT4 / UDP(sport=50000, dport=6635) / (LABELS + bytes(DATA6))),
    "L2TP": (
        1,
        ETHER / OUT4 / UDP(sport=1701, dport=1701) / (pack(">HHH", 2, 7, 8) + b"\xff\x03\0\x21" + bytes(DATA4)),
    ),
    "L2TP with all it may have": (
        1,
        ETHER
        / OUT4
        / UDP(sport=1701, dport=1701)
        / (pack(">8H", 0x4A02, 0, 7, 8, 1, 2, 3, 0)[:-2] + bytes(3) + b"\0\x21" + bytes(DATA4)),
    ),
    "TZSP": (1, tzsp(0, 1, b"\1", L2)),
    "TZSP to be sent": (1, tzsp(1, 1, b"\1", L2)),
    "TZSP over IPv6": (1, tzsp(0, 1, b"\1", L2, OUT6)),
    "TZSP with fields": (1, tzsp(0, 1, b"\0\0\x0a\1\x20\x0b\1\0\x29\2\5\xdc\x12\1\6\0\1", L2)),
    "TZSP of PPP": (1, tzsp(0, 4, b"\1", b"\xff\x03\0\x21" + bytes(DATA4))),
    "TZSP of IP": (1, tzsp(0, 7, b"\1", bytes(DATA4))),
    "TZSP of Wi-Fi": (1, tzsp(0, 18, b"\x0a\1\x20\1", WIFI)),
    "TZSP of Wi-Fi, Prism": (1, tzsp(0, 119, b"\1", bytes(144) + WIFI)),
    "TZSP of Wi-Fi, AVS": (1, tzsp(0, 127, b"\1", pack(">II", 0x80211001, 64) + bytes(56) + WIFI)),
    "TZSP of a VLAN": (1, tzsp(0, 1, b"\1", bytes(INNER_ETHER / Dot1Q(vlan=7) / DATA4))),
    "TZSP of an E-TAG in a VLAN": (
        1,
        tzsp(0, 1, b"\1", L2[:12] + b"\x81\0\0\x05\x89\x3f\0\x01\0\x02\0\0\x08\0" + bytes(DATA4)),
    ),
    "TZSP of LLC": (1, tzsp(0, 1, b"\1", L2[:12] + pack(">H", 40) + b"\xaa\xaa\x03\0\0\0\x08\0" + bytes(DATA4))),
    "TZSP of Token Ring": (
        1,
        tzsp(0, 2, b"\1", b"\x10\x40" + L2[:12] + b"\xaa\xaa\x03\0\0\0\x08\0" + bytes(DATA4)),
    ),
    "VXLAN with reserved bits": (1, ETHER / OUT4 / UDP(sport=40000, dport=4789) / (b"\x0c\0\0\0\0\0\x07\1" + L2)),
    "VXLAN-GPE of NSH": (
        1,
        ETHER / OUT4 / UDP(sport=40000, dport=4790) / (b"\x0c\0\0\4\0\0\x07\0\x0f\xc2\x02\x03\0\0\1\xff" + L2),
    ),
    "GRE of NSH": (1, proto(47, gre(0, 0x894F) + b"\x0f\xc2\x02\x01\0\0\1\xff" + bytes(DATA4))),
    "WCCP": (1, proto(47, gre(0, 0x883E) + bytes(DATA4))),
    "WCCP, its second version": (1, proto(47, gre(0, 0x883E) + bytes(4) + bytes(DATA4))),
    "Ethernet over IP, MikroTik's": (1, proto(47, b"\x20\x01\x64\0" + pack("<HH", len(L2), 7) + L2)),
    "EtherIP": (1, proto(97, b"\x30\0" + L2)),
    "MPLS in IP": (1, proto(137, LABELS + bytes(DATA4))),
    "AH around a packet": (1, proto(51, b"\4\4\0\0" + bytes(8) + bytes(12) + bytes(DATA4))),
    "AH before UDP": (1, proto(51, b"\x11\4\0\0" + bytes(8) + bytes(12) + bytes(DATA4)[20:])),
    "ERSPAN III under II's number": (1, proto(47, gre(0x1000, 0x88BE, bytes(4)) + b"\x20\x05" + bytes(10) + L2)),
    "L2TP back to a client's port": (
        1,
        ETHER / OUT4 / UDP(sport=1701, dport=40001) / (pack(">HHH", 2, 7, 8) + b"\xff\x03\0\x21" + bytes(DATA4)),
    ),
    "MPLS of a VLAN": (
        1,
        bytes(ETHER)[:12] + b"\x88\x47" + LABELS + bytes(4) + bytes(INNER_ETHER / Dot1Q(vlan=7) / DATA4),
    ),
    "MPLS of PPPoE": (
        1,
        bytes(ETHER)[:12]
        + b"\x88\x47"
        + LABELS
        + b"\0\0\0\x09"
        + L2[:12]
        + b"\x88\x64\x11\0\0\7"
        + pack(">H", len(DATA4) + 2)
        + b"\0\x21"
        + bytes(DATA4),
    ),
    "MPLS of Ethernet, no control word": (1, bytes(ETHER)[:12] + b"\x88\x47" + LABELS + L2),
    "MPLS of Ethernet whose address begins with 4": (
        1,
        bytes(ETHER)[:12] + b"\x88\x47" + LABELS + b"\x44\x12\x34\0\0\1" + L2[6:],
    ),
    "MPLS of Ethernet whose address begins with 6": (
        1,
        bytes(ETHER)[:12] + b"\x88\x47" + LABELS + b"\x64\x12\x34\0\0\1" + L2[6:],
    ),
    "MPLS of Ethernet whose address begins with 1": (
        1,
        bytes(ETHER)[:12] + b"\x88\x47" + LABELS + b"\x1c\x12\x34\0\0\1" + L2[6:],
    ),
    "MPLS of Ethernet whose address begins with 10": (
        1,
        bytes(ETHER)[:12] + b"\x88\x47" + LABELS + b"\xac\x12\x34\0\0\1" + L2[6:],
    ),
    "MPLS": (1, bytes(ETHER)[:12] + b"\x88\x47" + LABELS + bytes(DATA4)),
    "MPLS of IPv6": (1, bytes(ETHER)[:12] + b"\x88\x48" + LABELS[4:] + bytes(DATA6)),
    "MPLS of Ethernet": (1, bytes(ETHER)[:12] + b"\x88\x47" + LABELS + bytes(4) + L2),
    "MPLS in a VLAN": (1, bytes(ETHER)[:12] + b"\x81\x00\x00\x05\x88\x47" + LABELS + bytes(DATA4)),
    "MPLS alone": (219, LABELS + bytes(DATA4)),
    "MPLS in PPP": (9, b"\xff\x03\x02\x81" + LABELS + bytes(DATA4)),
    "PPP with a direction": (204, b"\x01\xff\x03\x00\x21" + bytes(DATA4)),
    "pppd": (166, b"\x01\x03\x00\x21" + bytes(DATA4)),
    "PPPoE without Ethernet": (51, b"\x11\x00\x00\x07" + pack(">H", len(DATA4) + 2) + b"\x00\x21" + bytes(DATA4)),
    "three deep": (1, proto(4, bytes(OUT4.copy() / UDP(sport=9, dport=4789) / (b"\x08" + bytes(7) + L2)))),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_every_tunnel_gives_what_it_carries(name: str) -> None:
    """The frame is the packet inside."""
    linktype, frame = WRAPPED[name]
    packets, left_out = decoded([frame], linktype)
    assert (len(packets), all_english(left_out.whys()), left_out.other) == (1, [], 0)
    assert (payload(packets), int(packets.sport[0]), int(packets.dport[0])) == (b"data", 1, 2)


def test_tunnels_and_plain_packets_keep_their_order() -> None:
    """Whatever is around them."""
    several = [frame for linktype, frame in WRAPPED.values() if linktype == 1]
    mixed = [frame for tunnel in several for frame in (tunnel, ETHER / DATA4)]
    packets, left_out = decoded(mixed)
    assert packets.number.tolist() == list(range(1, len(mixed) + 1))
    assert {payload(packets, row) for row in range(len(packets))} == {b"data"}
    assert len(left_out) == 0


def test_the_inner_ethernet_counts_where_there_is_one() -> None:
    """Else the outer one's addresses and tag."""
    packets, _ = decoded([WRAPPED["VXLAN"][1], ETHER / Dot1Q(vlan=9) / OUT4 / DATA4])
    assert packets.src_mac.tolist() == [0x020000000003, 0x020000000001]
    assert packets.vlan.tolist() == [-1, 9]


def test_a_frame_within_has_both_its_addresses() -> None:
    """Also where there is none around it."""
    snap = b"\xaa\xaa\x03\0\x80\xc2\0\x07\0\0"
    for linktype, frame in ((100, snap + L2), (219, LABELS + bytes(4) + L2)):
        packets, _ = decoded([frame], linktype)
        assert (packets.src_mac.tolist(), packets.dst_mac.tolist()) == ([0x020000000003], [0x020000000004])


def test_a_port_does_not_make_a_tunnel() -> None:
    """A client may have a tunnel's port, and then its packets are its own."""
    answer = ETHER / OUT4 / UDP(sport=53, dport=4789) / (b"\x08" + bytes(7) + L2)
    other = ETHER / OUT4 / UDP(sport=5000, dport=6081) / b"\x45\0\0\0"
    packets, _ = decoded([answer, other])
    assert packets.dport.tolist() == [4789, 6081]


@pytest.mark.parametrize(
    "message",
    [
        pack(">BBH", 1, 4, 1) + b"\1" + L2,
        pack(">BBH", 1, 5, 1) + b"\1" + L2,
        pack(">BBH", 2, 0, 1) + b"\1" + L2,
        pack(">BBH", 1, 0, 99) + b"\1" + L2,
        pack(">BBH", 1, 0, 1) + bytes(200),
        pack(">BBH", 1, 0, 1) + b"\x0a\xff" + L2,
        pack(">BBH", 1, 0, 1) + b"\1",
        b"\1",
    ],
    ids=["keep-alive", "port opener", "version", "encapsulation", "padding alone", "field too long", "empty", "cut"],
)
def test_tzsp_without_a_packet_is_itself(message: bytes) -> None:
    """Keep-alives, what is of another version or encapsulation, and fields without an end."""
    packets, left_out = decoded([ETHER / OUT4 / UDP(sport=40000, dport=37008) / message])
    assert (packets.dport.tolist(), len(left_out)) == ([37008], 0)


@pytest.mark.parametrize("number", [62, 63, 64, 65, 20_000])
def test_tzsp_has_any_number_of_fields(number: int) -> None:
    """Signals and padding; and where they never end, or the packet is not there, it is no tunnel."""
    fields = b"\0\x0a\1\x20" * (number // 2) + b"\0" * (number % 2)
    message = pack(">BBH", 1, 0, 1) + fields
    bare = ETHER / OUT4 / UDP(sport=40000, dport=37008)
    sent = [message + b"\1" + L2, message, message + b"\1", message + b"\x0a\xff", pack(">BBH", 1, 0, 1) + b"\1" + L2]
    packets, left_out = decoded([bare / one for one in sent])
    assert packets.dport.tolist() == [2, 37008, 37008, 37008, 2]
    assert len(left_out) == 0


def test_what_only_might_be_a_tunnel_stays_itself() -> None:
    """A question from L2TP's port, and reserved bits of VXLAN before what is no Ethernet."""
    question = ETHER / OUT4 / UDP(sport=1701, dport=53) / (pack(">HHH", 2, 7, 8) + b"\xff\x03\0\x21" + bytes(DATA4))
    other = ETHER / OUT4 / UDP(sport=5000, dport=4789) / (b"\x0c\0\0\0\0\0\7\1" + bytes(40))
    packets, left_out = decoded([question, other])
    assert (packets.dport.tolist(), len(left_out)) == ([53, 4789], 0)


def test_l2tp_control_messages_are_themselves() -> None:
    """They set the tunnel up, and carry no packet."""
    control = pack(">6H", 0xC802, 12, 0, 0, 0, 0)
    packets, _ = decoded([ETHER / OUT4 / UDP(sport=1701, dport=1701) / control])
    assert packets.dport.tolist() == [1701]


def test_tunnels_without_end_are_not_followed() -> None:
    """The frame is told, and nothing breaks."""
    deep: Any = DATA4
    for _ in range(5):
        deep = OUT4.copy() / deep
    packets, left_out = decoded([ETHER / deep])
    assert (len(packets), all_english(left_out.whys())) == (0, ["more tunnels in tunnels than are followed"])


def test_a_fragmented_tunnel_is_put_together_first() -> None:
    """What it carries has the number of the frame that completed it."""
    whole = IP(bytes(OUT4 / UDP(sport=9, dport=4789, chksum=0) / (b"\x08" + bytes(7) + bytes(INNER_ETHER / DATA4))))
    packets, _ = decoded([bytes(part) for part in fragment(whole, 40)], 101)
    assert payload(packets) == b"data"
    assert packets.number.tolist() == [len(fragment(whole, 40))]


def test_discovery_and_link_set_up_are_no_packets() -> None:
    """PPPoE discovery, LCP and IPCP are counted apart from what a session carries."""
    discovery = bytes(ETHER)[:12] + b"\x88\x63\x11\x09\0\0\0\4\1\1\0\0" + bytes(40)
    lcp = bytes(ETHER)[:12] + b"\x88\x64\x11\0\0\7\0\x0a\xc0\x21" + bytes(40)
    packets, left_out = decoded([discovery, lcp])
    assert (len(packets), len(left_out), left_out.other) == (0, 0, 2)
