"""Where the C library takes memory from, in a process that runs for weeks."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
"""mallopt(3)."""
LARGE = 256 << 10
"""Bytes of a block that is the system's again as soon as it is freed."""


def give_large_blocks_back() -> None:
    """Have large blocks mapped, each on its own.

    The GNU library would take ever larger ones, up to 32 MiB, from the heap once such a one has been freed, and what
    lies behind a freed one keeps it from being given back: a run grew by the tables that it had joined anew.
    """
    with suppress(AttributeError, OSError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, 4 * LARGE)
