"""A live run from its begin to its end: what is captured is read, judged and written down, tick by tick."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wanwitness.case.values import rfc3339
from wanwitness.model import Sentence, Site, printable
from wanwitness.reading.following import NEVER
from wanwitness.uncollected import uncollected
from wanwitness.wrong_use import wrong as wrong_use

from .capture import LivePoint, Supervisor
from .capture.coverage_log import CoverageLog
from .capture.interface import check_interface
from .capture.kept import Keepsakes
from .capture.pipe import check_pipe
from .capture.program import capturing_program, not_begun
from .capture.recorder import Rotation
from .capture.ring import Keep
from .catalogue import SAY
from .ending import CAPTURE_RESERVE_S, LAST_RESERVE_S, TICK_RESERVE_S, RunEnding
from .engine import LiveEngine
from .folder import CAPTURES, run_folder
from .heap import give_large_blocks_back
from .journal import Journal, Row, day_before, rows
from .judging import SHORTEST_TICK_S, Judging
from .reader import READ_AGAIN, LiveReader
from .site_file import write_site_file
from .state import memory, seen
from .told import SECOND, Told
from .wrong import wrong

_LOOK_S = 0.05
STATE_EVERY_S = 10.0
BEGIN_PATIENCE_S = 8.0
"""Capturing has begun by then, or cannot."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is to do."""

    points: Sequence[LivePoint]
    out: Path
    force: bool = False
    """Write to `out` even where it holds somebody else's files."""
    site: str | None = None
    keep: Keep = field(default_factory=Keep)
    rotation: Rotation = field(default_factory=Rotation)
    filter: str = ""
    """The capture filter; empty for all packets."""
    quiet_s: float = 600.0
    command_line: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """What is left of a run."""

    folder: Path
    """The case's, which others may write to now."""
    round_s: float
    """What the last round of judging took."""


def run(
    options: Options,
    ending: RunEnding,
    tell: Callable[[Row], None],
    say: Callable[[Sentence], None],
    begun: Callable[[], None] = lambda: None,
) -> Ran:
    """Capture and judge until it is to end.

    Args:
        options: what to do.
        ending: when it is to end, and how long that may take.
        tell: takes each row of the journal when it is on the disk.
        say: takes what people should know, a line each; called from any thread.
        begun: called when all interfaces are being captured.

    Raises:
        UsageError: an interface is not there, or may not be captured; the folder cannot be written, or is another's.
        SiteError: the site file is wrong.
    """
    give_large_blocks_back()
    program = capturing_program()
    for point in options.points:
        if point.pipe:
            check_pipe(point.interface)
        else:
            check_interface(point.interface)
    if program != "dumpcap" and any(point.pipe for point in options.points):
        raise wrong("live-pipes-need-dumpcap")
    with run_folder(options.out, force=options.force) as folder:
        site = write_site_file(folder, options.site, options.points)
        round_s = _Run(options, program, folder, site, ending, tell, say, begun).run()
    return Ran(folder, round_s)


class _Run:
    def __init__(
        self,
        options: Options,
        program: str,
        folder: Path,
        site: Site,
        ending: RunEnding,
        tell: Callable[[Row], None],
        say: Callable[[Sentence], None],
        begun: Callable[[], None],
    ) -> None:
        self._options, self._site, self._ending = options, site, ending
        self._tell, self._say, self._begun = tell, say, begun
        now = datetime.now(UTC)
        self._journal = Journal(folder)
        self._told = Told(folder, rows(folder, day_before(now, READ_AGAIN + timedelta(days=1))))
        captures = folder / CAPTURES
        self._keepsakes = Keepsakes(rows(folder, day_before(now, timedelta(days=1, seconds=options.keep.seconds or 0))))
        try:
            self._log = CoverageLog(captures, time.time_ns, rfc3339)
            keep, rotation, quiet_s = options.keep, options.rotation, options.quiet_s
            self._supervisor = Supervisor(
                options.points,
                captures,
                program,
                options.filter,
                rotation,
                keep,
                quiet_s,
                self._log,
                say,
                ending,
                self._keepsakes,
            )
        except OSError as error:
            raise wrong_use("cannot-be-written", path=captures, why=error.strerror) from None
        self._reader = LiveReader(captures, site, self._supervisor, say)
        self._engine = LiveEngine(folder, site, self._reader.following, self._told)
        self._judging = Judging(self._engine)
        self._fresh_rows: list[Row] = []
        """Rows that are not on the disk yet."""
        self._next_state_s = 0.0
        self._stated: object = None
        self._failed: Sentence | None = None
        self._given_up = False
        """Reading was broken off: nobody knows what of it was done."""

    def run(self) -> float:
        """Return what the last round took, seconds."""
        try:
            self._reader.follow_earlier()
            self._add("run", self._event("begin"))
            self._supervisor.start()
            self._begin()
            self._begun()
            self._go_on()
        finally:
            self._ending.begin()
            self._supervisor.stop(CAPTURE_RESERVE_S)
            self._end()
            if self._supervisor.close(LAST_RESERVE_S):
                self._log.close()
        return self._judging.took_s

    def _begin(self) -> None:
        """Wait until everything is being captured.

        Raises:
            UsageError: something cannot be.
        """
        until = time.monotonic() + BEGIN_PATIENCE_S
        while not self._supervisor.alive and not self._ending.begun:
            complaints = self._supervisor.complaints
            if complaints or time.monotonic() > until:
                raise not_begun(complaints)
            self._ending.wait(0.02)

    def _go_on(self) -> None:
        """Read what comes, and have it judged meanwhile."""
        while not self._ending.begun:
            until_s = time.monotonic() + SHORTEST_TICK_S
            if not self._ending.within(self._read, TICK_RESERVE_S):
                self._given_up = True
                return
            self._judge()
            self._write()
            while not self._ending.begun and (left_s := until_s - time.monotonic()) > 0:
                if self._judging.at_work and self._take(min(left_s, _LOOK_S)):
                    self._write()
                elif not self._judging.at_work:
                    self._ending.wait(left_s)
            self._take()
        self._take_within(TICK_RESERVE_S)

    def _read(self) -> None:
        """Read what has come, and put together what is to be judged now."""
        with uncollected():
            self._judging.put_together(self._reader.read() > 0)

    def _read_last(self) -> None:
        """Read what was captured last: nothing more will come."""
        with uncollected():
            self._reader.read_last()
            self._judging.put_all_together()

    def _judge(self, *, ended: bool = False) -> None:
        """Have judged what was put together for it."""
        with uncollected():  # so is the process that judges it
            self._judging.begin(self._reader.watermark_ns, self._watermark(), ended=ended)

    def _take(self, wait_s: float = 0.0) -> bool:
        """Give the journal what a round has found, as soon as it has ended, and return whether it has.

        Args:
            wait_s: how long that is waited for.
        """
        if not self._judging.ended(wait_s):
            return False
        with uncollected():
            found = self._judging.take()
        if isinstance(found, Sentence):
            self._fail(found)
            return True
        self._failed = None
        for addition in found:
            self._add(*addition)
        return True

    def _take_within(self, reserve_s: float) -> bool:
        """Do so as the run ends, and return whether it was done; what has no time to end is broken off."""
        while self._judging.at_work and (left_s := self._ending.left_s(reserve_s)):
            self._take(left_s)
        done = not self._judging.at_work
        self._judging.break_off()
        return done

    def _end(self) -> None:
        """Judge what was captured last as it is, and say how it all ended."""
        try:
            if self._given_up or not self._ending.within(self._read_last, LAST_RESERVE_S):
                self._given_up = True
            else:
                self._judge(ended=True)
            if not self._take_within(LAST_RESERVE_S) or self._given_up:
                self._say(SAY("live-last-unjudged"))
            self._add("run", self._event("end"))
            self._write(state=True)
            if self._journal.waiting:
                self._say(SAY("live-rows-unwritten", n=self._journal.waiting))
        finally:
            self._judging.break_off()
            self._journal.close()
            if not self._given_up:
                self._reader.following.close()

    def _watermark(self) -> str | None:
        """Up to when all captures have been read, as the journal has it; None where nothing was."""
        return rfc3339(self._reader.watermark_ns) if self._reader.watermark_ns != NEVER else None

    def _fail(self, why: Sentence) -> None:
        if why != self._failed:
            self._say(why)
        self._failed = why

    def _write(self, *, state: bool = False) -> None:
        """Bring to the disk what there is to tell, and tell it then."""
        for row in self._log.untold():
            self._add("coverage", row)
        now = time.monotonic()
        shown = self._supervisor.states()
        if state or now >= self._next_state_s or shown != self._stated:
            self._next_state_s, self._stated = now + STATE_EVERY_S, shown
            self._add("state", self._state(shown))
        waiting = self._journal.waiting
        try:
            self._journal.commit()
        except OSError as error:
            if waiting == len(self._fresh_rows):
                self._fail(SAY("live-journal-unwritten", why=error.strerror, n=waiting))
            return
        told, self._fresh_rows = self._fresh_rows, []
        for row in told:
            self._keepsakes.note(row)
            self._tell(row)

    def _add(self, kind: str, content: object, beside: dict[str, object] | None = None) -> None:
        self._fresh_rows.append(self._journal.add(datetime.now(UTC), kind, content, beside))

    def _state(self, shown: Sequence[dict[str, Any]]) -> Row:
        captured, watermark = self._reader.following.captured(), self._watermark()
        return {
            "watermark": watermark,
            "lag_s": round((time.time_ns() - self._reader.watermark_ns) / SECOND, 3) if watermark else None,
            "tick_s": round(self._judging.took_s, 3),
            "sessions": self._engine.watched,
            "told": self._told.rows,
            "memory_bytes": memory(),
            **self._supervisor.disk(),
            "captures": [seen(row, captured.get(row["source"], [])) for row in shown],
        }

    def _event(self, event: str) -> Row:
        return {
            "event": event,
            "pid": os.getpid(),
            "version": version("wanwitness"),
            "site": self._site.name,
            "command_line": printable(self._options.command_line),
        }
