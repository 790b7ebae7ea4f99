"""Files that somebody is still writing."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from english import english
from office import FILES, site
from places import OFFICE
from wanwitness import analyze
from wanwitness.ingest import CaptureFile, Frames
from wanwitness.ingest.capture_file import CUT

from .files import PACKETS, Pcapng, payloads, pcap

HALVES = {"pcap": pcap(PACKETS * 50), "pcapng": Pcapng().interface().content}
for packet in PACKETS * 50:
    HALVES["pcapng"] += Pcapng().interface().packet(packet).content[len(Pcapng().interface().content) :]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", HALVES)
def test_what_is_not_there_yet_is_no_damage(tmp_path: Path, kind: str, packed: bool) -> None:
    """A writer goes on while the file is read, and stops within a record: whole records are read, a plain file's as
    far as it went at first, and nothing is called damaged."""
    content, path = HALVES[kind], tmp_path / "growing"
    if packed:
        content = gzip.compress(content)
    half, cut = len(content) // 2 + 1, len(content) - 9
    path.write_bytes(content[:half])
    asked, written = threading.Event(), threading.Event()

    def go_on() -> None:
        asked.wait()
        with path.open("ab") as file:
            file.write(content[half:cut])
        written.set()

    writer = threading.Thread(target=go_on)
    writer.start()
    capture = CaptureFile(path)
    windows = capture.windows(max_bytes=1000)
    first = next(windows)
    asked.set()
    written.wait()
    found = payloads(iter([first, *windows]))
    writer.join()
    assert 10 < len(found) <= len(PACKETS * 50)
    assert found == (PACKETS * 50)[: len(found)]
    assert not capture.damage
    assert capture.unfinished is not None
    if not packed:
        assert capture.unfinished.offset + capture.unfinished.bytes == half == capture.size


@pytest.mark.parametrize("kind", HALVES)
def test_a_file_that_does_not_grow_is_cut_or_being_written(tmp_path: Path, kind: str) -> None:
    """Nobody can tell then, and that is what is said."""
    path = tmp_path / "cut"
    path.write_bytes(HALVES[kind][:-7])
    capture = CaptureFile(path)
    assert payloads(capture.windows()) == (PACKETS * 50)[:-1]
    assert [damage.reason for damage in capture.damage] == [CUT]
    assert capture.unfinished is None


@contextmanager
def writing(path: Path, content: bytes, step: int) -> Iterator[None]:
    """A thread that writes the content bit by bit, as long as the block lasts."""
    stop = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for at in range(0, len(content), step):
                file.write(content[at : at + step])
                if stop.wait(0.0001):
                    break

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_case_whose_captures_are_being_written(tmp_path: Path) -> None:
    """Whenever it is analysed it is a case of what was there; at the end it is whole."""
    content = {name: (OFFICE / f"{name}.pcap").read_bytes() for name in FILES}
    site(tmp_path, "{}.pcap")
    for name in FILES[1:]:
        (tmp_path / f"{name}.pcap").write_bytes(content[name])
    whole = {row["id"] for row in analyze(OFFICE, rows_only=True).document["sessions"]}
    (tmp_path / "lan0.pcap").write_bytes(content["lan0"][:24])
    with writing(tmp_path / "lan0.pcap", content["lan0"][24:], 101):
        for _ in range(6):
            case = analyze(tmp_path, rows_only=True)
            assert all(english(CUT) in line for line in case.damage)
            assert all(capture["packets"] >= 0 for capture in case.document["captures"])
    (tmp_path / "lan0.pcap").write_bytes(content["lan0"])
    assert {row["id"] for row in analyze(tmp_path, rows_only=True).document["sessions"]} == whole


def test_a_file_that_grew_has_an_oddity_and_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no damage; but what is on the disk by now is not what was read."""
    content = (OFFICE / "lan0.pcap").read_bytes()
    path = tmp_path / "lan0.pcap"
    path.write_bytes(content[: len(content) // 2])
    original = CaptureFile.windows

    def windows(self: CaptureFile, max_frames: int | None = None, max_bytes: int | None = None) -> Iterator[Frames]:
        for number, window in enumerate(original(self, max_frames, max_bytes)):
            if number == 0:
                with path.open("ab") as file:
                    file.write(b"half a record")
            yield window

    monkeypatch.setattr(CaptureFile, "windows", windows)
    case = analyze(path, window_frames=50)
    (capture,) = case.document["captures"]
    assert case.damage == []
    assert any("still being written" in row["reason"] for row in case.document["oddities"])
    assert capture["bytes"] < path.stat().st_size
    assert capture["sha256"] is None
