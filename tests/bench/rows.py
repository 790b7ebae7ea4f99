"""Packets as rows of one byte matrix: pcap record, Ethernet, IPv4, TCP or UDP, payload; written as classic pcap.

Header layouts are big-endian numpy dtypes laid over the matrix, so that thousands of packets are filled in at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

RECORD_BYTES = 16
MTU_FRAME_BYTES = 1514
WIDTH = RECORD_BYTES + MTU_FRAME_BYTES
FILE_HEADER = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000")
"""Little-endian pcap in microseconds, snap length 262144, Ethernet: what tcpdump writes on most machines."""

TCP, UDP = 6, 17
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10

HEAD = np.dtype(
    [
        ("sec", "<u4"),
        ("usec", "<u4"),
        ("captured", "<u4"),
        ("length", "<u4"),
        ("dmac", "V6"),
        ("smac", "V6"),
        ("ethertype", ">u2"),
        ("version", "u1"),
        ("tos", "u1"),
        ("total", ">u2"),
        ("ident", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("ip_sum", "<u2"),
        ("src", ">u4"),
        ("dst", ">u4"),
        ("sport", ">u2"),
        ("dport", ">u2"),
    ]
)
TCP_REST = np.dtype(
    [
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("offset", "u1"),
        ("flags", "u1"),
        ("window", ">u2"),
        ("sum", "<u2"),
        ("urgent", ">u2"),
        ("option", ">u4"),
        ("tsval", ">u4"),
        ("tsecr", ">u4"),
    ]
)
"""A TCP header behind its ports, with RFC 7323's time stamps as the only option."""
UDP_REST = np.dtype([("length", ">u2"), ("sum", "<u2")])

_IP_AT = RECORD_BYTES + 14
_ADDRESSES_AT = _IP_AT + 12
_L4_AT = _IP_AT + 20

Structured = np.ndarray[Any, np.dtype[np.void]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Packets of one capture file, in any order."""

    time_us: NDArray[np.int64]
    """Since the epoch."""
    length: NDArray[np.int64]
    """Bytes of the frame, at most MTU_FRAME_BYTES."""
    bytes: NDArray[np.uint8]
    """Shape (n, WIDTH): the record header, the frame, and zeros."""

    def head(self) -> Structured:
        """The headers that every packet has, writable in place."""
        return overlay(self.bytes, 0, HEAD)


def overlay(rows: NDArray[np.uint8], at: int, layout: np.dtype[np.void]) -> Structured:
    """Lay `layout` over the bytes from `at` of each row."""
    view: Structured = rows[:, at : at + layout.itemsize].view(layout)[:, 0]
    return view


def from_frames(frames: Sequence[tuple[int, bytes]]) -> Rows:
    """Make rows of (microseconds, frame)."""
    matrix = np.zeros((len(frames), WIDTH), np.uint8)
    for row, (_, frame) in zip(matrix, frames, strict=True):
        row[RECORD_BYTES : RECORD_BYTES + len(frame)] = np.frombuffer(frame, np.uint8)
    times = np.array([time for time, _ in frames], np.int64)
    return Rows(times, np.array([len(frame) for _, frame in frames], np.int64), matrix)


def write(file: IO[bytes], parts: Sequence[Rows]) -> int:
    """Append the packets in order of time, with right lengths and checksums; return how many there were."""
    parts = [part for part in parts if len(part.length)]
    if not parts:
        return 0
    times, lengths = (np.concatenate([getattr(part, name) for part in parts]) for name in ("time_us", "length"))
    order = np.argsort(times, kind="stable")
    rows = Rows(times[order], lengths[order], np.concatenate([part.bytes for part in parts])[order])
    head = rows.head()
    head["sec"], head["usec"] = rows.time_us // 1_000_000, rows.time_us % 1_000_000
    head["captured"] = head["length"] = rows.length
    _fill_checksums(rows)
    file.write(rows.bytes[_inside(rows.length)].tobytes())
    return len(order)


def blank_behind(matrix: NDArray[np.uint8], length: NDArray[np.int64]) -> None:
    """Make zero what lies behind each frame's end."""
    matrix *= _inside(length)


def _inside(length: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.arange(WIDTH, dtype=np.int16) < (RECORD_BYTES + length).astype(np.int16)[:, None]
    return inside


def _fill_checksums(rows: Rows) -> None:
    """Fill in the checksums of IPv4 (RFC 791), TCP (RFC 9293) and UDP (RFC 768).

    The one's complement sum does not depend on the byte order (RFC 1071, section 2), so it is taken in the machine's
    usual little-endian one.
    """
    head, words = rows.head(), rows.bytes.view("<u2")
    head["ip_sum"] = 0
    head["ip_sum"] = _complement(words[:, _IP_AT // 2 : _L4_AT // 2].sum(axis=1, dtype=np.uint32))
    for protocol, at in ((TCP, _L4_AT + 16), (UDP, _L4_AT + 6)):
        chosen = np.flatnonzero(head["protocol"] == protocol)
        words[chosen, at // 2] = 0
        pseudo = (rows.length[chosen] - 34 + protocol).astype(">u2").view("<u2")
        total = words[:, _ADDRESSES_AT // 2 :].sum(axis=1, dtype=np.uint32)[chosen] + pseudo
        words[chosen, at // 2] = _complement(total.astype(np.uint32))


def _complement(total: NDArray[np.uint32]) -> NDArray[np.uint16]:
    for _ in range(2):
        total = (total & 0xFFFF) + (total >> 16)
    return (~total).astype(np.uint16)
