"""Frames: a window of captured packets as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive packets of one capture file. All columns have one row a frame, in file order."""

    data: NDArray[np.uint8]
    """The window's bytes; `offset` points into it."""
    offset: NDArray[np.int64]
    """Where the frame's first captured byte is in `data`."""
    caplen: NDArray[np.int64]
    """Captured bytes."""
    length: NDArray[np.int64]
    """Bytes the frame had on the wire, as the capture says."""
    ts_ns: NDArray[np.int64]
    """Capture time, nanoseconds since the epoch, as written in the file."""
    number: NDArray[np.int64]
    """1-based number within the file, as Wireshark counts."""
    interface: NDArray[np.int32]
    """Index into the file's interfaces."""
    record: NDArray[np.int64]
    """Where the frame's record or block begins in the (decompressed) file."""

    def __len__(self) -> int:
        return len(self.offset)

    def take(self, rows: slice | NDArray[np.int64]) -> Self:
        """Return some of the frames; `data` is shared, not copied."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "data"})
