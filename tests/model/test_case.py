"""case.json as text."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wanwitness import Case

PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.lists(st.dictionaries(TEXT, PLAIN | TEXT | st.lists(PLAIN | st.lists(st.integers(0, 9)))))


@given(st.dictionaries(TEXT, PLAIN | TEXT | ROWS))
def test_what_is_written_is_what_a_reader_gets(document: dict[str, Any]) -> None:
    text = Case(document).to_json()
    assert json.loads(text) == document
    assert list(json.loads(text)) == list(document)


def test_a_row_of_a_table_is_a_line() -> None:
    """So that a person finds a session by grep, and reads it."""
    sessions = [{"id": "é1", "frames": [[0, 1], [1, 2]], "end": None}, {"id": "2\n", "frames": [], "end": 0.5}]
    assert Case({"schema": 1, "sessions": sessions, "notes": []}).to_json() == (
        '{\n"schema": 1,\n"sessions": [\n'
        '{"id": "é1", "frames": [[0, 1], [1, 2]], "end": null},\n'
        '{"id": "2\\n", "frames": [], "end": 0.5}\n'
        '],\n"notes": []\n}\n'
    )


def test_a_command_line_that_is_no_utf_8_is_written_all_the_same() -> None:
    document = {"tool": {"command_line": b"analyze caf\xe9.pcap".decode("utf-8", "surrogateescape")}}
    text = Case(document).to_json()
    assert text.encode().isascii()
    assert json.loads(text) == document
