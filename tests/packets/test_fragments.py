"""IP fragments."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.packet import Raw

from english import all_english, english
from wanwitness.packets.decode import Decoder
from wanwitness.packets.decode.fragments import MOST_BYTES, MOST_PARTS, Fragment, Reassembler

from .windows import decoded, frames, payload

RAW = 101
fragment: Any = inet.fragment
fragment6: Any = inet6.fragment6
BODY = random.Random(1).randbytes(3000)
V4 = IP(src="192.0.2.1", dst="192.0.2.2", id=77) / UDP(sport=53, dport=4000) / BODY
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(id=7) / UDP(sport=53, dport=4000) / BODY
OTHER = IP(src="192.0.2.9", dst="192.0.2.2") / UDP(sport=1, dport=2) / b"other"


def cut(packet: Any, size: int = 1000) -> list[bytes]:
    """The packet's fragments of at most `size` bytes."""
    if packet.version == 4:
        return [bytes(part) for part in fragment(packet, size // 8 * 8)]
    return [bytes(part) for part in fragment6(packet, size)]


@pytest.mark.parametrize("packet", [V4, V6], ids=["IPv4", "IPv6"])
@given(chance=st.randoms(use_true_random=False), size=st.integers(200, 1400))
def test_fragments_in_any_order_are_one_packet(packet: Any, chance: random.Random, size: int) -> None:
    """Its number is the frame's that completed it; other packets between them keep their places."""
    parts = cut(packet, size)
    chance.shuffle(parts)
    packets, left_out = decoded([OTHER, *parts, OTHER], RAW)
    assert packets.number.tolist() == [1, 1 + len(parts), 2 + len(parts)]
    assert payload(packets, 1) == BODY
    assert (payload(packets, 0), payload(packets, 2)) == (b"other", b"other")
    assert (packets.sport[1], packets.dport[1], packets.payload_missing[1]) == (53, 4000, 0)
    assert (len(left_out), left_out.parts, left_out.other) == (0, len(parts) - 1, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_fragments_span_windows_and_files(size: int) -> None:
    """Wherever the windows are cut, and though the file changes; the frames of the other fragments are told."""
    captured = [part for packet in (V4, V6) for part in cut(packet)] + [bytes(OTHER)]
    decoder, got = Decoder(), []
    for begin in range(0, len(captured), size):
        window = frames(captured[begin : begin + size], first=begin + 1)
        for owner, packets, left_out, joined in decoder.decode(window, np.array([RAW], np.int32), "file"):
            assert (owner, len(left_out)) == ("file", 0)
            got += [(int(packets.number[row]), payload(packets, row)) for row in range(len(packets))]
            assert all(j.others == tuple(range(j.frame.number - 3, j.frame.number)) for j in joined)
    assert got == [(4, BODY), (8, BODY), (9, b"other")]
    assert decoder.finish() == []


def test_a_first_fragment_alone_is_a_packet_and_a_remark() -> None:
    """A capture filter by port lets no other fragment through."""
    first, *rest = cut(V4)
    packets, left_out = decoded([first], RAW)
    assert (packets.number.tolist(), packets.sport.tolist()) == ([1], [53])
    assert payload(packets) == BODY[: packets.payload_length[0]]
    assert all_english(left_out.whys()) == ["first IP fragment, its payload is only a part"]
    assert left_out.decoded.all()
    packets, left_out = decoded(rest, RAW)
    assert len(packets) == 0
    assert {english(why): n for why, n in left_out.counts().items()} == {
        "IP fragment of a packet that was not captured whole": len(rest)
    }
    assert not left_out.damage.any()


def test_a_first_fragment_is_given_up_at_the_same_place_however_windows_are_cut() -> None:
    """It comes before the first frame whose time is behind its patience."""
    captured = [cut(V4)[0], *[bytes(OTHER)] * 4]
    for size in (1, 2, 5):
        decoder, numbers = Decoder(), []
        for begin in range(0, 5, size):
            window = frames(captured[begin : begin + size], first=begin + 1)
            window.ts_ns[:] = window.number * 1_000_000_000
            for result in decoder.decode(window, np.array([RAW], np.int32)):
                numbers += result.packets.number.tolist()
        assert numbers == [2, 3, 1, 4, 5]


def test_overlapping_fragments_that_differ_are_told() -> None:
    """The bytes that came first are used; the same bytes twice are nothing odd."""
    first, second, third, fourth = cut(V4)
    for other, remarks in ((second, 0), (second[:-20] + bytes(20), 1)):
        packets, left_out = decoded([first, second, other, third, fourth], RAW)
        assert payload(packets) == BODY
        assert len(left_out) == remarks
    assert "different bytes" in all_english(left_out.whys())[0]


def test_copies_of_fragments_are_no_second_packet() -> None:
    """A mirror port gives each twice."""
    packets, left_out = decoded([part for part in cut(V4) for _ in range(2)], RAW)
    assert packets.number.tolist() == [7]
    assert (len(left_out), left_out.parts) == (0, 7)


def test_what_the_snap_length_cut_off_fragments_is_missing() -> None:
    """The packet is known up to the first hole."""
    packets, _ = decoded(cut(V4), RAW, 500)
    assert packets.number.tolist() == [4]
    assert payload(packets) == BODY[: 500 - 28]
    assert int(packets.payload_missing[0]) == len(BODY) - (500 - 28)


def test_a_flood_of_fragments_is_bounded() -> None:
    """Every frame is told, and the packet that comes whole after it is read."""
    flood = [bytes(IP(src="192.0.2.1", dst="192.0.2.3", id=i, flags="MF", frag=5, proto=17) / Raw(bytes(8)))
             for i in range(1000)]  # fmt: skip
    tiny = [bytes(IP(src="192.0.2.1", dst="192.0.2.4", id=1, flags="MF", frag=i, proto=17) / Raw(bytes(8)))
            for i in range(3000)]  # fmt: skip
    packets, left_out = decoded([*flood, *tiny, *cut(V4)], RAW)
    assert payload(packets, len(packets) - 1) == BODY
    assert len(packets) + int((~left_out.decoded).sum()) + left_out.parts == 4004


def test_a_packet_longer_than_any_is_left_out() -> None:
    """The ping of death."""
    packets, left_out = decoded([bytes(IP(flags=0, frag=8191, proto=17, id=5) / Raw(bytes(1000)))], RAW)
    assert (len(packets), len(left_out)) == (0, 1)


def test_of_a_packet_that_is_never_whole_no_more_fragments_are_held_than_make_the_longest() -> None:
    """Each of them is told as left out, whatever comes of it."""
    held: list[int] = []
    lost = 0
    reassembler = Reassembler()
    for n in range(3 * MOST_PARTS):
        head = bytes((0x45,)) + bytes(19)
        part = Fragment(n, n, n, 0, 0, (1, 2), 17, 7, 8 * (n % 5000) + 8, True, 8, head, bytes(8))
        lost += len(list(reassembler.feed("a", "a", part)))
        held.append(sum(len(one.parts) for one in reassembler._open.values()))
    lost += len(list(reassembler.finish()))
    assert max(held) == MOST_PARTS
    assert lost == 3 * MOST_PARTS


def test_fragments_that_overlap_hold_no_more_bytes_than_a_few_packets() -> None:
    """Long ones at one place would fill the memory, though they are few."""
    held: list[int] = []
    lost = 0
    reassembler = Reassembler()
    for n in range(500):
        head = bytes((0x45,)) + bytes(19)
        part = Fragment(n, n, n, 0, 0, (1, 2), 17, 7, 8, True, 9000, head, bytes(9000))
        lost += len(list(reassembler.feed("a", "a", part)))
        held.append(sum(len(part.payload) for one in reassembler._open.values() for _, part in one.parts))
    lost += len(list(reassembler.finish()))
    assert MOST_BYTES - 9000 < max(held) <= MOST_BYTES
    assert lost == 500
