"""Lines out of bytes that come in pieces; what is longer than a line may be is dropped."""

from __future__ import annotations

LONGEST = 1_000
"""RFC 2449 section 4 and RFC 9051 section 4 have shorter command lines; what is longer is some message's."""


class Lines:
    """Cuts one direction's bytes at line ends."""

    def __init__(self) -> None:
        self._left = b""
        self._too_long = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now, without their ends."""
        *whole, self._left = (self._left + data).split(b"\n")
        if whole and self._too_long:
            whole, self._too_long = whole[1:], False
        if len(self._left) > LONGEST:
            self._left, self._too_long = b"", True
        return [line.rstrip(b"\r") for line in whole]

    def gap(self) -> None:
        """Drop the line that a gap cut."""
        self._left, self._too_long = b"", True
