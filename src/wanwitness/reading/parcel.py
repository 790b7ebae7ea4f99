"""What one process hands to another: its columns go as they are, through memory that both have, the rest as a pickle.

Through a pipe the columns would be copied four times, in pieces of 64 KiB.
"""

from __future__ import annotations

import mmap
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, NamedTuple

_ALIGNED = 64
"""Bytes: numpy is fast where its columns begin at multiples of this."""


class Parcel(NamedTuple):
    """Everything but the columns."""

    pickled: bytes
    sizes: list[int]
    """Of the columns, in bytes."""


@contextmanager
def shared_memory() -> Iterator[int]:
    """Give memory, as a file's descriptor, that processes forked from now on have too."""
    with os.fdopen(os.memfd_create("wanwitness"), "r+b") if hasattr(os, "memfd_create") else TemporaryFile() as file:
        yield file.fileno()


def pack(content: Any, memory: int) -> Parcel:
    """Put the columns of `content` into shared memory that is still empty, and return the rest."""
    columns: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(content, protocol=5, buffer_callback=columns.append)
    sizes = []
    with os.fdopen(memory, "wb", closefd=False) as file:
        for column in columns:
            raw = column.raw()
            sizes.append(raw.nbytes)
            file.write(raw)
            file.write(bytes(-raw.nbytes % _ALIGNED))
    return Parcel(pickled, sizes)


def unpack(parcel: Parcel, memory: int) -> Any:
    """Return what was packed; its columns stay where they are, and are kept as long as they are needed."""
    whole = memoryview(mmap.mmap(memory, 0) if any(parcel.sizes) else bytearray())
    columns, at = [], 0
    for size in parcel.sizes:
        columns.append(whole[at : at + size])
        at += size + -size % _ALIGNED
    return pickle.loads(parcel.pickled, buffers=columns)  # noqa: S301 - this program's own
