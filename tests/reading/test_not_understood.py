"""Captures of which no frame was understood."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import analyze

MACS = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
ARP = MACS + b"\x08\x06\0\1\x08\0\6\4\0\1" + MACS[6:] + bytes((192, 0, 2, 1)) + bytes(6) + bytes((192, 0, 2, 2))
LLDP = MACS + b"\x88\xcc" + bytes(50)
ESP = MACS + b"\x08\0\x45\0" + struct.pack(">HIBBH", 60, 0, 64, 50, 0) + bytes(48)


def capture(path: Path, frames: Sequence[bytes], linktype: int = 1) -> Path:
    """A pcap file of these frames."""
    records = (struct.pack("<4I", n, 0, len(frame), len(frame)) + frame for n, frame in enumerate(frames))
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, linktype) + b"".join(records))
    return path


@pytest.mark.parametrize(("frame", "what"), [(LLDP, "ethertype 0x88CC"), (ESP, "IP protocol 50")])
def test_it_is_said_with_what_they_are(frame: bytes, what: str, tmp_path: Path) -> None:
    """And the case counts as damaged, which makes the exit status 3."""
    path = capture(tmp_path / "lan.pcap", [frame] * 7)
    case = analyze(path, rows_only=True)
    assert case.damage == [
        f"{path}: 7 frames were left out: none of this capture's frames was understood; most are of {what}, which is "
        "not read"
    ]


def test_one_frame_that_is_understood_is_enough(tmp_path: Path) -> None:
    """The others may be any network's."""
    case = analyze(capture(tmp_path / "lan.pcap", [LLDP, ARP, LLDP]), rows_only=True)
    assert case.damage == []


def test_plain_web_traffic_is_understood(tmp_path: Path) -> None:
    """Though nobody wants it, and it is passed over after a few bytes."""
    header = struct.pack(">BBHIBBHII", 0x45, 0, 140, 0, 64, 6, 0, 0xC0000201, 0xC0000202)
    web = MACS + b"\x08\0" + header + struct.pack(">HHIIBBHI", 40000, 443, 1, 1, 0x50, 0x10, 0, 0) + bytes(100)
    assert analyze(capture(tmp_path / "lan.pcap", [web] * 20), rows_only=True).damage == []


def test_one_of_several_captures_is_named(tmp_path: Path) -> None:
    """The others are analysed as ever."""
    other = capture(tmp_path / "wan.pcap", [LLDP])
    case = analyze([OFFICE / "lan0.pcap", other], rows_only=True)
    assert [line.partition(": ")[0] for line in case.damage] == [str(other)]
    assert case.totals["sessions"] == 20


def test_an_unknown_link_type_is_called_by_its_name(tmp_path: Path) -> None:
    """As ever, and once."""
    case = analyze(capture(tmp_path / "usb.pcap", [bytes(60)] * 3, 249), rows_only=True)
    assert [line.partition(": ")[2] for line in case.damage] == [
        "3 frames were left out: link type 249, USBPCAP, is not understood"
    ]
