"""Most of a site's frames are plainly nobody's business here: told from a few bytes, before anything is decoded.

A frame is sifted out only if it is sound and the selector would not want it: TCP or UDP right behind an IP header
without options, of no listed port, no handshake (TLS's and QUIC's on HTTPS's port included), no HTTP request, no
beginning like SMTP's, and not on the ports of a flow that began like that. Whatever is odd goes on, and is decoded with
care. (Where alone the greeting of a mail flow on an unlisted port is odd, what follows it in the same window is sifted
out.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.ingest.columns import opaque
from wanwitness.packets.decode.tunnels import PORTS as TUNNELS
from wanwitness.packets.header_fields import SYN

from .selector import HTTPS, QUIC_LONG, REQUESTS, TLS_HANDSHAKE, WANTED, WEB_PORTS, begins_smtp

Column = NDArray[Any]
Link = Callable[[NDArray[np.uint8], Column], tuple[Column, Column, Column]]
"""Takes the bytes, and where frames begin; returns where IP begins, the ethertype as this machine reads it, and
`_WORDS` from IP's begin on."""

_TCP, _UDP = 6, 17
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_TAGS = (0x8100, 0x88A8)
_LOOKED = 160
"""Bytes from a frame's begin within which all that is looked at lies: longer than the longest headers."""
_AT_ONCE = 1 << 14
"""Frames: what is read of so many stays in the processor's cache."""
_WORDS = 30
"""Two-byte words from IP's begin on that are read at once: IPv6's header, and TCP's."""
_NOTHING = np.empty(0, np.int64)


def _as_read(value: int) -> int:
    """Return a two-byte number of the wire as this machine reads it."""
    return int.from_bytes(value.to_bytes(2), sys.byteorder)


_WANTED_TCP = WANTED[_TCP]
_WANTED_UDP = WANTED[_UDP] | np.isin(np.arange(1 << 16), list(TUNNELS))
_BEGINS = np.isin(np.arange(256), list(b"2EHeh"))
"""By what a payload that begins like SMTP begins with."""


def _number(data: NDArray[np.uint8], layout: str) -> Column:
    """The number that begins at each place."""
    return np.ndarray(len(data) - np.dtype(layout).itemsize + 1, layout, buffer=data, strides=1)


def _words(data: NDArray[np.uint8], at: Column, count: int) -> Column:
    """Two-byte words, `count` from each place on."""
    return opaque(data, 2 * count)[at].view("u2").reshape(len(at), count)


def _typed(place: int, size: int) -> Link:
    """Link layers with an ethertype: where it stands, and how long the header is."""

    def behind(data: NDArray[np.uint8], at: Column) -> tuple[Column, Column, Column]:
        words = _words(data, at, size // 2 + _WORDS)  # all at once: most of the time is spent on the way to the bytes
        ip, kind, words = at + size, words[:, place // 2].copy(), words[:, size // 2 :]
        if (kind == _as_read(_IPV4)).all():
            return ip, kind, words
        tagged = np.flatnonzero((kind == _as_read(_TAGS[0])) | (kind == _as_read(_TAGS[1])))
        kind[tagged] = _number(data, "u2")[ip[tagged] + 2]
        ip[tagged] += 4
        session = np.flatnonzero(kind == _as_read(_PPPOE))
        protocol = _number(data, "u2")[ip[session] + 6]
        kind[session] = np.where(
            protocol == _as_read(0x21), _as_read(_IPV4), np.where(protocol == _as_read(0x57), _as_read(_IPV6), 0)
        )
        ip[session] += 8
        moved = np.flatnonzero(ip != at + size)
        words[moved] = _words(data, ip[moved], _WORDS)
        return ip, kind, words

    return behind


def _raw(data: NDArray[np.uint8], at: Column) -> tuple[Column, Column, Column]:
    kind = np.where(data[at] >> 4 == 6, np.uint16(_as_read(_IPV6)), np.uint16(_as_read(_IPV4)))
    return at, kind, _words(data, at, _WORDS)


def _named(ethertype: int) -> Link:
    return lambda data, at: (at, np.full(len(at), _as_read(ethertype), np.uint16), _words(data, at, _WORDS))


_LINK_LAYERS: dict[int, Link] = {
    1: _typed(12, 14),
    12: _raw,
    101: _raw,
    113: _typed(14, 16),
    228: _named(_IPV4),
    229: _named(_IPV6),
    276: _typed(0, 20),
}
"""By LINKTYPE_ value; frames of others all go on."""


class Prefilter:
    """Sifts the frames of files that are one stream, in order.

    Args:
        spoken: shape (65536,), the ports of flows that began like SMTP; it is marked by whoever meets one.
    """

    def __init__(self, spoken: NDArray[np.bool_]) -> None:
        self._spoken = spoken

    def sift(self, frames: Frames, linktypes: NDArray[np.int32]) -> Frames:
        """Return the frames that must be decoded.

        Args:
            frames: the next window.
            linktypes: shape (interfaces,), the LINKTYPE_ value of each.
        """
        kept = [self._kept(frames, slice(i, i + _AT_ONCE), linktypes) + i for i in range(0, len(frames), _AT_ONCE)]
        rows = np.concatenate([_NOTHING, *kept])
        return frames if len(rows) == len(frames) else frames.take(rows)

    def _kept(self, frames: Frames, some: slice, linktypes: NDArray[np.int32]) -> Column:
        offset, caplen = frames.offset[some], frames.caplen[some]
        out = np.zeros(len(offset), np.bool_)
        kinds = linktypes[frames.interface[some]]
        looked_at = offset + _LOOKED <= len(frames.data)
        for linktype, begin in _LINK_LAYERS.items():
            if linktype not in linktypes:
                continue
            rows = np.flatnonzero(looked_at & (kinds == linktype))
            if not len(rows):
                continue  # the window may be shorter than what is looked at
            at, ethertype, words = begin(frames.data, offset[rows])
            end = (offset + caplen)[rows]
            out[rows] = self._of_ipv4(frames.data, at, words, ethertype, end)
            six = np.flatnonzero(ethertype == _as_read(_IPV6))
            if len(six):
                out[rows[six]] = self._of_ipv6(frames.data, at[six], words[six], end[six])
        return np.flatnonzero(~out)

    def _of_ipv4(
        self, data: NDArray[np.uint8], at: Column, words: Column, ethertype: Column, end: Column
    ) -> NDArray[np.bool_]:
        length = _from_wire(words[:, 1])
        stop = at + length
        octets = words.view("u1")
        plain = (ethertype == _as_read(_IPV4)) & (octets[:, 0] == 0x45)
        plain &= (words[:, 3] & _as_read(0x3FFF) == 0) & (length > 0)
        return self._of_transport(data, at + 20, words[:, 10:], octets[:, 9], plain, stop, np.minimum(stop, end))

    def _of_ipv6(self, data: NDArray[np.uint8], at: Column, words: Column, end: Column) -> NDArray[np.bool_]:
        length = _from_wire(words[:, 2])
        stop = at + 40 + length
        octets = words.view("u1")
        plain = (octets[:, 0] >> 4 == 6) & (length > 0)
        return self._of_transport(data, at + 40, words[:, 20:], octets[:, 6], plain, stop, np.minimum(stop, end))

    def _of_transport(
        self,
        data: NDArray[np.uint8],
        at: Column,
        words: Column,
        protocol: Column,
        plain: NDArray[np.bool_],
        stop: Column,
        last: Column,
    ) -> NDArray[np.bool_]:
        """Whether the headers from `at` on are sound, and nobody wants their packets.

        Args:
            data: the window's bytes.
            at: shape (n,), as all that follow.
            words: shape (n, 10 or more), what stands there.
            protocol: of the IP header.
            plain: whether that header is plain.
            stop: where the packet ended on the wire.
            last: where what was captured of it ends.
        """
        octets = words.view("u1")
        source, destination = _from_wire(words[:, 0]), _from_wire(words[:, 1])
        tcp: NDArray[np.bool_] = plain & (protocol == _TCP) & (octets[:, 12] >= 0x50)
        payload = at + (octets[:, 12] >> 4) * 4
        tcp &= (payload <= stop) & (at + 20 <= last) & ~(_WANTED_TCP[source] | _WANTED_TCP[destination])
        speaking = np.flatnonzero(tcp & (payload + 4 <= last) & _BEGINS[data[payload]])
        speaking = speaking[begins_smtp(_number(data, ">u4")[payload[speaking]])]
        self._spoken[source[speaking]] = self._spoken[destination[speaking]] = True
        tcp &= octets[:, 13] & SYN == 0
        asking = np.flatnonzero(tcp & WEB_PORTS[destination] & (payload + 4 <= last))
        first = _number(data, ">u4")[payload[asking]]
        tcp[asking[(first >> 16 == TLS_HANDSHAKE) | np.isin(first, REQUESTS)]] = False
        if self._spoken.any():
            tcp &= ~(self._spoken[source] & self._spoken[destination])
        udp = np.flatnonzero(plain & (protocol == _UDP) & ~(_WANTED_UDP[source] | _WANTED_UDP[destination]))
        at = at[udp]
        sound = (_from_wire(words[udp, 2]) >= 8) & (at + 8 <= last[udp])
        quic = (source[udp] == HTTPS) | (destination[udp] == HTTPS)
        tcp[udp] = sound & (~quic | (data[at + 8] < QUIC_LONG))
        return tcp


def _from_wire(words: Column) -> Column:
    """Two-byte numbers of the wire, read as this machine does, as what they are."""
    return words.byteswap() if sys.byteorder == "little" else words
