"""Capture files made byte by byte, so that they may be wrong wherever a test wants them to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np

from wanwitness.ingest import CaptureFile, Frames

MICRO, NANO, KUZNETSOV = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
PACKETS = [bytes([number]) * length for number, length in enumerate((60, 0, 1, 61, 1514, 42))]


def pcap(
    packets: Sequence[bytes] = PACKETS,
    order: str = "<",
    magic: int = MICRO,
    version: tuple[int, int] = (2, 4),
    snaplen: int = 262144,
    linktype: int = 1,
) -> bytes:
    """A pcap file, packet i at 1,000,000,000 s and i units, each 100 bytes longer on the wire."""
    parts = [pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, linktype)]
    more = bytes(8) if magic == KUZNETSOV else b""
    for index, packet in enumerate(packets):
        lengths = (len(packet), len(packet) + 100)
        parts.append(pack(order + "4I", 10**9, index, *(lengths if version >= (2, 3) else lengths[::-1])))
        parts.append(more + packet)
    return b"".join(parts)


def option(order: str, code: int, value: bytes) -> bytes:
    """A pcapng option."""
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


class Pcapng:
    """A pcapng section or more, block by block."""

    def __init__(self, order: str = "<"):
        self.order = order
        self.content = b""
        self.section(order)

    def block(self, kind: int, body: bytes) -> Pcapng:
        body += bytes(-len(body) % 4)
        size = pack(self.order + "I", len(body) + 12)
        self.content += pack(self.order + "I", kind) + size + body + size
        return self

    def section(self, order: str) -> Pcapng:
        self.order = order
        return self.block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))

    def interface(self, linktype: int = 1, snaplen: int = 0, **options: bytes) -> Pcapng:
        codes = {"name": 2, "description": 3, "resolution": 9, "offset": 14}
        body = b"".join(option(self.order, codes[key], value) for key, value in options.items())
        return self.block(1, pack(self.order + "HHI", linktype, 0, snaplen) + body)

    def packet(self, packet: bytes, interface: int = 0, ticks: int = 0) -> Pcapng:
        head = pack(self.order + "5I", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet) + 100)
        return self.block(6, head + packet)

    def obsolete(self, packet: bytes, interface: int = 0, ticks: int = 0) -> Pcapng:
        head = pack(self.order + "HH4I", interface, 7, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
        return self.block(2, head + packet)

    def simple(self, packet: bytes, length: int) -> Pcapng:
        return self.block(3, pack(self.order + "I", length) + packet)

    def statistics(self, interface: int, dropped: int) -> Pcapng:
        body = pack(self.order + "3I", interface, 0, 0) + option(self.order, 5, pack(self.order + "Q", dropped))
        return self.block(5, body)


def write(folder: Path, content: bytes, name: str = "capture") -> CaptureFile:
    path = folder / name
    path.write_bytes(content)
    return CaptureFile(path)


def payloads(windows: Iterator[Frames]) -> list[bytes]:
    return [
        window.data[at : at + length].tobytes()
        for window in windows
        for at, length in zip(window.offset.tolist(), window.caplen.tolist(), strict=True)
    ]


def columns(windows: Sequence[Any]) -> dict[str, list[Any]]:
    """The columns of windows of frames or packets, put together; offsets into the data are left out."""
    places = {"data", "offset", "l4", "payload"}
    names = [field.name for field in fields(windows[0]) if field.name not in places] if windows else []
    return {name: np.concatenate([getattr(window, name) for window in windows]).tolist() for name in names}
