"""TCP's options (RFC 9293 section 3.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_END, _NO_OPERATION, _TIMESTAMPS = 0, 1, 8
HEADER = 20
"""Bytes of the header before its options."""


def tsval(data: NDArray[np.uint8], start: int, end: int) -> int | None:
    """The TSval of a timestamp option (RFC 7323 section 3) among the options from `start` to `end`."""
    options = data[start:end].tobytes()
    at = 0
    while at < len(options) and options[at] != _END:
        if options[at] == _NO_OPERATION:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2:
            return None
        if options[at] == _TIMESTAMPS and size == 10 and at + 6 <= len(options):
            return int.from_bytes(options[at + 2 : at + 6])
        at += size
    return None
