"""sessions.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from wanwitness.case import write_sessions_csv
from wanwitness.case.table import SESSION_COLUMNS, session_row

from .documents import FORMULA, document, office, session


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_session_in_the_columns_of_the_case(tmp_path: Path) -> None:
    case = office()
    write_sessions_csv(case, tmp_path / "sessions.csv")
    rows = _rows(tmp_path / "sessions.csv")
    assert list(rows[0]) == SESSION_COLUMNS == list(session_row(case["sessions"][0]))
    assert [row["id"] for row in rows] == [one["id"] for one in case["sessions"]]
    assert rows[0]["flagged"] == "true"
    assert rows[0]["rejection_code"] == "530"
    assert rows[1]["rejection_code"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_text_from_a_packet_begins_a_formula(tmp_path: Path, start: str) -> None:
    write_sessions_csv(document([session(helo=start + FORMULA)]), tmp_path / "sessions.csv")
    assert _rows(tmp_path / "sessions.csv")[0]["helo"] == "'" + start + FORMULA


@pytest.mark.parametrize("before", ["a;", "a\t", "\t", "\r", "a;;", 'a; "', 'a,";', "a\n", "a;\t ", " ", '"', "a,b;"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_whatever_separates_cells_none_begins_a_formula(tmp_path: Path, before: str, sign: str) -> None:
    """Spreadsheets separate at commas, semicolons or tabs, by the country; some drop blanks and quotes before."""
    write_sessions_csv(document([session(helo=f"{before}{sign}cmd|' /C calc'!A0")]), tmp_path / "sessions.csv")
    text = (tmp_path / "sessions.csv").read_text(encoding="utf-8")
    assert "/C calc" in text
    for delimiter in ",;\t":
        for row in csv.reader(text.splitlines(), delimiter=delimiter):
            assert not any(cell.lstrip(' "\t\r').startswith(sign) for cell in row)
        for line in text.splitlines():  # as who knows nothing of quotes reads it
            assert not any(cell.lstrip(' "').startswith(sign) for cell in line.split(delimiter))


def test_plain_texts_stay_as_they_are(tmp_path: Path) -> None:
    """A semicolon alone begins nothing."""
    write_sessions_csv(document([session(helo="250 ok; see a=b - c")]), tmp_path / "sessions.csv")
    assert _rows(tmp_path / "sessions.csv")[0]["helo"] == "250 ok; see a=b - c"


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    one = session()
    one["resolution"]["age_s"] = -1.5
    write_sessions_csv(document([one]), tmp_path / "sessions.csv")
    assert _rows(tmp_path / "sessions.csv")[0]["age_s"] == "-1.5"


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("before")
    with pytest.raises(KeyError):
        write_sessions_csv({"sessions": [session(), {"broken": True}]}, path)
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["sessions.csv"]


def test_no_sessions_give_the_header_alone(tmp_path: Path) -> None:
    write_sessions_csv(document([]), tmp_path / "sessions.csv")
    assert _rows(tmp_path / "sessions.csv") == []
