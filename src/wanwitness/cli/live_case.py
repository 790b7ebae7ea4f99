"""The case of a live run as it ends, and its end: in the time that is left, whatever they were doing."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from .output import complain, say
from .sentences import sentence
from .stopped import Signalled, Stopped, stoppable

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

    from wanwitness.case import Case
    from wanwitness.language import Language
    from wanwitness.live.ending import RunEnding
    from wanwitness.live.run import Ran

MOST_AT_THE_END = 16 << 20
"""Bytes of captures that are analysed as a run ends; of more, `wanwitness analyze` makes a case when there is time."""
_ROUNDS = 4
"""A case takes as long as so many rounds of judging, at least: everything is read once more, and drawn. It is not begun
where there is no time for that: a library may not let go of what it is at before the time is up.
"""
_TIDY_S = 0.3
"""What was broken off may be tidied up for so long."""


def write_case(ran: Ran, out: Path, command_line: list[str], language: Language, ending: RunEnding) -> None:
    """Write the case of all captures that are there, if there is time for it, and say what came of it.

    Args:
        ran: the run.
        out: its folder, as the command line has it.
        command_line: of the run.
        language: of what is said.
        ending: how much time there is.
    """
    from wanwitness.errors import UsageError, WanwitnessError
    from wanwitness.language import said_of
    from wanwitness.live.capture.ring import capture_files
    from wanwitness.live.ending import CASE_RESERVE_S
    from wanwitness.live.folder import CAPTURES

    folder, quoted = ran.folder, shlex.quote(str(out))
    left_s = ending.left_s(CASE_RESERVE_S)
    size = sum(path.stat().st_size for path in capture_files(folder / CAPTURES))
    if size > MOST_AT_THE_END:
        say(f"{language.say(sentence('live-case-later', size=size >> 20, folder=quoted))}\n", err=True)
        return

    def too_late() -> None:
        say(f"{language.say(sentence('live-no-time', out=str(out), folder=quoted))}\n", err=True)

    if ending.gave_up or ran.round_s * _ROUNDS > left_s:
        too_late()
        return
    try:
        with stoppable(folder), _for(left_s, too_late):
            case = _analysed(folder, command_line)
    except Stopped as stopped:
        if stopped.status != 128 + signal.SIGALRM:
            raise
        too_late()
    except UsageError as error:
        complain(language.say(said_of(error)))
    except WanwitnessError as error:
        complain(language.say(sentence("live-no-case", why=said_of(error))))
    else:
        sessions, flagged = case.totals["sessions"], case.totals["flagged"]
        done = sentence("live-case", sessions=sessions, flagged=flagged, out=str(out))
        say(f"{language.say(done)}\n", err=True)


def _analysed(folder: Path, command_line: list[str]) -> Case:
    from wanwitness.inputs import gather
    from wanwitness.pipeline import run  # half of it is not loaded yet, which takes its time as well

    return run(gather([str(folder)]), out=folder, force=True, command_line=command_line)


@contextmanager
def _for(seconds: float, too_late: Callable[[], None]) -> Iterator[None]:
    """Break off what is in the block after so many seconds, as a signal to end would.

    What has not been tidied up a moment later is left to whoever writes there next: the process ends at once. So it
    does where Python did not let the exception through, as in a destructor.
    """
    begun, report = list[int](), sys.unraisablehook

    def up(signum: int, _: FrameType | None) -> None:
        if begun:
            too_late()
            leave()
        begun.append(signum)
        raise Signalled(signum)

    def unraisable(what: UnraisableHookArgs) -> None:
        if not (isinstance(what.exc_value, Signalled) and what.exc_value.signum == signal.SIGALRM):
            report(what)

    sys.unraisablehook = unraisable
    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6), _TIDY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = report


def leave() -> NoReturn:
    """End the process at once: taking apart what was worked on may take seconds on a busy machine."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(0)
