"""Frames of pcapng files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from struct import pack

import pytest

from english import english
from wanwitness.model import Interface

from .files import PACKETS, Pcapng, columns, payloads, write

NANOSECONDS = b"\x09"


@pytest.mark.parametrize("order", "<>")
def test_packets_of_all_three_kinds_are_frames(tmp_path: Path, order: str) -> None:
    """Enhanced, obsolete and simple packet blocks; the last has no time, and is cut at the interface's snap length."""
    file = Pcapng(order).interface(snaplen=4).interface(linktype=101).packet(b"abcde", 1, 5)
    file.obsolete(b"fgh", 1, 6).simple(b"ijkl", 9).simple(b"m", 1)
    capture = write(tmp_path, file.content)
    assert payloads(capture.windows()) == [b"abcde", b"fgh", b"ijkl", b"m"]
    table = columns(list(capture.windows()))
    assert table["interface"] == [1, 1, 0, 0]
    assert table["length"] == [105, 3, 9, 1]
    assert table["ts_ns"] == [5000, 6000, 0, 0]
    assert capture.damage == []


def test_an_interface_is_what_its_block_says(tmp_path: Path) -> None:
    """Name and description are made fit to print; what the statistics say was dropped is added when they come."""
    file = Pcapng().interface(113, 96, name=b"eth0\x1b", description="Büro".encode()).packet(b"a").statistics(0, 12)
    capture = write(tmp_path, file.content)
    list(capture.windows())
    assert capture.interfaces == [Interface(0, 113, 96, "eth0\\x1b", "Büro", 12)]


def test_interfaces_are_known_before_the_first_window(tmp_path: Path) -> None:
    """Those described at the file's begin are."""
    capture = write(tmp_path, Pcapng().interface(name=b"lan0").interface(name=b"wan1").packet(b"a").content)
    assert [interface.name for interface in capture.interfaces] == ["lan0", "wan1"]


def test_sections_go_on_numbering_interfaces_and_frames(tmp_path: Path) -> None:
    """Each section has its own byte order and its own interfaces, numbered through the file; Wireshark begins again."""
    file = Pcapng("<").interface(name=b"a").interface(name=b"b").packet(b"1", 1, 7)
    file.section(">").interface(name=b"c", resolution=NANOSECONDS).packet(b"2", 0, 7)
    file.section("<").interface(name=b"d").packet(b"3", 0, 7)
    capture = write(tmp_path, file.content)
    table = columns(list(capture.windows()))
    assert table["interface"] == [1, 2, 3]
    assert table["number"] == [1, 2, 3]
    assert table["ts_ns"] == [7000, 7, 7000]
    numbered = [(interface.name, interface.index_in_section) for interface in capture.interfaces]
    assert numbered == [("a", 0), ("b", 1), ("c", 0), ("d", 0)]


@pytest.mark.parametrize(
    ("resolution", "unit"),
    [
        (b"\x00", Fraction(1)),
        (b"\x03", Fraction(1, 10**3)),
        (b"\x09", Fraction(1, 10**9)),
        (b"\x0c", Fraction(1, 10**12)),
        (b"\x80", Fraction(1)),
        (b"\x94", Fraction(1, 2**20)),
        (b"\xa2", Fraction(1, 2**34)),
        (b"\xb2", Fraction(1, 2**50)),
    ],
)
def test_time_stamps_are_counted_in_the_interface_s_unit(tmp_path: Path, resolution: bytes, unit: Fraction) -> None:
    """Powers of ten and of two, rounded down to a nanosecond; an offset in seconds is added."""
    ticks = int(Fraction(8000) / unit) + 1234567 % unit.denominator
    file = Pcapng().interface(resolution=resolution, offset=pack("<q", -100)).packet(b"a", 0, ticks)
    (window,) = write(tmp_path, file.content).windows()
    assert window.ts_ns.tolist() == [int(ticks * unit * 10**9) - 100 * 10**9]


def test_interfaces_of_different_units_share_a_window(tmp_path: Path) -> None:
    """Each packet's time is its own interface's."""
    file = (
        Pcapng().interface().interface(resolution=NANOSECONDS).packet(b"a", 0, 5).packet(b"b", 1, 5).packet(b"c", 0, 6)
    )
    (window,) = write(tmp_path, file.content).windows()
    assert window.ts_ns.tolist() == [5000, 5, 6000]


def test_blocks_that_are_no_packets_are_passed_over(tmp_path: Path) -> None:
    """Name resolution, secrets and unknown blocks have no number; custom blocks and journal entries have, as in
    Wireshark."""
    file = Pcapng().interface().block(4, b"names").packet(b"a").block(10, b"secrets!").block(0x7777, b"")
    file.packet(b"b").block(0xBAD, b"custom").block(9, b"journal").packet(b"c")
    capture = write(tmp_path, file.content)
    for limit, size in ((None, 1 << 20), (1, 1 << 20), (1, 1), (2, 40)):
        assert columns(list(capture.windows(limit, size)))["number"] == [1, 2, 5]


BROKEN = {
    "too short for its kind": pack("<III", 6, 12, 12),
    "impossible length": pack("<II", 6, 0xFFFFFFF0) + bytes(40),
    "lengths at its begin and end differ": pack("<II", 6, 36) + bytes(24) + pack("<I", 40),
    "interface 9": Pcapng().packet(b"", 9).content[28:],
    "room for fewer": pack("<II5II", 6, 32, 0, 0, 0, 99, 99, 32),
    "byte-order magic": pack("<IIIII", 0x0A0D0D0A, 28, 5, 0, 0) + bytes(8),
    "version 2.0": pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 2, 0, -1, 28),
    "ends inside a record": Pcapng().packet(b"abcd").content[28:-1],
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_block_is_left_out(tmp_path: Path, reason: str) -> None:
    """One row of damage tells why, where, and how many bytes were not read."""
    sound = Pcapng().interface().packet(b"a").content
    capture = write(tmp_path, sound + BROKEN[reason] + b"tail")
    if reason == "ends inside a record":
        capture = write(tmp_path, sound + BROKEN[reason])
    assert payloads(capture.windows()) == [b"a"]
    (damage,) = capture.damage
    assert reason in english(damage.reason)
    assert (damage.offset, damage.bytes) == (len(sound), capture.size - len(sound))


def test_a_length_that_is_no_multiple_of_four_is_rounded_up(tmp_path: Path) -> None:
    """Some writers forget the padding's bytes in the length; Wireshark reads them so too."""
    file = Pcapng().interface()
    body = pack("<5I", 0, 0, 0, 1, 1) + b"a\0\0\0"
    file.content += pack("<II", 6, 33) + body + pack("<I", 33)
    capture = write(tmp_path, file.packet(b"b").content)
    assert payloads(capture.windows()) == [b"a", b"b"]


def test_all_packets_are_found_again(tmp_path: Path) -> None:
    """Whatever the padding."""
    file = Pcapng().interface()
    for packet in PACKETS:
        file.packet(packet)
    assert payloads(write(tmp_path, file.content).windows()) == PACKETS
