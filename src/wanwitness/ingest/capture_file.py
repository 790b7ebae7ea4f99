"""A capture file, read window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from wanwitness.errors import ArchiveError, CaptureError
from wanwitness.model import Damage, Interface
from wanwitness.oddities import ODD, failed
from wanwitness.sources import Source, open_source

from .cooked import Cooked
from .foreign import archive, refusal
from .frames import Frames
from .reader import HEAD, BrokenFileError, Piece, Reader
from .readers import READERS
from .recovery import LOOK_AHEAD

_WINDOW = 8 << 20
"""Bytes in a window, about."""
CUT = ODD("file-cut")
_TAILS = (1 << 13, 1 << 17)
"""Bytes of a file's end that may tell when it ends: mostly few do."""
MOST_DAMAGE = 1000
"""Rows of damage kept of a file."""


class CaptureFile:
    """A capture file of any format in `READERS`, plain or compressed. To read standard input, name it `-`.

    Raises:
        UsageError: there is no such file.
        CaptureError: it is empty, or not a capture.
    """

    path: str
    """As the user named it."""
    damage: list[Damage]
    """What could not be read; complete when the windows have been read to the end."""
    size: int
    """Bytes on disk; of a pipe, the (decompressed) bytes read so far."""
    tls_keys: bool
    """It brings keys of TLS along (pcapng's decryption secrets); complete when the windows have been read to the end.
    """
    unfinished: Damage | None = None
    """Where reading stopped in a file that grew meanwhile, and the part of a record that was there already."""

    def __init__(self, path: Path | str):
        self.path = str(path)
        self.damage = []
        self.size = 0
        self._source: Source | None = None  # a pipe, which can be opened only once
        self._cooked = Cooked()
        self._dated = 0  # rows of damage whose neighbours' times are known
        source = open_source(path)
        try:
            head = source.piece(0, HEAD)
            reader, start = self._begin(source)
            reader.walk(head, start, None)  # for the interfaces
            self._described = reader.interfaces
            self.tls_keys = reader.tls_keys
        except BaseException:
            source.close()
            raise
        if source.size is None:
            self._source = source
        else:
            self.size = source.size
            source.close()

    @property
    def interfaces(self) -> list[Interface]:
        """The file's interfaces: at first those described at its begin, in the end all, each with what it dropped.

        The device `any` becomes the interfaces that its frames came through (`cooked.py`).
        """
        return self._cooked.interfaces(self._described)

    @property
    def beyond(self) -> tuple[int, int] | None:
        """How many frames came through more interfaces of the device `any` than are told apart, and the first one's
        number; None where none did.
        """
        return self._cooked.beyond

    def windows(self, max_frames: int | None = None, max_bytes: int | None = None) -> Iterator[Frames]:
        """Read the file from its begin, in order; no window is empty.

        A pipe can be read once; a file again, which starts `interfaces` and `damage` anew. Bytes that cannot
        be a record are left out up to the next sound one, with a row in `damage`.

        Args:
            max_frames: frames in a window, at most.
            max_bytes: bytes of the file in a window, about (and one record at least).
        """
        source, self._source = self._source or open_source(self.path), None
        with source:
            reader, start = self._begin(source)
            self._described, self._cooked = reader.interfaces, Cooked()
            self.damage, self.unfinished, self._dated = [], None, 0
            last_ns, read = None, 0
            for frames in self._windows(source, reader, start, max_frames, max_bytes or _WINDOW):
                self._date_damage(last_ns, int(frames.ts_ns[0]), read)
                last_ns, read = int(frames.ts_ns[-1]), int(frames.number[-1])
                yield self._cooked.tell_apart(frames, self._described)
            self._date_damage(last_ns, None, read)
            self._cooked.finish(self._described)
            self.tls_keys = reader.tls_keys

    def last_ns(self) -> int | None:
        """Return the time of the last frame without reading what comes before, ns; None where that cannot be told.

        That is so of what is compressed or no regular file, and where the end is damaged.
        """
        with open_source(self.path) as source:
            if not source.plain or source.size is None:
                return None
            found = (self._last_of(source, source.size, tail) for tail in _TAILS)
            return next((last for last in found if last is not None), None)

    def _last_of(self, source: Source, size: int, tail: int) -> int | None:
        """Return the time of the last frame, if a tail of so many bytes tells it."""
        reader, start = self._begin(source)
        walk = reader.walk(source.piece(0, HEAD)[:HEAD], start, 1)  # for the interfaces
        begin = max(start, size - tail)
        piece = source.piece(begin, tail)
        at, found = (0, True) if begin == start else reader.resume(piece, 0, True)
        last = None
        while found and not walk.broken and at < len(piece):
            walk = reader.walk(piece, at, None)
            if len(walk.starts):
                frames = reader.frames(np.frombuffer(piece, np.uint8), np.asarray(walk.starts, np.int64), begin)
                last = max(int(frames.ts_ns.max()), last or 0)
            if walk.end == at:
                break
            at = walk.end
        return None if walk.broken else last

    def _begin(self, source: Source) -> tuple[Reader, int]:
        head = bytes(source.piece(0, HEAD)[:HEAD])
        if not head:
            raise failed(CaptureError, self.path, source.damage or ODD("file-empty"))
        for reader in READERS:
            if reader.detect(head):
                try:
                    return reader.begin(head)
                except BrokenFileError as error:
                    raise failed(CaptureError, self.path, error.why) from None
        refused = CaptureError if archive(head) is None else ArchiveError
        raise failed(refused, self.path, refusal(self.path, head))

    def _windows(
        self, source: Source, reader: Reader, start: int, max_frames: int | None, max_bytes: int
    ) -> Iterator[Frames]:
        base = 0  # where `piece` begins in the stream
        piece = source.piece(0, max(start, max_bytes))
        at = start
        while True:
            walk = reader.walk(piece, at, max_frames)
            if len(walk.starts):
                yield reader.frames(np.frombuffer(piece, np.uint8), np.asarray(walk.starts, np.int64), base)
            if walk.broken:
                broken_at = base + walk.end
                piece, base, at = self._recover(source, reader, piece, base, walk.end + 1)
                self._note(Damage(broken_at, base + at - broken_at, walk.broken))
                continue
            if walk.end > at:
                at = walk.end
                continue
            rest = len(piece) - at
            base, at = base + at, 0
            piece = source.piece(base, rest + max(max_bytes, rest))  # a long record is fetched by doubling
            if len(piece) == rest:
                self._end(source, base, rest)
                break
        if source.size is None:
            self.size = base + len(piece)

    def _recover(self, source: Source, reader: Reader, piece: Piece, base: int, at: int) -> tuple[Piece, int, int]:
        """Read on to where sound records begin again, or to the end; return `piece`, `base` and `at` there."""
        ended = False
        while True:
            at, found = reader.resume(piece, at, ended)
            if found or ended:
                return piece, base, at
            size = len(piece) - at + 2 * LOOK_AHEAD
            base, at = base + at, 0
            piece = source.piece(base, size)
            ended = len(piece) < size

    def _end(self, source: Source, offset: int, rest: int) -> None:
        """Say how the file ends. What is not there yet of a file that somebody writes is no damage."""
        size = source.grown()
        if size is not None:
            self.size = self.size if source.plain else size
            self.unfinished = Damage(offset, rest, ODD("file-growing"))
        elif rest or source.damage:
            self._note(Damage(offset, rest, source.damage or CUT))

    def _date_damage(self, last_ns: int | None, next_ns: int | None, read: int) -> None:
        """Give the damage since the last window the times of its neighbours, and the number of the one before."""
        for index in range(self._dated, len(self.damage)):
            damage = self.damage[index]
            if damage.after_ns is None:
                damage = replace(damage, after_ns=last_ns, after_frame=read)
            self.damage[index] = replace(damage, before_ns=next_ns)
        self._dated = len(self.damage)

    def _note(self, damage: Damage) -> None:
        """Keep a row of damage; where there are too many, the last one stands for all that follow."""
        if len(self.damage) < MOST_DAMAGE:
            self.damage.append(damage)
        else:
            last = self.damage[-1]
            reason = ODD("file-again-and-again")
            self.damage[-1] = replace(last, bytes=last.bytes + damage.bytes, reason=reason)
            self._dated = min(self._dated, len(self.damage) - 1)
