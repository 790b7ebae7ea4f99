"""What is kept of the packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_RS,
    ICMPv6TimeExceeded,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.layers.ppp import PPP, PPP_IPCP, PPP_LCP, PPPoE

from hello import client_hello
from wanwitness.oddities import ODD
from wanwitness.packets.decode import decode
from wanwitness.packets.flow_key import flow_keys
from wanwitness.packets.select import Selector

from .windows import frames

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = ETHER / IP(src="192.0.2.1", dst="198.51.100.2")
V6 = ETHER / IPv6(src="2001:db8::1", dst="2001:db8::2")


def kept(captured: Sequence[Any], size: int | None = None, selector: Selector | None = None) -> list[int]:
    """The numbers of the packets kept, when fed in windows of `size` packets."""
    selector = selector or Selector()
    numbers: list[int] = []
    for start in range(0, len(captured), size or len(captured) or 1):
        window = frames(captured[start : start + (size or len(captured))], first=start + 1)
        numbers += selector.select(decode(window, np.array([1], np.int32))[0]).number.tolist()
    return numbers


def segment(client: int, text: bytes = b"x", back: bool = False, flags: str = "PA") -> Any:
    """A segment between an odd port of a host and port 2626."""
    if back:
        return ETHER / IP(src="198.51.100.2", dst="192.0.2.1") / TCP(sport=2626, dport=client, flags=flags) / text
    return V4 / TCP(sport=client, dport=2626, flags=flags) / text


WANTED: dict[str, Any] = {
    "arp": ETHER / ARP(),
    "dns query": V4 / UDP(sport=1024, dport=53),
    "dns answer": V6 / UDP(sport=53, dport=1024),
    "dns over tcp": V4 / TCP(sport=53, dport=1024, flags="A"),
    "dns over tls": V4 / TCP(sport=1024, dport=853, flags="A"),
    "dns over quic": V4 / UDP(sport=853, dport=1024),
    "dhcp": V4 / UDP(sport=67, dport=68),
    "dhcpv6": V6 / UDP(sport=547, dport=546),
    "ipcp": ETHER / PPPoE(sessionid=1) / PPP() / PPP_IPCP(),
    "a hello to a resolver": V4 / TCP(sport=1024, dport=443, flags="PA") / client_hello("dns.google"),
    "a hello to its address": ETHER / IP(dst="8.8.8.8") / TCP(sport=1, dport=443, flags="PA") / client_hello(None),
    "quic from a resolver": ETHER / IP(src="9.9.9.9") / UDP(sport=443, dport=1024) / b"\xc3x",
    "a hello to others": V4 / TCP(sport=1024, dport=443, flags="PA") / client_hello("www.example"),
    "a request": V4 / TCP(sport=1024, dport=80, flags="PA") / b"GET / HTTP/1.1\r\n\r\n",
    "quic's first flight": V4 / UDP(sport=1024, dport=443) / b"\xc3x",
    "pop": V4 / TCP(sport=1024, dport=110, flags="A"),
    "imap over tls": V4 / TCP(sport=993, dport=1024, flags="A"),
    "smtp": V4 / TCP(sport=1024, dport=25, flags="A"),
    "smtps": V6 / TCP(sport=465, dport=1024, flags="A"),
    "submission": V4 / TCP(sport=587, dport=1024, flags="A"),
    "smtp elsewhere": V4 / TCP(sport=2525, dport=1024, flags="A"),
    "data in a syn": V4 / TCP(sport=1024, dport=443, flags="S") / b"x",
    "unreachable": V4 / ICMP(type=3),
    "exceeded": V4 / ICMP(type=11),
    "parameter": V4 / ICMP(type=12),
    "exceeded 6": V6 / ICMPv6TimeExceeded(),
    "neighbour": V6 / ICMPv6ND_NA(),
    "router": V6 / ICMPv6ND_RS(),
}
UNWANTED: dict[str, Any] = {
    "syn": V4 / TCP(sport=1024, dport=443, flags="S"),
    "syn-ack": V4 / TCP(sport=443, dport=1024, flags="SA"),
    "web": V4 / TCP(sport=1024, dport=443, flags="A") / b"x",
    "reset": V4 / TCP(sport=1024, dport=443, flags="R"),
    "lcp": ETHER / PPPoE(sessionid=1) / PPP() / PPP_LCP(),
    "tls with a resolver": ETHER / IP(dst="8.8.8.8") / TCP(sport=1, dport=443, flags="A") / b"\x17\x03\x03\0\x10xx",
    "quic from others": V4 / UDP(sport=443, dport=1024) / b"\xc3x",
    "quic from a resolver, later": ETHER / IP(src="9.9.9.9") / UDP(sport=443, dport=1024) / b"\x43x",
    "quic": V4 / UDP(sport=1024, dport=443),
    "quic, later": V4 / UDP(sport=1024, dport=443) / b"\x43x",
    "an answer from the web": V4 / TCP(sport=80, dport=1024, flags="PA") / b"HTTP/1.1 200 OK\r\n\r\n",
    "mail port, but udp": V4 / UDP(sport=1024, dport=25),
    "ping": V4 / ICMP(type=8),
    "ping 6": V6 / ICMPv6EchoRequest(),
    "icmp code 53": V4 / ICMP(type=8, code=53),
}


@pytest.mark.parametrize("what", WANTED)
def test_what_later_stages_need_is_kept(what: str) -> None:
    """By port, protocol, type, or data in a SYN."""
    assert kept([WANTED[what]]) == [1]


@pytest.mark.parametrize("what", UNWANTED)
def test_the_rest_is_not_kept(what: str) -> None:
    """It is most of the traffic."""
    assert kept([UNWANTED[what]]) == []


@pytest.mark.parametrize("text", [b"EHLO me", b"helo me", b"HeLo ", b"220 hello", b"220-hello", b"220 "])
def test_a_flow_that_speaks_smtp_is_adopted(text: bytes) -> None:
    """From the packet on that does so, in both directions, and no other flow."""
    captured = [
        segment(1024),
        segment(1024, text),
        segment(1024, b"", flags="A"),
        segment(1024, back=True),
        segment(1025),
        segment(1024, flags="F"),
    ]
    assert kept(captured) == [2, 3, 4, 6]


@pytest.mark.parametrize("text", [b"EHLO", b"EHLO\r\n", b"220", b"2200 x", b"XEHLO me", b"\x00HLO "])
def test_what_only_resembles_smtp_is_not_adopted(text: bytes) -> None:
    """A blank or a hyphen must follow."""
    assert kept([segment(1024, text), segment(1024)]) == []


def test_data_in_a_syn_adopts_too() -> None:
    """TCP Fast Open (RFC 7413)."""
    assert kept([segment(1024, b"EHLO me", flags="S"), segment(1024)]) == [1, 2]


@pytest.mark.parametrize("size", [None, 1, 2, 5])
def test_a_syn_with_data_brings_those_of_its_flow_that_came_before(size: int | None) -> None:
    """Else they would be handed on behind it where windows are small, when the flow speaks at last."""
    captured = [
        segment(1024, b"", flags="S"),
        segment(1024, b"x", flags="S"),
        segment(1025, b"", flags="S"),
    ]
    assert kept(captured, size) == [1, 2]


def test_the_oldest_flow_makes_room() -> None:
    """The number of flows followed is bounded, and where it is exceeded windows make no difference either."""
    captured = [segment(client, b"220 x") for client in (1, 2, 3)]
    captured += [segment(client) for client in (1, 2, 3)]
    captured += [segment(1, b"220 again"), *(segment(client) for client in (1, 2, 3))]
    for size in (None, 1, 2, 5):
        selector = Selector(most_adopted=2)
        assert kept(captured, size, selector) == [1, 2, 3, 5, 6, 7, 8, 10]
        (odd,) = selector.oddities()
        assert (odd.frame, odd.reason) == (3, ODD("odd-followed-no-longer", number=2, most=2))


def test_a_flow_key_is_the_flow_s_own() -> None:
    """It is the same in both directions, and another where any port or address is another."""
    rng = np.random.default_rng(1)
    src, dst = rng.integers(0, 256, (2, 5000, 16), np.uint8)
    sport, dport = rng.integers(0, 65536, (2, 5000))
    keys = flow_keys(src, dst, sport, dport)
    assert (keys == flow_keys(dst, src, dport, sport)).all()
    crossed = flow_keys(src, dst, dport, sport)
    assert len(np.unique(np.concatenate([keys, crossed]))) == 10000


@pytest.mark.parametrize("size", [None, 1, 2, 3])
def test_an_adopted_flow_brings_its_handshake(size: int | None) -> None:
    """The SYN and its answer, and no other flow's; they are given once."""
    captured = [
        segment(1024, b"", flags="S"),
        segment(1025, b"", flags="S"),
        segment(1024, b"", back=True, flags="SA"),
        segment(1024, b"", flags="A"),
        segment(1024, b"220 x", back=True),
        segment(1024, b"220 x", back=True),
    ]
    assert kept(captured, size) == [1, 3, 5, 6]


@pytest.mark.parametrize("size", [None, 1, 2, 5])
def test_handshakes_beyond_the_bound_are_told(size: int | None) -> None:
    """Those that a flow might still have asked for: not what was given out, nor what is older than a banner can be."""
    captured = [segment(client, b"", flags="S") for client in (1, 2)]
    captured += [segment(1, b"EHLO me")]
    captured += [segment(client, b"", flags="S") for client in (3, 4, 5, 6, 7)]
    seconds = np.array([0, 1, 2, 3, 4, 5, 6, 100])
    selector = Selector(most_held=2)
    given = []
    for start in range(0, len(captured), size or len(captured)):
        window = frames(captured[start : start + (size or len(captured))], first=start + 1)
        window = replace(window, ts_ns=seconds[window.number - 1] * 1_000_000_000)
        given += selector.select(decode(window, np.array([1], np.int32))[0]).number.tolist()
    assert given == [1, 3]
    # That of 2 made room for that of 4, that of 3 for that of 5, and 4's for 6's; 5's was old by then.
    (odd,) = selector.oddities()
    assert (odd.frame, odd.reason) == (5, ODD("odd-syns-held", number=3, most=2))
    assert kept([segment(4, b"EHLO me")], None, selector) == [1]


@pytest.mark.parametrize("size", [None, 1, 2])
def test_a_late_handshake_keeps_its_header(size: int | None) -> None:
    """Address, ports and options of a SYN that a later window asks for are the frame's own."""
    syn = V4 / TCP(sport=1024, dport=2626, flags="S", seq=7, options=[("Timestamp", (77, 0))])
    selector = Selector()
    rows = []
    for start in range(0, 3, size or 3):
        captured = [syn, segment(1025), segment(1024, b"EHLO me")][start : start + (size or 3)]
        rows.append(selector.select(decode(frames(captured, first=start + 1), np.array([1], np.int32))[0]))
    (row,) = (packets for packets in rows if 1 in packets.number.tolist())
    assert row.seq[0] == 7
    assert row.data[row.l4[0] : row.payload[0]].tobytes() == bytes(syn[TCP])
    assert row.data[row.payload[-1] :].tobytes()[:7] == b"EHLO me"


@pytest.mark.parametrize("size", [None, 1, 2])
def test_a_mail_connection_brings_its_host_s_other_connections_to_the_address(size: int | None) -> None:
    """Those opened before it, and not those to other addresses, their answers, or later ones."""
    other = ETHER / IP(src="192.0.2.1", dst="198.51.100.3")
    captured = [
        V4 / TCP(sport=1024, dport=443, flags="S"),
        ETHER / IP(src="198.51.100.2", dst="192.0.2.1") / TCP(sport=443, dport=1024, flags="SA"),
        other / TCP(sport=1025, dport=443, flags="S"),
        V4 / TCP(sport=1026, dport=25, flags="S"),
        V4 / TCP(sport=1027, dport=443, flags="S"),
    ]
    assert kept(captured, size) == [1, 4]


@given(
    picks=st.lists(
        st.tuples(
            st.integers(1, 4),
            st.sampled_from([b"", b"x", b"220 x", b"ehlo x"]),
            st.booleans(),
            st.sampled_from(["A", "S", "SA"]),
        ),
        max_size=30,
    ),
    size=st.integers(1, 30),
    most=st.integers(1, 4),
    held=st.integers(1, 6),
)
def test_windows_do_not_change_what_is_kept(
    picks: list[tuple[int, bytes, bool, str]], size: int, most: int, held: int
) -> None:
    """However the frames are cut into windows, and whatever the bounds; a plain loop keeps the same."""
    captured = [segment(*pick) for pick in picks]
    adopted: list[int] = []
    waiting: list[tuple[int, int, tuple[bool, bool] | None]] = []
    expected = set()

    def ask(client: int) -> None:
        asked = [i for i, syn in enumerate(waiting) if syn[1] == client and i >= len(waiting) - held]
        for place in asked:
            number, _, opens = waiting[place]
            expected.add(number)
            back = opens and opens[0]
            near = waiting[max(0, place - held) : place] if opens and not opens[1] else []
            expected.update(n for n, _, other in near if other and not other[1] and other[0] == back)

    for number, (client, text, back, flags) in enumerate(picks, 1):
        if text[3:4] == b" " or text[4:5] == b" ":
            ask(client)
            adopted = adopted if client in adopted else [*adopted, client][-most:]
        if client in adopted or (text and "S" in flags):
            expected.add(number)
            if text and "S" in flags:
                expected.update(n for n, other, _ in waiting[-held:] if other == client)
        elif "S" in flags:
            waiting.append((number, client, (back, flags == "SA")))
    assert sorted(kept(captured, size, Selector(most, held))) == sorted(expected)
    assert sorted(kept(captured, None, Selector(most, held))) == sorted(expected)


def test_a_window_without_other_tcp_goes_by_while_a_flow_is_followed() -> None:
    """A window may hold nothing but UDP."""
    assert kept([segment(4000, b"EHLO me\r\n"), WANTED["dns query"], UNWANTED["ping"], segment(4000)], 1) == [1, 2, 4]
