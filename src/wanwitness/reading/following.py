"""Captures that grow, read as they come: what is read by now is put together as if they ended here.

Files of one capture point are merged by time as `merge.py` does it, so that the rows are the same as of whole files. A
frame waits until every other file of its points has been read to its time. Of a file in which nothing new was written,
that is the time to which its writer would have written what there was by now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from wanwitness.errors import CaptureError
from wanwitness.ingest import Frames
from wanwitness.ingest.growing import GrowingFile
from wanwitness.inputs import Input
from wanwitness.language import said_of
from wanwitness.model import FrameRef, Sentence
from wanwitness.wrong_use import WRONG

from .input_file import File, groups
from .part import PartReader
from .read import Readings, put_together

NEVER = -(1 << 63)


@dataclass(slots=True, eq=False)
class Followed:
    """A file that is followed."""

    file: File
    capture: GrowingFile
    read_to_ns: int = NEVER
    """All frames that were captured before this time have been read, as far as that is known."""
    ahead_ns: int = 0
    """How far its clock is ahead of that by which the watermark is told."""
    ended: bool = False
    """Nothing more will come of it."""
    broken: Sentence | None = None
    """Why it could not be read on."""
    held: deque[Frames] = field(default_factory=deque)
    """Read, and not merged yet."""

    @property
    def begin_ns(self) -> int | None:
        """The time of the next frame that waits."""
        return int(self.held[0].ts_ns[0]) if self.held else None

    def take(self, limit_ns: int | None) -> Frames:
        """Return the next frames whose times do not go beyond a limit, one at least."""
        frames = self.held.popleft()
        count = len(frames)
        if limit_ns is not None and len(late := np.flatnonzero(frames.ts_ns > limit_ns)):
            count = max(1, int(late[0]))
        if count < len(frames):
            self.held.appendleft(frames.take(slice(count, None)))
        return frames.take(slice(0, count))


class Following:
    """Follows growing files, and says what they show by now; as a context it closes them in the end."""

    def __init__(self) -> None:
        self._reader = PartReader(0)
        self.followed: list[Followed] = []
        """All files, in the order in which they were added."""

    def add(self, item: Input) -> Followed:
        """Follow a file from its begin on; all its frames belong to capture points that its rules name.

        Raises:
            OSError: it cannot be opened.
        """
        capture = GrowingFile(item.path)
        followed = Followed(File(len(self.followed), item, capture), capture)
        self.followed.append(followed)
        return followed

    def read(self, read_to: Callable[[Followed], int]) -> int:
        """Read what has come, and return how many frames that were.

        Args:
            read_to: tells to which time a file is complete, once all is read that is in it by now; it is asked before
                the file is read.
        """
        for followed in self.followed:
            if not followed.ended:
                self._fetch(followed, read_to(followed))
        frames = 0
        for group in self._groups():
            for followed, some in _in_time_order(group):
                self._reader.feed(followed.file, some)
                frames += len(some)
        return frames

    def end(self, followed: Followed) -> None:
        """Read a file to its end: nothing more will come of it."""
        if not followed.ended:
            self._fetch(followed, followed.read_to_ns)
            followed.capture.end()
            followed.ended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for followed in self.followed:
            followed.capture.close()

    def captured(self) -> dict[str, list[Followed]]:
        """Return the files by what their names begin with: those of one interface."""
        found: dict[str, list[Followed]] = {}
        for followed in self.followed:
            found.setdefault(Path(followed.capture.path).name.rsplit("_", 2)[0], []).append(followed)
        return found

    @property
    def watermark_ns(self) -> int | None:
        """The lowest time to which a file that goes on has been read; None where none does."""
        return min((one.read_to_ns - one.ahead_ns for one in self.followed if not one.ended), default=None)

    def so_far(self) -> Readings | None:
        """Return what the captures show by now; None before the first packet."""
        files = [one.file for one in self.followed]
        for file in files:
            self._reader.register(file)
        try:
            return put_together(files, [self._reader.so_far(files)])
        except CaptureError:
            return None

    def begin_of_last(self, most: int) -> int | None:
        """Return since when no capture point has more than so many DNS messages, ns; None where none has more."""
        return self._reader.begin_of_last(most)

    def forget(self, streams: AbstractSet[FrameRef], before_ns: int) -> None:
        """Let go of what nobody needs any more, as `PartReader.forget` does."""
        self._reader.forget(streams, before_ns)

    def _fetch(self, followed: Followed, read_to_ns: int) -> None:
        try:
            followed.held.extend(followed.capture.windows())
        except CaptureError as error:
            followed.broken = said_of(error)
        except OSError as error:
            followed.broken = WRONG("cannot-be-read", path=followed.file.item.path, why=error.strerror)
        if followed.broken is not None:
            followed.ended = True
            followed.capture.close()
        latest = followed.capture.latest_ns
        followed.read_to_ns = read_to_ns if latest is None else max(read_to_ns, latest)

    def _groups(self) -> Iterator[Sequence[Followed]]:
        waiting = [one for one in self.followed if one.held or not one.ended]
        of_file = {one.file.order: one for one in waiting}
        for group in groups(one.file for one in waiting):
            yield [of_file[file.order] for file in group]


def _in_time_order(group: Iterable[Followed]) -> Iterator[tuple[Followed, Frames]]:
    """Merge what has been read of files, as far as no earlier frame of another one can come."""
    group = list(group)
    while True:
        waiting = [(begin, one.file.item.path, one) for one in group if (begin := one.begin_ns) is not None]
        if not waiting:
            return
        silent = [one.read_to_ns for one in group if not one.held and not one.ended]
        begin, path, first = min(waiting, key=lambda row: row[:2])
        if silent and begin > min(silent):
            return
        limits = [other - (path > name) for other, name, one in waiting if one is not first]
        yield first, first.take(min([*limits, *silent], default=None))
