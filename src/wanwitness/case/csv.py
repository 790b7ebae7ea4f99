"""The table of sessions as a file that spreadsheets open."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import whole_file
from .table import SESSION_COLUMNS, session_row

_FORMULA = re.compile(
    r"""^(?=[=+\-@\t\r＝＋－＠])|(?<=[;\t\r\n])[\s"]*(?=[=+\-@＝＋－＠])|^[\s"]+(?=[=+\-@＝＋－＠])"""
)
"""Where a spreadsheet would begin to run what stands there, whichever of comma, semicolon and tab separates its cells:
in a French Excel, say, a line is cut at semicolons wherever they stand, quoted or not. Full-width signs are taken for
plain ones in some languages."""
_AT_ONCE = 1 << 12
"""Rows in a piece."""


def sessions_csv(document: dict[str, Any]) -> Iterator[bytes]:
    """Yield one row a session, with the columns of `Case.sessions`, as UTF-8 CSV (RFC 4180), piece by piece.

    Much of a row came out of packets, that is from strangers, and a spreadsheet runs a cell that begins like a
    formula. Wherever a cell may begin, at the begin of a text or behind a semicolon, a tab or a line's end in it, and
    `=`, `+`, `-`, `@`, a tab or a carriage return follows, an apostrophe comes between, which spreadsheets take as
    "text follows". Numbers are written as they are. Absent knowledge is an empty cell; booleans are `true` and
    `false`, as in case.json.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(SESSION_COLUMNS)
    sessions = document["sessions"]
    for begin in range(0, len(sessions), _AT_ONCE):
        writer.writerows(map(_cells, sessions[begin : begin + _AT_ONCE]))
        yield text.getvalue().encode("utf-8", "backslashreplace")
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def write_sessions_csv(document: dict[str, Any], path: str | Path) -> None:
    """Write the same into a file, whole or not at all."""
    with whole_file(Path(path)) as file:
        file.writelines(sessions_csv(document))


def _cells(session: dict[str, Any]) -> list[object]:
    return [cell(value) for value in session_row(session).values()]


def cell(value: object) -> object:
    """Return a value as a cell of CSV has it; no text in it begins what a spreadsheet would run."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return _FORMULA.sub(r"\g<0>'", value) if type(value) is str else value
