"""What a stranger can make any number of is bounded, and what is beyond is told."""

from __future__ import annotations

import numpy as np
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from hello import client_hello
from initial import crypto, initial
from packets.windows import frames
from wanwitness.model import Endpoint, FrameRef, Oddity, Stream
from wanwitness.packets.decode import decode
from wanwitness.protocols.dns import exchanges
from wanwitness.protocols.mailbox import BeyondBounds, Mailbox
from wanwitness.protocols.ppp import Ipcp
from wanwitness.protocols.quic import LONGEST
from wanwitness.protocols.visits import VisitWatch

from .test_visits import HELLO

FRAME = FrameRef(0, 1)


def numbers(rows: list[Oddity]) -> dict[str, object]:
    return {row.reason.id: row.reason.args["number"] for row in rows}


def mailbox(port: int) -> tuple[Mailbox, BeyondBounds]:
    beyond = BeyondBounds()
    ends = Endpoint("192.168.1.10", 50_000), Endpoint("192.0.2.25", port)
    return Mailbox(Stream(*ends, first_ns=0, last_ns=0, first=FRAME, last=FRAME), [], [], beyond), beyond


def test_commands_sent_far_ahead_are_told() -> None:
    """POP3's 1,000 with the greeting among them, IMAP's 16 tags; behind a log-in, 1,000 again."""
    pop, beyond = mailbox(110)
    pop.data("orig", b"NOOP\r\n" * 999, FRAME, 0, 0)
    assert beyond.rows() == []
    pop.data("orig", b"NOOP\r\n" * 5, FRAME, 0, 0)
    assert numbers(beyond.rows()) == {"odd-mailbox-ahead": 1_005}
    imap, beyond = mailbox(143)
    imap.data("orig", b"".join(b"a%d LOGIN x y\r\n" % n for n in range(20)), FRAME, 0, 0)
    assert numbers(beyond.rows()) == {"odd-mailbox-ahead": 4}
    inside, beyond = mailbox(110)
    for side, said in (("resp", b"+OK\r\n"), ("orig", b"PASS x\r\n"), ("resp", b"+OK\r\n")):
        inside.data("orig" if side == "orig" else "resp", said, FRAME, 0, 0)
    inside.data("orig", b"DELE 1\r\n" * 1_001, FRAME, 0, 0)
    assert numbers(beyond.rows()) == {"odd-mailbox-ahead": 1_001}


def test_failed_log_ins_beyond_those_that_are_told_are_counted() -> None:
    pop, beyond = mailbox(110)
    pop.data("resp", b"+OK ready\r\n", FRAME, 0, 0)
    for _ in range(103):
        pop.data("orig", b"PASS x\r\n", FRAME, 0, 0)
        pop.data("resp", b"-ERR no\r\n", FRAME, 0, 0)
    assert numbers(beyond.rows()) == {"odd-mailbox-tries": 3}


def test_offers_that_are_forgotten_are_told() -> None:
    ipcp = Ipcp()
    for n in range(4_099):
        ipcp.read(b"\3\1\0\x0a\3\6" + (0xC6330000 + n).to_bytes(4), 1, FRAME, 0)
    assert numbers(ipcp.forgotten.rows()) == {"odd-ipcp-offers": 3}


def test_handshakes_that_are_given_up_are_told() -> None:
    """Of clients that never send the rest of their hello."""
    watch = VisitWatch()
    half = initial(crypto(0, HELLO[:20]))
    hosts = [
        Ether() / IP(src=f"10.0.{n >> 8}.{n & 255}", dst="192.0.2.1") / UDP(sport=5, dport=443) / half
        for n in range(258)
    ]
    watch.feed(decode(frames(hosts), np.array([1], np.int32))[0])
    assert numbers(watch.oddities()) == {"odd-quic-open": 2}


def test_what_is_beyond_the_longest_handshake_is_told() -> None:
    watch = VisitWatch()
    ends = IP(src="192.168.1.10", dst="192.0.2.1") / UDP(sport=5, dport=443)
    sent = [initial(crypto(LONGEST - 20, HELLO[:20]) + crypto(LONGEST - 19, HELLO[:20])), initial(crypto(0, HELLO))]
    watch.feed(decode(frames([Ether() / ends / one for one in sent]), np.array([1], np.int32))[0])
    assert [visit.host for visit in watch.rows] == ["webmail.isp1.example"]
    assert numbers(watch.oddities()) == {"odd-quic-long": 1}


def test_a_hello_of_several_packets_whose_first_does_not_say_the_name_is_told() -> None:
    """A name in the first is one, whatever follows; and a whole hello without one names nobody."""
    watch = VisitWatch()
    named, bare = client_hello("webmail.isp1.example"), client_hello(None)
    sent = [named[:60], named[:-1], named, bare, bare[:-1]]
    hosts = [
        Ether() / IP(src="192.168.1.10", dst=f"192.0.2.{n}") / TCP(sport=5, dport=443, flags="PA") / one
        for n, one in enumerate(sent)
    ]
    watch.feed(decode(frames(hosts), np.array([1], np.int32))[0])
    assert [visit.host for visit in watch.rows] == ["", "webmail.isp1.example", "", ""]
    assert numbers(watch.oddities()) == {"odd-hello-parts": 2}


def test_questions_that_are_not_waited_for_are_told() -> None:
    """Else an answer that comes later would be one to nobody's question, without a word."""
    asked = exchanges.Exchanges()
    one = b"\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"
    for n in range(exchanges.MAX_OPEN + 2):
        ends = Endpoint("192.168.1.10", n & 0xFFFF), Endpoint("198.51.100.53", 53)
        asked.feed(*ends, "udp", (n >> 16).to_bytes(2) + one, False, n, FRAME)
    assert numbers(asked.odd()) == {"odd-dns-open": 2}
