"""What is written is what our own reader, and tshark, read back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.evidence.pcapng import FrameOut, InterfaceOut, section
from wanwitness.ingest import CaptureFile

TEXTS = st.text(st.characters(categories=["L", "N", "P"]), max_size=40)
INTERFACES = st.builds(InterfaceOut, st.sampled_from((1, 101, 113)), TEXTS.filter(bool), TEXTS)
FRAMES = st.builds(
    lambda interface, ts_ns, data, cut, comment: FrameOut(interface, ts_ns, len(data) + cut, data, comment),
    st.integers(0, 2),
    st.integers(0, 1 << 62),
    st.binary(max_size=50),
    st.integers(0, 100),
    TEXTS,
)


@given(st.lists(INTERFACES, min_size=3, max_size=3), st.lists(FRAMES, min_size=1, max_size=8), TEXTS)
def test_frames_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, interfaces: list[InterfaceOut], frames: list[FrameOut], comment: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "one.pcapng"
    path.write_bytes(b"".join(section(comment, interfaces, frames, "us")))
    file = CaptureFile(str(path))
    (window,) = file.windows()
    assert not file.damage
    assert [(i.linktype, i.name) for i in file.interfaces] == [(i.linktype, i.name) for i in interfaces]
    read = [
        (interface, ts_ns, length, window.data[at : at + caplen].tobytes())
        for interface, ts_ns, length, at, caplen in zip(
            window.interface.tolist(),
            window.ts_ns.tolist(),
            window.length.tolist(),
            window.offset.tolist(),
            window.caplen.tolist(),
            strict=True,
        )
    ]
    assert read == [(f.interface, f.ts_ns, f.length, f.data) for f in frames]


@pytest.mark.needs("tshark")
def test_tshark_shows_the_comments(tmp_path: Path) -> None:
    path = tmp_path / "one.pcapng"
    frames = [
        FrameOut(0, 1_353_500_000_123_456_789, 60, bytes(60), text) for text in ("first", "zweiter – ü", "x" * 90_000)
    ]
    path.write_bytes(b"".join(section("the whole", [InterfaceOut(1, "lan.pcap", "the LAN side")], frames, "us")))
    fields = ("frame.comment", "frame.time_epoch", "frame.interface_name", "frame.interface_description")
    command = ["tshark", "-r", str(path), "-T", "fields", *(part for field in fields for part in ("-e", field))]
    rows = [row.split("\t") for row in subprocess.check_output(command, text=True).splitlines()]
    assert [row[0] for row in rows] == ["first", "zweiter – ü", "x" * 65_535]
    assert {tuple(row[1:]) for row in rows} == {("1353500000.123456789", "lan.pcap", "the LAN side")}
