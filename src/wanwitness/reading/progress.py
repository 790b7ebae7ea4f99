"""How far the reading has come, for somebody who waits for it."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable

import numpy as np

Show = Callable[[int, int, bool], None]
"""Is told the bytes read, the SMTP connections found (each side of the router has its own), and whether all is read."""


class Progress:
    """Counts what several processes read: each writes in a place of its own, in memory that forked ones share.

    Args:
        places: processes, at most.
        show: called by the process that made this, window by window.
    """

    def __init__(self, places: int, show: Show) -> None:
        self._counts = np.frombuffer(mmap.mmap(-1, max(1, places) * 16), np.int64).reshape(-1, 2)
        self._show = show
        self._owner = os.getpid()

    def note(self, place: int, bytes_read: int, connections: int) -> None:
        """Put down how far one process is."""
        self._counts[place] = bytes_read, connections
        if os.getpid() == self._owner:
            self._tell(done=False)

    def finish(self) -> None:
        """All is read."""
        self._tell(done=True)

    def _tell(self, *, done: bool) -> None:
        bytes_read, connections = self._counts.sum(axis=0).tolist()
        self._show(bytes_read, connections, done)
