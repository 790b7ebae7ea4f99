"""Faults at random moments: no written verdict is lost or told twice, every gap is written down, nobody is accused
wrongly.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from live.checks import each_once, flags_hold, nobody_wrongly_flagged, said_alike
from live.segment import Live, Segment, until
from wanwitness import analyze
from wanwitness.live.capture.ring import ROOM

pytestmark = pytest.mark.needs("ip", "dumpcap")
SOURCES = {"lan0": "lan-lan0", "wan1": "wan-isp1-wan1", "wan2": "wan-isp2-wan2"}
DISK = ROOM + (8 << 20)
"""Bytes of a disk that is not full as long as nobody fills it."""
AFTER = 12
"""Sessions that are surely told of what is sent when a fault is over."""


class Case:
    """A run, and what befalls it while it captures."""

    def __init__(self, segment: Segment, out: Path, random: Random) -> None:
        self.segment, self.random = segment, random
        self.out, self.victim = out, random.choice(list(SOURCES))
        self.live = self.begun()
        self.gaps: set[str] = set()
        """The sources of which something cannot have been captured."""
        self.all_in_time = False
        """Whether nothing is to be told otherwise later."""

    def begun(self, *options: str, unread: bool = False) -> Live:
        """Start a run in the folder."""
        self.live = self.segment.live(self.out, *options, unread=unread).begun()
        return self.live

    def again(self, *options: str, unread: bool = False) -> None:
        """End the run, and start one that differs."""
        assert self.live.end() == 0
        self.begun(*options, unread=unread)
        self.gaps.update(SOURCES.values())


def _killed(case: Case) -> None:
    case.live.kill()
    time.sleep(case.random.uniform(0, 3))
    case.begun()


def _a_program_killed(case: Case) -> None:
    (victim,) = case.live.capturing(case.victim)
    os.kill(victim, signal.SIGKILL)
    case.gaps.add(SOURCES[case.victim])


def _a_program_stalls(case: Case) -> None:
    """It does not get on, as where the disk takes nothing: nothing is lost, and all verdicts wait for it."""
    case.all_in_time = True
    (stalled,) = case.live.capturing(case.victim)
    os.kill(stalled, signal.SIGSTOP)
    case.segment.replay()
    until(lambda: len(case.live.coverage("stall")) == 1, 20)
    time.sleep(case.random.uniform(0, 5))
    os.kill(stalled, signal.SIGCONT)
    until(lambda: len(case.live.coverage("stall")) == 2, 5)
    assert {row["source"] for row in case.live.coverage("stall")} == {SOURCES[case.victim]}


def _down(case: Case) -> None:
    case.segment.link("set", case.victim, "down")
    time.sleep(10)
    case.segment.link("set", case.victim, "up")
    case.gaps.add(SOURCES[case.victim])


def _deleted(case: Case) -> None:
    case.segment.link("delete", case.victim)
    time.sleep(case.random.uniform(0.5, 3))
    case.segment.plug(case.victim)
    case.gaps.add(SOURCES[case.victim])


def _disk_full(case: Case) -> None:
    full = case.out / "full"
    with full.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    time.sleep(case.random.uniform(2, 5))
    full.unlink()


def _hook_hangs(case: Case) -> None:
    case.segment.run(["ip", "link", "set", "lo", "up"])
    deaf = "import socket, time; s = socket.create_server(('127.0.0.1', 18999)); time.sleep(600)"
    case.segment.begin([sys.executable, "-c", deaf])
    case.again("--alert", "http://127.0.0.1:18999/")


def _reader_is_slow(case: Case) -> None:
    case.again("--json", unread=True)


FAULTS: list[Callable[[Case], None]] = [
    *(_killed, _a_program_stalls, _hook_hangs, _a_program_killed, _down, _deleted, _disk_full, _reader_is_slow),
]
IN_CI = 2
RUNS = [
    pytest.param(
        fault, seed, id=f"{fault.__name__[1:]}-{seed}", marks=[pytest.mark.slow] * (seed > 0 or place >= IN_CI)
    )
    for place, fault in enumerate(FAULTS)
    for seed in range(3)
]


@pytest.mark.parametrize(("fault", "seed"), RUNS)
def test_what_befalls_a_run(segment: Segment, tmp_path: Path, fault: Callable[[Case], None], seed: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if fault is not _disk_full:
        _befall(segment, out, fault, Random(seed))
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(out)], check=True)
    try:
        _befall(segment, out, fault, Random(seed))
    finally:
        subprocess.run(["umount", "-l", str(out)], check=True)


def _befall(segment: Segment, out: Path, fault: Callable[[Case], None], random: Random) -> None:
    case = Case(segment, out, random)
    sending = segment.begin_replay(speed=0.1)
    time.sleep(random.uniform(0, 10))
    written = case.live.rows("session")
    began = time.time()
    fault(case)
    over = time.time()
    sending.wait(120)
    until(lambda: {row["source"] for row in case.live.coverage("gap")} >= case.gaps, 60)
    known = {row["session"]["id"] for row in case.live.rows("session")}
    segment.replay()
    until(lambda: len(case.live.decided() - known) >= AFTER, 120)
    case.live.settle()
    assert case.live.end() == 0
    assert case.live.rows("session")[: len(written)] == written, "what was written stays"
    each_once(case.live)
    flags_hold(case.live)
    nobody_wrongly_flagged(case.live)
    assert not (case.all_in_time and any(row["late"] for row in case.live.rows("session")))
    for row in case.live.coverage("gap"):
        assert row["source"] in case.gaps, "nothing else was blind"
        assert _seconds(row["from"]) < over + 5 and _seconds(row["to"]) > began
    said_alike(case.live, analyze(out, rows_only=True).document)


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text[:26] + "+00:00").timestamp()
