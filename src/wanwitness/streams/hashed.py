"""Numbers that stand for addresses and connections, the same wherever they are computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.packets import addresses

Numbers = NDArray[np.uint64]


def mixed(*columns: Numbers) -> Numbers:
    """Numbers that look drawn at random, the same for the same columns (Steele and others' SplitMix64)."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed = (mixed ^ column) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def words(column: NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
    """Return a column of 16 bytes as two of numbers."""
    halves = np.ascontiguousarray(column).view(np.uint64)
    return halves[:, 0], halves[:, 1]


def hosts(column: NDArray[np.uint8]) -> Numbers:
    """Return a number for each address of a column of 16 bytes."""
    return mixed(*words(column))


def host(ip: str) -> Numbers:
    """Return the same for one address, as a column of one."""
    packed: NDArray[np.uint8] = np.frombuffer(addresses.packed(ip), np.uint8)
    return hosts(packed.reshape(1, 16))


def turns(group: Numbers, *by: Numbers) -> Numbers:
    """Return each row's place in its group, in order of `by`, the first of them before the others."""
    order = np.lexsort([*by[::-1], group])
    begins = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    places = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    turns = np.empty(len(order), np.uint64)
    turns[order] = places
    return turns
