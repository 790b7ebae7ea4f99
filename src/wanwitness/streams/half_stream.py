"""One direction of a TCP connection: how far it has come, and what it carried."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Self

from wanwitness.model import Direction, FrameRef

OTHER: dict[Direction, Direction] = {"orig": "resp", "resp": "orig"}
HISTORY = 16 << 10
"""Delivered bytes kept a direction, to compare repeats with."""
REORDERED = 64 << 10
"""Bytes that a capture may have written down before the SYN that came ahead of them."""


class Segment(NamedTuple):
    """A segment that waits to be delivered. Positions count from the first byte of its direction."""

    direction: Direction
    start: int
    data: bytes
    missing: int
    """Bytes behind `data` that the snap length cut off."""
    acked: int | None
    """Position in the other direction up to which its sender had everything."""
    ts_ns: int
    frame: FrameRef
    pushed: bool = True
    """Its sender meant it to be read (PSH, RFC 9293 section 3.9.1.2)."""

    @property
    def end(self) -> int:
        """Position behind the last byte."""
        return self.start + len(self.data) + self.missing

    def between(self, low: int, high: int) -> Self:
        """Return the part from position `low` to `high`; both lie within."""
        data = self.data[low - self.start : high - self.start]
        return self._replace(start=low, data=data, missing=high - low - len(data))

    def contradicts(self, start: int, data: bytes) -> bool:
        """Whether other bytes than `data` stand here, in what this has in common with `data` at `start`."""
        low = max(self.start, start)
        high = min(self.start + len(self.data), start + len(data))
        return low < high and self.data[low - self.start : high - self.start] != data[low - start : high - start]


class HalfStream:
    """Where one direction stands. Positions are unwrapped sequence numbers; a FIN takes a position of its own."""

    __slots__ = ("_history", "_history_bytes", "acked", "begun", "fin", "isn", "next", "origin", "packets")

    def __init__(self) -> None:
        self.origin: int | None = None
        """Sequence number of position 0; None until anything told."""
        self.isn: int | None = None
        """The SYN's sequence number, where it was seen."""
        self.begun = False
        """Whether it is known where the first byte stands. Until then `next` is the best guess, and may go back."""
        self.next = 0
        """Position of the next byte to deliver."""
        self.acked = 0
        """Position up to which the other end has confirmed."""
        self.fin: int | None = None
        """Position of the FIN."""
        self.packets = 0
        self._history: deque[tuple[int, bytes]] | None = None
        """None before any byte: a flood has many, and an empty one is as large as all the rest."""
        self._history_bytes = 0

    @property
    def reached(self) -> int:
        """Position up to which nothing is lacking, the FIN included."""
        return self.next + (self.next == self.fin)

    @property
    def smooth(self) -> bool:
        """Whether it is known where the first byte stands, and nothing before a FIN that came is lacking."""
        return self.begun and self.fin in (None, self.next)

    @property
    def due(self) -> int:
        """Sequence number of what comes next."""
        assert self.origin is not None
        return (self.origin + self.reached) & 0xFFFFFFFF

    def position(self, seq: int) -> int:
        """Unwrap a 32-bit sequence number to the position nearest to the next one expected; `origin` is known."""
        assert self.origin is not None
        return self.next + ((seq - self.origin - self.next + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def begin(self, seq: int) -> None:
        """Learn that the first byte has this sequence number."""
        if self.origin is None:
            self.origin = seq
        if not self.begun:
            self.next, self.begun = self.position(seq), True

    def fits(self, first: int) -> bool:
        """Whether the first byte's sequence number can be `first`, from what is known."""
        if self.origin is None:
            return True
        if self.isn is not None:
            return first == (self.isn + 1) & 0xFFFFFFFF
        return (self.origin - first) & 0xFFFFFFFF <= REORDERED

    def remember(self, start: int, data: bytes) -> None:
        """Keep delivered bytes for a while."""
        if self._history is None:
            self._history = deque()
        self._history.append((start, data))
        self._history_bytes += len(data)
        while self._history_bytes > HISTORY and len(self._history) > 1:
            self._history_bytes -= len(self._history.popleft()[1])

    def contradicts(self, segment: Segment) -> bool:
        """Whether a segment differs from what was delivered, as far as that is remembered."""
        return any(segment.contradicts(start, data) for start, data in self._history or ())
