"""A handshake's bytes, put together from the CRYPTO frames that bring them in any order (RFC 9000 section 19.6)."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 1 << 14
"""Bytes of a handshake that are waited for: browsers' hellos have some two thousand."""


class Handshake:
    """What has come of it: each byte is put down as it comes, so that no frame costs more than its bytes."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._came = bytearray()
        """By byte, whether it has come."""
        self.beyond = 0
        """Frames that bring bytes beyond the longest handshake."""

    def add(self, pieces: Iterable[tuple[int, bytes]]) -> bytes | None:
        """Take some frames, offset and bytes; return the bytes up to the first gap, None if no more came of them."""
        before = self._whole()
        for offset, piece in pieces:
            end = offset + len(piece)
            if end > LONGEST:
                self.beyond += 1
                continue
            if end > len(self._data):
                self._data.extend(bytes(end - len(self._data)))
                self._came.extend(bytes(end - len(self._came)))
            self._data[offset:end] = piece
            self._came[offset:end] = b"\1" * len(piece)
        whole = self._whole()
        return bytes(self._data[:whole]) if whole > before else None

    def _whole(self) -> int:
        """How many bytes there are before the first that has not come."""
        lacking = self._came.find(0)
        return len(self._came) if lacking < 0 else lacking
