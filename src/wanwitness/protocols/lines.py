"""Lines out of bytes that come in pieces; what is longer than a line may be is cut."""

from __future__ import annotations

LONGEST = 1_000
"""RFC 2449 section 4 and RFC 9051 section 4 have shorter command lines; what is longer is some message's, or a log-in
whose token nobody wants: what the line is stands at its beginning."""


class Lines:
    """Cuts one direction's bytes at line ends."""

    def __init__(self) -> None:
        self._left = b""
        self._torn = False
        """The line's beginning is missing."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the beginnings of the lines that are complete now, without their ends."""
        *whole, left = (self._left + data).split(b"\n")
        self._left = left[:LONGEST]
        if whole and self._torn:
            whole, self._torn = whole[1:], False
        return [line[:LONGEST].rstrip(b"\r") for line in whole]

    def gap(self) -> None:
        """Drop the line that a gap cut."""
        self._left, self._torn = b"", True
