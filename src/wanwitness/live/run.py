"""A live run from its begin to its end: what is captured is read, judged and written down, tick by tick."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wanwitness.case.values import rfc3339
from wanwitness.errors import WanwitnessError
from wanwitness.language import said_of
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
from .journal import Journal, Row, day_before, rows
from .reader import READ_AGAIN, LiveReader
from .site_file import write_site_file
from .state import memory, seen
from .told import SECOND, Addition, Told
from .wrong import wrong

SHORTEST_TICK_S = 0.5
LOAD = 0.5
"""The share of the time that is spent on judging, at most."""
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
        self._fresh_rows: list[Row] = []
        """Rows that are not on the disk yet."""
        self._tick_s = 0.0
        self._next_state_s = 0.0
        self._stated: object = None
        self._failed: Sentence | None = None
        self._frames, self._judged = 0, False
        """What was read in the last round, and whether it was judged."""
        self._additions: list[Addition] = []
        """What was found and is not in the journal's hands yet."""
        self._given_up = False
        """A round was broken off: nobody knows what of it was done."""

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
        return self._tick_s

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
        idle_s = 0.0
        while not self._ending.begun:
            begin = time.monotonic()
            if not self._ending.within(partial(self._round, idle_s > STATE_EVERY_S), TICK_RESERVE_S):
                self._given_up = True
                return
            self._take_down()
            if self._judged:
                self._tick_s, idle_s = time.monotonic() - begin, 0.0
            self._write()
            wait_s = max(
                SHORTEST_TICK_S - (time.monotonic() - begin), self._tick_s * (1 / LOAD - 1) if self._frames else 0.0
            )
            idle_s += wait_s
            self._ending.wait(max(wait_s, 0.05))

    def _round(self, in_any_case: bool) -> None:
        """Read what has come, and judge if that may tell something new."""
        with uncollected():
            self._frames = self._reader.read()
            self._judged = self._frames > 0 or self._engine.undecided or in_any_case
            if self._judged:
                self._judge()

    def _last_round(self) -> None:
        """Read what was captured last, and judge it as it is: nothing more will come."""
        with uncollected():
            self._reader.read_last()
            self._judge(ended=True)

    def _end(self) -> None:
        """Say how it all ended."""
        try:
            if self._given_up or not self._ending.within(self._last_round, LAST_RESERVE_S):
                self._given_up = True
                self._say(SAY("live-last-unjudged"))
            else:
                self._take_down()
            self._add("run", self._event("end"))
            self._write(state=True)
            if self._journal.waiting:
                self._say(SAY("live-rows-unwritten", n=self._journal.waiting))
        finally:
            self._journal.close()
            if not self._given_up:
                self._reader.following.close()

    def _judge(self, *, ended: bool = False) -> None:
        try:
            self._additions.extend(self._engine.tick(self._reader.watermark_ns, self._watermark(), ended=ended))
            self._failed = None
        except WanwitnessError as error:
            self._fail(said_of(error))
        except Exception as error:  # whatever it is, capturing goes on: the captures can be analysed later
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})" if at is not None else ""
            self._fail(SAY("live-judging-failed", error=f"{type(error).__name__}: {error}{where}"))

    def _watermark(self) -> str | None:
        """Up to when all captures have been read, as the journal has it; None where nothing was."""
        return rfc3339(self._reader.watermark_ns) if self._reader.watermark_ns != NEVER else None

    def _fail(self, why: Sentence) -> None:
        if why != self._failed:
            self._say(why)
        self._failed = why

    def _take_down(self) -> None:
        """Give the journal what a round has found."""
        for addition in self._additions:
            self._add(*addition)
        self._additions.clear()

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
            "tick_s": round(self._tick_s, 3),
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
