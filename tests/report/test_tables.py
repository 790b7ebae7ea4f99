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


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_from_a_packet_begins_a_formula(tmp_path: Path, start: str) -> None:
    write_sessions_csv(document([session(helo=start + FORMULA)]), tmp_path / "sessions.csv")
    assert _rows(tmp_path / "sessions.csv")[0]["helo"] == "'" + start + FORMULA


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
