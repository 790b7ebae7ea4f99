"""Capturing programs that an earlier run, which was killed, left at work: they have written on since."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_NAMES = (b"dumpcap", b"tcpdump")


@dataclass(frozen=True, slots=True)
class Leftover:
    """Such a program."""

    pid: int
    path: Path
    """The file that it writes."""

    @property
    def alive(self) -> bool:
        """Whether it still is that program, and at work."""
        return _file_of(self.pid) == self.path

    def stop(self) -> None:
        """Have it write down what it lost, and end."""
        if self.alive:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGINT)


def leftovers(folder: Path) -> list[Leftover]:
    """Return the programs that write to a folder."""
    found = []
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        if entry.name.isdecimal():
            path = _file_of(int(entry.name))
            if path is not None and path.parent == folder:
                found.append(Leftover(int(entry.name), path))
    return found


def _file_of(pid: int) -> Path | None:
    """The file that a capturing program writes; None where it is none, or gone."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if Path(os.fsdecode(words[0])).name.encode() not in _NAMES or b"-w" not in words[:-1]:
        return None
    return Path(os.fsdecode(words[words.index(b"-w") + 1]))
