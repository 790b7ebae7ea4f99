"""Many headers of one layout, read from their places in a window's bytes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def headers(data: NDArray[np.uint8], at: NDArray[np.int64], layout: np.dtype[Any]) -> NDArray[Any]:
    """Read the headers that begin at the offsets `at`; the caller has made sure that each lies within `data`.

    Args:
        data: shape (bytes,), contiguous.
        at: shape (n,), offsets into `data`.
        layout: a structured dtype (or a plain one), in the byte order of the wire.

    Returns:
        Shape (n,), of dtype `layout`: a copy, whose fields are columns.
    """
    places = max(0, len(data) - layout.itemsize + 1)
    # Every place of the window as one opaque item: item i is data[i : i + itemsize]. numpy copies opaque items an order
    # of magnitude faster than structured ones.
    opaque: NDArray[Any] = np.ndarray(places, f"V{layout.itemsize}", buffer=data, strides=1)
    return opaque[at].view(layout)


def whole_headers(
    data: NDArray[np.uint8], at: NDArray[np.int64], end: NDArray[np.int64], layout: np.dtype[Any]
) -> NDArray[Any]:
    """Read headers as `headers` does, and zeros where a header does not end by its row's `end`."""
    whole = at + layout.itemsize <= end
    if whole.all():
        return headers(data, at, layout)
    read: NDArray[Any] = np.zeros(len(at), layout)
    read[whole] = headers(data, at[whole], layout)
    return read
