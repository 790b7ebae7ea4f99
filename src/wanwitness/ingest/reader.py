"""What a capture format has to offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Interface, Sentence

from .frames import Frames

Order = Literal["<", ">"]
"""Byte order, as `struct` and numpy write it: little or big endian."""
Piece = bytes | memoryview
"""Bytes of a file."""
MAX_RECORD = 16 << 20
"""Bytes: a longer record is no record (Wireshark's bound for pcapng blocks is the same); it bounds the memory."""

HEAD = 1 << 16
"""Bytes from a file's begin that tell its format; a shorter file is told by all it has."""


class BrokenFileError(ValueError):
    """Bytes cannot be a record, a block or a file header; `why` says what is wrong with them."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why


class Walk(NamedTuple):
    """The whole records found behind one another in a piece of a file."""

    starts: Sequence[int] | NDArray[np.int64]
    """Where each packet's record begins in the piece."""
    end: int
    """Where the walk stopped: at a record that is not whole yet, that is beyond the limit, or that is broken."""
    broken: Sentence | None = None
    """Why the bytes at `end` cannot be a record."""


class Reader(Protocol):
    """One capture format. A reader is used for one file, from its first byte on, piece by piece."""

    interfaces: list[Interface]
    """Those described so far."""
    tls_keys: bool
    """Keys of TLS were met so far."""

    @staticmethod
    def detect(head: bytes) -> bool:
        """Whether a file that begins with these bytes (`HEAD`, or the whole file) is of this format."""

    @classmethod
    def begin(cls, head: bytes) -> tuple[Self, int]:
        """Return a reader for the file that begins with `head`, and the length of the file header.

        Raises:
            BrokenFileError: the file header is not whole, or makes no sense.
        """

    def walk(self, piece: Piece, start: int, limit: int | None) -> Walk:
        """Find the records from `start` on, at most `limit` packets; take up what other records say."""

    def resume(self, piece: Piece, start: int, ended: bool) -> tuple[int, bool]:
        """Return where, from `start` on, sound records begin again, and True; else up to where they do not.

        Args:
            piece: Piece of the file.
            start: the first place to look at.
            ended: the file ends where the piece does.
        """

    def frames(self, data: NDArray[np.uint8], starts: NDArray[np.int64], base: int) -> Frames:
        """Read the columns of the packets whose records the last `walk` found.

        Args:
            data: shape (bytes,), the piece.
            starts: shape (n,), the walk's `starts`.
            base: where the piece begins in the file.
        """
