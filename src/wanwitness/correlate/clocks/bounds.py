"""What is known of a clock's offset from another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .feasible_lines import Flags

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a clock's offset, in order of `place`; all columns are of one length."""

    place: Ints
    """Where in the clock's frame order the packet stands."""
    ts_ns: Ints
    """When that clock saw it."""
    offset_ns: Ints
    """What the clock is ahead of the reference then, at most or at least."""
    above: Flags
    """Whether it is at most that."""
    other: Ints
    """Where the same packet stands in the frame order of the clock that it is compared with."""

    def __len__(self) -> int:
        return len(self.place)
