"""Captures in formats that are not read, by name, and how to make one that is of them."""

from __future__ import annotations

import shlex

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
_ARCHIVES = [(b"PK\3\4", "ZIP"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\7", "RAR")]


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
    for magic, name in _ARCHIVES:
        if head.startswith(magic):
            return f"a {name} archive; unpack it first"
    return (
        f"not a packet capture (begins with {head[:8].hex(' ')}); wanwitness reads pcap and pcapng, and what else "
        f"Wireshark can open can be made one: {convert}"
    )
