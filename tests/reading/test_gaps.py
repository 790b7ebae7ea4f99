"""What time the captures cover: seen, gaps and drops."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from correlate import wire
from correlate.simulator import BEGIN
from correlate.wire import ACK, FIN, PSH, SYN
from ingest.files import Pcapng
from places import OFFICE
from wanwitness import Case, analyze
from wanwitness.ingest import CaptureFile
from wanwitness.inputs import gather
from wanwitness.reading import read
from wanwitness.reading.gaps import place

SECOND = wire.SECOND


def frames_of(path: Path) -> list[tuple[int, int]]:
    """Number and time of each frame that can be read."""
    windows = CaptureFile(path).windows()
    return [pair for window in windows for pair in zip(window.number.tolist(), window.ts_ns.tolist(), strict=True)]


def rows(case: Case, kind: str) -> list[dict[str, Any]]:
    return [row for row in case.document["coverage"] if row["kind"] == kind]


def session(port: int, at: int, until: int) -> list[tuple[int, bytes]]:
    """A mail session that says QUIT at `until`; times in seconds."""
    said = (
        (True, SYN, b"", at),
        (False, SYN | ACK, b"", at),
        (False, PSH | ACK, b"220 relay ESMTP\r\n", at),
        (True, PSH | ACK, b"QUIT\r\n", until),
        (False, PSH | ACK, b"221 bye\r\n", until),
        (True, FIN | ACK, b"", until),
        (False, FIN | ACK, b"", until),
    )
    next_seq = {True: 1000 * port, False: 5000}
    frames = []
    for number, (up, flags, payload, second) in enumerate(said):
        ends = ("192.168.1.20", port, "192.0.2.25", 25) if up else ("192.0.2.25", 25, "192.168.1.20", port)
        frame = wire.tcp(*ends, next_seq[up], next_seq[not up], flags, payload)
        frames.append(((BEGIN + second) * SECOND + number * 1000, frame))
        next_seq[up] += len(payload) + bool(flags & (SYN | FIN))
    return frames


def rotated(folder: Path, leave_out: int | None) -> Case:
    """Sixteen sessions, one in ten seconds, the last open for all the time; a file of ten seconds each."""
    frames = [frame for n in range(16) for frame in session(40_000 + n, 10 * n, 10 * n + 1)]
    frames = sorted(frames + session(50_000, 5, 155))
    for number in range(16):
        begin = (BEGIN + 10 * number) * SECOND
        if number != leave_out:
            mine = [frame for frame in frames if begin <= frame[0] < begin + 10 * SECOND]
            wire.write_pcap(folder / f"lan_{number + 7:05}_201211211430{number:02}.pcap", mine)
    return analyze(folder, rows_only=True)


def test_a_file_missing_from_a_numbered_set_is_a_gap(tmp_path: Path) -> None:
    """From the last frame before it to the first behind it, with an oddity; who was connected then is told so."""
    case = rotated(tmp_path, 5)
    (gap,) = rows(case, "gap")
    (row,) = (row for row in read(gather([str(tmp_path)]).files).coverage if row.kind == "gap")
    assert row.edges is not None
    edges = [(case.document["captures"][edge.capture], edge.number) for edge in row.edges]
    assert [number for _, number in edges] == [edges[0][0]["packets"], 1]
    assert gap["text"].startswith("1 file is missing from the numbered set between lan_00011_")
    names = [capture["path"].rpartition("/")[2] for capture in case.document["captures"]]
    assert names[gap["capture"]].startswith("lan_00013_")
    assert gap["from"] < gap["to"]
    assert [row["reason"] for row in case.document["oddities"] if row["capture"] == gap["capture"]] == [gap["text"]]
    assert not case.damaged
    told = {
        row["client"]["port"]
        for row in case.document["sessions"]
        for f in row["findings"]
        if f["kind"] == "capture-gap"
    }
    assert told == {50_000}
    assert len(rows(case, "seen")) == 15


@pytest.mark.parametrize("leave_out", [None, 0, 15])
def test_a_set_that_is_whole_has_none(tmp_path: Path, leave_out: int | None) -> None:
    """A ring buffer takes its first files away, and nobody knows of files behind the last."""
    case = rotated(tmp_path, leave_out)
    assert not rows(case, "gap")
    assert not case.document["oddities"]


@pytest.mark.needs("editcap")
@pytest.mark.parametrize("cut", [("-c", "30"), ("-i", "0.1")])
def test_dumpcap_s_names_are_a_set(tmp_path: Path, cut: tuple[str, str]) -> None:
    """As editcap writes them too."""
    target = tmp_path / "lan.pcap"
    subprocess.run(["editcap", *cut, str(OFFICE / "lan0.pcap"), str(target)], check=True, capture_output=True)
    pieces = sorted(tmp_path.glob("lan*"))
    assert not rows(analyze(tmp_path, rows_only=True), "gap")
    pieces[len(pieces) // 2].unlink()
    (gap,) = rows(analyze(tmp_path, rows_only=True), "gap")
    assert "1 file is missing" in gap["text"]


def test_names_with_other_numbers_are_no_set() -> None:
    """A number that is not a rotation's says nothing of missing files."""
    assert place("wan/wan1.pcap") == (("wan", "wan1.pcap"), 0)
    assert place("wan2.pcap") != place("wan1.pcap")
    assert place("2012-11-21.capture") is None


def test_bytes_that_could_not_be_read_are_a_gap(tmp_path: Path) -> None:
    """Between the frames around them."""
    content = bytearray((OFFICE / "lan0.pcap").read_bytes())
    before = analyze(OFFICE / "lan0.pcap", rows_only=True)
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\xff" * 2000
    (tmp_path / "lan0.pcap").write_bytes(content)
    case = analyze(tmp_path, rows_only=True)
    gaps = rows(case, "gap")
    assert gaps
    (seen,) = rows(before, "seen")
    for gap, damage in zip(gaps, case.document["captures"][0]["damage"], strict=True):
        assert seen["from"] < gap["from"] <= gap["to"] < seen["to"]
        assert f"{damage['offset']:,}" in gap["text"]
    whole = dict(frames_of(tmp_path / "lan0.pcap"))
    for row in read(gather([str(tmp_path)]).files).coverage:
        if row.kind == "gap":
            assert row.edges is not None
            assert tuple(whole[edge.number] for edge in row.edges) == (row.from_ns, row.to_ns)


def test_what_the_capturing_side_lost_is_told(tmp_path: Path) -> None:
    """The interface's own count and the system's, in the time of the capture."""
    file = Pcapng().interface(name=b"lan0")
    for ts, frame in session(40_000, 0, 1):
        file.packet(frame, 0, ts // 1000)
    (tmp_path / "lan.pcapng").write_bytes(file.statistics(0, 12).content)
    case = analyze(tmp_path / "lan.pcapng", rows_only=True)
    (drops,) = rows(case, "drops")
    assert "lost 12 packets" in drops["text"]
    assert case.document["captures"][0]["dropped"] == 12
