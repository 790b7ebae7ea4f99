"""The server's name in a ClientHello."""

from __future__ import annotations

from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from hello import client_hello
from wanwitness.packets.select.client_hello import server_names

from .windows import decoded

HELLO = client_hello("mail.isp.example")


def names(*payloads: bytes) -> list[str | None]:
    packets, _ = decoded([Ether() / IP() / TCP(dport=443, flags="PA") / payload for payload in payloads])
    return server_names(packets, np.arange(len(packets)))


def test_it_is_what_openssl_wrote() -> None:
    """With and without a name, in any order, beside what is no ClientHello."""
    assert names(HELLO, client_hello(None), client_hello("Dns.Google"), b"220 hello", b"") == [
        "mail.isp.example",
        "",
        "dns.google",
        None,
        None,
    ]


def test_a_hello_cut_before_the_name_has_none() -> None:
    """Wherever it is cut: the whole name or none, and none beyond what was captured."""
    ends = names(*(HELLO[:size] for size in range(len(HELLO) + 1)))
    name_ends = HELLO.index(b"mail.isp.example") + len("mail.isp.example")
    assert ends[:6] == [None] * 6
    assert set(ends[6:name_ends]) == {""}
    assert set(ends[name_ends:]) == {"mail.isp.example"}


def with_extensions(number: int, size: int) -> bytes:
    """The hello with so many extensions of so many bytes in front of its own."""
    session = HELLO[43]
    suites = 44 + session
    methods = suites + 2 + int.from_bytes(HELLO[suites : suites + 2])
    extensions = methods + 1 + HELLO[methods]
    more = (pack(">HH", 0x0A0A, size) + bytes(size)) * number
    length = int.from_bytes(HELLO[extensions : extensions + 2]) + len(more)
    return HELLO[:extensions] + (length % 0x10000).to_bytes(2) + more + HELLO[extensions + 2 :]


@pytest.mark.parametrize("number", [1, 50, 63, 64, 65, 500, 10_000])
def test_a_name_is_found_behind_any_number_of_extensions(number: int) -> None:
    """Among hellos that have few; one that is cut has no name."""
    many = with_extensions(number, number % 3)
    cut = many[: many.index(b"mail.isp.example")]
    assert names(HELLO, many, cut, client_hello(None), many) == [*["mail.isp.example"] * 2, "", "", "mail.isp.example"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HELLO) - 1), st.integers(0, 255)), max_size=6))
def test_a_changed_hello_breaks_nothing(changes: list[tuple[int, int]]) -> None:
    """No exception, and the neighbour in the window is read as before."""
    raw = bytearray(HELLO)
    for at, value in changes:
        raw[at] = value
    found = names(bytes(raw), HELLO)
    assert found[1] == "mail.isp.example"
    assert found[0] is None or isinstance(found[0], str)
