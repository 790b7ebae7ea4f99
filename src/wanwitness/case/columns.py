"""What the columns of a case's tables hold: one description for pandas, for Parquet and for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "word", "time", "whole", "number", "truth", "texts", "wholes"]
"""`text`: any; `word`: one of few (a link, a verdict, an address), kept as a category; `time`: a moment in UTC, to the
nanosecond; `whole`: an integer or nothing, never 530.0; `number`; `truth`: true, false or not known; `texts`, `wholes`:
a list of them."""
Row = Mapping[str, Any]
SECOND = 1_000_000_000
_FIRST, _LAST = "1677-09-21T00:12:44", "2262-04-11T23:47:15"
"""What nanoseconds since 1970 in 64 bits reach, to the second."""


class Column(NamedTuple):
    """A column of a table."""

    name: str
    kind: Kind


class Table(NamedTuple):
    """Rows of plain values, as a case document has them, and what their columns hold."""

    columns: Sequence[Column]
    rows: Sequence[Row]

    def values(self, column: Column) -> Iterator[Any]:
        """Yield a column's values; a time is nanoseconds since 1970."""
        cells = (row[column.name] for row in self.rows)
        return map(nanoseconds, cells) if column.kind == "time" else cells


def nanoseconds(time: str | None) -> int | None:
    """Return a time of a case document as nanoseconds since 1970; nothing for a damaged one, centuries away.

    >>> nanoseconds("2012-11-21T14:30:00.000000001Z")
    1353508200000000001
    """
    from datetime import datetime

    if time is None or not _FIRST < time < _LAST:
        return None
    whole = datetime.fromisoformat(f"{time[:19]}+00:00")
    return int(whole.timestamp()) * SECOND + int(time[20:29])
