"""Work in a process of its own: what it finds comes back, and nothing else is left of it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from wanwitness.live.apart import Apart, DiedError


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_is_found_comes_back_and_changes_nothing_here() -> None:
    """Also where it does not fit into a pipe."""
    rows: list[int] = []

    def work() -> tuple[int, list[int]]:
        rows.extend(range(300_000))
        return os.getpid(), rows

    apart = Apart(work)
    assert apart.ended(60)
    pid, found = apart.result()
    assert found == list(range(300_000)) and rows == []
    assert _is_gone(pid)


def test_a_child_holds_no_file_but_its_pipe(tmp_path: Path) -> None:
    """A lock ends with its last holder, and who reads an output waits for its last writer."""
    with (tmp_path / "lock").open("wb"):
        found = Apart(_files).result()
    (pipe,) = [path for path in found if path != os.devnull]
    assert pipe.startswith("pipe:")


def _files() -> list[str]:
    """What the descriptors are that are open."""
    paths = [Path(f"/proc/self/fd/{descriptor}") for descriptor in range(1000)]
    return [str(path.readlink()) for path in paths if path.is_symlink()]


def test_signals_to_end_are_for_its_parent() -> None:
    """A terminal and systemd send them to all processes of a run."""

    def work() -> int:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), signum)
        return 1

    assert Apart(work).result() == 1


def test_a_child_works_where_it_may_not_step_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit forbids calls that change priorities, and answers them with EPERM."""

    def forbidden(_: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "nice", forbidden)
    assert Apart(lambda: 1).result() == 1


@pytest.mark.parametrize(("signum", "how"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGALRM, "SIGALRM")])
def test_a_child_that_is_killed_is_told_of(signum: int, how: str) -> None:
    """As where the machine has no memory left, or where it took too long."""
    apart = Apart(lambda: os.kill(os.getpid(), signum))
    assert apart.ended(60)
    with pytest.raises(DiedError, match=how):
        apart.result()


def test_a_child_that_cannot_say_what_it_found_is_told_of() -> None:
    """By its exit status."""
    apart = Apart(lambda: lambda: None)
    with pytest.raises(DiedError, match="status 1"):
        apart.result()


def test_a_child_that_is_broken_off_is_gone(tmp_path: Path) -> None:
    """At once, whatever it was at; a second time there is nothing to do."""
    pid = tmp_path / "pid"

    def work() -> None:
        pid.write_text(str(os.getpid()))
        time.sleep(60)

    apart, begin = Apart(work), time.monotonic()
    while not (pid.exists() and pid.read_text()):
        time.sleep(0.01)
    assert not apart.ended()
    apart.break_off()
    apart.break_off()
    assert time.monotonic() - begin < 30
    assert _is_gone(int(pid.read_text()))
