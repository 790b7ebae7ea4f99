"""Captures in formats that are not read are called by their names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import CaptureError, analyze
from wanwitness.ingest import CaptureFile

FORMATS = {
    "snoop": "a Sun snoop capture",
    "netmon1": "a Microsoft Network Monitor 1 capture",
    "netmon2": "a Microsoft Network Monitor 2 capture",
    "ngsniffer": "a Network General Sniffer capture",
    "ngwsniffer_2_0": "a NetXray or Windows Sniffer capture",
    "observer": "a Viavi Observer capture",
    "visual": "a Visual Networks capture",
    "5views": "an InfoVista 5View capture",
    "lanalyzer": "a Novell LANalyzer capture",
    "nettl": "an HP-UX nettl trace",
    "k12text": "a K12 text file",
    "commview-ncf": "not a packet capture (begins with ",
}


NOT_BY_EDITCAP = ("observer", "nettl", "k12text", "commview-ncf")
"""What editcap 4.0 cannot convert though it wrote it: without a link type of the whole file, or broken."""


@pytest.mark.needs("editcap")
@pytest.mark.parametrize("name", FORMATS)
def test_what_wireshark_writes_is_named_and_can_be_converted(tmp_path: Path, name: str) -> None:
    """In one line, with the command that makes it a capture that is read; and that it does."""
    path = tmp_path / "old one.cap"
    command = ["editcap", "-F", name, str(OFFICE / "wan1.pcap"), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(CaptureError) as raised:
        analyze(path)
    text = str(raised.value)
    assert text.startswith(f"{path}: {FORMATS[name]}")
    assert "\n" not in text
    if name in NOT_BY_EDITCAP:
        return
    convert = text[text.index("editcap") :]
    subprocess.run(convert, shell=True, check=True, capture_output=True)
    frames = sum(len(window) for window in CaptureFile(f"{path}.pcapng").windows())
    assert frames == sum(len(window) for window in CaptureFile(OFFICE / "wan1.pcap").windows())


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    """It may well hold captures, but nobody says which one is meant."""
    path = tmp_path / "captures.zip"
    path.write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(CaptureError, match="a ZIP archive; unpack it first"):
        CaptureFile(path)
