"""A capture's bytes from begin to end."""

from __future__ import annotations

import os
import stat
import sys
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from wanwitness.errors import CaptureError, UsageError
from wanwitness.language import failure
from wanwitness.model import Sentence, printable
from wanwitness.oddities import ODD, failed

from .compression import BROKEN, COMPRESSIONS, Decompressed

_STDIN = "-"
_MAGIC_BYTES = 6
"""The longest magic of `COMPRESSIONS`."""
_LOOK_AHEAD = 1 << 16
"""Bytes that are read at once, at least."""


class Source:
    """A stream that is read once, in order, and that remembers why it ended before its time."""

    path: str
    """As the user named it."""
    size: int | None
    """Bytes on disk; None where the path is no file but a pipe, which cannot be opened twice to read the same bytes."""
    damage: Sentence | None = None
    """Why the stream ended before all its bytes were read: a broken compression or a failing disk."""

    def __init__(self, path: str, file: BufferedReader, size: int | None):
        self.path, self.size = path, size
        self._file = file
        self._stream: Decompressed = file
        self._begin, self._held = 0, b""
        magic = file.peek(_MAGIC_BYTES)
        for compression in COMPRESSIONS:
            if magic.startswith(compression.magic):
                self._stream = compression.open(file)

    def piece(self, begin: int, size: int) -> bytes | memoryview:
        """Return the bytes from `begin` on: `size` at least (and more where they come at once), fewer where it ends.

        `begin` lies in the piece before, or right behind it; what lies before `begin` is given up. Of a plain file it
        may lie anywhere. It is read, not mapped: what is cut off a mapped file while it is looked at ends the process.
        """
        if self.plain and self.size is not None:
            wanted = min(max(size, _LOOK_AHEAD), max(self.size - begin, 0))
            found = self._read_at(begin, wanted) if self.damage is None else b""
            if len(found) < wanted and self.damage is None:
                self.damage = ODD("file-shrank")  # as a ring's file that is begun anew
            return found
        parts = [self._held[begin - self._begin :]]
        self._begin = begin
        missing = size - len(parts[0])
        while missing > 0 and (more := self._read1(max(missing, _LOOK_AHEAD))):
            parts.append(more)
            missing -= len(more)
        self._held = b"".join(parts)
        return self._held

    @property
    def plain(self) -> bool:
        """Whether it is a regular file, not compressed: its bytes can be read from any place."""
        return bool(self.size) and self._stream is self._file

    def _read_at(self, begin: int, size: int) -> bytes:
        """Return what is there of so many bytes."""
        parts: list[bytes] = []
        try:
            while size > 0 and (more := os.pread(self._file.fileno(), size, begin)):
                parts.append(more)
                begin, size = begin + len(more), size - len(more)
        except OSError as error:
            self.damage = ODD("file-unreadable", said=printable(str(error)))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def grown(self) -> int | None:
        """Return the file's size where it has become larger since it was opened: somebody is still writing it."""
        if self.size is None:
            return None
        now = os.fstat(self._file.fileno()).st_size
        return now if now > self.size else None

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != _STDIN:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _read1(self, size: int) -> bytes:
        if self.damage is not None:
            return b""
        try:
            return self._stream.read1(size)
        except BROKEN as error:
            self.damage = ODD("file-unreadable", said=printable(str(error)))
            return b""


def open_source(path: str | Path) -> Source:
    """Open a file, a named pipe, or with `-` standard input; what `COMPRESSIONS` lists is undone.

    Raises:
        UsageError: there is no such file.
        CaptureError: it cannot be opened.
    """
    name = str(path)
    if name == _STDIN:
        if sys.stdin is None:
            raise failure(UsageError, ODD("stdin-closed"))
        return Source(name, cast(BufferedReader, sys.stdin.buffer), None)
    try:
        file = Path(name).open("rb")  # noqa: SIM115  # the source closes it
        try:
            status = os.fstat(file.fileno())
            return Source(name, file, status.st_size if stat.S_ISREG(status.st_mode) else None)
        except BaseException:
            file.close()
            raise
    except FileNotFoundError:
        raise failure(UsageError, ODD("file-not-there", path=printable(name, len(name)))) from None
    except OSError as error:
        raise failed(CaptureError, name, ODD("file-refused", said=(error.strerror or str(error)).lower())) from None
