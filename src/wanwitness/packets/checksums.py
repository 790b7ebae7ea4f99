"""Whether the checksums of IPv4, TCP and UDP are right (RFC 1071), where all bytes that they cover were captured.

A wrong one is no reason to discard a packet: a host that leaves checksums to its network card hands its own packets to
the capture before they are made (Linux's "checksum offload"). So they are counted, and that is all.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import alike, opaque

from . import layouts
from .packets import Packets

TCP, UDP = 6, 17
_SUMMED = np.isin(np.arange(256), (TCP, UDP))
_IPV4 = layouts.IPV4.itemsize
_PLAIN = 0x45
"""IPv4's first byte without options."""
_UDP_CHECKSUM = 6
_ONES = 0xFFFF

Flags = NDArray[np.bool_]


class Checksums(NamedTuple):
    """Which packets have which wrong checksum; shape (n,) each."""

    ip: Flags
    transport: Flags
    """Of TCP or UDP."""


def wrong(packets: Packets) -> Checksums:
    """Check the packets of a window.

    What is not checked counts as right: IPv4 headers with options, packets that the snap length cut, and datagrams
    that say they have no checksum (RFC 768).
    """
    ip, transport = np.zeros((2, len(packets)), np.bool_)
    data, l4 = packets.data, packets.l4
    rows = np.flatnonzero((packets.version == 4) & _SUMMED[packets.protocol] & (l4 >= _IPV4))
    rows = rows[data[l4[rows] - _IPV4] == _PLAIN]
    ip[rows] = _folded(_words(opaque(data, _IPV4)[l4[rows] - _IPV4])) != _ONES
    rows = np.flatnonzero(_SUMMED[packets.protocol] & (packets.payload_missing == 0))
    udp = np.flatnonzero(packets.protocol[rows] == UDP)
    at = l4[rows[udp]] + _UDP_CHECKSUM
    rows = np.delete(rows, udp[(data[at] | data[at + 1]) == 0])
    size = packets.payload[rows] + packets.payload_length[rows] - l4[rows]
    total = _sums(data, l4[rows], size) + _pseudo_header(packets, rows, size)
    transport[rows] = _folded(total) != _ONES
    return Checksums(ip, transport)


def _sums(data: NDArray[np.uint8], at: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Add up the 16-bit words of each piece, in this machine's byte order: it makes no difference (RFC 1071, 2.B)."""
    total = np.zeros(len(at), np.uint64)
    for length, rows in alike(size):
        pieces = opaque(data, length)[at[rows]]
        if length & 1:
            pieces = pieces.astype(f"V{length + 1}")  # a zero behind the last byte
        total[rows] = _words(pieces)
    return total


def _words(pieces: NDArray[Any]) -> NDArray[np.uint64]:
    """Add up the words of each row; `einsum` is twice as fast as `sum` for rows as short as these."""
    if not len(pieces):
        return np.zeros(0, np.uint64)
    words = pieces.view(np.uint16).reshape(len(pieces), -1)
    total: NDArray[np.uint64] = np.einsum("ij->i", words, dtype=np.uint64)
    return total


def _pseudo_header(packets: Packets, rows: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The addresses, protocol and length; the ffff before a mapped IPv4 address is a zero of this arithmetic."""
    rest = np.zeros((len(rows), 2), ">u2")
    rest[:, 0], rest[:, 1] = packets.protocol[rows], size
    return _words(packets.src[rows]) + _words(packets.dst[rows]) + _words(rest)


def _folded(total: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Add the carries to the lower 16 bits; there are fewer than 2^16 of them."""
    sixteen = np.uint64(16)
    total = (total & np.uint64(_ONES)) + (total >> sixteen)
    total = (total & np.uint64(_ONES)) + (total >> sixteen)
    folded: NDArray[np.uint64] = (total & np.uint64(_ONES)) + (total >> sixteen)
    return folded
