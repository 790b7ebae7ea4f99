"""A window's DNS messages as columns: their bytes behind one another, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import alike, opaque
from wanwitness.model import Endpoint, FrameRef
from wanwitness.packets import Packets, addresses


@dataclass(frozen=True, slots=True)
class DnsMessages:
    """Messages that came by UDP. All columns but `data` have one row a message."""

    data: NDArray[np.uint8]
    """The messages' bytes."""
    begin: NDArray[np.int64]
    """Where each begins in `data`."""
    length: NDArray[np.int64]
    """Captured bytes."""
    cut: NDArray[np.bool_]
    """Whether the snap length cut it off."""
    capture: NDArray[np.int32]
    number: NDArray[np.int64]
    ts_ns: NDArray[np.int64]
    src: NDArray[np.uint8]
    """Shape (n, 16)."""
    dst: NDArray[np.uint8]
    """Shape (n, 16)."""
    sport: NDArray[np.int32]
    dport: NDArray[np.int32]

    @classmethod
    def of(cls, packets: Packets) -> Self:
        """Return the payloads of these packets, without the rest of the window's bytes."""
        data, begin = _together(packets.data, packets.payload, packets.payload_length)
        own = {f.name: getattr(packets, f.name) for f in fields(cls) if f.name in _SHARED}
        return cls(data, begin, packets.payload_length, packets.payload_missing > 0, **own)

    def __len__(self) -> int:
        return len(self.begin)

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some of the messages, without the others' bytes."""
        data, begin = _together(self.data, self.begin[rows], self.length[rows])
        columns: dict[str, Any] = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "data"}
        return replace(self, **{**columns, "data": data, "begin": begin})

    @classmethod
    def joined(cls, parts: Sequence[DnsMessages]) -> Self:
        """Return the messages of several windows behind one another."""
        begins = np.cumsum([0, *(len(part.data) for part in parts)])
        columns: dict[str, Any] = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        columns["begin"] = np.concatenate([p.begin + begin for p, begin in zip(parts, begins, strict=False)])
        return cls(**columns)

    def each(self, rows: NDArray[np.int64]) -> Iterator[tuple[Endpoint, Endpoint, str, bytes, bool, int, FrameRef]]:
        """Yield some of the messages as `Exchanges.feed` takes them."""
        for begin in range(0, len(rows), _AT_ONCE):
            yield from self._each(rows[begin : begin + _AT_ONCE])

    def _each(self, rows: NDArray[np.int64]) -> Iterator[tuple[Endpoint, Endpoint, str, bytes, bool, int, FrameRef]]:
        raw = self.data.data
        ends = [map(addresses.text, _rows(side[rows])) for side in (self.src, self.dst)]
        columns = (self.sport, self.dport, self.begin, self.begin + self.length, self.cut, self.ts_ns)
        told = [column[rows].tolist() for column in (*columns, self.capture, self.number)]
        for src, dst, sport, dport, begin, end, cut, ts_ns, capture, number in zip(*ends, *told, strict=True):
            frame = FrameRef(capture, number)
            yield Endpoint(src, sport), Endpoint(dst, dport), "udp", bytes(raw[begin:end]), cut, ts_ns, frame


_AT_ONCE = 4096
"""Messages whose columns are turned to Python's numbers at once: all of a window's would need much memory."""
_SHARED = frozenset(("capture", "number", "ts_ns", "src", "dst", "sport", "dport"))


def _rows(sides: NDArray[np.uint8]) -> list[bytes]:
    """Return addresses, shape (n, 16), as bytes each."""
    packed = sides.tobytes()
    return [packed[at : at + 16] for at in range(0, len(packed), 16)]


def _together(
    data: NDArray[np.uint8], at: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return these pieces of the data behind one another, and where each begins."""
    begin = np.cumsum(length) - length
    together = np.empty(int(length.sum()), np.uint8)
    for size, rows in alike(length):
        if size:
            opaque(together, size)[begin[rows]] = opaque(data, size)[at[rows]]
    return together, begin
