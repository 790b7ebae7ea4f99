"""What a capturing program has yet to write down, as far as its state tells.

A silent interface and a program that does not get on look alike from its file. The kernel keeps what comes meanwhile,
and it is written late: where the disk does not take it, other work has the processor, or somebody stopped the program.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from pathlib import Path

SECOND = 1_000_000_000
FLUSHED_S = 0.75
"""A program that was waiting for packets, and so long afterwards is again, has flushed all that it had read: dumpcap
does it twice a second, and wakes up four times, tcpdump at once."""
READ_NS = 3 * SECOND // 4
"""What came so long ago a program that waits for packets has read: the kernel hands them over in blocks."""
_BUSY = b"RDTt"
"""States (proc_pid_stat(5)): at work or to be, in the hands of the disk, stopped, traced."""


class Backlog:
    """Follows that of a program; `look` is to be called a few times a second.

    Args:
        pid: its process.
    """

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._rests: deque[tuple[float, int]] = deque()
        """When it was seen waiting for packets, by both clocks, since the last time that counts."""
        self._rested_s = time.monotonic()
        self.complete_ns: int | None = None
        """What was captured before is in its file, ns since the epoch; None as long as that is not known."""

    def look(self) -> None:
        """Look whether it waits for packets."""
        if self._busy():
            return
        now_s = self._rested_s = time.monotonic()
        self._rests.append((now_s, time.time_ns()))
        while now_s - self._rests[0][0] >= FLUSHED_S:
            self.complete_ns = self._rests.popleft()[1] - READ_NS

    @property
    def stuck_s(self) -> float:
        """For how long it has not been seen waiting for packets."""
        return time.monotonic() - self._rested_s

    def _busy(self) -> bool:
        with suppress(OSError):  # there may be no such files: then it is taken to get on
            state = self._stat.read_bytes().rpartition(b") ")[2][:1]
            return state in _BUSY
        return False
