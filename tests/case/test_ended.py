"""Whatever ends a run, and whenever: nothing half-written is taken for a case, and no process stays."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from places import OFFICE
from processes import of_session
from wanwitness import UsageError
from wanwitness.case import Case
from wanwitness.case.seal import SEAL, sealed

KILLS, FULL, TAKEN = 67, 50, 20
"""Of each signal, that is 200 in all; disks; folders."""
FILES = ("lan0.pcap", "wan1.pcap", "wan2.pcap")
STARTED_S = 0.25
"""Until Python has begun this program: what a signal says before that is Python's."""


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's, with as much else in them that several processes read them."""
    folder = tmp_path_factory.mktemp("captures")
    frame = bytes(12) + b"\x88\xcc" + bytes(1400)
    for name in FILES:
        content = (OFFICE / name).read_bytes()
        record = content[24:32] + pack("<II", len(frame), len(frame)) + frame
        (folder / name).write_bytes(content + 8500 * record)
    shutil.copy(OFFICE / "site.toml", folder)
    return folder


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of other captures, which stands where another is written."""
    out = tmp_path_factory.mktemp("older") / "case"
    assert ended(begun(OFFICE / "wan1.pcap", out))[0] == 0
    return out


def begun(captures: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "wanwitness", "analyze", str(captures), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, list[str]]:
    """Wait for a run; return its status and what it said, when nothing of it runs any more."""
    said = process.communicate(timeout=300)[1].decode().splitlines()
    until = time.monotonic() + 20
    while of_session(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not of_session(process.pid), "a process is left"
    return process.returncode, said


def captures_in(out: Path) -> int | None:
    """How many captures the case in a folder has; None where there is none."""
    if not (out / SEAL).exists():
        with pytest.raises((UsageError, OSError)):
            Case.load(out)
        return None
    sealed(out)
    return len(Case.load(out).document["captures"])


def kibibytes(folder: Path) -> int:
    """What a folder takes on a disk of 4 KiB pages, and a page more."""
    return 4 + sum(-(-path.stat().st_size // 4096) * 4 for path in folder.rglob("*") if path.is_file())


def one_line(said: list[str]) -> None:
    assert len(said) <= 1, said
    assert all(line.startswith("wanwitness: ") for line in said), said


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_at_any_moment(tmp_path: Path, captures: Path, older: Path, signum: signal.Signals) -> None:
    """The folder has the older case whole, or the new one whole, or none; the next run writes it."""
    chance = random.Random(int(signum))
    out = tmp_path / "case"
    began = time.monotonic()
    assert ended(begun(captures, out))[0] == 0
    lasts = time.monotonic() - began
    outcomes: dict[int | None, int] = {}
    for number in range(KILLS):
        shutil.rmtree(out, ignore_errors=True)
        if number % 2:
            shutil.copytree(older, out)
        process = begun(captures, out)
        time.sleep(chance.uniform(STARTED_S, 1.1 * lasts))
        (os.killpg if chance.random() < 0.3 and signum == signal.SIGINT else os.kill)(process.pid, signum)
        status, said = ended(process)
        one_line(said)
        assert status in (0, -signum, 128 + signum), (status, said)
        found = captures_in(out) if out.exists() else None
        outcomes[found] = outcomes.get(found, 0) + 1
        assert found in ((None, 3) if number % 2 == 0 else (None, 1, 3))
        if signum != signal.SIGKILL and found is None and out.exists():
            assert status != 0
    print(signum.name, outcomes, f"of runs of {lasts:.1f} s")
    assert ended(begun(captures, out))[0] == 0
    assert captures_in(out) == 3


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A place for a small disk."""
    place = tmp_path / "disk"
    place.mkdir()
    yield place
    while os.path.ismount(place):
        subprocess.run(["umount", place], check=True)


@pytest.mark.slow
@pytest.mark.needs("mount")
def test_a_disk_that_is_full_at_any_moment(captures: Path, older: Path, disk: Path) -> None:
    """Is told on one line, and the older case stands."""
    chance = random.Random(1)
    assert ended(begun(captures, disk))[0] == 0
    whole = kibibytes(disk)
    shutil.rmtree(disk)
    disk.mkdir()
    for number in range(FULL):
        size = (kibibytes(older) if number % 2 else 0) + chance.randrange(8, whole + whole // 4)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk], check=False).returncode:
            pytest.skip("may not mount")
        out = disk / "case"
        if number % 2:
            shutil.copytree(older, out)
        status, said = ended(begun(captures, out))
        one_line(said)
        assert (status, len(said)) in ((0, 0), (2, 1))
        found = captures_in(out) if out.exists() else None
        assert found == (3 if status == 0 else 1 if number % 2 else None)
        subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
def test_a_folder_that_is_taken_away_at_any_moment(tmp_path: Path, captures: Path) -> None:
    """Either the case is written whole, anew, or one line says that it could not be."""
    chance = random.Random(2)
    for number in range(TAKEN):
        out = tmp_path / f"case{number}"
        process = begun(captures, out)
        time.sleep(chance.uniform(STARTED_S, 3))
        shutil.rmtree(out, ignore_errors=True)
        there = process.poll() is None
        status, said = ended(process)
        one_line(said)
        assert status in (0, 2)
        if there and status == 0 and out.exists():
            assert captures_in(out) == 3
        elif status == 2:
            assert "taken" in said[0] or "took" in said[0] or "cannot be written" in said[0]
            assert captures_in(out) is None if out.exists() else True


def test_two_writers_are_one_too_many(tmp_path: Path, captures: Path) -> None:
    """The second is told; the case is the first one's, whole."""
    out = tmp_path / "case"
    runs = [ended(process) for process in [begun(captures, out) for _ in range(3)]]
    for status, said in runs:
        one_line(said)
        assert status == 0 or "somebody else writes" in said[0]
    assert any(status == 0 for status, _ in runs)
    assert captures_in(out) == 3
