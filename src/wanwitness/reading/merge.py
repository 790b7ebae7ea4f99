"""The windows of several files, merged by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

import numpy as np

from wanwitness.ingest import Frames
from wanwitness.inputs import STDIN

from .input_file import File

PEEK_BYTES = 1 << 16
"""Bytes of a file that are read for its first frame's time."""


def in_time_order(files: Sequence[File], window_frames: int | None) -> Iterator[tuple[File, Frames]]:
    """Merge the windows of files by time; a file is opened when its first frame's time has come."""
    if len(files) == 1:
        for frames in files[0].capture.windows(window_frames):
            yield files[0], frames
        return
    sources = [_Windows(file, window_frames) for file in files]
    waiting = [(source.begin, source.file.order, source) for source in sources if source.begin is not None]
    heapify(waiting)
    while waiting:
        _, order, source = heappop(waiting)
        # Where times are equal the file that was named first goes first, wherever its windows end.
        yield source.file, source.until(waiting[0][0] - (order > waiting[0][1]) if waiting else None)
        if source.begin is not None:
            heappush(waiting, (source.begin, order, source))


class _Windows:
    """One file's windows, cut where another file's time comes."""

    def __init__(self, file: File, window_frames: int | None) -> None:
        self.file = file
        self._windows = file.capture.windows
        self._iterator: Iterator[Frames] | None = None
        self._window_frames = window_frames
        self._held: Frames | None = None
        self.begin: int | None = None
        """Time of the next frame; None at the file's end."""
        if file.item.path == STDIN:
            self._advance()
        else:
            first = next(file.capture.windows(1, PEEK_BYTES), None)
            self.begin = int(first.ts_ns[0]) if first is not None else None
            if first is None:
                self._advance()  # for the damage

    def until(self, limit: int | None) -> Frames:
        """Return the next frames whose times do not go beyond `limit`, one at least."""
        if self._held is None:
            self._advance()
        frames = self._held
        assert frames is not None
        count = len(frames)
        if limit is not None:
            late = np.flatnonzero(frames.ts_ns > limit)
            count = max(1, int(late[0])) if len(late) else count
        if count == len(frames):
            self._advance()
            return frames
        self._held = frames.take(slice(count, None))
        self.begin = int(self._held.ts_ns[0])
        return frames.take(slice(0, count))

    def _advance(self) -> None:
        if self._iterator is None:
            self._iterator = self._windows(self._window_frames)
        self._held = next(self._iterator, None)
        self.begin = int(self._held.ts_ns[0]) if self._held is not None else None
