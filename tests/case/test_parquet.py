"""The tables as Parquet, and as pandas' data frames."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from places import OFFICE
from wanwitness import Case, UsageError, analyze
from wanwitness.case import arrow, parquet
from wanwitness.case.columns import Column, Table, nanoseconds
from wanwitness.case.data_frame import data_frame
from wanwitness.case.dns_table import EXCHANGES
from wanwitness.case.table import SESSION_COLUMNS


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("office") / "case"
    analyze(OFFICE, out=out, rows_only=True, dns=True)
    return out


def test_sessions_parquet_says_what_sessions_csv_says(office: Path) -> None:
    """Cell by cell, but for the apostrophes that keep a spreadsheet from running a cell."""
    rows: list[dict[str, Any]] = pq.read_table(office / "sessions.parquet").cast(_texts()).to_pylist()
    with (office / "sessions.csv").open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [SESSION_COLUMNS] * 20
    for row, cells in zip(rows, told, strict=True):
        for name, value in row.items():
            if name in ("start", "end", "answered_at"):
                assert (value or None) == (nanoseconds(cells[name] or None)), name
            elif isinstance(value, bool):
                assert cells[name] == str(value).lower()
            else:
                assert cells[name].removeprefix("'") == ("" if value is None else str(value)), name


def _texts() -> pa.Schema:
    """Words without their dictionaries, and times as numbers."""
    types = {"word": pa.large_string(), "time": pa.int64()}
    from wanwitness.case.table import SESSIONS

    plain = arrow(Table(SESSIONS, [])).schema
    return pa.schema([(c.name, types.get(c.kind, plain.field(c.name).type)) for c in SESSIONS])


def test_types_are_meant(office: Path) -> None:
    """Times have their zone and their nanoseconds, codes are integers or nothing, links are words of few."""
    sessions = Case.load(office).sessions
    assert sessions["start"].dtype == pd.DatetimeTZDtype("ns", "UTC")
    assert str(sessions["rejection_code"].dtype) == str(sessions["client_port"].dtype) == "Int64"
    assert str(sessions["flagged"].dtype) == str(sessions["from_cache"].dtype) == "boolean"
    assert str(sessions["transport_link"].dtype) == str(sessions["verdict"].dtype) == "category"
    assert str(sessions["explanation"].dtype) == "string"
    document = Case.load(office).document
    assert [stamp.value for stamp in sessions["start"]] == [nanoseconds(row["start"]) for row in document["sessions"]]


def test_a_frame_of_no_rows_has_the_types(office: Path) -> None:
    full = Case.load(office)
    sessions = Case({**full.document, "sessions": []}).sessions
    differing = [name for name in sessions if str(sessions[name].dtype) != str(full.sessions[name].dtype)]
    assert len(sessions) == 0
    assert differing == []


def test_the_dns_table_is_what_was_read(office: Path) -> None:
    """Every cited step of a resolution is a row of it, with its frames and times; in memory it is as in the file."""
    case = Case.load(office)
    dns = case.dns
    assert list(dns.columns) == [column.name for column in EXCHANGES]
    assert dns["asked_at"].is_monotonic_increasing
    rows = {(row.answer_capture, row.answer_frame): row for row in dns.itertuples()}
    steps = [
        (session["resolution"]["address"], step)
        for session in case.document["sessions"]
        if session["resolution"]
        for step in session["resolution"]["steps"]
    ]
    assert len(steps) > 20
    for address, step in steps:
        row: Any = rows[tuple(step["answer_frame"])]
        assert [row.query_capture, row.query_frame] == step["query_frame"]
        assert (row.client_ip, row.server_ip, row.id) == (step["client"]["ip"], step["server"]["ip"], step["id"])
        assert address in row.addresses
        assert row.role == ("lan" if step["point"] == "lan" else "wan")
    again = analyze(OFFICE, rows_only=True, dns=True).dns
    pd.testing.assert_frame_equal(again, dns)


def test_all_of_dns_is_there_on_request(tmp_path: Path) -> None:
    """Else those that a mail session may rest on; the case says the same either way."""
    incident = OFFICE.parent / "incident"
    some, every = analyze(incident, rows_only=True), analyze(incident, rows_only=True, dns=True)
    fewer, more = some.dns, every.dns
    assert 20 < len(fewer) < len(more)
    kept = set(zip(fewer["query_capture"], fewer["query_frame"], strict=True))
    assert kept < set(zip(more["query_capture"], more["query_frame"], strict=True))
    assert some.document["sessions"] == every.document["sessions"]
    assert some.document["oddities"] == every.document["oddities"]


def test_the_same_table_gives_the_same_bytes() -> None:
    rows: list[dict[str, Any]] = [{"one": None, "two": [1]}, {"one": "a", "two": []}, {"one": None, "two": [None, 2]}]
    table = Table((Column("one", "word"), Column("two", "wholes")), rows)
    assert parquet(arrow(table), {"told": "so"}) == parquet(arrow(table), {"told": "so"})
    read = pq.read_table(io.BytesIO(parquet(arrow(table), {"told": "so"})))
    assert read.schema.metadata[b"told"] == b"so"
    assert read.to_pylist() == rows
    read.validate(full=True)
    arrow(table).validate(full=True)


@pytest.mark.parametrize("hostile", ['=HYPERLINK("x")', "<script>", "\\x1b[2J", "\u202e", "a\0b", "é" * 9000, ""])
def test_hostile_texts_are_kept_as_they_are(hostile: str) -> None:
    """Nothing that reads Parquet runs a cell."""
    table = Table((Column("text", "text"), Column("word", "word")), [{"text": hostile, "word": hostile}])
    (row,) = pq.read_table(io.BytesIO(parquet(arrow(table)))).to_pylist()
    assert row == {"text": hostile, "word": hostile}


@pytest.mark.parametrize("damaged", ["9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00.000000000Z", None])
def test_a_damaged_time_is_none(damaged: str | None) -> None:
    """64 bits of nanoseconds do not reach it."""
    frame = data_frame(arrow(Table((Column("at", "time"),), [{"at": damaged}])))
    assert frame["at"].isna().all()
    assert frame["at"].dtype == pd.DatetimeTZDtype("ns", "UTC")


def test_a_case_without_its_dns_table_says_so(office: Path, tmp_path: Path) -> None:
    case = Case(Case.load(office).document, tmp_path)
    with pytest.raises(UsageError, match=r"dns.parquet: there is no such file"):
        _ = case.dns
    (tmp_path / "dns.parquet").write_bytes(b"rubbish")
    with pytest.raises(UsageError, match=r"dns.parquet: cannot be read"):
        _ = case.dns


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = "import sys, wanwitness, wanwitness.cli; wanwitness.Case; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
