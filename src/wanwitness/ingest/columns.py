"""Many pieces of a window's bytes, read from their places at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def opaque(data: NDArray[np.uint8], size: int) -> NDArray[Any]:
    """Return every place of the data as one opaque item of `size` bytes: item i is data[i : i + size], not copied.

    numpy copies opaque items an order of magnitude faster than structured ones.
    """
    places = max(0, len(data) - size + 1)
    return np.ndarray(places, f"V{size}", buffer=data, strides=1)


def alike(sizes: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Return every size that there is, and the rows that have it, which rise."""
    if not len(sizes):
        return
    # numpy orders numbers of 16 bits in linear time.
    order = np.argsort(sizes.astype(np.min_scalar_type(sizes.max())), kind="stable")
    ordered = sizes[order]
    begin = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    yield from zip(ordered[begin].tolist(), np.split(order, begin[1:]), strict=True)


def distinct(numbers: NDArray[Any]) -> list[int]:
    """Return every number that there is, in rising order; of columns that mostly hold one alone."""
    one = numbers[:1]
    found: list[int] = (one if (numbers == one).all() else np.unique(numbers)).tolist()
    return found


def headers(data: NDArray[np.uint8], at: NDArray[np.int64], layout: np.dtype[Any]) -> NDArray[Any]:
    """Read the headers that begin at the offsets `at`; the caller has made sure that each lies within `data`.

    Args:
        data: shape (bytes,), contiguous.
        at: shape (n,), offsets into `data`.
        layout: a structured dtype (or a plain one), in the byte order of the wire.

    Returns:
        Shape (n,), of dtype `layout`: a copy, whose fields are columns.
    """
    return opaque(data, layout.itemsize)[at].view(layout)


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
