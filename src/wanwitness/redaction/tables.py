"""A table with other names and addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Ref = tuple[int, int]


def mask_table(table: pa.Table, mask: Callable[[str], str]) -> pa.Table:
    """Return a table with all texts in it masked."""
    return table.from_arrays([_masked(column, mask) for column in table.columns], names=table.column_names)


def cited_alone(table: pa.Table, cited: Collection[Ref]) -> pa.Table:
    """Return the rows of dns.parquet whose frames the case cites: what else hosts asked for is nobody's business."""
    import pyarrow as pa

    columns = [table[f"{part}_{what}"].to_pylist() for part in ("query", "answer") for what in ("capture", "frame")]
    kept = [(a, b) in cited or (c, d) in cited for a, b, c, d in zip(*columns, strict=True)]
    return table.filter(pa.BooleanArray.from_buffers(pa.bool_(), len(kept), [None, _bits(kept)]))


def _bits(truths: list[bool]) -> pa.Buffer:
    import numpy as np
    import pyarrow as pa

    return pa.py_buffer(np.packbits(np.array(truths, np.bool_), bitorder="little"))


def _masked(column: pa.ChunkedArray, mask: Callable[[str], str]) -> pa.Array | pa.ChunkedArray:
    import pyarrow as pa

    from wanwitness.case.parquet import array

    kind = column.type
    if pa.types.is_dictionary(kind):
        return array([None if text is None else mask(text) for text in column.to_pylist()], "word")
    if pa.types.is_list(kind) and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)):
        return array([[mask(text) for text in texts] for texts in column.to_pylist()], "texts")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return array([None if text is None else mask(text) for text in column.to_pylist()], "text")
    return column
