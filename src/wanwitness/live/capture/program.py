"""A program that captures one interface to one file: dumpcap, or tcpdump where that is missing.

dumpcap writes down what it lost as it ends, in the file; tcpdump says it. Neither is asked to rotate: dumpcap's rings
have no such counts, and a program that captures several interfaces loses packets where several programs lose none. It
is in a process group of its own, so that Ctrl-C in a terminal is for us alone; where we are killed it goes on, nothing
is lost until somebody takes over, and it ends by itself when its time is up.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import which

from wanwitness.errors import UsageError
from wanwitness.live.wrong import WRONG, wrong
from wanwitness.model import printable

from .backlog import Backlog

BUFFER_MIB = 64
"""The kernel's buffer: seconds of a busy line, should the disk be slow."""
_SETCAP = "setcap cap_net_raw,cap_net_admin+eip $(command -v dumpcap)"
_KILLED_AFTER_S = 3
_ENOUGH = 300
_NO_COMPLAINT = (
    "Capturing on",
    "File:",
    "Packets captured:",
    "Packets received",
    "tcpdump: listening",
    "dumpcap: cap_set_proc",  # it gives rights up that it was not given
)
_LOST = re.compile(r"^(\d+) packets? dropped by kernel", re.MULTILINE)


def capturing_program() -> str:
    """Return the program that captures: `dumpcap`, else `tcpdump`.

    Raises:
        UsageError: neither is installed.
    """
    for name in ("dumpcap", "tcpdump"):
        if which(name) is not None:
            return name
    raise wrong("live-no-program")


class Program:
    """One running program and its file.

    Args:
        command: what is run.
        path: the file, which is not there yet.
        log: where it writes what it has to say.
        source: what it reads, where it reads a pipe.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], path: Path, log: Path, source: int = subprocess.DEVNULL) -> None:
        self.path, self._log = path, log
        self.started_s = time.monotonic()
        self.ready_ns: int | None = None
        """When its capturing was first seen to have begun, ns since the epoch."""
        self.written_ns = time.time_ns()
        """When it was last seen to be alive, ns since the epoch."""
        self._stopping_s: float | None = None
        with log.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603 - no shell; the interface was looked up
                command, stdin=source, stdout=said, stderr=said, start_new_session=True
            )
        self._backlog = Backlog(self._process.pid)

    @classmethod
    def capturing(cls, program: str, interface: str, path: Path, filter: str, most_s: int, log: Path) -> Program:  # noqa: A002
        """Capture an interface.

        Args:
            program: `dumpcap` or `tcpdump`.
            interface: what it captures.
            path: the file.
            filter: the capture filter; empty for all packets.
            most_s: seconds after which it ends by itself.
            log: where it writes what it has to say.
        """
        if program == "dumpcap":
            command = ["dumpcap", "-q", "-i", interface, "-B", str(BUFFER_MIB), "-a", f"duration:{most_s}"]
            command += [*(["-f", filter] if filter else []), "-w", str(path)]
        else:
            command = ["tcpdump", "-n", "-U", "-i", interface, "-B", str(BUFFER_MIB * 1024), "-s", "0", "-w", str(path)]
            command += ["--time-stamp-precision=nano", "-Z", "root", *([filter] if filter else [])]
            if os.geteuid():
                command[command.index("-Z") : command.index("-Z") + 2] = []
        return cls(command, path, log)

    @classmethod
    def copying(cls, pipe: int, base: Path, seconds: int, size: int, log: Path) -> Program:
        """Copy the captured packets that come by a pipe, to files whose names are `base` with a number and the time.

        Args:
            pipe: its descriptor.
            base: what the files' names are made of.
            seconds: when the next one is begun.
            size: the same, in bytes.
            log: where it writes what it has to say.
        """
        rotated = ["-b", f"duration:{seconds}", "-b", f"filesize:{size >> 10}"]
        return cls(["dumpcap", "-q", "-i", "-", *rotated, "-w", str(base)], base, log, pipe)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs; notes when it was last seen to."""
        if self._process.poll() is not None:
            return False
        self.written_ns = time.time_ns()
        return True

    def complete_ns(self) -> int | None:
        """Look at it, and return up to when all that was captured is in its file; None as long as that is not known."""
        self._backlog.look()
        return self._backlog.complete_ns

    @property
    def stuck_s(self) -> float:
        """For how long it has not been seen to have read what there was."""
        return self._backlog.stuck_s

    @property
    def ready(self) -> bool:
        """Whether it has begun to capture: it opens its file when it has."""
        if self.ready_ns is None:
            with suppress(OSError):
                if self.path.stat().st_size:
                    self.ready_ns = time.time_ns()
        return self.ready_ns is not None

    @property
    def age_s(self) -> float:
        """For how long it has been running."""
        return time.monotonic() - self.started_s

    @property
    def size(self) -> int:
        """Bytes of its file."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def stop(self) -> None:
        """Have it write down what it lost, and end."""
        if self._stopping_s is None:
            self._stopping_s = time.monotonic()
            with suppress(OSError):
                self._process.send_signal(signal.SIGINT)

    def stopped(self) -> bool:
        """Whether it has ended; one that was told to and does not is killed after a while."""
        if self._process.poll() is not None:
            return True
        if self._stopping_s is not None and time.monotonic() - self._stopping_s > _KILLED_AFTER_S:
            self._process.kill()
        return False

    @property
    def killed(self) -> bool:
        """Whether it has ended without having written what it had captured."""
        return self._process.poll() == -signal.SIGKILL

    def lost(self) -> int | None:
        """Packets that it says it lost, where its file cannot; None where it says nothing."""
        found = _LOST.search(self._said())
        return int(found[1]) if found else None

    def complaint(self) -> str:
        """What it said last, in one line."""
        lines = [line.strip() for line in self._said().splitlines() if line.strip()]
        told = dict.fromkeys(line for line in lines if not line.startswith(_NO_COMPLAINT))
        return " ".join(told).partition(" Please check")[0][:_ENOUGH]

    def forget(self) -> None:
        """Take away what it said."""
        with suppress(OSError):
            self._log.unlink()

    def _said(self) -> str:
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def not_begun(complaints: Sequence[str]) -> UsageError:
    """Return the error that capturing did not begin, with what its programs said."""
    if not complaints:
        return wrong("live-not-begun", why=WRONG("live-program-silent"))
    told = printable("; ".join(complaints))
    if any(word in told.lower() for word in ("permi", "privilege", "not permitted")):
        return wrong("live-not-permitted", why=told, command=_SETCAP)
    return wrong("live-not-begun", why=told)
