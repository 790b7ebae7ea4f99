"""What was written down beside captures counts like what the files themselves tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE
from wanwitness import analyze
from wanwitness.language import ENGLISH, Language, retold, told
from wanwitness.live.capture.sentences import sentence as happened


def _office(folder: Path, rows: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Analyse the office, its captures lying in a folder below its site file, as a live run leaves them."""
    (folder / "captures").mkdir(exist_ok=True)
    text = (OFFICE / "site.toml").read_text()
    for name in ("lan0", "wan1", "wan2"):
        shutil.copy(OFFICE / f"{name}.pcap", folder / "captures" / f"{name}_00001.pcap")
        text = text.replace(f'"{name}.pcap"', f'"captures/{name}_*.pcap"')
    (folder / "site.toml").write_text(text)
    if rows is not None:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "captures" / "coverage.jsonl").write_text(f"{lines}no row\n[1]\n" + '{"kind": "gap", "torn')
    return analyze(folder, rows_only=True).document


def _at(document: dict[str, Any]) -> tuple[str, str]:
    """When some session began and ended that left by the first link."""
    session = next(s for s in document["sessions"] if s["transport_link"] == "isp1" and s["resolution"])
    return session["start"], session["end"]


def test_a_folder_below_is_read_by_its_site_file(tmp_path: Path) -> None:
    """The captures that a folder's own site file names in a folder below are those of the folder."""
    assert len(_office(tmp_path, None)["sessions"]) == 20


def test_a_gap_that_was_written_down_is_a_gap_of_its_source(tmp_path: Path) -> None:
    """It is one of the capture that ran then, and the sessions in it say so."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "told").mkdir()
    begin, end = _at(_office(tmp_path / "plain", None))
    row = {"kind": "gap", "source": "wan1", "from": begin, "to": end, "text": "the interface was down"}
    document = _office(tmp_path / "told", [row])
    (gap,) = [span for span in document["coverage"] if span["kind"] == "gap"]
    assert (gap["capture"], gap["from"], gap["to"]) == (1, begin, end)
    assert gap["text"] == "the interface was down"
    (session,) = [s for s in document["sessions"] if s["start"] == begin]
    assert "capture-gap" in [finding["kind"] for finding in session["findings"]]


def test_a_clock_that_was_set_leaves_a_gap_in_all(tmp_path: Path) -> None:
    """What came first is not known of such a time, at any capture point."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "told").mkdir()
    begin, end = _at(_office(tmp_path / "plain", None))
    document = _office(tmp_path / "told", [{"kind": "clock", "source": None, "from": begin, "to": end, "by_s": -3600}])
    assert [span["capture"] for span in document["coverage"] if span["kind"] == "gap"] == [0, 1, 2]


def test_what_one_machine_captured_has_one_clock(tmp_path: Path) -> None:
    """No offset is looked for between its captures, and none is left uncertain."""
    document = _office(tmp_path, [{"kind": "begin", "source": "lan0"}])
    assert [capture["clock"]["uncertainty_s"] for capture in document["captures"]] == [0, 0, 0]


def test_what_a_program_lost_is_told_where_its_format_cannot(tmp_path: Path) -> None:
    """A pcap file has no place for it."""
    document = _office(tmp_path, [{"kind": "drops", "file": "wan2_00001.pcap", "dropped": 7}])
    assert [capture["dropped"] for capture in document["captures"]] == [None, None, 7]


def test_a_line_that_is_nested_without_end_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "coverage.jsonl").write_text(f'{{"kind": {"[" * 5_000}{"]" * 5_000}}}\n')
    assert len(_office(tmp_path, None)["sessions"]) == 20


def _gap(folder: Path, **row: object) -> dict[str, Any]:
    """Analyse the office with a gap that was written down so, and return what the case has of it."""
    for name in ("plain", "told"):
        (folder / name).mkdir()
    begin, end = _at(_office(folder / "plain", None))
    document = _office(folder / "told", [{"kind": "gap", "source": "wan1", "from": begin, "to": end, **row}])
    return next(span for span in document["coverage"] if span["kind"] == "gap")


def test_what_a_run_wrote_down_is_told_in_every_language(tmp_path: Path) -> None:
    gap = _gap(tmp_path, **told("text", happened("capture-was-down", interface="eth2")))
    assert gap["text"] == ENGLISH.tell(gap) == "eth2 was down"
    assert Language.of("fr").tell(gap) == "eth2 était désactivée ou sans lien"


def test_what_names_a_sentence_and_says_another_is_told_as_it_stands(tmp_path: Path) -> None:
    """Anybody may write such a file: what it names is ours only where it says what the text says."""
    row = {**told("text", happened("capture-was-down", interface="eth2")), "text": "all is well"}
    gap = _gap(tmp_path, **row)
    assert gap["text"] == Language.of("fr").tell(gap) == "all is well"


OURS = told("text", happened("capture-was-down", interface="eth2"))
ODD: list[dict[str, Any]] = [
    {"text_id": "no-such"},
    {"text_id": ["capture-was-down"]},
    {"text_args": None},
    {"text_args": {}},
    {"text_args": {"interface": "eth2", "more": "x"}},
    {"text_args": {"interface": {"id": "capture-was-down", "args": {}}}},
    {"text_args": {"interface": ["eth2"]}},
    {"text_args": {"interface": {"id": "capture-was-down", "text": "eth2"}}},
    {"text": None},
    {"text_id": "capture-silent", "text_args": {"interface": "eth2", "length": 1e400}},
    {"text_id": "capture-lost", "text_args": {"n": "eth2"}},
]


@pytest.mark.parametrize("odd", ODD, ids=[json.dumps(row) for row in ODD])
def test_a_sentence_of_somebodys_file_is_taken_only_where_it_is_whole(odd: dict[str, Any]) -> None:
    assert retold(OURS, "text") == happened("capture-was-down", interface="eth2")
    assert retold({**OURS, **odd}, "text") is None
