"""What is kept of captures: the newest, sealed, within bounds."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from wanwitness.case.values import rfc3339
from wanwitness.live.capture.coverage_log import CoverageLog
from wanwitness.live.capture.ring import SUMS, Keep, Ring, capture_files

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


def _ring(folder: Path, keep: Keep, said: list[str]) -> Ring:
    return Ring(folder, keep, CoverageLog(folder, time.time_ns, rfc3339), said.append)


def test_only_the_runs_own_captures_count(folder: Path) -> None:
    """What else lies in the folder is never touched."""
    assert [path.name for path in capture_files(folder)] == NAMES
    assert _ring(folder, Keep(), []).bytes() == sum(10 * len(name) for name in NAMES)


def test_the_oldest_goes_first_where_they_are_too_large(folder: Path) -> None:
    """Until they are no more, and each is told."""
    said: list[str] = []
    _ring(folder, Keep(None, 2 * 10 * len(NAMES[0])), said).turn(set())
    assert [path.name for path in capture_files(folder)] == NAMES[3:]
    assert said == [f"{name} was deleted: the captures are larger than --max-disk says" for name in NAMES[:3]]
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
