"""Which web servers hosts asked for."""

from __future__ import annotations

import hmac

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from hello import client_hello
from initial import CONNECTION, crypto, initial
from packets.windows import frames
from wanwitness.model.visit import Visit
from wanwitness.packets.decode import decode
from wanwitness.protocols.http import host
from wanwitness.protocols.quic import Handshake, crypto_frames
from wanwitness.protocols.quic.handshake import LONGEST
from wanwitness.protocols.tls import server_name
from wanwitness.protocols.visits import VisitWatch

HELLO = client_hello("webmail.isp1.example")[5:]
"""Without its record's header: QUIC has none."""


def watched(*packets: object) -> list[Visit]:
    watch = VisitWatch()
    window = frames([Ether() / packet for packet in packets])
    watch.feed(decode(window, np.array([1], np.int32))[0])
    return watch.rows


def test_the_keys_are_the_rfcs() -> None:
    """The secrets of RFC 9001 appendix A.1, made anew: the protected packet is opened with what its header gives."""
    secret = hmac.digest(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), CONNECTION, "sha256")
    assert secret.hex() == "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44"
    found = crypto_frames(initial(crypto(0, HELLO)))
    assert found is not None
    assert found.connection == CONNECTION and server_name(found.pieces[0][1]) == "webmail.isp1.example"


def test_a_hello_in_pieces_and_out_of_order() -> None:
    """Browsers cut and shuffle the hello over CRYPTO frames and packets, with PING and PADDING between."""
    cuts = [HELLO[:20], HELLO[20:70], HELLO[70:]]
    one = initial(crypto(70, cuts[2]) + b"\x01\0\0" + crypto(0, cuts[0]), 1)
    two = initial(crypto(20, cuts[1]), 2)
    path = IP(src="192.168.1.10", dst="198.18.1.80") / UDP(sport=50_000, dport=443)
    for order in ((one, two), (two, one)):
        (visit,) = watched(*(path / datagram for datagram in order))
        assert (visit.host, visit.by, visit.client) == ("webmail.isp1.example", "QUIC", "192.168.1.10")


def test_what_was_changed_is_not_believed() -> None:
    datagram = bytearray(initial(crypto(0, HELLO)))
    datagram[600] ^= 1
    assert crypto_frames(bytes(datagram)) is None


@given(st.binary(max_size=80), st.integers(0, 200))
def test_garbage_is_nothing(data: bytes, cut: int) -> None:
    """Whatever a datagram, hello or request holds, no exception comes of it."""
    crypto_frames(b"\xc3\0\0\0\1" + data)
    crypto_frames(initial(data, length=100)[: 40 + cut])
    server_name(b"\x01\0\0\x40" + data)
    server_name(HELLO[:cut])
    host(data)


def test_tls_and_http() -> None:
    """The name in a ClientHello, and the host in a request; the same host's to the same server once a minute."""
    web = IP(src="192.168.1.10", dst="198.18.1.80") / TCP(sport=50_001, dport=443, flags="PA")
    plain = IP(src="192.168.1.10", dst="198.18.1.80") / TCP(sport=50_002, dport=80, flags="PA")
    found = watched(
        web / client_hello("webmail.isp1.example"),
        web / client_hello("webmail.isp1.example"),
        plain / b"GET /mail HTTP/1.1\r\nAccept: */*\r\nHost: Mail.ISP1.example\r\n\r\n",
    )
    assert [(visit.host, visit.by) for visit in found] == [
        ("webmail.isp1.example", "TLS"),
        ("mail.isp1.example", "HTTP"),
    ]


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (b"GET http://webmail.isp1.example/x HTTP/1.1\r\nHost: other\r\n\r\n", "webmail.isp1.example"),
        (b"CONNECT webmail.isp1.example:443 HTTP/1.1\r\n\r\n", "webmail.isp1.example"),
        (b"CONNECT alice:secret@webmail.isp1.example:443 HTTP/1.1\r\n\r\n", "webmail.isp1.example"),
        (b"GET http://alice:secret@webmail.isp1.example/x HTTP/1.1\r\n\r\n", "webmail.isp1.example"),
        (b"GET / HTTP/1.1\r\nHost: secret@webmail.isp1.example\r\n\r\n", "webmail.isp1.example"),
        (b"GET / HTTP/1.0\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\nX: y\r\n\r\nhost: not.a.header", ""),
        (b"GET nonsense", None),
        (b"EHLO me", None),
    ],
)
def test_host(request_: bytes, asked: str | None) -> None:
    assert host(request_) == asked


@given(st.permutations(range(len(HELLO) // 40 + 1)), st.integers(1, 5))
def test_a_hello_is_the_same_in_whatever_order_it_comes(order: list[int], together: int) -> None:
    """It is told once it is whole, and pieces that come again make no difference."""
    pieces = [(40 * n, HELLO[40 * n : 40 * n + 40 + n % 3]) for n in order]
    handshake, told = Handshake(), b""
    for at in range(0, len(pieces), together):
        told = handshake.add(pieces[at : at + together]) or told
    assert told == HELLO
    assert handshake.add(pieces) is None


def test_a_handshake_is_bounded() -> None:
    """What is beyond is no browser's."""
    assert Handshake().add([(0, b"x" * LONGEST), (LONGEST, b"x"), (1 << 40, b"x")]) == b"x" * LONGEST
