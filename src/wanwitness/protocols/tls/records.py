"""TLS records of one direction, counted by their type (RFC 8446 section 5.1)."""

from __future__ import annotations

_HEADER = 5
_APPLICATION_DATA = 23


class Records:
    """Walks from header to header."""

    def __init__(self) -> None:
        self._left = b""
        self._skip = 0
        self.application_data = 0
        """Records that hold what is encrypted."""
        self.lost = False
        """What came was no TLS, or not all of it was captured."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        data = self._left + data
        at = 0
        while not self.lost:
            step = min(self._skip, len(data) - at)
            at, self._skip = at + step, self._skip - step
            if self._skip or len(data) - at < _HEADER:
                break
            kind, major, length = data[at], data[at + 1], int.from_bytes(data[at + 3 : at + 5])
            self.lost = major != 3 or not 20 <= kind <= 24
            self.application_data += kind == _APPLICATION_DATA and not self.lost
            at, self._skip = at + _HEADER, length
        self._left = b"" if self.lost else data[at:]
