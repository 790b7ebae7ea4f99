"""Bytes cut into lines, each knowing the frames it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from wanwitness.model import FrameRef

MAX_LINE = 12_288
"""Longest line kept, in bytes: RFC 4954 section 4 asks for 12,288 for AUTH, the longest that any extension of
RFC 5321 section 4.5.3.1 (512 for commands and replies, 1,000 for text) asks for."""
MAX_FRAMES = 64
"""Frames kept of one line or reply: enough for one typed by hand, a byte a packet; beyond, the last replaces its
predecessor, so the first and the last stay known."""


@dataclass(slots=True)
class Chunk:
    """Bytes of one direction in one frame, or a gap: `missing` bytes that were not captured."""

    data: bytes
    frame: FrameRef
    ts_ns: int
    missing: int = 0
    at: int = 0
    """How many of `data` have been read."""
    place: int = 0
    """How many bytes of its direction come before `data`."""

    @property
    def left(self) -> int:
        """How many of `data` are still to be read."""
        return len(self.data) - self.at

    @property
    def read_up_to(self) -> int:
        """How many bytes of its direction have been read."""
        return self.place + self.at


class Line(NamedTuple):
    """One line without its end."""

    raw: bytes
    ts_ns: int
    """When its last byte was captured."""
    frames: tuple[FrameRef, ...]
    cut: bool = False
    """It was longer than the limit, and what exceeded that is gone."""


def add_frame(frames: list[FrameRef], frame: FrameRef) -> None:
    """Append `frame` unless it is there already, within `MAX_FRAMES`."""
    if frames and frames[-1] == frame:
        return
    if len(frames) < MAX_FRAMES:
        frames.append(frame)
    else:
        frames[-1] = frame


class LineReader:
    """Cuts one direction into lines at LF, with or without CR before it (RFC 5321 section 2.3.8 allows CRLF only).

    A CR that a line begins with is of the end before it: some servers have the two the wrong way round.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._frames: list[FrameRef] = []
        self._cut = False
        self._ts_ns = self._end = 0
        """When the last byte of the line that was begun was captured, and how many bytes there are up to it."""
        self._lf_due = False
        """The last line was ended by CR alone: an LF that comes is of that end."""

    def take(self, chunk: Chunk) -> Line | None:
        """Read up to the next line end; None means that `chunk` is used up and the line is not complete."""
        self._skip(chunk)
        end = chunk.data.find(b"\n", chunk.at)
        if end >= 0 and not self._kept and end - chunk.at <= self._limit:  # mostly
            raw = chunk.data[chunk.at : end].rstrip(b"\r")
            chunk.at = end + 1
            return Line(raw, chunk.ts_ns, (chunk.frame,))
        stop = len(chunk.data) if end < 0 else end + 1
        if stop > chunk.at:
            add_frame(self._frames, chunk.frame)
        # Two bytes more than the limit, so that the line end itself never counts as excess.
        room = self._limit + 2 - len(self._kept)
        self._kept += chunk.data[chunk.at : min(stop, chunk.at + room)]
        self._cut |= stop - chunk.at > room
        chunk.at = stop
        self._ts_ns, self._end = chunk.ts_ns, chunk.read_up_to
        return None if end < 0 else self.finish(chunk.ts_ns)

    def finish_at_cr(self, had: int) -> tuple[Line, int] | None:
        """Take the CR, or telnet's CR NUL (RFC 854), that the line ends with so far for its end.

        Only if the other side had so many bytes. With the line, how many bytes there are up to its end.
        """
        if had < self._end or not self._kept.endswith((b"\r", b"\r\0")):
            return None
        line = self.finish(self._ts_ns)
        self._lf_due = True
        return line._replace(raw=line.raw.rstrip(b"\r\0")), self._end

    def finish(self, ts_ns: int) -> Line:
        """Return what there is as a line, and begin the next."""
        raw = bytes(self._kept).rstrip(b"\r\n")
        line = Line(raw[: self._limit], ts_ns, tuple(self._frames), self._cut or len(raw) > self._limit)
        self.drop()
        return line

    def drop(self) -> None:
        """Forget the line that was begun."""
        self._kept.clear()
        self._frames.clear()
        self._cut = False

    def __bool__(self) -> bool:
        """Whether a line was begun."""
        return bool(self._kept)

    @property
    def begun(self) -> bytes:
        """The incomplete line so far."""
        return bytes(self._kept)

    def peek(self, chunk: Chunk, size: int) -> tuple[bytes, FrameRef]:
        """The line's first bytes, at most `size`, with those that `chunk` adds; and the frame that it begins in."""
        self._skip(chunk)
        if not self._kept:
            return chunk.data[chunk.at : chunk.at + size], chunk.frame
        start = bytes(self._kept[:size])
        start += chunk.data[chunk.at : chunk.at + size - len(start)]
        return start, self._frames[0] if self._frames else chunk.frame

    def _skip(self, chunk: Chunk) -> None:
        """Pass over CRs that a line would begin with, and an LF that is of the end before it."""
        if self._lf_due and chunk.left:
            self._lf_due = False
            chunk.at += chunk.data[chunk.at] == 0x0A
        if not self._kept:
            while chunk.data.startswith(b"\r", chunk.at):
                chunk.at += 1
