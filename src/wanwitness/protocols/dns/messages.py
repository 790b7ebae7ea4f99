"""A window's DNS messages as columns: their bytes behind one another, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import alike, opaque
from wanwitness.model import Endpoint, FrameRef
from wanwitness.packets import Packets, addresses


@dataclass(frozen=True, slots=True)
class Messages:
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

    def message(self, row: int) -> tuple[Endpoint, Endpoint, str, bytes, bool, int, FrameRef]:
        """Return one message as `Exchanges.feed` takes it."""
        begin = int(self.begin[row])
        return (
            Endpoint(addresses.text(self.src[row].tobytes()), int(self.sport[row])),
            Endpoint(addresses.text(self.dst[row].tobytes()), int(self.dport[row])),
            "udp",
            self.data[begin : begin + int(self.length[row])].tobytes(),
            bool(self.cut[row]),
            int(self.ts_ns[row]),
            FrameRef(int(self.capture[row]), int(self.number[row])),
        )


_SHARED = frozenset(("capture", "number", "ts_ns", "src", "dst", "sport", "dport"))


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
