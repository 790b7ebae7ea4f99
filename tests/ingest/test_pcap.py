"""Frames of pcap files."""

from __future__ import annotations

from pathlib import Path

import pytest

from english import english
from wanwitness.model import Interface

from .files import KUZNETSOV, MICRO, NANO, PACKETS, columns, payloads, pcap, write


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "unit"), [(MICRO, 1000), (NANO, 1), (KUZNETSOV, 1000)])
def test_every_variant_gives_the_same_frames(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    """Both byte orders, micro- and nanoseconds, and Kuznetsov's longer record header."""
    capture = write(tmp_path, pcap(order=order, magic=magic, snaplen=1600, linktype=276))
    assert capture.interfaces == [Interface(0, 276, 1600)]
    assert payloads(capture.windows()) == PACKETS
    table = columns(list(capture.windows()))
    assert table["ts_ns"] == [10**18 + unit * index for index in range(len(PACKETS))]
    assert table["length"] == [len(packet) + 100 for packet in PACKETS]
    assert table["number"] == list(range(1, len(PACKETS) + 1))
    assert capture.damage == []


def test_records_before_version_2_3_have_their_lengths_the_other_way_round(tmp_path: Path) -> None:
    """libpcap's sf-pcap.c swaps them, and so does Wireshark."""
    assert payloads(write(tmp_path, pcap(version=(2, 0))).windows()) == PACKETS


def test_the_upper_half_of_the_link_type_is_no_link_type(tmp_path: Path) -> None:
    """It tells the length of the frame check sequence."""
    assert write(tmp_path, pcap(linktype=0x24000001)).interfaces[0].linktype == 1


def test_record_offsets_point_into_the_file(tmp_path: Path) -> None:
    """`record` finds the record header, whatever window it was read in."""
    content = pcap()
    capture = write(tmp_path, content)
    for size in (1, 100, 1 << 20):
        for window in capture.windows(max_bytes=size):
            for record, caplen in zip(window.record.tolist(), window.caplen.tolist(), strict=True):
                assert int.from_bytes(content[record + 8 : record + 12], "little") == caplen


def test_a_record_cut_by_the_end_of_the_file_is_damage(tmp_path: Path) -> None:
    """What comes before it is read; its place and length are told."""
    content = pcap()
    capture = write(tmp_path, content[:-1])
    assert payloads(capture.windows()) == PACKETS[:-1]
    (damage,) = capture.damage
    last = 16 + len(PACKETS[-1])
    assert (damage.offset, damage.bytes) == (len(content) - last, last - 1)


def test_a_record_of_impossible_length_behind_which_nothing_is_sound_ends_the_reading(tmp_path: Path) -> None:
    """There is one row of damage with all that follows, however much that is."""
    content = pcap()
    broken = content + b"\xff" * 16 + bytes(5_000_000)
    capture = write(tmp_path, broken)
    assert payloads(capture.windows(max_bytes=1000)) == PACKETS
    (damage,) = capture.damage
    assert (damage.offset, damage.bytes) == (len(content), 5_000_016)
    assert "4294967295" in english(damage.reason)


def test_a_packet_longer_than_the_window_is_read_whole(tmp_path: Path) -> None:
    """`max_bytes` bounds the window, but one record is always read."""
    packets = [bytes(200_000), b"x"]
    assert payloads(write(tmp_path, pcap(packets)).windows(max_bytes=1)) == packets
