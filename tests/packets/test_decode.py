"""Network and transport layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    ICMPv6ND_NS,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import GRE, Ether

from english import all_english
from wanwitness.packets import addresses
from wanwitness.packets.decode import decode
from wanwitness.packets.left_out import REASONS

from .windows import decoded, frames, payload

RAW = 101
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="198.51.100.2", ttl=61)
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=62)
SEGMENT = TCP(sport=40000, dport=25, seq=2**32 - 1, ack=7, flags="PA", options=[("Timestamp", (1, 2))])


def reasons(captured: list[Any], **more: Any) -> list[str]:
    return all_english(decoded(captured, RAW, **more)[1].whys())


@pytest.mark.parametrize(
    "network", [V4, V6, IP(src="192.0.2.1", dst="198.51.100.2", ttl=61, options=[IPOption_NOP()] * 4)]
)
def test_a_tcp_segment_is_read(network: Any) -> None:
    """All columns of a segment with options, in either IP version."""
    packets, left_out = decoded([network / SEGMENT / b"EHLO me\r\n"], RAW)
    assert len(left_out) == 0
    assert packets.version[0] == network.version
    assert packets.ttl[0] in (61, 62)
    assert addresses.text(packets.src[0].tobytes()) == network.src
    assert addresses.text(packets.dst[0].tobytes()) == network.dst
    columns = (packets.protocol, packets.sport, packets.dport, packets.seq, packets.ack, packets.flags)
    assert [int(column[0]) for column in columns] == [6, 40000, 25, 2**32 - 1, 7, 0x18]
    assert packets.payload[0] - packets.l4[0] == 32
    assert (payload(packets), int(packets.payload_missing[0]), int(packets.capture[0])) == (b"EHLO me\r\n", 0, -1)


def test_padding_is_no_payload() -> None:
    """The IP length tells where the packet ends, not the frame's (IEEE 802.3 pads to 60 bytes)."""
    packets, _ = decoded([bytes(ETHER / V4 / TCP()) + bytes(6), bytes(ETHER / V4 / UDP() / b"ab") + bytes(16)])
    assert packets.payload_length.tolist() == [0, 2]


def test_what_the_snap_length_cut_off_is_missing() -> None:
    """Also where it cut the TCP options; a header that lacks more is left out, but the frame may be sound."""
    segment = V4 / SEGMENT / bytes(1000)
    for cut, have in ((1052, 1000), (100, 48), (52, 0), (45, 0), (40, 0)):
        packets, _ = decoded([segment], RAW, cut)
        assert packets.payload_length.tolist() == [have]
        assert packets.payload_missing.tolist() == [1000 - have]
        assert packets.payload[0] <= cut
    for cut in (39, 20, 19, 1):
        packets, left_out = decoded([segment], RAW, cut)
        assert (len(packets), all_english(left_out.whys()), left_out.damage.tolist()) == (
            0,
            ["headers cut off by the snap length"],
            [False],
        )


def test_a_length_of_zero_is_offloaded_segmentation() -> None:
    """The packet then has all that was captured."""
    packets, _ = decoded([IP(bytes(V4 / SEGMENT / b"abc")[:2] + b"\0\0" + bytes(V4 / SEGMENT / b"abc")[4:])], RAW)
    assert payload(packets) == b"abc"
    jumbo = bytearray(bytes(V6 / SEGMENT / b"abc"))
    jumbo[4:6] = b"\0\0"
    packets, _ = decoded([jumbo], RAW)
    assert payload(packets) == b"abc"


def test_ipv6_extension_headers_are_stepped_over() -> None:
    """Hop-by-hop, routing, destination options, AH, and a fragment header that cuts nothing (RFC 6946)."""
    chain = IPv6ExtHdrHopByHop() / IPv6ExtHdrRouting() / IPv6ExtHdrFragment(offset=0, m=0) / IPv6ExtHdrDestOpt()
    for packet in (V6 / chain / SEGMENT / b"abc", V6 / AH(nh=6, payloadlen=4, icv=bytes(12)) / SEGMENT / b"abc"):
        packets, left_out = decoded([V6 / SEGMENT, packet, V6 / UDP()], RAW)
        assert len(left_out) == 0
        assert packets.number.tolist() == [1, 2, 3]
        assert (payload(packets, 1), int(packets.dport[1])) == (b"abc", 25)


def test_icmp_has_type_and_code_for_ports() -> None:
    """And its payload begins behind the checksum."""
    neighbour = V6 / ICMPv6ND_NS(tgt="2001:db8::2")
    packets, _ = decoded([V4 / ICMP(type=3, code=1) / b"inner", neighbour], RAW)
    assert packets.protocol.tolist() == [1, 58]
    assert packets.sport.tolist() == [3, 135]
    assert packets.dport.tolist() == [1, 0]
    assert payload(packets) == b"\0\0\0\0inner"
    assert payload(packets, 1) == bytes(neighbour)[44:]


def test_udp_ends_where_it_says() -> None:
    """What is behind it in the IP packet is no part of it."""
    packets, _ = decoded([V4 / UDP(sport=53, dport=1024, len=11) / b"abcdef"], RAW)
    assert payload(packets) == b"abc"


def test_a_frame_that_contradicts_itself_is_damage() -> None:
    """Each fault has its reason, and its row says which frame it was."""
    segment = bytes(V4 / SEGMENT)
    tiny = V4 / TCP(dataofs=4)
    long = V4 / TCP(dataofs=15)
    faults = {
        bytes([0x35]) + segment[1:]: "IP version is neither 4 nor 6, or not the one that the link layer names",
        bytes([0x44]) + segment[1:]: "IPv4 header length below 20 bytes",
        segment[:2] + b"\0\x13" + segment[4:]: "IPv4 total length shorter than the header",
        segment[:2] + b"\0\x20" + segment[4:]: "the packet ends inside its headers",
        segment[:30]: "the packet ends inside its headers",
        bytes(tiny): "TCP header length impossible",
        bytes(long): "TCP header length impossible",
        bytes(V4 / UDP(len=7)): "UDP length below 8 bytes",
        bytes(V6 / (b"\x3c\0\0\0\0\0\0\0" * 12)).replace(b"\x3b", b"\x3c", 1): (
            "more IPv6 extension headers than are followed"
        ),
    }
    packets, left_out = decoded([*faults, segment], RAW)
    assert dict(zip(left_out.number.tolist(), all_english(left_out.whys()), strict=True)) == dict(
        enumerate(faults.values(), 1)
    )
    assert packets.number.tolist() == [len(faults) + 1]
    assert left_out.record.tolist() == frames([*faults, segment]).record[:-1].tolist()


def test_other_ip_protocols_are_counted() -> None:
    """ESP, and GRE of something that is not read, say nothing."""
    _, left_out = decoded([V4 / ESP(), V6 / GRE(proto=0x1234) / b"abc"], RAW)
    assert (len(left_out), left_out.other) == (0, 2)


def test_interfaces_of_different_link_types_share_a_window() -> None:
    """Each frame is read as its interface's link type says, and the order is kept."""
    mixed = [ETHER / V4 / SEGMENT / b"1", V6 / SEGMENT / b"2", b"\0", ETHER / V6 / SEGMENT / b"3"]
    packets, left_out = decode(frames(mixed, interfaces=[0, 1, 2, 0]), np.array([1, RAW, 147], np.int32))
    assert [payload(packets, row) for row in range(3)] == [b"1", b"2", b"3"]
    assert packets.interface.tolist() == [0, 1, 0]
    assert left_out.unknown == {147: 1}


def test_an_empty_window_decodes_to_nothing() -> None:
    """There is no frame, and no error."""
    packets, left_out = decoded([])
    assert (len(packets), len(left_out), left_out.other) == (0, 0, 0)


@given(
    captured=st.lists(
        st.binary(max_size=80)
        | st.builds(
            lambda head, tail: head + tail,
            st.sampled_from(
                [
                    bytes(V4 / SEGMENT)[:9],
                    bytes(V4 / GRE(seqnum_present=1)),
                    bytes(V4 / UDP(dport=4789)),
                    bytes(V6 / SEGMENT)[:7],
                    bytes(ETHER / V4)[:25],
                    bytes(ETHER)[:12],
                ]
            ),
            st.binary(max_size=80),
        ),
        max_size=8,
    ),
    linktype=st.sampled_from([0, 1, 9, 50, 51, 101, 104, 113, 147, 166, 204, 219, 228, 229, 276]),
    cut=st.none() | st.integers(0, 80),
)
def test_every_frame_is_accounted_for(captured: list[bytes], linktype: int, cut: int | None) -> None:
    """Whatever the bytes: decoded, left out, or none of ours; and no payload lies outside its frame."""
    window = frames(captured, cut)
    packets, left_out = decode(window, np.array([linktype], np.int32))
    gone = int((~left_out.decoded).sum())
    assert len(packets) + gone + left_out.other + sum(left_out.unknown.values()) + left_out.parts == len(captured)
    assert sum(left_out.counts().values()) == gone
    assert left_out.other >= 0
    assert left_out.damage.tolist() == [REASONS[code].damage for code in left_out.reason.tolist()]
    if packets.data is not window.data:
        return  # some came in fragments, and were copied
    rows = packets.number - 1
    assert (packets.payload >= window.offset[rows]).all()
    assert (packets.payload + packets.payload_length <= window.offset[rows] + window.caplen[rows]).all()
    assert (packets.payload_length >= 0).all()
    assert (packets.payload_missing >= 0).all()
