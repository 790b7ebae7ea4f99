"""Several processes read what one reads."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wanwitness import UsageError, analyze
from wanwitness.reading import workers as processes
from wanwitness.reading.input_file import File
from wanwitness.reading.part import Part, read_part

OFFICE = Path(__file__).parents[2] / "captures" / "lab-office"


def document(*captures: Path, workers: int | None = None) -> dict[str, Any]:
    found = analyze(captures, rows_only=True, workers=workers).document
    return {key: value for key, value in found.items() if key not in ("analysed_at", "tool")}


@pytest.fixture
def _processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})


def test_the_case_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions, captures and all, in the same order."""
    expected = document(OFFICE)
    monkeypatch.setattr(processes, "WORTH_PROCESSES", 0)
    for cpus in (2, 3, 8):
        assert document(OFFICE, workers=cpus) == expected


def test_one_worker_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many processors there are."""
    monkeypatch.setattr(processes, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    monkeypatch.setattr(processes, "side_by_side", None)
    assert document(OFFICE, workers=1)["sessions"]


def test_a_file_with_more_captures_than_its_begin_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process then reads them all, and nothing of the first attempt is left."""
    expected = document(OFFICE)
    monkeypatch.setattr(processes, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    monkeypatch.setattr(File, "expected", 2)
    assert document(OFFICE) == expected


@pytest.mark.usefixtures("_processes")
def test_an_error_in_another_process_reaches_the_user(tmp_path: Path) -> None:
    """As the error that it is."""
    files = sorted(OFFICE.glob("*.pcap"))
    with pytest.raises(UsageError, match="there is no interface 'eth7'"):
        analyze(lan=files[0], wan={"orange": f"{files[1]}:eth7", "sfr": files[2]}, rows_only=True)


@pytest.mark.usefixtures("_processes")
def test_a_process_that_is_killed_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system does where memory is short."""
    this = os.getpid()

    def killed(*arguments: Any) -> Part:
        if os.getpid() != this:
            os.kill(os.getpid(), signal.SIGKILL)
        return read_part(*arguments)

    expected = document(OFFICE)
    monkeypatch.setattr(processes, "read_part", killed)
    assert document(OFFICE) == expected


@pytest.mark.usefixtures("_processes")
def test_where_no_memory_can_be_shared_one_process_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some sandboxes allow none."""

    def refused() -> Iterator[int]:
        raise PermissionError

    expected = document(OFFICE)
    monkeypatch.setattr(processes, "shared_memory", refused)
    assert document(OFFICE) == expected
