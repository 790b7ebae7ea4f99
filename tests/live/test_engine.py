"""A run's ticks: what they tell is what an analysis of the whole tells, and nothing is taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from struct import unpack
from typing import Any

import pytest

from live.segment import cited_by_path
from places import OFFICE, PROJECT
from wanwitness import analyze
from wanwitness.inputs import Input, gather
from wanwitness.live import engine as engines
from wanwitness.live.engine import LiveEngine
from wanwitness.live.journal import encoded
from wanwitness.live.told import SECOND, Addition, Told
from wanwitness.reading.following import NEVER, Followed, Following

POP = PROJECT / "captures" / "pop-opens"
NANOSECONDS = (0xA1B23C4D).to_bytes(4, "little")
QUIET_NS = 70 * SECOND
SESSIONS = 44
SAID = ("verdict", "undetermined_because", "transport_link", "resolver_link", "outcome", "partial", "flagged")
Row = dict[str, Any]


def _of_one_machine(case: Path, folder: Path) -> Path:
    """The captures of a lab, which has one clock, in a folder that says so."""
    for path in case.iterdir():
        if path.suffix in (".pcap", ".toml"):
            shutil.copy(path, folder / path.name)
    (folder / "coverage.jsonl").write_text('{"kind": "begin"}\n')
    return folder


def records_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Time (ns) and bytes of each record of a little-endian pcap file with microseconds or nanoseconds."""
    content, at = path.read_bytes(), 24
    unit = 1 if content[:4] == NANOSECONDS else 1000
    while at < len(content):
        seconds, fraction, caplen = unpack("<III", content[at : at + 12])
        yield seconds * SECOND + fraction * unit, content[at : at + 16 + caplen]
        at += 16 + caplen


def run_of(folder: Path, growing: Path, tick_s: float, told: Told, **bounds: int) -> tuple[list[Addition], int]:
    """Let the folder's captures grow in time, judge tick by tick, and return how many sessions the last one judged."""
    inputs = gather([str(folder)])
    waiting: dict[Path, list[tuple[int, bytes]]] = {}
    rows: list[Addition] = []
    with Following() as following:
        for item in inputs.files:
            path = growing / Path(item.path).name
            path.write_bytes(Path(item.path).read_bytes()[:24])
            waiting[path] = list(records_of(Path(item.path)))
            following.add(Input(str(path), item.rules))
        shutil.copy(folder / "coverage.jsonl", growing / "coverage.jsonl")
        engine = LiveEngine(growing, inputs.site, following, told, **bounds)
        now = min(records[0][0] for records in waiting.values() if records)
        end = max(records[-1][0] for records in waiting.values() if records) + QUIET_NS
        while now < end:
            following_ns = min((records[0][0] for records in waiting.values() if records), default=end)
            now = max(now + int(tick_s * SECOND), following_ns if not engine.undecided else 0)
            for path, records in waiting.items():
                with path.open("ab") as file:
                    while records and records[0][0] <= now:
                        file.write(records.pop(0)[1])
            if following.read(partial(_at, now)) or engine.undecided:
                rows += engine.tick(now, None)
        for followed in following.followed:
            following.end(followed)
        following.read(lambda _: NEVER)
        rows += engine.tick(now, None, ended=True)
    return rows, engine.watched


def _at(now_ns: int, _: Followed) -> int:
    """Everything has been read up to now."""
    return now_ns


def _of_paths(rows: list[Addition]) -> dict[str, Row]:
    """The row of each session that holds."""
    paths = [row.content["path"] for row in rows if row.kind == "capture" and isinstance(row.content, dict)]
    held = {}
    for row in rows:
        if row.kind == "session":
            content = json.loads(encoded(row.content))
            held[content["id"]] = cited_by_path(content, paths)
    return held


def check(folder: Path, rows: list[Addition], *, for_good: bool = False) -> None:
    """What holds in the end is what an analysis tells, and so said the first final row of each session; nothing
    provisional is flagged. `for_good`: no final row is ever changed, not even by a retry that came hours later.
    """
    document = analyze(folder, rows_only=True).document
    paths = [Path(capture["path"]).name for capture in document["captures"]]
    held = _of_paths(rows)
    assert {row["id"]: cited_by_path(row, paths) for row in document["sessions"]} == held
    sessions: list[Any] = [(row.content, row.beside) for row in rows if row.kind == "session"]
    for content, beside in sessions:
        assert not content["flagged"] or beside["final"]
        if beside["final"]:
            assert [content[key] for key in SAID] == [held[content["id"]][key] for key in SAID], content["id"]
    assert any(content["flagged"] for content, _ in sessions)
    assert not for_good or not any(beside["late"] for _, beside in sessions)
    assert not any(row.kind == "withdrawn" for row in rows)


@pytest.mark.parametrize("case", [OFFICE, POP], ids=lambda path: path.name)
def test_ticks_tell_what_the_whole_tells(case: Path, tmp_path: Path) -> None:
    """Row by row; and nothing final ever changes, of an office's minutes as of two days of another's."""
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    folder = _of_one_machine(case, tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", 0.2 if case == OFFICE else 5, Told(tmp_path / "growing"))
    check(folder, rows, for_good=True)
    assert any(not row.beside["final"] for row in rows if row.kind == "session"), "some were told while they went on"


@pytest.mark.parametrize("far_too_many", [False, True], ids=["too many", "far too many"])
def test_what_is_forgotten_changes_nothing(far_too_many: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions leave with both their sides, answers stay as long as hosts may keep them: what is said of each session
    is said of it where nothing is forgotten, too.
    """
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    folder = _of_one_machine(POP, tmp_path / "whole")
    all_rows, watched = run_of(folder, tmp_path / "growing", 5, Told(tmp_path / "growing"))
    assert watched == SESSIONS
    told = {name: [row[key] for key in SAID] for name, row in _of_paths(all_rows).items()}
    if far_too_many:
        monkeypatch.setattr(engines, "TOO_LONG_TICK_S", 0.0)
    monkeypatch.setattr(engines, "LEAST_AGE_OF_MANY_NS" if far_too_many else "LEAST_AGE_NS", 60 * SECOND)
    rows, watched = run_of(folder, tmp_path / "growing", 5, Told(tmp_path / "growing"), most=4)
    assert watched < 10
    assert {name: [row[key] for key in SAID] for name, row in _of_paths(rows).items()} == told
    assert len(told) == SESSIONS
    revisions = [row.beside["revision"] for row in rows if row.kind == "session"]
    assert revisions.count(1) == SESSIONS, "who was let go of does not come again"


def test_a_run_that_takes_over_tells_nothing_twice(tmp_path: Path) -> None:
    """What the journal has, and what the captures show once more, is told once."""
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    folder = _of_one_machine(OFFICE, tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", 1, Told(tmp_path / "growing"))
    journal = [json.loads(encoded({"at": "", row.kind: row.content, **row.beside})) for row in rows]
    again, _ = run_of(folder, tmp_path / "growing", 3600, Told(tmp_path / "growing", journal))
    assert again == []
