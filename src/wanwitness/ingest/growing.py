"""A capture file that somebody is writing, read as far as it has come, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from wanwitness.errors import CaptureError
from wanwitness.model import Damage, Interface
from wanwitness.oddities import ODD, failed

from .capture_file import CUT
from .cooked import Cooked
from .frames import Frames
from .reader import HEAD, BrokenFileError, Reader
from .readers import READERS

_PIECE = 4 << 20
"""Bytes read at once."""
_SURELY_WHOLE = 64
"""Bytes that hold the file header of any format: where a reader still lacks something, it is none of its."""


class GrowingFile:
    """A file of any format in `READERS`, not compressed, that need not hold anything yet.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        self.damage: list[Damage] = []
        self.unfinished: Damage | None = None
        self.size = 0
        """Bytes read so far."""
        self.latest_ns: int | None = None
        """The latest time of its frames so far."""
        self._file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - `close` closes it
        self._reader: Reader | None = None
        self._cooked = Cooked()
        self._held = b""
        """What is no whole record yet."""
        self.frames = 0
        """Number of the last frame."""

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces described so far."""
        return self._cooked.interfaces(self._reader.interfaces if self._reader is not None else ())

    @property
    def beyond(self) -> tuple[int, int] | None:
        """How many frames came through more interfaces of the device `any` than are told apart, and the first one's
        number; None where none did.
        """
        return self._cooked.beyond

    @property
    def tls_keys(self) -> bool:
        """Whether it has brought TLS keys along so far."""
        return self._reader is not None and self._reader.tls_keys

    def windows(self, max_frames: int | None = None, max_bytes: int | None = None) -> Iterator[Frames]:
        """Yield the frames that have come since this was asked for last; no window is empty.

        Raises:
            CaptureError: it is no capture.
        """
        while not self._file.closed and (more := self._file.read(max_bytes or _PIECE)):
            self._held += more
            self.size += len(more)
            yield from self._read(max_frames)

    def last_ns(self) -> int | None:
        """Return the latest time of its frames so far."""
        return self.latest_ns

    def end(self) -> None:
        """Take note that nothing more will come, and close it: half a record is damage then."""
        self.close()
        if self._held:
            self._note(Damage(self.size - len(self._held), len(self._held), CUT))
            self._held = b""
        if self._reader is not None:
            self._cooked.finish(self._reader.interfaces)

    def close(self) -> None:
        """Close the file; it may go on later, in another reader's hands."""
        self._file.close()

    def _read(self, max_frames: int | None) -> Iterator[Frames]:
        at = self._begin() if self._reader is None else 0
        reader = self._reader
        if reader is None:
            return
        held, base = self._held, self.size - len(self._held)
        while True:
            walk = reader.walk(held, at, max_frames)
            if len(walk.starts):
                frames = reader.frames(np.frombuffer(held, np.uint8), np.asarray(walk.starts, np.int64), base)
                self._take_note_of(frames)
                yield self._cooked.tell_apart(frames, reader.interfaces)
            if walk.broken:
                at, _ = reader.resume(held, walk.end + 1, True)
                self._note(Damage(base + walk.end, at - walk.end, walk.broken))
            elif walk.end == at:
                break
            else:
                at = walk.end
        self._held = held[at:]

    def _begin(self) -> int:
        """Find out the format, and return how long the file header is; 0 where it is not there yet."""
        head = self._held[:HEAD]
        for kind in READERS:
            if kind.detect(head):
                try:
                    self._reader, start = kind.begin(head)
                except BrokenFileError as error:
                    if len(head) < _SURELY_WHOLE:
                        return 0
                    raise failed(CaptureError, self.path, error.why) from None
                return start
        if len(head) >= _SURELY_WHOLE:
            raise failed(CaptureError, self.path, ODD("file-no-capture"))
        return 0

    def _take_note_of(self, frames: Frames) -> None:
        first_ns, last_ns = int(frames.ts_ns[0]), int(frames.ts_ns.max())
        if self.damage and self.damage[-1].before_ns is None:
            self.damage[-1] = replace(self.damage[-1], before_ns=first_ns)
        self.latest_ns = last_ns if self.latest_ns is None else max(self.latest_ns, last_ns)
        self.frames = int(frames.number[-1])

    def _note(self, damage: Damage) -> None:
        self.damage.append(replace(damage, after_ns=self.latest_ns, after_frame=self.frames))
