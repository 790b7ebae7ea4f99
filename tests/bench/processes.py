"""Runs a program and measures it: wall time, processor time, and peak memory of its whole process tree."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

SAMPLE_S = 0.01
_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_STATUS = re.compile(rb"^(VmHWM|VmRSS|RssAnon|RssShmem):\s+(\d+) kB$", re.MULTILINE)


class ProgramFailed(Exception):  # noqa: N818
    """A measured program ended with a status other than 0."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    """Resident, all processes of the tree together, mapped file pages included."""
    anonymous_bytes: int | None
    """The same without pages of files, but with memory that processes share; None where there is no /proc."""
    largest_bytes: int
    """Resident, of the largest process of the tree."""

    def then(self, other: Usage) -> Usage:
        """Return what this run and then another took."""
        known = [u.anonymous_bytes for u in (self, other) if u.anonymous_bytes is not None]
        return Usage(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            max(self.peak_bytes, other.peak_bytes),
            max(known, default=None),
            max(self.largest_bytes, other.largest_bytes),
        )


def measure(command: Sequence[str], output: Path, sample_s: float = SAMPLE_S) -> Usage:
    """Run `command` to its end, its standard output into `output`.

    Args:
        sample_s: so often all memory is added up; of each process by itself the system knows the peak.

    Raises:
        ProgramFailed: its status is not 0; with the end of what it wrote on standard error.
    """
    errors = output.with_name(output.name + ".err")
    with output.open("wb") as out, errors.open("wb") as err:
        own = _adopt()
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_environment())
        sampler = _Sampler(process.pid, sample_s)
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime + sum(_orphans(own))
        sampler.stop()
    if process.returncode:
        told = errors.read_text(errors="replace").strip()[-2000:]
        raise ProgramFailed(f"{' '.join(command)}: status {process.returncode}\n{told}")
    # Without /proc only the largest process is known, and this figure includes what the forking process held before.
    peak = sampler.peak or used.ru_maxrss * 1024
    return Usage(wall, cpu, peak, sampler.anonymous or None, sampler.largest or peak)


def _adopt() -> set[int]:
    """Become the parent of what a measured program leaves behind (prctl(2); elsewhere than on Linux nobody counts it),
    and return the children that there are already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return _children(os.getpid())


def _orphans(own: Set[int]) -> Iterator[float]:
    """Wait for the processes that a program left behind, and give the processor seconds of each and those below it.

    Args:
        own: the children that this process had before.
    """
    while left := _children(os.getpid()) - own:
        for pid in left:
            _, _, used = os.wait4(pid, 0)
            yield used.ru_utime + used.ru_stime


def _environment() -> dict[str, str]:
    """A user's: Python programs were compiled when they were installed, or are when they first run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class _Sampler:
    """Samples the memory of a process and its descendants until stopped."""

    def __init__(self, pid: int, sample_s: float) -> None:
        self._pid, self._sample_s, self._ended = pid, sample_s, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.peak = self.anonymous = self.largest = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            resident = anonymous = 0
            for pid in _tree(self._pid):
                status = _status(pid)
                resident += status.get(b"VmRSS", 0)
                anonymous += status.get(b"RssAnon", 0) + status.get(b"RssShmem", 0)
                self.largest = max(self.largest, status.get(b"VmHWM", 0))
            self.peak = max(self.peak, self.largest, resident)
            self.anonymous = max(self.anonymous, anonymous)
            if self._ended.wait(self._sample_s):
                return


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> set[int]:
    try:
        told = [(task / "children").read_text() for task in (_PROC / str(pid) / "task").iterdir()]
    except OSError:  # it ended meanwhile, or the system tells no children
        return set()
    return {int(child) for child in " ".join(told).split()}


def _status(pid: int) -> dict[bytes, int]:
    try:
        text = (_PROC / str(pid) / "status").read_bytes()
    except OSError:
        return {}
    return {name: int(kilobytes) * 1024 for name, kilobytes in _STATUS.findall(text)}
