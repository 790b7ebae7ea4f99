"""Tables as Parquet, with types that pandas, DuckDB, Spark and others read as they are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import printable
from wanwitness.wrong_use import wrong

from .columns import Kind, Table

if TYPE_CHECKING:
    import pyarrow as pa

SESSIONS_FILE, DNS_FILE = "sessions.parquet", "dns.parquet"


def arrow(table: Table) -> pa.Table:
    """Return a table as Arrow has it: times in UTC by the nanosecond, integers that may be absent, words as
    dictionaries.
    """
    import pyarrow as pa

    arrays = [array(list(table.values(column)), column.kind) for column in table.columns]
    return pa.Table.from_arrays(arrays, names=[column.name for column in table.columns])


def parquet(table: pa.Table, facts: dict[str, str] | None = None) -> bytes:
    """Return it as the bytes of a Parquet file: the same for the same table.

    Args:
        table: as `arrow` gives it.
        facts: what its metadata tell of it, which `Case` and others may ask for.
    """
    import pyarrow as pa
    import pyarrow.parquet

    told = {**(table.schema.metadata or {}), **{key.encode(): value.encode() for key, value in (facts or {}).items()}}
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table.replace_schema_metadata(told or None), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_parquet(path: Path) -> pa.Table:
    """Read such a file.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with path.open("rb") as file:  # Arrow takes no names but such as are UTF-8
            return pyarrow.parquet.read_table(file)
    except FileNotFoundError:
        raise wrong("table-not-there", path=path) from None
    except (OSError, pa.ArrowException) as error:
        raise wrong("cannot-be-read", path=path, why=printable(str(error), 200)) from None


def array(values: Sequence[Any], kind: Kind) -> pa.Array:
    """Values as an Arrow array, put together from its buffers: `pa.array` would load all of pandas to see whether the
    values are some of its own, which takes longer than many an analysis.
    """
    import pyarrow as pa

    if kind == "text":
        return _texts(values)
    if kind == "word":
        words = {
            word: place for place, word in enumerate(dict.fromkeys(value for value in values if value is not None))
        }
        places = [None if value is None else words[value] for value in values]
        return pa.DictionaryArray.from_arrays(_numbers(places, pa.int32(), "<i4"), _texts(list(words)))
    if kind == "texts" or kind == "wholes":
        ends = np.cumsum([0, *map(len, values)], dtype="<i4")
        whole = array([part for value in values for part in value], "text" if kind == "texts" else "whole")
        of = pa.list_(whole.type)
        return pa.Array.from_buffers(of, len(values), [None, pa.py_buffer(ends)], children=[whole])
    if kind == "truth":
        bits = _bits(value is True for value in values)
        return pa.Array.from_buffers(pa.bool_(), len(values), [_there(values), pa.py_buffer(bits)])
    of, form = {
        "time": (pa.timestamp("ns", "UTC"), "<i8"),
        "whole": (pa.int64(), "<i8"),
        "number": (pa.float64(), "<f8"),
    }[kind]
    return _numbers(values, of, form)


def _numbers(values: Sequence[Any], of: Any, form: str) -> pa.Array:
    import pyarrow as pa

    numbers = np.array([0 if value is None else value for value in values], form)
    return pa.Array.from_buffers(of, len(values), [_there(values), pa.py_buffer(numbers)])


def _texts(values: Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    pieces = [b"" if value is None else value.encode("utf-8", "backslashreplace") for value in values]
    ends = np.cumsum([0, *map(len, pieces)], dtype="<i8")
    buffers = [_there(values), pa.py_buffer(ends), pa.py_buffer(b"".join(pieces))]
    return pa.Array.from_buffers(pa.large_string(), len(values), buffers)


def _there(values: Sequence[Any]) -> pa.Buffer:
    """Which values are not absent, a bit each."""
    import pyarrow as pa

    return pa.py_buffer(_bits(value is not None for value in values))


def _bits(truths: Iterable[bool]) -> NDArray[np.uint8]:
    return np.packbits(np.fromiter(truths, np.bool_), bitorder="little")
