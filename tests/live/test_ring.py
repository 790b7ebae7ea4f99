"""What is kept of captures: the newest, sealed, within bounds."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from places import PROJECT
from wanwitness import analyze
from wanwitness.case.values import rfc3339
from wanwitness.language import ENGLISH
from wanwitness.live.capture import kept
from wanwitness.live.capture.coverage_log import CoverageLog
from wanwitness.live.capture.kept import Keepsakes, kept_files
from wanwitness.live.capture.ring import SUMS, Keep, Ring, capture_files
from wanwitness.model import Sentence
from wanwitness.verify import verify

POP = PROJECT / "captures" / "pop-opens"
NAMES = [f"lan-eth1_{number:05d}_2026030112000{number}.pcapng" for number in range(1, 6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files, a minute apart, and others that are none."""
    for age, name in enumerate(reversed(NAMES)):
        (tmp_path / name).write_bytes(name.encode() * 10)
        then = time.time() - 60 * (age + 1)
        os.utime(tmp_path / name, (then, then))
    for name in ("site.toml", f".{NAMES[0]}.log", "my.pcap"):
        (tmp_path / name).write_bytes(bytes(1 << 20))
    return tmp_path


def _ring(folder: Path, keep: Keep, said: list[Sentence]) -> Ring:
    return Ring(folder, keep, CoverageLog(folder, time.time_ns, rfc3339), said.append, Keepsakes())


def test_only_the_runs_own_captures_count(folder: Path) -> None:
    """What else lies in the folder is never touched."""
    assert [path.name for path in capture_files(folder)] == NAMES
    assert _ring(folder, Keep(), []).bytes() == sum(10 * len(name) for name in NAMES)


def test_the_oldest_goes_first_where_they_are_too_large(folder: Path) -> None:
    """Until they are no more, and each is told."""
    said: list[Sentence] = []
    _ring(folder, Keep(None, 2 * 10 * len(NAMES[0])), said).turn(set())
    assert [path.name for path in capture_files(folder)] == NAMES[3:]
    deleted = [f"{name} was deleted: the captures are larger than --max-disk says" for name in NAMES[:3]]
    assert [ENGLISH.say(what) for what in said] == deleted
    assert (folder / "coverage.jsonl").read_text().count('"kind":"deleted"') == 3
    assert (folder / "my.pcap").exists()


def test_what_is_too_old_goes(folder: Path) -> None:
    """By when it was written last."""
    _ring(folder, Keep(150, None), []).turn(set())
    assert [path.name for path in capture_files(folder)] == NAMES[3:]


def test_what_is_being_written_stays(folder: Path) -> None:
    """However old or large it is."""
    ring = _ring(folder, Keep(0, 0), [])
    ring.turn({folder / NAMES[0]})
    assert [path.name for path in capture_files(folder)] == NAMES[:1]


def test_each_closed_file_is_sealed_once(folder: Path) -> None:
    """Also over restarts; what is still being written has no sum yet."""
    for _ in range(2):
        ring = _ring(folder, Keep(), [])
        ring.seal({folder / NAMES[4]})
        ring.close()
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in NAMES[:4]]
    assert (folder / SUMS).read_text().splitlines() == sums


@pytest.mark.needs("editcap", "tshark")
def test_what_flagged_and_refused_sessions_showed_outlives_the_ring(tmp_path: Path) -> None:
    """Each has the verdict that it had, of what is kept of captures that went; nobody else is accused of anything."""
    captures = tmp_path / "captures"
    captures.mkdir()
    sources = {"lan0": "lan-eth1", "wan1": "wan-isp1-eth2", "wan2": "wan-isp2-eth3", "wan3": "wan-isp3-eth4"}
    text = (POP / "site.toml").read_text()
    for name, source in sources.items():
        shutil.copy(POP / f"{name}.pcap", captures / f"{source}_00001_20260301120000.pcap")
        text = text.replace(f'"{name}.pcap"', f'"captures/{source}_*.pcap*"')
    (tmp_path / "site.toml").write_text(text)
    (captures / "coverage.jsonl").write_text('{"kind": "begin"}\n')
    before = {row["id"]: row for row in analyze(tmp_path, rows_only=True).document["sessions"]}
    worth = [row for row in before.values() if row["flagged"] or row["rejections"]]
    assert 10 < len(worth) < len(before)
    rows = [{"session": row, "revision": 1, "final": True} for row in worth]
    keepsakes = Keepsakes(rows)
    log = CoverageLog(captures, time.time_ns, rfc3339)
    ring = Ring(captures, Keep(0, None), log, lambda _: None, keepsakes)
    ring.turn(set())
    ring.seal(set())
    assert not capture_files(captures)
    files = kept_files(captures)
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * len(files)
    out = tmp_path / "case"
    after = {row["id"]: row for row in analyze(tmp_path, out=out).document["sessions"]}
    assert set(after) < set(before)
    keys = ("verdict", "flagged", "transport_link", "resolver_link", "outcome", "likely_causes")
    assert [[after[row["id"]][key] for key in keys] for row in worth] == [[row[key] for key in keys] for row in worth]
    for name, row in after.items():
        assert not row["flagged"] or before[name]["flagged"]
    assert verify(out).agrees
    sums = (captures / SUMS).read_text()
    assert all(path.name in sums for path in files)


def test_of_what_is_kept_the_oldest_goes_first(folder: Path) -> None:
    """It takes half of what all may take."""
    for name in NAMES:
        path = folder / name
        path.rename(path.with_name(f"{path.stem}_kept.pcapng"))
    said: list[Sentence] = []
    _ring(folder, Keep(None, 4 * 10 * len(NAMES[0])), said).turn(set())
    assert [path.name for path in kept_files(folder)] == [f"{name[:-7]}_kept.pcapng" for name in NAMES[3:]]
    assert len(said) == 3


def _flagged(name: str, minute: int = 0) -> dict[str, object]:
    return {
        "id": name,
        "start": f"2026-03-01T12:{minute:02}:00.000000000Z",
        "end": f"2026-03-01T12:{minute:02}:02.000000000Z",
        "flagged": True,
        "outcome": "accepted",
        "rejections": [],
        "candidates": [{"before_s": 100.0}],
        "resolution": {"answered_at": "2026-03-01T11:59:00.000000000Z", "from_cache": False},
    }


def test_the_times_of_early_sessions_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of months holds no span for each session that was ever flagged; what is kept is the same."""
    minutes = [0, 1, 1, 1, 20, 20, 20, 40, 41]
    rows = [{"session": _flagged(f"s{n}", minute), "final": True} for n, minute in enumerate(minutes)]
    whole = (0, 2 * 10**18)
    unbound = Keepsakes(rows).spans(*whole)
    monkeypatch.setattr(kept, "MOST_SESSIONS", 2)
    bound = Keepsakes(rows)
    assert bound.spans(*whole) == unbound
    assert len(bound) <= 2 + len(unbound)


def test_the_latest_row_of_a_session_tells_whether_it_is_kept() -> None:
    """Provisional rows tell nothing, and what is taken back is not kept."""
    row = _flagged("a")
    at = 1_772_366_400 * 10**9
    whole = (at - 10**18, at + 10**18)
    keepsakes = Keepsakes([{"session": row, "final": False}])
    assert keepsakes.spans(*whole) == []
    keepsakes.note({"session": row, "final": True})
    assert keepsakes.spans(*whole) == [(at - 130 * 10**9, at + 32 * 10**9)]
    keepsakes.note(
        {"session": {**row, "id": "b", "flagged": False, "outcome": "deferred", "candidates": []}, "final": True}
    )
    assert keepsakes.spans(*whole) == [(at - 130 * 10**9, at + 32 * 10**9)]
    assert keepsakes.spans(at + 33 * 10**9, at + 10**18) == []
    keepsakes.note({"session": {**row, "flagged": False}, "final": True})
    keepsakes.note({"withdrawn": "b"})
    assert keepsakes.spans(*whole) == []
