"""Records behind damage."""

from __future__ import annotations

import random
from pathlib import Path
from struct import pack

import pytest

from english import english
from wanwitness.ingest.capture_file import CUT, MOST_DAMAGE

from .files import KUZNETSOV, MICRO, NANO, Pcapng, payloads, pcap, write

CHANCE = random.Random(4)
PACKETS = [CHANCE.randbytes(CHANCE.randrange(1, 300)) for _ in range(100)]
HALF = len(PACKETS) // 2
RUBBISH = {
    "random bytes": CHANCE.randbytes(7001),
    "a length that is no length": b"\xff" * 16,
    "more than is looked at together": CHANCE.randbytes(6_000_003),
}


def pcapng(order: str = "<") -> bytes:
    file = Pcapng(order).interface()
    for index, packet in enumerate(PACKETS):
        file.packet(packet, 0, index)
    return file.content


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [MICRO, NANO, KUZNETSOV])
def test_a_damaged_length_costs_one_record(tmp_path: Path, order: str, magic: int) -> None:
    """All the others are read, in every variant of pcap, and the damage has the lost record's place and size."""
    content = bytearray(pcap(PACKETS, order, magic))
    before = len(pcap(PACKETS[:HALF], order, magic))
    after = len(pcap(PACKETS[: HALF + 1], order, magic))
    content[before + 8 : before + 12] = b"\xfe\xfe\xfe\xfe"
    capture = write(tmp_path, bytes(content))
    assert payloads(capture.windows()) == PACKETS[:HALF] + PACKETS[HALF + 1 :]
    (damage,) = capture.damage
    assert (damage.offset, damage.bytes) == (before, after - before)
    assert str(0xFEFEFEFE) in english(damage.reason)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("place", [0, 4, 8, 20, -4])
def test_a_damaged_block_costs_one_packet(tmp_path: Path, order: str, place: int) -> None:
    """Whichever of a pcapng block's fields is damaged: type, either length, interface, or captured length. An unknown
    type is no damage by itself."""
    whole = pcapng(order)
    body = Pcapng(order).packet(PACKETS[HALF], 0, HALF).content[28:]
    before = whole.index(body)
    content = bytearray(whole)
    at = before + (place if place >= 0 else len(body) + place)
    content[at : at + 4] = b"\xfd\xfd\xfd\xfd"
    capture = write(tmp_path, bytes(content))
    assert payloads(capture.windows()) == PACKETS[:HALF] + PACKETS[HALF + 1 :]
    assert [(damage.offset, damage.bytes) for damage in capture.damage] == ([(before, len(body))] if place else [])


@pytest.mark.parametrize("rubbish", RUBBISH)
@pytest.mark.parametrize("size", [1, 5000, 8 << 20])
def test_rubbish_between_records_costs_none(tmp_path: Path, rubbish: str, size: int) -> None:
    """Whatever it is, and however the file is cut into windows, in pcap and in pcapng."""
    for content, before in (
        (pcap(PACKETS), len(pcap(PACKETS[:HALF]))),
        (pcapng(">"), pcapng(">").index(Pcapng(">").packet(PACKETS[HALF], 0, HALF).content[28:])),
    ):
        capture = write(tmp_path, content[:before] + RUBBISH[rubbish] + content[before:])
        assert payloads(capture.windows(max_bytes=size)) == PACKETS
        (damage,) = capture.damage
        assert (damage.offset, damage.bytes) == (before, len(RUBBISH[rubbish]))


def test_zeros_between_blocks_cost_none(tmp_path: Path) -> None:
    """A crashed system leaves them; in pcap Wireshark numbers them as records of nothing: frames have its numbers."""
    before = pcapng().index(Pcapng().packet(PACKETS[HALF], 0, HALF).content[28:])
    capture = write(tmp_path, pcapng()[:before] + bytes(5_000_001) + pcapng()[before:])
    assert payloads(capture.windows()) == PACKETS
    assert [(damage.offset, damage.bytes) for damage in capture.damage] == [(before, 5_000_001)]
    hole = pcap(PACKETS[:HALF]) + bytes(16 * 1000) + pcap(PACKETS[HALF:])[24:]
    for size in (None, 1, 5000):
        capture = write(tmp_path, hole)
        windows = list(capture.windows(max_bytes=size))
        assert payloads(iter(windows)) == PACKETS
        numbers = [number for window in windows for number in window.number.tolist()]
        assert numbers == [*range(1, HALF + 1), *range(HALF + 1001, len(PACKETS) + 1001)]
        (damage,) = capture.damage
        assert (damage.offset, damage.bytes) == (len(pcap(PACKETS[:HALF])), 16_000)


@pytest.mark.parametrize("zeros", [1, 15, 16, 17, 4096, 3 << 20])
@pytest.mark.parametrize("written", range(17))
def test_zeros_at_the_end_are_no_frames(tmp_path: Path, zeros: int, written: int) -> None:
    """A power cut leaves them, from wherever in a record on: no frame of 1970 comes of them."""
    whole, half = pcap(PACKETS), pcap(PACKETS[:HALF])
    capture = write(tmp_path, whole[: len(half) + written] + bytes(zeros))
    times = [time for window in capture.windows() for time in window.ts_ns.tolist()]
    assert HALF <= len(times) <= HALF + 1
    assert min(times) >= 10**18
    assert sum(damage.bytes for damage in capture.damage) > 0 or len(times) > HALF


def test_a_new_section_is_believed_by_itself(tmp_path: Path) -> None:
    """A section of the other byte order behind rubbish is found, with its interfaces."""
    first = Pcapng("<").interface(name=b"a").packet(b"one").content
    second = Pcapng(">").interface(name=b"b").packet(b"two").content
    capture = write(tmp_path, first + b"\xff" * 77 + second)
    assert payloads(capture.windows()) == [b"one", b"two"]
    assert [interface.name for interface in capture.interfaces] == ["a", "b"]
    assert [damage.bytes for damage in capture.damage] == [77]


def test_the_last_records_need_no_long_chain(tmp_path: Path) -> None:
    """One record suffices where it ends as the file does; two do where the file is cut."""
    for content in (pcap(PACKETS[:1]) + b"\xff" * 50 + pcap(PACKETS[1:2])[24:],):
        assert payloads(write(tmp_path, content).windows()) == PACKETS[:2]
    cut = pcap(PACKETS[:1]) + b"\xff" * 50 + pcap(PACKETS[1:4])[24:-1]
    capture = write(tmp_path, cut)
    assert payloads(capture.windows()) == PACKETS[:3]
    assert [damage.reason for damage in capture.damage][1:] == [CUT]


def test_a_file_that_begins_with_a_broken_record_is_read(tmp_path: Path) -> None:
    """Nothing sound need come before."""
    content = pcap([])
    assert payloads(write(tmp_path, content + b"\xff" * 100 + pcap(PACKETS)[24:]).windows()) == PACKETS


def test_damage_without_end_is_told_in_bounded_rows(tmp_path: Path) -> None:
    """The rows' bytes still add up to what was left out."""
    count = MOST_DAMAGE + 50
    group = b"\xff" * 16 + pcap(PACKETS[:5])[24:]
    capture = write(tmp_path, pcap([]) + group * count)
    assert len(payloads(capture.windows())) == 5 * count
    assert len(capture.damage) == MOST_DAMAGE
    assert sum(damage.bytes for damage in capture.damage) == 16 * count


def test_packets_of_an_interface_that_nothing_describes_are_one_damage(tmp_path: Path) -> None:
    """Without its description their link type and clock are not known."""
    lost = Pcapng().packet(b"a", 7).packet(b"b", 7).packet(b"c", 7).content[28:]
    capture = write(tmp_path, Pcapng().interface().packet(b"0").content + lost + pcapng())
    assert payloads(capture.windows()) == [b"0", *PACKETS]
    assert [damage.bytes for damage in capture.damage] == [len(lost)]
    assert "interface 7" in english(capture.damage[0].reason)


def test_a_mutilated_interface_is_described_again_by_the_next(tmp_path: Path) -> None:
    """A broken description is left out like any block; what it described is lost up to the next section."""
    broken = pack("<II", 1, 12) + pack("<I", 12)
    capture = write(tmp_path, Pcapng().content + broken + Pcapng().interface().packet(b"1").content)
    assert payloads(capture.windows()) == [b"1"]
    assert "too short for its kind" in english(capture.damage[0].reason)
