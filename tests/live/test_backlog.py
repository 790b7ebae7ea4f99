"""What a capturing program has yet to write down."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from wanwitness.live.capture.backlog import READ_NS, Backlog

STEP_S = 0.05


@contextmanager
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    """A program that waits, as one that captures does."""
    program = subprocess.Popen(["sleep", "60"])
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def watched(backlog: Backlog, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        backlog.look()
        time.sleep(STEP_S)


def test_who_waits_for_packets_has_written_what_came_before() -> None:
    with waiting() as program:
        backlog = Backlog(program.pid)
        began_ns = time.time_ns()
        backlog.look()
        assert backlog.complete_ns is None, "what it had read may not be flushed"
        watched(backlog, 1.5)
        assert backlog.complete_ns is not None
        assert began_ns - READ_NS <= backlog.complete_ns < time.time_ns() - READ_NS


def test_who_does_not_get_on_has_not_and_is_behind_for_a_while_when_it_does_again() -> None:
    with waiting() as program:
        backlog = Backlog(program.pid)
        watched(backlog, 1.5)
        program.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        stopped_ns = time.time_ns()
        watched(backlog, 2)
        assert backlog.complete_ns is not None and backlog.complete_ns < stopped_ns - READ_NS
        before_ns = backlog.complete_ns
        program.send_signal(signal.SIGCONT)
        time.sleep(0.1)
        backlog.look()  # it has not flushed, but waits again: what it had read before it was stopped is in the file
        assert before_ns <= backlog.complete_ns < stopped_ns
        watched(backlog, 0.3)
        assert backlog.complete_ns < stopped_ns
        watched(backlog, 1.5)
        assert backlog.complete_ns > stopped_ns - READ_NS


def test_a_clock_that_is_set_back_takes_the_time_along(monkeypatch: pytest.MonkeyPatch) -> None:
    with waiting() as program:
        backlog = Backlog(program.pid)
        watched(backlog, 1.5)
        hour_ns, clock_ns = 3600 * 10**9, time.time_ns
        monkeypatch.setattr("wanwitness.live.capture.backlog.time.time_ns", lambda: clock_ns() - hour_ns)
        watched(backlog, 1.5)
        assert backlog.complete_ns is not None and backlog.complete_ns < clock_ns() - hour_ns


def test_where_no_state_is_told_a_program_is_taken_to_get_on() -> None:
    backlog = Backlog(1 << 30)
    watched(backlog, 1.5)
    assert backlog.complete_ns is not None
