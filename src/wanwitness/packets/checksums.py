"""Whether the checksums of IPv4, TCP and UDP are right (RFC 1071), where all bytes that they cover were captured.

A wrong one is no reason to discard a packet: a host that leaves checksums to its network card hands its own packets to
the capture before they are made (Linux's "checksum offload"). So they are counted, and that is all.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import alike, opaque

from .decode import layouts
from .packets import Packets

TCP, UDP = 6, 17
_SUMMED = np.isin(np.arange(256), (TCP, UDP))
_IPV4 = layouts.IPV4.itemsize
_PLAIN = 0x45
"""IPv4's first byte without options."""
_UDP_CHECKSUM = 6
_ONES = np.uint64(0xFFFF)
_WORD = 4
"""Bytes added up as one number: 16-bit words side by side, whose carries are added in the end (RFC 1071, 2.C)."""

Flags = NDArray[np.bool_]


class WrongChecksums(NamedTuple):
    """Which packets have which wrong checksum; shape (n,) each."""

    ip: Flags
    transport: Flags
    """Of TCP or UDP."""


def wrong(packets: Packets) -> WrongChecksums:
    """Check the packets of a window.

    What is not checked counts as right: IPv4 headers with options, packets that the snap length cut, and datagrams
    that say they have no checksum (RFC 768).
    """
    ip, transport = np.zeros((2, len(packets)), np.bool_)
    data, l4 = packets.data, packets.l4
    summed = _SUMMED[packets.protocol]
    rows = np.flatnonzero(summed & (packets.version == 4) & (l4 >= _IPV4))
    rows = rows[data[l4[rows] - _IPV4] == _PLAIN]
    ip[rows] = _is_wrong(_words(opaque(data, _IPV4)[l4[rows] - _IPV4]))
    summed &= packets.payload_missing == 0
    udp = np.flatnonzero(summed & (packets.protocol == UDP))
    at = l4[udp] + _UDP_CHECKSUM
    summed[udp[(data[at] | data[at + 1]) == 0]] = False
    rows = np.flatnonzero(summed)
    at = l4[rows]
    size = (packets.payload + packets.payload_length)[rows] - at
    transport[rows] = _is_wrong(_sums(data, at, size) + _pseudo_header(packets, rows, size))
    return WrongChecksums(ip, transport)


def _sums(data: NDArray[np.uint8], at: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Add up the words of each piece, in this machine's byte order: it makes no difference (RFC 1071, 2.B)."""
    total = np.zeros(len(at), np.uint64)
    for length, rows in alike(size):
        pieces = opaque(data, length)[at[rows]]
        if length % _WORD:
            pieces = pieces.astype(f"V{length + -length % _WORD}")  # zeros behind the last byte
        total[rows] = _words(pieces)
    return total


def _words(pieces: NDArray[Any]) -> NDArray[np.uint64]:
    """Add up the words of each row; `einsum` is twice as fast as `sum` for rows as short as these."""
    if not len(pieces):
        return np.zeros(0, np.uint64)
    words = pieces.view(np.uint32).reshape(len(pieces), -1)
    total: NDArray[np.uint64] = np.einsum("ij->i", words, dtype=np.uint64)
    return total


def _pseudo_header(packets: Packets, rows: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The addresses, protocol and length; the ffff before a mapped IPv4 address is a zero of this arithmetic."""
    first = 3 if (packets.version == 4).all() else 0
    total = np.zeros(len(packets), np.uint64)
    for side in (packets.src, packets.dst):
        for word in side.view(np.uint32).T[first:]:
            total += word
    total += packets.protocol.astype(">u2").view(np.uint16)
    return total[rows] + size.astype(">u2").view(np.uint16)


def _is_wrong(total: NDArray[np.uint64]) -> Flags:
    """Whether the words, their carries added, are not all ones: for a sum above zero, whether it is no multiple."""
    odd: Flags = total % _ONES != 0
    return odd
