"""One direction's chunks that wait to be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .lines import Chunk


class Inbox:
    """Chunks and gaps in order; `size` is how many bytes are waiting."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._chunks)

    @property
    def at_gap(self) -> bool:
        """Whether what comes next was not captured."""
        return bool(self._chunks) and self._chunks[0].missing > 0

    def began_before(self, place: int) -> bool:
        """Whether bytes wait, the first of them within the direction's first `place` ones."""
        return bool(self._chunks) and self._chunks[0].read_up_to < place

    def add(self, chunk: Chunk) -> None:
        """Append bytes or a gap; gaps that touch are one."""
        if chunk.missing and self._chunks and self._chunks[-1].missing:
            self._chunks[-1].missing += chunk.missing
        else:
            self._chunks.append(chunk)
        self.size += chunk.left

    def read(self, reader: Callable[[Chunk], None]) -> None:
        """Let `reader` use up the first chunk, or a part of it; a gap is always used up."""
        chunk = self._chunks[0]
        before = chunk.left
        reader(chunk)
        self.size -= before - chunk.left
        if not chunk.left:
            self._chunks.popleft()

    def start(self, limit: int) -> tuple[bytes, bool]:
        """What waits, up to a gap or `limit` bytes (then True): what comes next is not of it."""
        start = b""
        for chunk in self._chunks:
            start += chunk.data[chunk.at : chunk.at + limit - len(start)]
            if len(start) >= limit or chunk.missing:
                return start, True
        return start, False

    def drop(self, size: int) -> None:
        """Pass over bytes that wait."""
        while size:
            taken = min(size, self._chunks[0].left)
            self._chunks[0].at += taken
            self.size -= taken
            size -= taken
            if not self._chunks[0].left:
                self._chunks.popleft()

    def first_line(self, limit: int) -> tuple[bytes, bool]:
        """What waits, up to a line end (then True), a gap or `limit` bytes."""
        start = b""
        for chunk in self._chunks:
            start += chunk.data[chunk.at : chunk.at + limit - len(start)]
            if b"\n" in start or len(start) >= limit or chunk.missing:
                return start.partition(b"\n")[0], True
        return start, False
