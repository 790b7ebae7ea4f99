"""A capture file, read window by window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wanwitness.errors import CaptureError
from wanwitness.model import Damage, Interface
from wanwitness.sources import Source, open_source

from .frames import Frames
from .reader import Reader
from .readers import READERS

_HEAD = 32
"""Bytes that tell the format, and hold the longest file header."""
_DRAIN = 1 << 20
"""Bytes read at once when only their number counts."""


class CaptureFile:
    """A capture file of any format in `READERS`, plain or compressed. To read standard input, name it `-`.

    Raises:
        UsageError: there is no such file.
        CaptureError: it is empty, or not a capture.
    """

    path: str
    """As the user named it."""
    interfaces: list[Interface]
    """The file's interfaces: at first those described at its begin, in the end all, each with what it dropped."""
    damage: list[Damage]
    """What could not be read; complete when the windows have been read to the end."""
    size: int
    """Bytes on disk; of a pipe, the (decompressed) bytes read so far."""

    def __init__(self, path: Path | str):
        self.path = str(path)
        self.damage = []
        self.size = 0
        self._source: Source | None = None  # a pipe, which can be opened only once
        source = open_source(path)
        try:
            head = source.peek(_HEAD)
            reader, start = self._begin(source)
            reader.walk(head, start, None)  # for the interfaces
            self.interfaces = reader.interfaces
        except BaseException:
            source.close()
            raise
        if source.size is None:
            self._source = source
        else:
            self.size = source.size
            source.close()

    def windows(self, max_frames: int | None = None, max_bytes: int = 8 << 20) -> Iterator[Frames]:
        """Read the file from its begin, in order; no window is empty.

        A pipe can be read once; a file again, which starts `interfaces` and `damage` anew. Reading stops for good at
        the first record that cannot be one, with a row in `damage`.

        Args:
            max_frames: frames in a window, at most.
            max_bytes: bytes of the file in a window, at most (and one record at least).
        """
        source, self._source = self._source or open_source(self.path), None
        with source:
            reader, start = self._begin(source)
            self.interfaces = reader.interfaces
            self.damage = []
            yield from self._windows(source, reader, start, max_frames, max_bytes)

    def _begin(self, source: Source) -> tuple[Reader, int]:
        head = source.peek(_HEAD)[:_HEAD]
        if not head:
            raise CaptureError(f"{self.path}: {source.damage or 'empty file, no capture'}")
        for reader in READERS:
            if reader.detect(head):
                try:
                    return reader.begin(head)
                except ValueError as error:
                    raise CaptureError(f"{self.path}: {error}") from None
        raise CaptureError(
            f"{self.path}: not a packet capture (begins with {head[:8].hex(' ')}); wanwitness reads pcap and pcapng"
        )

    def _windows(
        self, source: Source, reader: Reader, start: int, max_frames: int | None, max_bytes: int
    ) -> Iterator[Frames]:
        base = 0  # where `piece` begins in the stream
        piece = source.read(max(start, max_bytes))
        at = start
        while True:
            walk = reader.walk(piece, at, max_frames)
            if len(walk.starts):
                data = np.frombuffer(piece, np.uint8)[at : walk.end]
                starts = np.asarray(walk.starts, np.int64) - at
                yield reader.frames(data, starts, base + at)
            if walk.broken:
                rest = len(piece) - walk.end + self._drain(source)
                self.damage.append(Damage(base + walk.end, rest, walk.broken))
                break
            if walk.end > at:
                at = walk.end
                continue
            rest = len(piece) - at
            more = source.read(max(max_bytes, rest))  # a long record is fetched by doubling
            if not more:
                if rest or source.damage:
                    reason = source.damage or "the file ends inside a record"
                    self.damage.append(Damage(base + at, rest, reason))
                break
            piece, base, at = piece[at:] + more, base + at, 0
        if source.size is None:
            self.size = base + len(piece)

    def _drain(self, source: Source) -> int:
        """Count what follows."""
        count = 0
        while read := len(source.read(_DRAIN)):
            count += read
        return count
