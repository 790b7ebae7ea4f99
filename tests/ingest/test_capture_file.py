"""Capture files in windows."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from english import english
from wanwitness.errors import CaptureError
from wanwitness.ingest import CaptureFile

from .files import PACKETS, Pcapng, columns, payloads, pcap, write


def test_an_empty_file_is_no_capture(tmp_path: Path) -> None:
    """The message names the file as it was given, in one line."""
    with pytest.raises(CaptureError, match=rf"^{tmp_path}/capture: empty file, no capture$"):
        write(tmp_path, b"")


def test_what_is_no_capture_says_what_it_is(tmp_path: Path) -> None:
    """Its first bytes are shown."""
    with pytest.raises(
        CaptureError, match=r"not a packet capture \(begins with 48 65 6c 6c 6f\); .* pcap and pcapng, "
    ):
        write(tmp_path, b"Hello")


def test_a_cut_file_header_is_no_capture(tmp_path: Path) -> None:
    """There is nothing to be read from it."""
    with pytest.raises(CaptureError, match="inside the pcap file header, after 23 bytes"):
        write(tmp_path, pcap()[:23])


@pytest.mark.parametrize("content", [pcap([]), Pcapng().content])
def test_a_capture_of_nothing_has_no_frames(tmp_path: Path, content: bytes) -> None:
    """It is a capture all the same, and sound."""
    capture = write(tmp_path, content)
    assert list(capture.windows()) == []
    assert capture.damage == []


def test_a_cut_gzip_file_gives_its_packets_and_the_damage(tmp_path: Path) -> None:
    """The offset is that of the decompressed file, the size that on disk."""
    whole = gzip.compress(pcap())
    capture = write(tmp_path, whole[:-20])
    read = payloads(capture.windows())
    assert read == PACKETS[: len(read)]
    assert read
    (damage,) = capture.damage
    assert "cannot be read to its end" in english(damage.reason)
    assert capture.size == len(whole) - 20


def test_a_damaged_gzip_header_is_no_traceback(tmp_path: Path) -> None:
    """Nothing can be read, and that is said."""
    with pytest.raises(CaptureError, match="cannot be read"):
        write(tmp_path, gzip.compress(pcap())[:8])


def test_standard_input_is_read_once() -> None:
    """Interfaces and frames of a pipe are those of the file, and its size is what came through."""
    program = (
        "from wanwitness.ingest import CaptureFile; c = CaptureFile('-');"
        "print(len(c.interfaces), sum(map(len, c.windows(max_frames=2))), c.size, c.damage)"
    )
    run = subprocess.run([sys.executable, "-c", program], input=pcap(), capture_output=True, check=True)
    assert run.stdout.split() == [b"1", str(len(PACKETS)).encode(), str(len(pcap())).encode(), b"[]"]


@pytest.mark.parametrize("limit", [1, 7, 1000])
@pytest.mark.parametrize("size", [1, 100, 8 << 20])
def test_windows_do_not_change_the_frames(tmp_path: Path, limit: int, size: int) -> None:
    """The same file, cut differently, gives the same columns; no window is empty or too long."""
    file = Pcapng().interface()
    for index in range(40):
        file.packet(PACKETS[index % len(PACKETS)], 0, index)
        if index % 10 == 9:
            file.section("<>"[index % 20 == 9]).interface()
    for content in (pcap(PACKETS * 7), file.content):
        capture = write(tmp_path, content)
        windows = list(capture.windows(max_frames=limit, max_bytes=size))
        assert {len(window) for window in windows} <= set(range(1, limit + 1))
        assert columns(windows) == columns(list(capture.windows()))
        assert payloads(iter(windows)) == payloads(capture.windows())


@given(rest=st.binary(max_size=400), order=st.sampled_from("<>"), ng=st.booleans())
def test_garbage_behind_a_header_is_frames_or_damage(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes, order: str, ng: bool
) -> None:
    """Nothing but CaptureError is raised, and every byte is in a frame's record or in the damage."""
    header = Pcapng(order).interface().content if ng else pcap([], order)
    check(tmp_path_factory.getbasetemp() / "garbage", header + rest)


@given(st.data())
def test_a_file_with_changed_bytes_is_frames_or_damage(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The same of sound files that something has overwritten here and there, or cut."""
    file = Pcapng().interface().packet(b"abc").simple(b"d", 1).obsolete(b"e").statistics(0, 1).section(">").interface()
    content = bytearray(data.draw(st.sampled_from([pcap(), file.packet(b"fg").content])))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    check(tmp_path_factory.getbasetemp() / "changed", bytes(content[: data.draw(st.integers(0, len(content)))]))


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        capture = CaptureFile(path)
    except CaptureError:
        return
    whole = list(capture.windows())
    damage = list(capture.damage)
    places = [0, *(place for row in damage for place in (row.offset, row.offset + row.bytes)), len(content)]
    assert places == sorted(places)
    assert columns(list(capture.windows(max_frames=1, max_bytes=1))) == columns(whole)
    assert capture.damage == damage
    for window in whole:
        assert (window.offset >= 0).all()
        assert (window.offset + window.caplen <= len(window.data)).all()
