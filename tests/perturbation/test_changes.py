"""The perturbations themselves: what each changes, and that it changes nothing else."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from places import OFFICE

from .changes import PLACES, Change, between, cut, duplicated, lossy, reordered
from .clock import Clock
from .recording import Frame, load, store
from .rewriting import clamped, modulated, other_ports, scrubbed, without_timestamps

WAN = load(OFFICE / "wan1.pcap").frames
TCP, UDP = 6, 17


def changed(change: Change, frames: list[Frame] = WAN, seed: int = 1) -> list[Frame]:
    return change(frames, Random(seed))


def segments(frames: list[Frame]) -> list[tuple[bytes, bytes, bytes, int]]:
    """Sender, receiver, TCP or UDP bytes and protocol of the IPv4 frames."""
    found = []
    for frame in frames:
        if frame.data[12:14] == b"\x08\x00":
            l3 = frame.data[14:]
            l4 = l3[(l3[0] & 15) * 4 : struct.unpack_from(">H", l3, 2)[0]]
            found.append((l3[12:16], l3[16:20], l4, l3[9]))
    return found


def sums(frames: list[Frame]) -> list[int]:
    """The checksum over each segment and its pseudo header: 0 where the one in it is right."""
    told = []
    for src, dst, l4, protocol in segments(frames):
        if protocol in (TCP, UDP):
            content = src + dst + struct.pack(">HH", protocol, len(l4)) + l4 + b"\0" * (len(l4) % 2)
            told.append(int.from_bytes(content, "big") % 0xFFFF)
    return told


def test_a_capture_is_written_as_it_was_read(tmp_path: Path) -> None:
    recording = load(OFFICE / "lan0.pcap")
    store(tmp_path / "again.pcap", *recording)
    assert load(tmp_path / "again.pcap") == recording


def test_a_seed_gives_the_same_frames() -> None:
    for change in (duplicated(0.3), reordered(0.05), lossy(0.05), modulated(), other_ports()):
        assert changed(change) == changed(change) != changed(change, seed=2)


def test_duplicates_come_soon_and_are_whole() -> None:
    """Every frame is there, some twice, in order of time."""
    frames = changed(duplicated(0.3))
    assert frames == sorted(frames, key=lambda frame: frame.at_ns)
    assert set(WAN) <= set(frames)
    extra = Counter(frame.data for frame in frames) - Counter(frame.data for frame in WAN)
    assert 0.2 * len(WAN) < extra.total() == len(frames) - len(WAN) < 0.4 * len(WAN)


def test_reordered_frames_keep_their_times() -> None:
    frames = changed(reordered(0.05))
    assert sorted(frames, key=lambda frame: frame.at_ns) == sorted(WAN, key=lambda frame: frame.at_ns)
    late = [frames.index(frame) - place for place, frame in enumerate(WAN)]
    assert 1 < max(late) <= PLACES


def test_loss_cut_and_part_keep_the_rest() -> None:
    kept = changed(lossy(0.05))
    assert set(kept) < set(WAN) and 0.9 * len(WAN) < len(kept)
    short = changed(cut(68))
    assert all((s.data, s.length) == (f.data[:68], f.length) for s, f in zip(short, WAN, strict=True))
    half = changed(between(0.0, 0.5))
    assert half == WAN[: len(half)] and 0 < len(half) < len(WAN)


def test_a_clock_skews_drifts_and_steps() -> None:
    frames = [Frame(second * 10**9, b"", 0) for second in range(101)]
    written = Clock(skew_s=2, drift_ppm=100, step_s=-5).write(frames, 0, 100 * 10**9)
    assert [written[second].at_ns for second in (0, 40, 60, 100)] == [
        2_000_000_000,
        42_004_000_000,
        57_006_000_000,
        97_010_000_000,
    ]


@pytest.mark.parametrize("change", [modulated(), other_ports(), without_timestamps(), clamped(1000), scrubbed()])
def test_rewriting_leaves_checksums_as_right_as_they_were(change: Change) -> None:
    """No segment of the WAN stays as it was but those that have nothing of the kind; right checksums stay right."""
    frames = changed(change)
    assert sum(one != two for one, two in zip(frames, WAN, strict=True)) > 10
    assert [(f.at_ns, f.length, len(f.data)) for f in frames] == [(f.at_ns, f.length, len(f.data)) for f in WAN]
    assert sums(frames) == sums(WAN)
    assert sums(WAN).count(0) > 100


def test_modulation_shifts_a_direction_by_one_amount() -> None:
    """What a segment acknowledges is shifted by what the other direction's numbers are."""
    shifts: dict[tuple[bytes, ...], set[int]] = {}
    acked: dict[tuple[bytes, ...], set[int]] = {}
    for (src, dst, was, protocol), (_, _, now, _) in zip(segments(WAN), segments(changed(modulated())), strict=True):
        if protocol == TCP:
            (seq, ack), (new_seq, new_ack) = struct.unpack_from(">II", was, 4), struct.unpack_from(">II", now, 4)
            shifts.setdefault((src, was[:2], dst, was[2:4]), set()).add((new_seq - seq) & 0xFFFFFFFF)
            if was[13] & 16:
                acked.setdefault((dst, was[2:4], src, was[:2]), set()).add((new_ack - ack) & 0xFFFFFFFF)
    assert all(len(shift) == 1 for shift in shifts.values())
    assert len({shift.copy().pop() for shift in shifts.values()}) == len(shifts) > 20
    assert all(acked[direction] == shifts[direction] for direction in acked.keys() & shifts.keys())


def test_ports_are_renamed_one_to_one() -> None:
    pairs = {
        (was[place : place + 2], now[place : place + 2])
        for (_, _, was, p), (_, _, now, _) in zip(segments(WAN), segments(changed(other_ports())), strict=True)
        for place in (0, 2)
        if p in (TCP, UDP)
    }
    assert len(pairs) == len({was for was, _ in pairs}) == len({now for _, now in pairs})
    assert {(was, now) for was, now in pairs if was < struct.pack(">H", 10_000)} == {
        (was, was) for was, _ in pairs if was < struct.pack(">H", 10_000)
    }


def test_cleared_options_are_gone() -> None:
    assert any(b"\x08\x0a" in l4[20:60] for _, _, l4, p in segments(WAN) if p == TCP)
    assert not any(
        b"\x08\x0a" in l4[20 : (l4[12] >> 4) * 4] for *_, l4, p in segments(changed(without_timestamps())) if p == TCP
    )
    sizes = {l4[22:24] for _, _, l4, p in segments(changed(clamped(1000))) if p == TCP and l4[13] & 2}
    assert sizes == {struct.pack(">H", 1000)}
