"""One site's captures in other wrappings: the same sessions, the same verdicts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from office import FILES, records, sessions, write
from places import OFFICE
from wanwitness import analyze

SNAP = b"\xaa\xaa\x03\0\0\0"
OUTSIDE = bytes((198, 51, 100, 1, 198, 51, 100, 2))


def outer(frame: bytes, protocol: int, body: bytes) -> bytes:
    """The frame's Ethernet header, and the body in IPv4."""
    return frame[:12] + b"\x08\0" + pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + OUTSIDE + body


def udp(frame: bytes, port: int, body: bytes) -> bytes:
    """The body sent to a port."""
    return outer(frame, 17, pack(">HHHH", 40000, port, 8 + len(body), 0) + body)


def snap(frame: bytes) -> bytes:
    """The frame with a length and LLC, as long as that can be."""
    return frame[:12] + pack(">H", min(len(frame) - 6, 1500)) + SNAP + frame[12:]


def wifi(frame: bytes) -> bytes:
    """From an access point; both in a Wi-Fi frame that may hold several packets."""
    inner = frame[:12] + pack(">H", len(frame) - 6) + SNAP + frame[12:]
    return b"\x88\x02\0\0" + frame[:6] + b"\x02\0\0\0\0\x99" + frame[6:12] + b"\0\0\x80\0" + inner


WITH_ADDRESSES: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "TZSP": (1, lambda frame: udp(frame, 37008, b"\x01\0\0\x01\x0a\x01\x20\x01" + frame)),
    "VXLAN": (1, lambda frame: udp(frame, 4789, b"\x08\0\0\0\0\0\x07\0" + frame)),
    "ERSPAN II": (1, lambda frame: outer(frame, 47, b"\x10\0\x88\xbe" + bytes(4) + b"\x10\x05" + bytes(6) + frame)),
    "Ethernet over IP": (1, lambda frame: outer(frame, 47, b"\x20\x01\x64\0" + bytes(4) + frame)),
    "VN-Tag": (1, lambda frame: frame[:12] + b"\x89\x26\0\x01\0\x02" + frame[12:]),
    "E-TAG in a VLAN": (1, lambda frame: frame[:12] + b"\x81\0\0\x05\x89\x3f\0\x01\0\x02\0\0" + frame[12:]),
    "LLC": (1, snap),
    "pseudo-wire": (1, lambda frame: frame[:12] + b"\x88\x47" + pack(">I", 0x10140) + bytes(4) + frame),
    "pseudo-wire without a word": (1, lambda frame: frame[:12] + b"\x88\x47" + pack(">I", 0x10140) + frame),
    "TRILL": (1, lambda frame: frame[:12] + b"\x22\xf3\0\x3f\0\x01\0\x02" + frame),
    "bridged over ATM": (100, lambda frame: SNAP[:3] + b"\0\x80\xc2\0\x07\0\0" + frame),
    "JunOS": (178, lambda frame: b"MGC\x01" + frame),
    "Wi-Fi": (105, wifi),
}


def ip(frame: bytes) -> bytes | None:
    """What an Ethernet frame carries, if that is IP."""
    return frame[14:] if frame[12:14] in (b"\x08\0", b"\x86\xdd") else None


def family(packet: bytes, four: int, six: int) -> int:
    return four if packet[0] >> 4 == 4 else six


WITHOUT: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "raw": (101, lambda packet: packet),
    "PFLOG": (117, lambda packet: bytes((61, family(packet, 2, 24))) + bytes(62) + packet),
    "NFLOG": (239, lambda packet: b"\x02\0\0\0" + pack("<HH", len(packet) + 4, 9) + packet),
    "PPP": (9, lambda packet: pack(">HH", 0xFF03, family(packet, 0x21, 0x57)) + packet),
}


def told(folder: Path) -> dict[str, Any]:
    """What is said of each session."""
    kept = ("verdict", "undetermined_because", "resolver_link", "transport_link", "outcome", "flagged")
    return {row["id"]: [row[key] for key in kept] for row in sessions(folder)}


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """As it was captured."""
    return told(OFFICE)


def wrap(folder: Path, linktype: int, kind: Callable[[bytes], bytes | None]) -> Path:
    """Write the office's captures, each frame as `kind` has it."""
    for name in FILES:
        frames = [(at, kind(frame)) for at, frame in records(name)]
        write(folder / f"{name}.pcap", linktype, [(at, frame) for at, frame in frames if frame is not None])
    shutil.copy(OFFICE / "site.toml", folder)
    return folder


@pytest.mark.parametrize("name", WITH_ADDRESSES)
def test_what_keeps_hardware_addresses_says_the_same(name: str, plain: dict[str, Any], tmp_path: Path) -> None:
    """Of every session."""
    assert told(wrap(tmp_path, *WITH_ADDRESSES[name])) == plain


@pytest.mark.parametrize("name", WITHOUT)
def test_without_them_two_addresses_are_no_host(name: str, plain: dict[str, Any], tmp_path: Path) -> None:
    """A session by IPv6 whose name was asked for by IPv4 is left open: nothing shows that both are one host's."""
    linktype, kind = WITHOUT[name]
    found = told(wrap(tmp_path, linktype, lambda frame: kind(packet) if (packet := ip(frame)) else None))
    (other,) = (key for key in plain if found[key] != plain[key])
    (row,) = (row for row in analyze(OFFICE, rows_only=True).document["sessions"] if row["id"] == other)
    assert (":" in row["client"]["ip"], row["resolution"]["steps"][0]["client"]["ip"].count(".")) == (True, 3)
    assert found[other][:2] == ["undetermined", "resolver-link-unknown"]
    assert set(found) == set(plain)
