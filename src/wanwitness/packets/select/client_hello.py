"""The server's name in TLS ClientHellos, for many at once (RFC 8446 section 4.1.2, RFC 6066 section 3)."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import alike, opaque
from wanwitness.packets.packets import Packets

FIRST_BYTES = 6
"""A record's header (RFC 8446, section 5.1) and the message's type."""
_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 22, 1, 0
_SESSION_ID = 43
"""Behind the record's header (5), type and length (4), version (2) and random (32)."""
_TOGETHER = 64
"""Extensions of all ClientHellos are stepped over together, so many times; one that has more is read alone, since it
may be made to have thousands."""
_EXTENSION = Struct(">HH")
"""Type and length (RFC 8446, section 4.2)."""

Offsets = NDArray[np.int64]


def server_names(packets: Packets, rows: NDArray[np.int64]) -> list[str | None]:
    """Return the name of the server that each ClientHello asks for, in lower case.

    Args:
        packets: a window.
        rows: TCP packets whose payload may begin a ClientHello.

    Returns:
        A name a row: "" for a ClientHello without one in this packet, None where there is no ClientHello.
    """
    reader = _Reader(packets.data, packets.payload[rows], packets.payload[rows] + packets.payload_length[rows])
    hello = (reader.number(0, 1) == _HANDSHAKE) & (reader.number(1, 1) == 3) & (reader.number(FIRST_BYTES - 1, 1) == 1)
    at = np.full(len(rows), _SESSION_ID, np.int64)
    for width in (1, 2, 1):  # session id, cipher suites, compression methods
        at = reader.behind(at, width)
    at += 2  # how many bytes of extensions there are
    name, size = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64)
    open_ = hello.copy()
    for _ in range(_TOGETHER):
        if not open_.any():
            break
        kind = reader.number(at, 2)
        found = open_ & (kind == _SERVER_NAME) & (reader.number(at + 6, 1) == 0)  # the list's first is a host name
        name[found], size[found] = (at + 9)[found], reader.number(at + 7, 2)[found]
        at = reader.behind(at + 2, 2)
        open_ &= ~found & (kind >= 0) & (at >= 0)
    for row in np.flatnonzero(open_).tolist():
        payload = packets.data[packets.payload[rows[row]] : reader.end[row]].tobytes()
        name[row], size[row] = _searched(payload, int(at[row]))
    begin = packets.payload[rows] + name
    told = np.flatnonzero((name >= 0) & (size > 0) & (begin + size <= reader.end))
    names: list[str | None] = ["" if is_hello else None for is_hello in hello.tolist()]
    for length, some in alike(size[told]):
        pieces = opaque(packets.data, length)[begin[told[some]]]
        for row, piece in zip(told[some].tolist(), pieces.tolist(), strict=True):
            names[row] = _text(piece)
    return names


def _searched(payload: bytes, at: int) -> tuple[int, int]:
    """Return where the name stands and its length, looked for from the extension at `at` on; -1 where there is none."""
    while at + _EXTENSION.size <= len(payload):
        kind, length = _EXTENSION.unpack_from(payload, at)
        if kind == _SERVER_NAME and payload[at + 6 : at + 7] == b"\0":
            return at + 9, int.from_bytes(payload[at + 7 : at + 9])
        at += _EXTENSION.size + length
    return -1, 0


@lru_cache(1 << 12)
def _text(name: bytes) -> str:
    return name.decode("latin-1").lower()


class _Reader:
    """Reads numbers at places counted from where each payload begins; -1 is what lies beyond its end."""

    def __init__(self, data: NDArray[np.uint8], begin: Offsets, end: Offsets) -> None:
        self._data, self._begin, self.end = data, begin, end

    def number(self, at: Offsets | int, width: int) -> NDArray[np.int64]:
        """Return the numbers of `width` bytes."""
        place = self._begin + at
        inside = (place >= self._begin) & (place + width <= self.end)
        place = np.where(inside, place, 0)
        value = np.zeros(len(place), np.int64)
        if len(self._data):
            for offset in range(width):
                value = value << 8 | self._data[np.minimum(place + offset, len(self._data) - 1)]
        return np.where(inside, value, -1)

    def behind(self, at: Offsets, width: int) -> Offsets:
        """Return the places behind the vectors that begin with their length, of `width` bytes, at `at`."""
        size = self.number(at, width)
        return np.where((size >= 0) & (at >= 0), at + width + size, -(1 << 40))
