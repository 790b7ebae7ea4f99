"""A command that somebody stopped (Ctrl-C, or a signal to end) says in one line what came of it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

    from wanwitness.model import Sentence

SEAL, CASE_FILE = "SHA256SUMS", "case.json"
_SIGNALS = signal.SIGINT, signal.SIGTERM


class Stopped(Exception):  # noqa: N818 - it is no error
    """The user stopped the command; the message says what was written until then."""

    def __init__(self, said: Sentence, signum: int) -> None:
        super().__init__(said)
        self.said = said
        self.status = 128 + signum
        """The exit status that shells expect."""


class Signalled(BaseException):
    """A signal to end came; like KeyboardInterrupt, nothing on the way is to take it for an error of its own."""

    def __init__(self, signum: int = signal.SIGINT) -> None:
        super().__init__(signum)
        self.signum = signum


@contextmanager
def told_of_signals(say_it: Callable[[str], None]) -> Iterator[None]:
    """Turn the first signal to end within the block into `Signalled`; a second one ends the process at once.

    Args:
        say_it: prints a line, where Python would not let the exception through (in a destructor, say).
    """

    def come(signum: int, frame: FrameType | None) -> None:
        leave()
        raise Signalled(signum)

    def leave() -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    def unraisable(what: UnraisableHookArgs) -> None:
        if not isinstance(what.exc_value, Signalled):
            sys.__unraisablehook__(what)
            return
        say_it("stopped")
        os._exit(128 + what.exc_value.signum)

    sys.unraisablehook = unraisable
    for each in _SIGNALS:
        signal.signal(each, come)
    try:
        yield
    finally:
        leave()
        sys.unraisablehook = sys.__unraisablehook__


@contextmanager
def stoppable(folder: Path | None = None) -> Iterator[None]:
    """Turn a signal to end within the block into `Stopped`.

    Args:
        folder: where a case is written; its seal comes last.
    """
    before = _state(folder)
    try:
        yield
    except (Signalled, KeyboardInterrupt) as stop:
        signum = stop.signum if isinstance(stop, Signalled) else signal.SIGINT
        after = _state(folder)
        from .sentences import sentence

        kind = "nothing" if after == before else "complete" if after[0] is not None else "incomplete"
        raise Stopped(sentence(f"stopped-{kind}", folder=str(folder)), signum) from None


def _state(folder: Path | None) -> tuple[tuple[int, int] | None, ...]:
    """What changes with every new seal and document."""
    return tuple(_file(folder / name) if folder is not None else None for name in (SEAL, CASE_FILE))


def _file(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
