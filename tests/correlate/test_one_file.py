"""Both sides of the router in one file of one interface, as a mirror port gives them; IPv6 is not translated."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from wanwitness import analyze

from . import wire
from .simulator import BEGIN
from .wire import ACK, FIN, PSH, SYN

PC, RELAY = "2001:db8:1::20", "2001:db8:9::25"
INSIDE, OUTSIDE = 1, 2
"""Who sends: hosts on the LAN, and on the WAN."""
UNTAGGED, VLAN, HOST = "", "vlan = 835", 'mac = "02:00:00:00:00:01"'


def mirrored(folder: Path) -> Path:
    """One connection, each packet seen on the LAN and then, in VLAN 835, on the WAN."""
    said = (
        (True, SYN, b""),
        (False, SYN | ACK, b""),
        (False, PSH | ACK, b"220 relay ESMTP\r\n"),
        (True, PSH | ACK, b"QUIT\r\n"),
        (False, PSH | ACK, b"221 bye\r\n"),
        (True, FIN | ACK, b""),
        (False, FIN | ACK, b""),
    )
    next_seq = {True: 1000, False: 5000}
    frames = []
    for number, (up, flags, payload) in enumerate(said):
        ends = (PC, 40_000, RELAY, 25) if up else (RELAY, 25, PC, 40_000)
        for later, sender, hops in ((0, INSIDE, 64), (50_000, OUTSIDE, 63)):
            frame = wire.tcp(*ends, next_seq[up], next_seq[not up], flags, payload, hops=hops, sender=sender)
            tag = b"\x81\x00\x03\x43" if sender == OUTSIDE else b""
            frames.append((BEGIN * wire.SECOND + number * 10_000_000 + later, frame[:12] + tag + frame[12:]))
        next_seq[up] += len(payload) + bool(flags & (SYN | FIN))
    wire.write_pcap(folder / "mirror.pcap", frames)
    return folder / "mirror.pcap"


def told_apart(capture: Path, lan: str, wan: str) -> dict[str, Any]:
    """The one session, with the keys that the site file gives to tell the sides apart."""
    link, entry = '[[link]]\nname = "orange"\n', f'[[capture]]\nfile = "{capture.name}"\n'
    text = f'{link}{entry}role = "lan"\n{lan}\n{entry}role = "wan"\nlink = "orange"\n{wan}\n'
    (capture.parent / "site.toml").write_text(text)
    (session,) = analyze(capture.parent, rows_only=True).document["sessions"]
    return dict(session)


@pytest.mark.parametrize(("lan", "wan"), [(UNTAGGED, VLAN), (HOST, VLAN), (HOST, UNTAGGED)])
def test_an_entry_without_keys_is_what_the_others_leave(tmp_path: Path, lan: str, wan: str) -> None:
    """In whatever order they stand, an entry that says more about a frame is the one it belongs to."""
    session = told_apart(mirrored(tmp_path), lan, wan)
    assert session["transport_link"] == "orange"
    assert session["crossing"]["method"] == "isn"


@pytest.mark.needs("tshark")
@pytest.mark.parametrize(("lan", "wan"), [(UNTAGGED, VLAN), (HOST, VLAN), (HOST, UNTAGGED)])
def test_filters_name_the_frames_of_one_side(tmp_path: Path, lan: str, wan: str) -> None:
    """Where both sides show the same addresses and ports in one file, each filter still finds only its own frames."""
    capture = mirrored(tmp_path)
    session = told_apart(capture, lan, wan)
    for side, first in (("lan_stream", 1), ("wan_stream", 2)):
        command = [
            "tshark",
            "-r",
            str(capture),
            "-Y",
            session[side]["tshark_filter"],
            "-T",
            "fields",
            "-e",
            "frame.number",
        ]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert found == [str(number) for number in range(first, 15, 2)]
