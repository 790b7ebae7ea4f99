"""The table of sessions as a file that spreadsheets open."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from .files import whole_file
from .table import SESSION_COLUMNS, session_row

_FORMULA = frozenset("=+-@\t\r")


def write_sessions_csv(document: dict[str, Any], path: str | Path) -> None:
    """Write one row a session, with the columns of `Case.sessions`, as UTF-8 CSV (RFC 4180).

    Much of a row came out of packets, that is from strangers, and a spreadsheet runs a cell that begins like a
    formula. A text cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return therefore gets an apostrophe
    in front, which spreadsheets take as "text follows". Numbers are written as they are. Absent knowledge is an empty
    cell; booleans are `true` and `false`, as in case.json.
    """
    with whole_file(Path(path)) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(SESSION_COLUMNS)
        writer.writerows(map(_cells, document["sessions"]))
        text.flush()
        text.detach()


def _cells(session: dict[str, Any]) -> list[object]:
    return [
        "true"
        if value is True
        else "false"
        if value is False
        else "'" + value
        if type(value) is str and value[:1] in _FORMULA
        else value
        for value in session_row(session).values()
    ]
