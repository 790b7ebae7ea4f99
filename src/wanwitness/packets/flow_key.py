"""Flow keys: one 64-bit number for both directions of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GOLDEN, _FIRST, _SECOND = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""The constants of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014)."""


def mix(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64 bits so that each input bit flips each output bit in half of the cases (splitmix64's finaliser)."""
    number = (number ^ (number >> np.uint64(30))) * _FIRST
    number = (number ^ (number >> np.uint64(27))) * _SECOND
    return number ^ (number >> np.uint64(31))


_FACTORS = mix(np.arange(1, 17, dtype=np.uint64)).view(np.int64) | 1
"""Of `row_keys`; what of a product does not fit into 64 bits is meant to be lost."""


def end_keys(address: NDArray[np.uint8], port: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a key for each address, shape (n, 16), with its port, shape (n,), or with whatever number."""
    high, low = np.ascontiguousarray(address).view(np.uint64).T
    return mix(mix(high + _GOLDEN) ^ mix(low + port.astype(np.uint64) * _GOLDEN))


def flow_keys(
    src: NDArray[np.uint8], dst: NDArray[np.uint8], sport: NDArray[Any], dport: NDArray[Any]
) -> NDArray[np.uint64]:
    """Return a key for each packet that is the same in both directions.

    Two flows share a key by chance only (one in 2^64 for any pair), unless somebody who knows this file means it.

    Args:
        src: shape (n, 16).
        dst: shape (n, 16).
        sport: shape (n,).
        dport: shape (n,).
    """
    return mix(end_keys(src, sport) + end_keys(dst, dport))


def pair_keys(src: NDArray[np.uint8], dst: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a key for each packet's source and destination address, another one in the other direction.

    Args:
        src: shape (n, 16).
        dst: shape (n, 16).
    """
    none = np.zeros(len(src), np.int64)
    return mix(end_keys(src, none) + end_keys(dst, none) * _GOLDEN)


def row_keys(columns: Sequence[NDArray[Any]]) -> NDArray[np.uint64]:
    """Return a key for each row of some columns of numbers, shape (n,) each; it is cheaper than the others.

    Rows that differ share a key by chance only: each column is multiplied by an odd number of its own, and the products
    are added up, so that the upper bits are the well scattered ones (multilinear hashing: Carter, Wegman, 1979).
    """
    key = np.zeros(len(columns[0]), np.int64)
    for column, factor in zip(columns, _FACTORS[: len(columns)], strict=True):
        key += column.view(np.int64) * factor if column.dtype == np.uint64 else column * factor
    return key.view(np.uint64)
