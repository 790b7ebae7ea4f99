"""The Python interface."""

from __future__ import annotations

import gc
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import wanwitness
from places import OFFICE
from wanwitness.case.table import SESSION_COLUMNS
from wanwitness.streams import Connection


def test_sessions_are_a_data_frame() -> None:
    """A case's sessions are a DataFrame with the columns of sessions.csv, times as UTC time stamps."""
    sessions = wanwitness.analyze(OFFICE, rows_only=True).sessions
    assert list(sessions.columns) == SESSION_COLUMNS
    assert len(sessions) == 20
    assert isinstance(sessions["start"].dtype, pd.DatetimeTZDtype)
    assert sessions.query("flagged")["resolver_link"].notna().all()
    assert sessions["start"].is_monotonic_increasing


def test_a_case_without_sessions_has_an_empty_frame(tmp_path: Path) -> None:
    """A capture without mail gives a case whose frame has the columns and no rows."""
    data = (OFFICE / "lan0.pcap").read_bytes()
    (tmp_path / "one.pcap").write_bytes(data[: 24 + 16 + 70])
    case = wanwitness.analyze(tmp_path / "one.pcap", out=tmp_path / "case")
    assert list(case.sessions.columns) == SESSION_COLUMNS
    assert case.sessions.empty


def test_a_written_case_is_read_back(tmp_path: Path) -> None:
    """`Case.load` gives the document that was written, by folder or by file."""
    case = wanwitness.analyze(OFFICE, out=tmp_path / "case", rows_only=True)
    assert wanwitness.Case.load(tmp_path / "case").document == case.document
    assert wanwitness.Case.load(tmp_path / "case" / "case.json").totals["flagged"] == 7


def test_secrets_and_bodies_stay_out() -> None:
    """Nothing of a message's content enters a case."""
    document = wanwitness.analyze(OFFICE, rows_only=True).document
    assert "Subject" not in str(document)


def test_what_reads_a_connection_is_freed_with_it() -> None:
    """The collector of cycles rests during an analysis, so memory must not depend on it."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        case = wanwitness.analyze(OFFICE.parent / "incident", rows_only=True)
        gc.collect()
        rooms = {type(left).__module__.rpartition(".")[0] for left in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert len(case.document["sessions"]) > 20
    assert "wanwitness.protocols.smtp" not in rooms
    assert not any(isinstance(left, Connection) for left in gc.garbage)


def test_a_case_shows_itself_in_a_line_and_in_a_small_table(tmp_path: Path) -> None:
    """Whatever its size: the document has megabytes."""
    case = wanwitness.analyze(OFFICE, rows_only=True)
    assert repr(case) == "<wanwitness.Case: 3 captures, 20 sessions, 7 flagged, 11 consistent, 2 undetermined>"
    assert case._repr_html_().count("<tr>") == 5
    case.folder = tmp_path / "<reports>"
    assert repr(case).endswith(f" in {str(tmp_path / '<reports>')!r}>")
    assert "&lt;reports&gt;" in case._repr_html_()


def test_a_code_is_a_whole_number_or_nothing() -> None:
    """Never 530.0."""
    codes = wanwitness.analyze(OFFICE, rows_only=True).sessions["rejection_code"]
    assert str(codes.dtype) == "Int64"
    assert codes.dropna().tolist() == [code for code in codes.tolist() if isinstance(code, int)]
    assert "530" in codes.to_string()
    assert "530.0" not in codes.to_string()


def test_the_package_names_what_it_has() -> None:
    """Its version, and what is loaded only when it is asked for."""
    assert wanwitness.__version__ == version("wanwitness")
    public = {name for name in dir(wanwitness) if not name.startswith("__")}
    assert public == {"analyze", "Case", "Site", "WanwitnessError", "CaptureError", "SiteError", "UsageError"}
    assert "__version__" in dir(wanwitness)
