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

from .compression import BROKEN, COMPRESSIONS, Stream

_STDIN = "-"
_MAGIC_BYTES = 6
"""The longest magic of `COMPRESSIONS`."""
_LOOK_AHEAD = 1 << 16
"""Bytes that are read at once when somebody peeks."""


class Source:
    """A stream that is read once, in order, and that remembers why it ended before its time."""

    path: str
    """As the user named it."""
    size: int | None
    """Bytes on disk; None where the path is no file but a pipe, which cannot be opened twice to read the same bytes."""
    damage: str | None = None
    """Why the stream ended before all its bytes were read: a broken compression or a failing disk."""

    def __init__(self, path: str, file: BufferedReader, size: int | None):
        self.path, self.size = path, size
        self._file = file
        self._stream: Stream = file
        self._head = b""
        magic = file.peek(_MAGIC_BYTES)
        for compression in COMPRESSIONS:
            if magic.startswith(compression.magic):
                self._stream = compression.open(file)

    def peek(self, size: int) -> bytes:
        """Return what is buffered, at least `size` bytes unless the stream has fewer; nothing is used up."""
        while len(self._head) < size and (more := self._read1(_LOOK_AHEAD)):
            self._head += more
        return self._head

    def read(self, size: int) -> bytes:
        """Return `size` bytes; fewer only where the stream ends, none behind its end."""
        head, self._head = self._head[:size], self._head[size:]
        parts = [head] if head else []
        missing = size - len(head)
        while missing and (more := self._read1(missing)):
            parts.append(more)
            missing -= len(more)
        return b"".join(parts)

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
            self.damage = f"the file cannot be read to its end ({error})"
            return b""


def open_source(path: str | Path) -> Source:
    """Open a file, a named pipe, or with `-` standard input; what `COMPRESSIONS` lists is undone.

    Raises:
        UsageError: there is no such file.
        CaptureError: it cannot be opened.
    """
    name = str(path)
    if name == _STDIN:
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
        raise UsageError(f"{name}: no such file") from None
    except OSError as error:
        raise CaptureError(f"{name}: {(error.strerror or str(error)).lower()}") from None
