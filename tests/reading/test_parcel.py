"""What another process read arrives as it was."""

from __future__ import annotations

import numpy as np
import pytest

from wanwitness.reading.parcel import pack, shared_memory, unpack


@pytest.mark.parametrize(
    "columns",
    [
        [],
        [np.empty(0, np.int64)],
        [np.arange(5, dtype=np.uint8), np.arange(7), np.zeros((3, 16), np.uint8), np.array([True])],
    ],
)
def test_columns_and_the_rest_come_back(columns: list[np.ndarray]) -> None:
    """In order, of their types and shapes, and such that they can be written to."""
    with shared_memory() as memory:
        rest, found = unpack(pack(("rest", columns), memory), memory)
    assert rest == "rest"
    assert len(found) == len(columns)
    for column, one in zip(columns, found, strict=True):
        assert (column.dtype, column.shape) == (one.dtype, one.shape)
        assert (column == one).all()
        assert one.flags.aligned
        one[...] = 0


def test_columns_go_through_the_memory_and_not_with_the_rest() -> None:
    """However long they are, what goes through the pipe is short."""
    with shared_memory() as memory:
        assert len(pack([np.arange(1 << 20)], memory).pickled) < 1000
