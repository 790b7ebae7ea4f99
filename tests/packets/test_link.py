"""Link layers."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, LLC, STP, Dot1AD, Dot1Q, Dot3, Ether

from english import all_english
from wanwitness.packets.decode.link import LINK_LAYERS

from .windows import decoded, payload

SRC, DST = "02:00:00:00:00:01", "02:00:00:00:00:02"
ETHER = Ether(src=SRC, dst=DST)
DATA4 = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / b"data"
DATA6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=2) / b"data"
RAW4, RAW6 = bytes(DATA4), bytes(DATA6)
PPPOE = b"\x11\x00\x00\x07" + pack(">H", len(RAW4) + 2)
PPPOE6 = b"\x11\x00\x00\x07" + pack(">H", len(RAW6) + 2)
SLL = pack(">HHH8sH", 0, 1, 6, bytes.fromhex("0200000000010000"), 0x0800)
SLL2 = pack(">HHIHBB8s", 0x86DD, 0, 3, 1, 0, 6, bytes.fromhex("0200000000010000"))

MACS = bytes(ETHER)[:12]
SNAP = b"\xaa\xaa\x03\0\0\0"
A, B, C, D = (bytes.fromhex(f"0200000000{n:02x}") for n in (1, 2, 3, 4))


def wifi(control: int, flags: int, more: bytes = b"", fourth: bytes = b"") -> bytes:
    """A data frame of IEEE 802.11: header, what the QoS field and its kin add, LLC and SNAP, the packet."""
    head = bytes((control, flags)) + bytes(2) + B + A + C + bytes(2) + fourth
    return head + more + SNAP + b"\x08\0" + RAW4


RADIOTAP = b"\0\0" + pack("<H", 12) + bytes(8)


def nflog(order: str) -> bytes:
    """Netfilter's log: the packet behind a header's value and a prefix that is padded."""
    values = ((1, bytes(4)), (10, b"mail\0"), (9, RAW4))
    told = b"".join(pack(f"{order}HH", len(value) + 4, kind) + value + bytes(-len(value) % 4) for kind, value in values)
    return b"\x02\0\0\x05" + told


WRAPPED: list[tuple[str, int, Any, int]] = [
    ("ethernet", 1, ETHER / DATA4, -1),
    ("vlan", 1, ETHER / Dot1Q(vlan=835) / DATA6, 835),
    ("priority tag", 1, ETHER / Dot1Q(vlan=0, prio=5) / DATA4, 0),
    ("qinq", 1, ETHER / Dot1AD(vlan=100) / Dot1Q(vlan=7) / DATA4, 100),
    ("three tags", 1, bytes(ETHER)[:12] + pack(">6H", 0x9100, 5, 0x8100, 6, 0x8100, 7) + b"\x08\x00" + RAW4, 5),
    ("pppoe", 1, bytes(ETHER)[:12] + b"\x88\x64" + PPPOE + b"\x00\x21" + RAW4, -1),
    ("pppoe in a vlan", 1, bytes(ETHER)[:12] + b"\x81\x00\x03\x43\x88\x64" + PPPOE6 + b"\x00\x57" + RAW6, 835),
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
    ("vn-tag", 1, MACS + b"\x89\x26\0\x01\0\x02\x08\0" + RAW4, -1),
    ("vn-tag and vlan", 1, MACS + b"\x89\x26\0\x01\0\x02\x81\0\0\x05\x86\xdd" + RAW6, 5),
    ("e-tag", 1, MACS + b"\x89\x3f\0\x01\0\x02\0\0\x08\0" + RAW4, -1),
    ("e-tag and vlan", 1, MACS + b"\x89\x3f\0\x01\0\x02\0\0\x81\0\0\x05\x08\0" + RAW4, 5),
    ("e-tag in a vlan", 1, MACS + b"\x81\0\0\x05\x89\x3f\0\x01\0\x02\0\0\x08\0" + RAW4, 5),
    ("cisco's security group", 1, MACS + b"\x89\x09\x01\x01\0\x01\0\x07\x08\0" + RAW4, -1),
    ("redundancy tag", 1, MACS + b"\xf1\xc1\0\0\0\x07\x08\0" + RAW4, -1),
    ("hsr", 1, MACS + b"\x89\x2f\0\x30\0\x07\x08\0" + RAW4, -1),
    ("macsec, only signed", 1, MACS + b"\x88\xe5\0\0\0\0\0\x01\x08\0" + RAW4 + bytes(16), -1),
    ("macsec with a channel", 1, MACS + b"\x88\xe5\x20\0\0\0\0\x01" + bytes(8) + b"\x08\0" + RAW4, -1),
    ("vn-tag and snap", 1, MACS + b"\x89\x26\0\x01\0\x02" + pack(">H", 8 + len(RAW4)) + SNAP + b"\x08\0" + RAW4, -1),
    ("vn-tag and pppoe", 1, MACS + b"\x89\x26\0\x01\0\x02\x88\x64" + PPPOE + b"\0\x21" + RAW4, -1),
    ("e-tag and qinq", 1, MACS + b"\x89\x3f\0\x01\0\x02\0\0\x88\xa8\0\x05\x81\0\0\x06\x08\0" + RAW4, 5),
    ("a time stamp of Arista's", 1, MACS + b"\xd2\x8b\0\x01\0\x10" + bytes(8) + b"\x08\0" + RAW4, -1),
    ("a short one", 1, MACS + b"\xd2\x8b\0\x01\x01\x20" + bytes(6) + b"\x86\xdd" + RAW6, -1),
    ("trill", 1, MACS + b"\x22\xf3\0\x3f\0\x01\0\x02" + MACS + b"\x81\0\0\x05\x08\0" + RAW4, 5),
    ("trill with options", 1, MACS + b"\x22\xf3\0\x7f\0\x01\0\x02" + bytes(4) + MACS + b"\x08\0" + RAW4, -1),
    ("nsh", 1, MACS + b"\x89\x4f\x0f\xc6\x01\x03" + bytes(20) + MACS + b"\x81\0\0\x05\x08\0" + RAW4, 5),
    ("nsh of IP", 1, MACS + b"\x89\x4f\x0f\xc2\x02\x02" + bytes(4) + RAW6, -1),
    ("a Marvell switch's tag", 1, MACS + b"\xda\xda\0\0\xc0\x20\0\x01\x08\0" + RAW4, -1),
    ("bridged ethernet", 1, MACS + b"\x65\x58" + bytes(ETHER / DATA4), -1),
    ("provider backbone", 1, MACS + b"\x88\xa8\0\x09\x88\xe7\0\0\0\x07" + MACS + b"\x81\0\0\x05\x08\0" + RAW4, 9),
    ("fabric path", 1, MACS + b"\x89\x03\0\x41" + MACS + b"\x08\0" + RAW4, -1),
    ("qinq, the number 9200", 1, MACS + b"\x92\0\0\x05\x81\0\0\x06\x08\0" + RAW4, 5),
    ("snap", 1, MACS + pack(">H", 8 + len(RAW4)) + SNAP + b"\x08\0" + RAW4, -1),
    ("snap, 802.1H", 1, MACS + pack(">H", 8 + len(RAW6)) + SNAP[:5] + b"\xf8\x86\xdd" + RAW6, -1),
    ("snap in a vlan", 1, MACS + b"\x81\0\0\x05" + pack(">H", 8 + len(RAW4)) + SNAP + b"\x08\0" + RAW4, 5),
    ("vlan in snap", 1, MACS + pack(">H", 12 + len(RAW4)) + SNAP + b"\x81\0\0\x05\x08\0" + RAW4, 5),
    ("snap, padded", 1, MACS + pack(">H", 8 + len(RAW4)) + SNAP + b"\x08\0" + RAW4 + bytes(20), -1),
    ("ip by llc alone", 1, MACS + pack(">H", 3 + len(RAW4)) + b"\x06\x06\x03" + RAW4, -1),
    ("ip by ISO's number", 1, MACS + pack(">H", 4 + len(RAW4)) + b"\xfe\xfe\x03\xcc" + RAW4, -1),
    ("pppoe in snap", 1, MACS + pack(">H", 99) + SNAP + b"\x88\x64" + PPPOE + b"\0\x21" + RAW4, -1),
    ("sll of ppp", 113, SLL[:-2] + b"\0\x07\0\x21" + RAW4, -1),
    ("sll2 of 802.2", 276, b"\0\x04" + SLL2[2:] + SNAP + b"\x08\0" + RAW4, -1),
    ("sll2 of pppoe", 276, b"\x88\x64" + SLL2[2:] + PPPOE + b"\0\x21" + RAW4, -1),
    ("multilink ppp, in one piece", 9, b"\xff\x03\0\x3d\xc0\0\0\x01\0\x21" + RAW4, -1),
    ("sll of 802.2", 113, SLL[:-2] + b"\0\x04" + SNAP + b"\x08\0" + RAW4, -1),
    ("token ring", 6, b"\x10\x40" + B + A + SNAP + b"\x08\0" + RAW4, -1),
    (
        "token ring with a route",
        6,
        b"\x10\x40" + B + b"\x82" + A[1:] + b"\x06\0\0\x11\0\x20" + SNAP + b"\x08\0" + RAW4,
        -1,
    ),
    ("fddi", 10, b"\x50" + B + A + SNAP + b"\x08\0" + RAW4, -1),
    ("atm", 100, SNAP + b"\x08\0" + RAW4, -1),
    ("atm, bridged", 100, SNAP[:3] + b"\0\x80\xc2\0\x07\0\0" + bytes(ETHER / Dot1Q(vlan=5) / DATA4), 5),
    (
        "atm, bridged pppoe",
        123,
        b"\x02\0\0\x05" + SNAP[:3] + b"\0\x80\xc2\0\x07\0\0" + MACS + b"\x88\x64" + PPPOE + b"\0\x21" + RAW4,
        -1,
    ),
    ("atm, ppp", 100, b"\xfe\xfe\x03\xcf\0\x21" + RAW4, -1),
    ("classical ip over atm", 106, SNAP + b"\x86\xdd" + RAW6, -1),
    ("classical ip over atm, Linux's", 106, RAW4, -1),
    ("sunatm", 123, b"\x02\0\0\x05" + SNAP + b"\x08\0" + RAW4, -1),
    ("fibre channel", 122, bytes(16) + SNAP + b"\x08\0" + RAW4, -1),
    ("netanalyzer", 240, bytes(4) + bytes(ETHER / DATA4), -1),
    ("netanalyzer, transparent", 241, bytes(4) + b"\x55" * 7 + b"\xd5" + bytes(ETHER / DATA4), -1),
    ("frame relay", 107, b"\x18\x41\x03\xcc" + RAW4, -1),
    ("frame relay, IPv6", 107, b"\x18\x41\x03\x8e" + RAW6, -1),
    ("frame relay, snap", 107, b"\x18\x41\x03\0\x80\0\0\0\x08\0" + RAW4, -1),
    ("frame relay, cisco", 107, b"\x18\x41\x08\0" + RAW4, -1),
    ("frame relay, bridged", 107, b"\x18\x41\x03\0\x80\0\x80\xc2\0\x07" + bytes(ETHER / Dot1Q(vlan=5) / DATA4), 5),
    ("frame relay, ppp", 107, b"\x18\x41\x03\xcf\0\x21" + RAW4, -1),
    ("frame relay, mpls", 107, b"\x18\x41\x03\0\x80\0\0\0\x88\x47" + pack(">I", 0x10140) + RAW4, -1),
    ("frame relay with a direction", 206, b"\x01\x18\x41\x03\xcc" + RAW4, -1),
    ("cisco hdlc with a direction", 205, b"\x01\x0f\0\x08\0" + RAW4, -1),
    ("broadcom's switch tag", 281, MACS + bytes(4) + b"\x08\0" + RAW4, -1),
    ("broadcom's switch tag, before", 282, bytes(4) + MACS + b"\x81\0\0\x05\x08\0" + RAW4, 5),
    ("marvell's switch tag", 284, MACS + b"\xc0\x20\0\x05\x08\0" + RAW4, -1),
    ("marvell's switch tag of a VLAN", 284, MACS + b"\xe0\x20\0\x05\x08\0" + RAW4, 5),
    ("marvell's switch tag with an ethertype", 285, MACS + b"\xda\xda\0\0\xc0\x20\0\x05\x08\0" + RAW4, -1),
    ("juniper", 178, b"MGC\x01" + bytes(ETHER / Dot1Q(vlan=5) / DATA4), 5),
    ("juniper, extended", 178, b"MGC\x81\0\x03\x01\x01\0" + bytes(ETHER / DATA4), -1),
    ("juniper, bare", 178, b"MGC\x03\x02\0\0\0" + RAW4, -1),
    ("juniper's ppp", 179, b"MGC\x01\xff\x03\0\x21" + RAW4, -1),
    ("juniper's frame relay", 180, b"MGC\x01\x18\x41\x03\xcc" + RAW4, -1),
    ("juniper's hdlc", 181, b"MGC\x01\x0f\0\x08\0" + RAW4, -1),
    ("frame relay, four bytes", 107, b"\x18\x40\x40\x41\x03\xcc" + RAW4, -1),
    ("pflog", 117, bytes((61, 2)) + bytes(62) + RAW4, -1),
    ("pflog, OpenBSD's IPv6", 117, bytes((100, 24)) + bytes(98) + RAW6, -1),
    ("pflog, FreeBSD's IPv6", 117, bytes((69, 28)) + bytes(70) + RAW6, -1),
    ("enc", 109, b"\x02\0\0\0" + bytes(8) + RAW4, -1),
    ("enc, big endian", 109, b"\0\0\0\x18" + bytes(8) + RAW6, -1),
    ("nflog", 239, nflog("<"), -1),
    ("nflog, big endian", 239, nflog(">"), -1),
    ("wifi", 105, wifi(0x08, 0x01), -1),
    ("wifi with qos", 105, wifi(0x88, 0x02, bytes(2)), -1),
    ("wifi with qos and ht", 105, wifi(0x88, 0x81, bytes(6)), -1),
    ("wifi between stations", 105, wifi(0x08, 0x03, fourth=D), -1),
    ("wifi with qos, padded", 105, wifi(0x88, 0x02, bytes(4)), -1),
    ("wifi, several in one", 105, wifi(0x88, 0x02, b"\x80\0" + B + A + pack(">H", 8 + len(RAW4))), -1),
    ("radiotap", 127, RADIOTAP + wifi(0x08, 0x01) + bytes(4), -1),
    ("prism", 119, bytes(144) + wifi(0x08, 0x01), -1),
    ("prism, in fact avs", 119, pack(">II", 0x80211001, 64) + bytes(56) + wifi(0x08, 0x01), -1),
    ("avs", 163, pack(">II", 0x80211001, 64) + bytes(56) + wifi(0x08, 0x01), -1),
    ("ppi", 192, pack("<BBHI", 0, 0, 8, 105) + wifi(0x08, 0x02), -1),
    ("ppi of ethernet", 192, pack("<BBHI", 0, 0, 12, 1) + bytes(4) + bytes(ETHER / DATA4), -1),
    ("pktap", 258, pack("<III", 108, 1, 1) + bytes(96) + bytes(ETHER / Dot1Q(vlan=7) / DATA4), 7),
    ("pktap of a tunnel's interface", 258, pack("<III", 108, 1, 12) + bytes(96) + RAW6, -1),
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


def test_wifi_addresses_are_those_of_the_ends() -> None:
    """Not the access point's: where they stand depends on the direction."""
    ends = {0x00: (A, B), 0x01: (A, C), 0x02: (C, B), 0x03: (D, C)}
    for flags, (src, dst) in ends.items():
        packets, _ = decoded([wifi(0x08, flags, fourth=D if flags == 3 else b"")], 105)
        assert (int(packets.src_mac[0]), int(packets.dst_mac[0])) == (int.from_bytes(src), int.from_bytes(dst))


@pytest.mark.parametrize("linktype", [105, 127])
def test_wifi_frames_that_hold_several_packets_give_each(linktype: int) -> None:
    """With the number of the frame and the addresses of their own, padded or not."""
    parts = b""
    for port, text in ((2, b"data"), (3, b"more of it"), (4, b"end")):
        packet = SNAP + b"\x08\0" + bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=port) / text)
        parts += bytes(-len(parts) % 4) + B + A + pack(">H", len(packet)) + packet
    frame = (RADIOTAP if linktype == 127 else b"") + wifi(0x88, 0x02, b"\x80\0")[: 24 + 2] + parts
    packets, left_out = decoded([wifi(0x08, 0x01), frame, wifi(0x08, 0x01)] if linktype == 105 else [frame], linktype)
    mine = [row for row in range(len(packets)) if packets.number[row] == (2 if linktype == 105 else 1)]
    assert [payload(packets, row) for row in mine] == [b"data", b"more of it", b"end"]
    assert packets.dport[mine].tolist() == [2, 3, 4]
    assert set(packets.src_mac[mine].tolist()) == {int.from_bytes(A)}
    assert (len(left_out), left_out.other) == (0, 0)
    assert packets.number.tolist() == sorted(packets.number.tolist())


def test_a_wifi_frame_may_hold_any_number_of_packets() -> None:
    """Two hundred acknowledgements fit into the longest that 802.11ac has."""
    parts, ports = b"", range(1, 201)
    for port in ports:
        packet = SNAP + b"\x08\0" + bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=port))
        parts += bytes(-len(parts) % 4) + B + A + pack(">H", len(packet)) + packet
    packets, _ = decoded([wifi(0x88, 0x02, b"\x80\0")[: 24 + 2] + parts], 105)
    assert packets.dport.tolist() == list(ports)


def test_what_cannot_be_read_in_wifi_is_counted() -> None:
    """Encrypted frames, beacons and frames without a body."""
    encrypted, beacon, empty = wifi(0x08, 0x41), bytes((0x80, 0)) + bytes(60), wifi(0x48, 0x01)
    packets, left_out = decoded([encrypted, beacon, empty, b"\x08", b""], 105)
    assert (len(packets), left_out.other) == (0, 5)


def test_encrypted_macsec_is_counted() -> None:
    """Nothing is taken for a packet."""
    packets, left_out = decoded([MACS + b"\x88\xe5\x0c\0\0\0\0\x01\x08\0" + RAW4])
    assert (len(packets), left_out.other) == (0, 1)


@pytest.mark.parametrize(("linktype", "frame"), [row[1:3] for row in WRAPPED], ids=[row[0] for row in WRAPPED])
def test_a_frame_cut_anywhere_is_no_other_packet(linktype: int, frame: Any) -> None:
    """It is the same packet as far as it goes, or none."""
    whole = bytes(frame)
    for cut in range(len(whole)):
        packets, _ = decoded([whole], linktype, cut)
        assert packets.dport.tolist() in ([], [2])


def test_frames_of_other_protocols_are_counted() -> None:
    """Spanning tree, an unknown ethertype, and a header or a stack of labels cut off claim nothing that is ours."""
    lldp = bytes(ETHER)[:12] + b"\x88\xcc" + bytes(40)
    stp = Dot3(src=SRC, dst=DST) / LLC() / STP()
    labels = MACS + b"\x88\x47" + pack(">I", 16 << 12) * 4
    packets, left_out = decoded([lldp, stp, bytes(ETHER)[:13], b"", bytes(ETHER)[:12] + b"\x81\x00\x00", labels])
    assert (len(packets), len(left_out), left_out.other) == (0, 0, 6)


@pytest.mark.parametrize(
    "frame",
    [MACS + b"\x81\x00\x00\x01" * 20 + b"\x08\x00" + RAW4, MACS + b"\x88\x47" + pack(">I", 16 << 12) * 40 + RAW4],
    ids=["tags", "labels"],
)
def test_what_is_behind_more_tags_than_are_followed_is_told(frame: bytes) -> None:
    """And its neighbour is read."""
    packets, left_out = decoded([frame, ETHER / DATA4])
    assert packets.number.tolist() == [2]
    assert left_out.number.tolist() == [1]
    assert all_english(left_out.whys()) == ["more tags or labels before the network layer than are followed"]
    assert left_out.other == 0


def test_ipcp_behind_a_tag_of_ppp_is_a_packet() -> None:
    """PPP right behind Ethernet's header has an ethertype, and IPCP has none."""
    packets, _ = decoded([MACS + b"\x88\x0b\x80\x21\x01\x02\0\x04" + bytes(40), ETHER / DATA4])
    assert packets.sport.tolist() == [1, 1]
    assert packets.payload_length[0] == 44


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("number", [30, 31, 32, 33, 5_000])
def test_a_packet_is_found_behind_any_number_of_values(order: str, number: int) -> None:
    """Of netfilter's log, padded or not; among frames with few."""
    first = nflog(order)[:4] + pack(f"{order}HHI", 8, 1, 0)
    padded = pack(f"{order}HH", 5, 10) + b"m\0\0\0"
    many = first + padded * number + nflog(order)[4:]
    packets, _ = decoded([nflog(order), many, many[: -len(RAW4) - 4], nflog(order)], 239)
    assert packets.number.tolist() == [1, 2, 4]
    assert {payload(packets, row) for row in range(3)} == {b"data"}


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


KINDS = bytes.fromhex(
    "0800 0806 86dd 8864 880b 894f 8100 88a8 9100 8926 893f 8909 892f f1c1 dada d28b 88e5 6558 88e7 8903 22f3 8847"
    "8848 8021 c021 0021 0057 003d 0281 aaaa 0300 0010 0100 05dc 4500 6000"
)
"""What may stand in one another: ethertypes, PPP's protocols, versions of tags, lengths, IP's first bytes."""


@pytest.mark.parametrize("linktype", sorted(linktype for linktype in LINK_LAYERS if linktype < 1 << 16))
def test_whatever_stands_in_whatever_is_no_error(linktype: int) -> None:
    """Each in each, at the beginning and behind two addresses; and their neighbours are read."""
    kinds = [KINDS[at : at + 2] for at in range(0, len(KINDS), 2)]
    frames = [first + one + two + bytes(60) for first in (b"", MACS) for one in kinds for two in kinds]
    for known, known_type, frame, _ in WRAPPED:
        if known_type == linktype and known in ("ethernet", "raw 4", "IPv4"):
            frames = [frame, *frames, frame]
            packets, _ = decoded(frames, linktype)
            assert {1, len(frames)} <= set(packets.number.tolist())
    decoded(frames, linktype)
