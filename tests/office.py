"""The office's case, rewritten in other files and containers, and what is said of its sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from struct import pack, unpack
from typing import Any

from places import OFFICE
from wanwitness import analyze

FILES = ("lan0", "wan1", "wan2")
SAID = ["id", "start", "client", "server", "asked_name", "transport_link", "resolver_link", "outcome", "verdict"]
SAID += ["flagged", "likely_causes", "undetermined_because", "tls", "auth", "transactions"]
Records = list[tuple[bytes, bytes]]
"""Each record's time stamp, as it stands in the file, and its frame."""


def sessions(folder: Path) -> list[dict[str, Any]]:
    """What the case says of its sessions, frame numbers and captures left out."""
    rows = []
    for session in analyze(folder, rows_only=True).document["sessions"]:
        row = {key: session[key] for key in SAID}
        row["explanation"] = re.sub(r" \([^)]* frames? [\d, ]+\)", "", session["explanation"])
        row["codes"] = [exchange["reply"]["code"] for exchange in session["commands"] if exchange["reply"]]
        row["findings"] = sorted(finding["kind"] for finding in session["findings"])
        rows.append(row)
    return sorted(rows, key=lambda row: str(row["id"]))


def site(folder: Path, file: str) -> Path:
    """Give the folder the office's site file; `file` names its captures, with {} for the stem."""
    text = (OFFICE / "site.toml").read_text()
    for name in FILES:
        text = text.replace(f'"{name}.pcap"', f'"{file.format(name)}"')
    (folder / "site.toml").write_text(text)
    return folder


def records(name: str) -> Iterator[tuple[bytes, bytes]]:
    """Read a little-endian pcap file."""
    content = (OFFICE / f"{name}.pcap").read_bytes()
    at = 24
    while at < len(content):
        (caplen,) = unpack("<I", content[at + 8 : at + 12])
        yield content[at : at + 8], content[at + 16 : at + 16 + caplen]
        at += 16 + caplen


def write(path: Path, linktype: int, content: Records) -> None:
    """Write a little-endian pcap file with microseconds."""
    head = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype)
    path.write_bytes(head + b"".join(at + pack("<II", len(f), len(f)) + f for at, f in content))
