"""pcapng time stamps: 64-bit counts in a unit that each interface chooses, become nanoseconds since the epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MICROSECONDS = 6
"""The unit where the interface names none (section 4.2, if_tsresol)."""
FURTHEST = 1 << 62
"""Times beyond, ns (before 1824 and after 2116), are taken for that: 64 bits hold the difference of any two."""
_SECOND = np.uint64(1_000_000_000)


def nanoseconds(
    ticks: NDArray[np.uint64], interface: NDArray[np.int32], resolution: Sequence[int], offset_s: Sequence[int]
) -> NDArray[np.int64]:
    """Convert each row by its interface's resolution and offset; what is beyond `FURTHEST` becomes that.

    Args:
        ticks: shape (n,).
        interface: shape (n,), indexes into the two lists.
        resolution: if_tsresol of each interface: a power of ten, or with bit 7 set a power of two, both negated.
        offset_s: if_tsoffset of each interface: seconds to be added.
    """
    if not len(ticks):
        return np.empty(0, np.int64)
    low, high = int(interface.min()), int(interface.max())
    kinds = np.array(resolution[low : high + 1], np.uint8)
    added = [min(max(seconds * 1_000_000_000, 1 - FURTHEST), FURTHEST - 1) for seconds in offset_s[low : high + 1]]
    offsets = np.array(added, np.int64)
    if (kinds == kinds[0]).all():
        ns = _scale(ticks, int(kinds[0]))
    else:
        ns = np.empty(len(ticks), np.uint64)
        for kind in np.unique(kinds).tolist():
            rows = kinds[interface - low] == kind
            ns[rows] = _scale(ticks[rows], kind)
    found = np.minimum(ns, np.uint64(FURTHEST)).astype(np.int64) + offsets[interface - low]
    return found.clip(-FURTHEST, FURTHEST)


def _scale(ticks: NDArray[np.uint64], resolution: int) -> NDArray[np.uint64]:
    """Nanoseconds of counts; of those that are too great for 64 bits, what is certainly beyond `FURTHEST`."""
    exponent = resolution & 0x7F
    if not resolution & 0x80:
        if exponent <= 9:
            factor = 10 ** (9 - exponent)
            return np.minimum(ticks, np.uint64(2 * FURTHEST // factor)) * np.uint64(factor)
        return ticks // np.uint64(10 ** min(exponent - 9, 19))
    seconds = ticks >> np.uint64(exponent) if exponent < 64 else np.zeros_like(ticks)
    fraction = ticks & np.uint64((1 << min(exponent, 64)) - 1)
    if exponent > 34:  # 34 bits times 10^9 (30 bits) just fit; what is cut off is below a nanosecond
        fraction = fraction >> np.uint64(min(exponent - 34, 63))
        exponent = 34
    seconds = np.minimum(seconds, np.uint64(2 * FURTHEST // 1_000_000_000))
    return seconds * _SECOND + (fraction * _SECOND >> np.uint64(exponent))
