"""Captures in formats that are not read are called by their names."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import CaptureError, analyze
from wanwitness.errors import ArchiveError
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


ARCHIVES = {
    "captures.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "a 7z archive; unpack it first: 7z x "),
    "captures.rar": (b"Rar!\x1a\7\1\0" + bytes(100), "a RAR archive; unpack it first: unrar x "),
    "lan.pcap.Z": (b"\x1f\x9d\x90" + bytes(100), "a compress (.Z) archive; unpack it first: uncompress "),
}


@pytest.mark.parametrize("name", ["all.tar", "all.tar.gz", "all.tgz", "all.tar.bz2", "all.tar.xz"])
def test_a_tar_file_is_called_by_its_name(name: str, tmp_path: Path) -> None:
    """Whatever it is compressed with, which is undone before anybody looks."""
    path = tmp_path / name
    mode = {"gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}.get(name.rpartition(".")[2], "w")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(OFFICE / "wan1.pcap", "wan1.pcap")
    with pytest.raises(ArchiveError) as raised:
        CaptureFile(path)
    assert str(raised.value) == f"{path}: a tar archive; unpack it first: tar -xf {path}"


@pytest.mark.parametrize("name", ARCHIVES)
def test_other_archives_too(name: str, tmp_path: Path) -> None:
    """With the program that unpacks them."""
    content, text = ARCHIVES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArchiveError) as raised:
        CaptureFile(tmp_path / name)
    assert text in str(raised.value)


def test_an_archive_in_a_folder_is_left_out_and_told(tmp_path: Path) -> None:
    """It may hold what is missing; a letter, whose file is a ZIP too, does not."""
    (tmp_path / "lan.pcap").write_bytes((OFFICE / "lan0.pcap").read_bytes())
    (tmp_path / "letter.docx").write_bytes(b"PK\3\4" + bytes(100))
    (tmp_path / "wan.zip").write_bytes(b"PK\3\4" + bytes(100))
    case = analyze(tmp_path, rows_only=True)
    assert [line.partition(": ")[2] for line in case.damage] == [
        f"a ZIP archive; unpack it first: unzip {tmp_path / 'wan.zip'}"
    ]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        (
            "lan.pcap",
            b"13:59:03.881842 IP 192.0.2.1.41100 > 198.51.100.1.110: Flags [S]\n",
            "the text that tcpdump prints",
        ),
        ("lan.pcap", b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        ("lan.pcap", b'<?xml version="1.0"?>\n<pdml version="0">', "Wireshark's XML"),
        ("trace.etl", b"\0\0\1\0" + bytes(100), "a Windows event trace"),
    ],
)
def test_what_was_saved_in_a_captures_place_is_named(name: str, content: bytes, text: str, tmp_path: Path) -> None:
    """So that nobody looks for the fault in the capture."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CaptureError, match=text):
        CaptureFile(tmp_path / name)
