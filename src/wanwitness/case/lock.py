"""A folder that only one process writes a case to at a time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from wanwitness.wrong_use import wrong

try:
    import fcntl
except ImportError:  # Windows has no lock of a folder
    _LOCKS = False
else:
    _LOCKS = True


class FolderLock:
    """A lock of a folder, which ends with the process, however it ends: nothing is left behind to be cleared away.

    Where a system or a file system has no such locks, there is none.

    Raises:
        UsageError: somebody else writes there.
        OSError: the folder is not there, or may not be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        if not _LOCKS:
            return
        self._descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise wrong("out-in-use", folder=folder) from None
        except OSError:  # some network file systems
            pass

    @property
    def holds(self) -> bool:
        """Whether the folder is still the one that was locked, at its place."""
        try:
            there = self._folder.stat()
        except OSError:
            return False
        return self._descriptor is None or os.path.samestat(there, os.fstat(self._descriptor))

    def release(self) -> None:
        """Let others write."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
