"""Captures in formats that are not read, by name, and how to make one that is of them."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath

_MAGIC: list[tuple[bytes, str]] = [
    (b"snoop\0\0\0", "a Sun snoop capture"),  # RFC 1761
    (b"btsnoop\0", "a Bluetooth capture (btsnoop)"),
    (b"RTSS", "a Microsoft Network Monitor 1 capture"),
    (b"GMBU", "a Microsoft Network Monitor 2 capture"),
    (b"TRSNIFF data    \x1a", "a Network General Sniffer capture"),
    (b"XCP\0", "a NetXray or Windows Sniffer capture"),
    (b"ObserverPktBuffe", "a Viavi Observer capture"),
    (b"\x05VNF", "a Visual Networks capture"),
    (b"\xaa\xaa\xaa\xaa", "an InfoVista 5View capture"),
    (b"\x01\x10\x4c\x00", "a Novell LANalyzer capture"),
    (b"TR\0d\0", "an HP-UX nettl trace"),
    (b"iptrace ", "an AIX iptrace"),
    (b"EyeSDN", "an EyeSDN trace"),
    (b"+---------+----", "a K12 text file"),
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
    (rb"\s*<(!doctype html|html|head)", "a web page: the download may have asked for a log-in", None),
    (rb"\d\d:\d\d:\d\d\.\d{6} ", "the text that tcpdump prints", "capture again with -w FILE"),
    (rb"\s*\[\s*\{\s*\"_index\"", "tshark's JSON", "name the capture itself"),
    (rb"\s*<\?xml[^>]*>(\s*<[!?][^>]*>)*\s*<p[sd]ml", "Wireshark's XML", "name the capture itself"),
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


def refusal(path: str, head: bytes) -> str:
    """Return in one line what a file is that is no capture we read, and what to do about it.

    Args:
        path: as the user named it.
        head: how it begins.
    """
    made = f"{path}.pcapng" if path != "-" else "OUT"
    convert = f"editcap -F pcapng {shlex.quote(path) if path != '-' else 'IN'} {shlex.quote(made)}"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return f"{name}, which is not read; make it one that is: {convert}"
    if (kind := archive(head)) is not None:
        command = next((command for _, name, command in _ARCHIVES if name == kind), "tar -xf")
        return f"a {kind} archive; unpack it first: {command} {shlex.quote(path) if path != '-' else 'FILE'}"
    for pattern, name, advice in _TEXTS:
        if re.match(pattern, head[:512], re.IGNORECASE):
            return f"{name}{f'; {advice}' if advice else ''}"
    if PurePath(path).suffix.lower() == ".etl":
        return (
            "a Windows event trace; make it a capture: pktmon etl2pcap or etl2pcapng "
            f"{shlex.quote(path)} (of netsh trace: etl2pcapng)"
        )
    return (
        f"not a packet capture (begins with {head[:8].hex(' ')}); wanwitness reads pcap and pcapng, and what else "
        f"Wireshark can open can be made one: {convert}"
    )
