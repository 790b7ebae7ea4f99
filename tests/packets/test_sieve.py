"""What is sifted out is what the selector would not want anyway."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import IPv6, IPv6ExtHdrHopByHop
from scapy.layers.l2 import GRE, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from hello import client_hello
from wanwitness.ingest import Frames
from wanwitness.packets import LeftOut, Packets
from wanwitness.packets.decode import decode
from wanwitness.packets.select import Prefilter, Selector

LINK_LAYERS = (1, 12, 101, 113, 228, 229, 276)
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
PORTS = (25, 53, 67, 80, 443, 546, 853, 4789, 2626, 40000)
TEXTS = (b"", b"x", b"220 relay.example", b"220-relay", b"EHLO me", b"HELO", b"helo me\r\n", b"2" * 40, b"E")
HELLOS = (client_hello("dns.google"), client_hello("www.example"), b"\xc3 quic", b"\x43 quic", b"\x16\x03\x03")


def framed(packet: Packet, linktype: int, layers: int) -> bytes:
    """A packet behind a link layer, with a tag, two tags, or PPPoE where that has a place for them."""
    six = IPv6 in packet and IP not in packet
    kind = 0x86DD if six else 0x0800
    if linktype in (113, 276):
        head = bytes(14) if linktype == 113 else b""
        return head + kind.to_bytes(2) + (bytes(18) if linktype == 276 else b"") + bytes(packet)
    if linktype == 1:
        tags = (ETHER, ETHER / Dot1Q(vlan=7), ETHER / Dot1Q(vlan=7) / Dot1Q(vlan=8))
        if layers < 3:
            return bytes(tags[layers] / packet)
        return bytes(ETHER / PPPoE() / PPP(proto=0x57 if six else 0x21) / packet)
    return bytes(packet)


def window(raws: list[bytes], cut: int) -> Frames:
    """Frames, with bytes behind them as a file has."""
    captured = [raw[:cut] for raw in raws]
    data = b"".join(captured) + bytes(200)
    caplen = np.array([len(raw) for raw in captured], np.int64)
    n = np.arange(len(raws))
    return Frames(
        np.frombuffer(data, np.uint8),
        np.cumsum(caplen) - caplen,
        caplen,
        np.array([len(raw) for raw in raws], np.int64),
        n * 1_000_000,
        n + 1,
        np.zeros(len(raws), np.int32),
        n * 100,
    )


def rows(packets: Packets, left_out: LeftOut) -> tuple[list[object], list[int], list[int]]:
    return list(packets.rows()), left_out.number.tolist(), left_out.reason.tolist()


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Packets of mail, names and others, plain and odd."""
    lower = draw(st.sampled_from(("4", "4", "4", "6", "options", "hop", "gre", "vxlan")))
    flow = draw(
        st.sampled_from(((40000, 80), (80, 40000), (40000, 2626), (2626, 40000)))
        | st.tuples(*[st.sampled_from(PORTS)] * 2)
    )
    text = draw(st.sampled_from(TEXTS + HELLOS))
    flags = draw(st.sampled_from(("A", "A", "PA", "S", "SA", "R", "FA")))
    options = [("Timestamp", (1, 2))] if draw(st.booleans()) else []
    upper = draw(
        st.sampled_from(
            (TCP(sport=flow[0], dport=flow[1], flags=flags, options=options), UDP(sport=flow[0], dport=flow[1]), ICMP())
        )
    )
    inner = upper / Raw(text)
    four = draw(st.sampled_from((IP(src="192.0.2.1", dst="198.51.100.2"), IP(src="9.9.9.9", dst="8.8.8.8"))))
    # Flows of their own: what begins to speak behind an odd header does not go on without one in the same window.
    inside = IP(src="192.0.2.3", dst="198.51.100.4")
    heads = {
        "4": four,
        "6": IPv6(src="2001:db8::1", dst="2001:db8::2"),
        "options": IP(src="192.0.2.5", dst="198.51.100.6", options=[IPOption_Router_Alert()]),
        "hop": IPv6(src="2001:db8::3", dst="2001:db8::4") / IPv6ExtHdrHopByHop(),
        "gre": four / GRE() / inside,
        "vxlan": four / UDP(sport=1, dport=4789) / VXLAN(vni=1) / ETHER / inside,
    }
    return heads[lower] / inner


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(packets(), st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=12),
    st.sampled_from(LINK_LAYERS),
    st.sampled_from((40, 54, 60, 70, 2000)),
    st.integers(0, 1 << 30),
)
def test_selected_alike(captured: list[tuple[Packet, int, int]], linktype: int, cut: int, seed: int) -> None:
    """With the sieve and without: of all link layers, cut by snap lengths, and with bytes damaged."""
    rng = random.Random(seed)
    raws = []
    for packet, layers, damage in captured:
        raw = bytearray(framed(packet, linktype, layers))
        for _ in range(damage - 8):
            raw[rng.randrange(min(len(raw), 60))] ^= 1 << rng.randrange(8)
        raws.append(bytes(raw))
    frames, linktypes = window(raws, cut), np.array([linktype], np.int32)
    whole, left_out = decode(frames, linktypes)
    spoken = np.zeros(1 << 16, np.bool_)
    sifted, still_left_out = decode(Prefilter(spoken).sift(frames, linktypes), linktypes)
    expected = Selector().select(whole)
    assert rows(Selector(spoken=spoken).select(sifted), still_left_out) == rows(expected, left_out)


@pytest.mark.parametrize("linktype", LINK_LAYERS)
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_web_is_sifted_out(linktype: int, layers: int) -> None:
    """Of TCP and UDP, behind a tag and in PPPoE too; a flow's ports bring all of it back once it spoke like SMTP."""
    odd = (IP, IPv6) if linktype not in (228, 229) else ((IP,) if linktype == 228 else (IPv6,))
    for ip in odd:
        web = [ip() / TCP(sport=40000, dport=80, flags="A") / b"x", ip() / UDP(sport=40000, dport=443) / b"x"]
        mail = ip() / TCP(sport=80, dport=40000, flags="PA") / b"220 relay.example"
        frames = window([framed(p, linktype, layers) for p in (*web, mail, *web)], 2000)
        sifted = Prefilter(np.zeros(1 << 16, np.bool_)).sift(frames, np.array([linktype], np.int32))
        assert sifted.number.tolist() == [1, 3, 4]


def test_what_the_selector_met_is_not_sifted_out() -> None:
    """A flow whose first words stood where the sieve does not look."""
    spoken = np.zeros(1 << 16, np.bool_)
    sieve, selector, ethernet = Prefilter(spoken), Selector(spoken=spoken), np.array([1], np.int32)
    options = IP(options=[IPOption_Router_Alert()])
    first = window([framed(options / TCP(sport=80, dport=40000, flags="PA") / b"220 hello", 1, 0)], 2000)
    selector.select(decode(sieve.sift(first, ethernet), ethernet)[0])
    then = window([framed(IP() / TCP(sport=40000, dport=80, flags="A") / b"x", 1, 0)], 2000)
    assert len(sieve.sift(then, ethernet)) == 1
