"""Captures in formats that are not read, by name, and how to make one that is of them."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath

from wanwitness.language import Catalogue
from wanwitness.model import Sentence

sentence = Catalogue(
    "ingest",
    {
        "foreign-capture": "{what}, which is not read; make it one that is: {command}",
        "foreign-archive": "a {kind} archive; unpack it first: {command}",
        "foreign-unknown": (
            "not a packet capture (begins with {bytes}); wanwitness reads pcap and pcapng, and what else Wireshark can "
            "open can be made one: {command}"
        ),
        "foreign-event-trace": (
            "a Windows event trace; make it a capture: pktmon etl2pcap or etl2pcapng {file} (of netsh trace: "
            "etl2pcapng)"
        ),
        "foreign-web-page": "a web page: the download may have asked for a log-in",
        "foreign-tcpdump": "the text that tcpdump prints; capture again with -w FILE",
        "foreign-json": "tshark's JSON; name the capture itself",
        "foreign-xml": "Wireshark's XML; name the capture itself",
        "foreign-snoop": "a Sun snoop capture",
        "foreign-bluetooth": "a Bluetooth capture (btsnoop)",
        "foreign-netmon-1": "a Microsoft Network Monitor 1 capture",
        "foreign-netmon-2": "a Microsoft Network Monitor 2 capture",
        "foreign-sniffer": "a Network General Sniffer capture",
        "foreign-netxray": "a NetXray or Windows Sniffer capture",
        "foreign-observer": "a Viavi Observer capture",
        "foreign-visual": "a Visual Networks capture",
        "foreign-5view": "an InfoVista 5View capture",
        "foreign-lanalyzer": "a Novell LANalyzer capture",
        "foreign-nettl": "an HP-UX nettl trace",
        "foreign-iptrace": "an AIX iptrace",
        "foreign-eyesdn": "an EyeSDN trace",
        "foreign-k12": "a K12 text file",
    },
)

_MAGIC: list[tuple[bytes, str]] = [
    (b"snoop\0\0\0", "foreign-snoop"),  # RFC 1761
    (b"btsnoop\0", "foreign-bluetooth"),
    (b"RTSS", "foreign-netmon-1"),
    (b"GMBU", "foreign-netmon-2"),
    (b"TRSNIFF data    \x1a", "foreign-sniffer"),
    (b"XCP\0", "foreign-netxray"),
    (b"ObserverPktBuffe", "foreign-observer"),
    (b"\x05VNF", "foreign-visual"),
    (b"\xaa\xaa\xaa\xaa", "foreign-5view"),
    (b"\x01\x10\x4c\x00", "foreign-lanalyzer"),
    (b"TR\0d\0", "foreign-nettl"),
    (b"iptrace ", "foreign-iptrace"),
    (b"EyeSDN", "foreign-eyesdn"),
    (b"+---------+----", "foreign-k12"),
]
"""How files of these formats begin (Wireshark's wiretap has them)."""
_ARCHIVES = [
    (b"PK\3\4", "ZIP", "unzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "7z x"),
    (b"Rar!\x1a\7", "RAR", "unrar x"),
    (b"MSCF\0\0\0\0", "Windows cabinet", "7z x"),
    (b"\x1f\x9d", "compress (.Z)", "uncompress"),
    (b"LZIP", "lzip", "lzip -d"),
]
"""How archives, and compressions that are not undone, begin; what they are called; what unpacks them."""
_TAR = 512
"""Bytes of a tar file's header, of which eight at 148 are the octal sum of all, themselves taken as blanks (POSIX)."""
_TEXTS = [
    (rb"\s*<(!doctype html|html|head)", "foreign-web-page"),
    (rb"\d\d:\d\d:\d\d\.\d{6} ", "foreign-tcpdump"),
    (rb"\s*\[\s*\{\s*\"_index\"", "foreign-json"),
    (rb"\s*<\?xml[^>]*>(\s*<[!?][^>]*>)*\s*<p[sd]ml", "foreign-xml"),
]
"""What is saved in a capture's place; patterns of its begin."""


def archive(head: bytes) -> str | None:
    """Return what to call an archive that begins so, and None where it is none; compressions are undone already."""
    kind = next((name for magic, name, _ in _ARCHIVES if head.startswith(magic)), None)
    return "tar" if kind is None and _is_tar(head) else kind


def _is_tar(head: bytes) -> bool:
    """Whether the sum is right; zeros alone have none."""
    if len(head) < _TAR:
        return False
    told = head[148:156].strip(b" \0")
    try:
        return bool(told) and int(told, 8) == sum(head[:148]) + 8 * ord(" ") + sum(head[156:_TAR])
    except ValueError:
        return False


def refusal(path: str, head: bytes) -> Sentence:
    """Say in one line what a file is that is no capture we read, and what to do about it.

    Args:
        path: as the user named it.
        head: how it begins.
    """
    file = shlex.quote(path)
    made = shlex.quote(f"{path}.pcapng") if path != "-" else "OUT"
    convert = f"editcap -F pcapng {file if path != '-' else 'IN'} {made}"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return sentence("foreign-capture", what=sentence(kind), command=convert)
    if (name := archive(head)) is not None:
        unpack = next((command for _, known, command in _ARCHIVES if known == name), "tar -xf")
        return sentence("foreign-archive", kind=name, command=f"{unpack} {file if path != '-' else 'FILE'}")
    for pattern, kind in _TEXTS:
        if re.match(pattern, head[:512], re.IGNORECASE):
            return sentence(kind)
    if PurePath(path).suffix.lower() == ".etl":
        return sentence("foreign-event-trace", file=file)
    return sentence("foreign-unknown", bytes=head[:8].hex(" "), command=convert)
