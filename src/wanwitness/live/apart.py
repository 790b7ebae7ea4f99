"""Work in a process of its own: what memory it took is given back whole when it ends.

A round of judging makes a hundred megabytes of objects that are gone when it ends, and they lie among those that last.
Python gives back what is free only where nothing that lasts lies beside it: a run that judged in its own process grew
by 341 MiB an hour. So the process forks, as the child sees all that has been read without a copy of it, and sends back
what it found.

Other threads may hold locks when it forks, and nobody lets go of these in the child. It takes none of them: it only
reckons, says nothing, and has no file but the pipe to its parent. If it should hang all the same, it ends in time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Generic, NoReturn, TypeVar, cast
from warnings import catch_warnings

Found = TypeVar("Found")

MOST_S = 900
"""Work that has not ended by then does not end."""
NICE = 5
"""Where there is but one processor, what is captured comes before what is judged."""
_STANDARD = 3
"""Descriptors below are standard input and output."""


class DiedError(Exception):
    """A child ended before it had found something: another process took its memory, or killed it.

    Args:
        status: its exit status, or the number of the signal that ended it, below zero.
    """

    def __init__(self, status: int) -> None:
        super().__init__(signal.Signals(-status).name if status < 0 else f"status {status}")


class Apart(Generic[Found]):
    """Work that is being done in a child.

    Args:
        work: what to do, with what there is in this process by now; what it returns is pickled.
    """

    def __init__(self, work: Callable[[], Found]) -> None:
        self._receiving, sending = Pipe(duplex=False)
        with catch_warnings(action="ignore", category=DeprecationWarning):  # of threads: see above
            self._pid = os.fork()
        if not self._pid:
            _do(work, sending)
        sending.close()

    def ended(self, seconds: float = 0.0) -> bool:
        """Wait for it, and return whether it has ended."""
        return self._receiving.poll(seconds)

    def result(self) -> Found:
        """Return what it found, once that is there.

        Raises:
            DiedError: it ended, or was ended, before it had found something.
        """
        try:
            return cast(Found, self._receiving.recv())
        except (EOFError, OSError):
            raise DiedError(self._end()) from None
        finally:
            self._end()

    def break_off(self) -> None:
        """End it, whatever it was at."""
        if not self._receiving.closed:
            os.kill(self._pid, signal.SIGKILL)
            self._end()

    def _end(self) -> int:
        """Wait until it is gone, and return how it ended: its exit status, or the number of a signal below zero."""
        if self._receiving.closed:
            return 0
        self._receiving.close()
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def _do(work: Callable[[], Found], sending: Connection) -> NoReturn:
    """Do the work, send what it found, and end, also where nobody takes it any more.

    Signals that end a run are its parent's: that one waits for this as long as there is time, and kills it then.
    """
    status = 1
    try:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        signal.alarm(MOST_S)
        with suppress(OSError):  # the unit's filter of system calls forbids it
            os.nice(NICE)
        _keep_only(sending.fileno())
        sending.send(work())
        status = 0
    finally:
        os._exit(status)


def _keep_only(descriptor: int) -> None:
    """Close all files but one: locks end with their last holder, and who reads a pipe waits for its last writer."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(_STANDARD):
        os.dup2(nothing, standard)
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number >= _STANDARD and number != descriptor:
            with suppress(OSError):  # that of the list itself is closed already
                os.close(number)
