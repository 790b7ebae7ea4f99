"""A live run from its begin to its end: what is captured is read, judged and written down, tick by tick."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wanwitness.case.lock import FolderLock
from wanwitness.case.values import rfc3339
from wanwitness.errors import UsageError, WanwitnessError
from wanwitness.inputs import Input
from wanwitness.model import Site, printable
from wanwitness.reading.following import NEVER, Followed, Following
from wanwitness.site import rules_for
from wanwitness.uncollected import uncollected
from wanwitness.wrong_use import wrong as wrong_use

from .capture import LivePoint, Supervisor
from .capture.coverage_log import CoverageLog
from .capture.interface import check_interface
from .capture.kept import Keepsakes
from .capture.pipe import check_pipe
from .capture.program import capturing_program, not_begun
from .capture.recorder import Recording, Rotation
from .capture.ring import Keep, capture_files
from .ending import CAPTURE_RESERVE_S, LAST_RESERVE_S, TICK_RESERVE_S, RunEnding
from .engine import LiveEngine
from .journal import Journal, Row, day_before, rows
from .site_file import write_site_file
from .told import SECOND, Addition, Told
from .wrong import wrong

CAPTURES = "captures"
LATENCY_NS = 3 * SECOND // 2
"""What was captured so long ago is in the file: dumpcap writes twice a second."""
PIPE_LATENCY_NS = 5 * SECOND
"""What was captured so long ago at the other end of a pipe has come: tcpdump -U writes each packet at once."""
SHORTEST_TICK_S = 0.5
LOAD = 0.5
"""The share of the time that is spent on judging, at most."""
STATE_EVERY_S = 10.0
BEGIN_PATIENCE_S = 8.0
"""Capturing has begun by then, or cannot."""
READ_AGAIN = timedelta(days=1)
"""What is read again of an earlier run's captures."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is to do."""

    points: Sequence[LivePoint]
    out: Path
    site: str | None = None
    keep: Keep = field(default_factory=Keep)
    rotation: Rotation = field(default_factory=Rotation)
    filter: str = ""
    """The capture filter; empty for all packets."""
    quiet_s: float = 600.0
    command_line: str = ""


def run(
    options: Options,
    ending: RunEnding,
    tell: Callable[[Row], None],
    say: Callable[[str], None],
    begun: Callable[[], None] = lambda: None,
) -> Path:
    """Capture and judge until it is to end, and return the case's folder, which others may write to then.

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
    folder = Path(os.path.realpath(options.out))
    captures = folder / CAPTURES
    try:
        captures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong_use("out-unwritten", folder=options.out, why=error.strerror) from None
    try:
        lock = FolderLock(captures)
    except UsageError:
        raise wrong("live-out-in-use", folder=options.out) from None
    except OSError as error:
        raise wrong("live-out-unusable", folder=options.out, why=error.strerror) from None
    try:
        site = write_site_file(folder, options.site, options.points)
        _Run(options, program, folder, site, ending, tell, say, begun).run()
    finally:
        lock.release()
    return folder


class _Run:
    def __init__(
        self,
        options: Options,
        program: str,
        folder: Path,
        site: Site,
        ending: RunEnding,
        tell: Callable[[Row], None],
        say: Callable[[str], None],
        begun: Callable[[], None],
    ) -> None:
        self._options, self._folder, self._site, self._ending = options, folder, site, ending
        self._tell, self._say, self._begun = tell, say, begun
        now = datetime.now(UTC)
        self._journal = Journal(folder)
        self._told = Told(folder, rows(folder, day_before(now, READ_AGAIN + timedelta(days=1))))
        captures = folder / CAPTURES
        self._keepsakes = Keepsakes(rows(folder, day_before(now, timedelta(days=1, seconds=options.keep.seconds or 0))))
        try:
            self._log = CoverageLog(captures, time.time_ns, rfc3339)
            self._following = Following()
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
        self._engine = LiveEngine(folder, site, self._following, self._told)
        self._recordings: dict[int, Recording] = {}
        """By the file that is followed, who writes it."""
        self._earlier: dict[int, Path] = {}
        """Files that an earlier run left, and whose program still runs."""
        self._fresh_rows: list[Row] = []
        """Rows that are not on the disk yet."""
        self._tick_s = 0.0
        self._next_state_s = 0.0
        self._stated: object = None
        self._failed = ""
        self._watermark_ns = NEVER
        self._frames, self._judged = 0, False
        """What was read in the last round, and whether it was judged."""
        self._additions: list[Addition] = []
        """What was found and is not in the journal's hands yet."""
        self._given_up = False
        """A round was broken off: nobody knows what of it was done."""

    def run(self) -> None:
        try:
            self._follow_earlier()
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
            self._frames = self._read()
            self._judged = self._frames > 0 or self._engine.undecided or in_any_case
            if self._judged:
                self._judge()

    def _last_round(self) -> None:
        """Read what was captured last, and judge it as it is: nothing more will come."""
        with uncollected():
            self._read()
            for followed in self._following.followed:
                self._following.end(followed)
            self._following.read(lambda _: NEVER)
            self._judge(ended=True)

    def _end(self) -> None:
        """Say how it all ended."""
        try:
            if self._given_up or not self._ending.within(self._last_round, LAST_RESERVE_S):
                self._given_up = True
                self._say("what was captured last is not judged yet: the next run here does it, or wanwitness analyze")
            else:
                self._take_down()
            self._add("run", self._event("end"))
            self._write(state=True)
            if self._journal.waiting:
                self._say(f"{self._journal.waiting} rows of the journal could not be written: the disk is full")
        finally:
            self._journal.close()
            if not self._given_up:
                self._following.close()

    def _follow_earlier(self) -> None:
        """Read once more what an earlier run captured last, for what goes on, and for what hosts keep."""
        since_s = time.time() - READ_AGAIN.total_seconds()
        for path in capture_files(self._folder / CAPTURES):
            status, rules = path.stat(), rules_for(self._site, path)
            if rules and status.st_size and status.st_mtime > since_s:
                followed = self._following.add(Input(str(path), rules))
                if self._supervisor.left_at_work(path):
                    self._earlier[followed.file.order] = path
                else:
                    self._following.end(followed)

    def _read(self) -> int:
        """Read what has been captured, and return how many frames that is."""
        for recording in self._supervisor.fresh():
            self._recordings[-1 - len(self._recordings)] = recording  # until its file is there
        for key in [key for key in self._recordings if key < 0]:
            recording = self._recordings[key]
            if recording.path.exists():
                del self._recordings[key]
                followed = self._following.add(Input(str(recording.path), recording.point.rules(str(recording.path))))
                self._recordings[followed.file.order] = recording
            elif recording.ended:
                del self._recordings[key]
        ended = [order for order, recording in self._recordings.items() if order >= 0 and recording.ended]
        ended += [order for order, path in self._earlier.items() if not self._supervisor.left_at_work(path)]
        frames = self._following.read(self._read_to)
        for order in ended:
            followed = self._following.followed[order]
            self._following.end(followed)
            if followed.broken:
                self._say(f"{printable(followed.broken)}; it is not read on")
            self._recordings.pop(order, None)
            self._earlier.pop(order, None)
        if ended:
            frames += self._following.read(self._read_to)
        watermark_ns = self._following.watermark_ns
        self._watermark_ns = time.time_ns() - LATENCY_NS if watermark_ns is None else watermark_ns
        self._watermark_ns += self._reference_ahead_ns()
        return frames

    def _reference_ahead_ns(self) -> int:
        """How far the clock that sessions are dated by, which is the first LAN capture's, is ahead of ours."""
        lan = (self._recordings[key] for key in sorted(self._recordings) if key >= 0)
        clock = next((one.clock for one in lan if one.point.role == "lan"), None)
        return clock.ahead_ns if clock is not None else 0

    def _read_to(self, followed: Followed) -> int:
        """Up to when everything is in a file: its program is at work, or has ended and will not write."""
        now_ns = time.time_ns()
        recording = self._recordings.get(followed.file.order)
        if recording is None or (clock := recording.clock) is None:
            return now_ns - LATENCY_NS
        if (latest_ns := followed.capture.latest_ns) is not None:
            clock.note(latest_ns, now_ns)
        followed.ahead_ns = clock.ahead_ns
        return now_ns + clock.ahead_ns - PIPE_LATENCY_NS

    def _judge(self, *, ended: bool = False) -> None:
        watermark = rfc3339(self._watermark_ns) if self._watermark_ns != NEVER else None
        try:
            self._additions.extend(self._engine.tick(self._watermark_ns, watermark, ended=ended))
            self._failed = ""
        except WanwitnessError as error:
            self._fail(str(error))
        except Exception as error:  # whatever it is, capturing goes on: the captures can be analysed later
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})" if at is not None else ""
            self._fail(f"judging failed, and is tried again: {type(error).__name__}: {error}{where}")

    def _fail(self, why: str) -> None:
        if why != self._failed:
            self._say(printable(why))
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
                self._fail(f"the journal cannot be written ({error.strerror}); {waiting} rows wait")
            return
        told, self._fresh_rows = self._fresh_rows, []
        for row in told:
            self._keepsakes.note(row)
            self._tell(row)

    def _add(self, kind: str, content: object, beside: dict[str, object] | None = None) -> None:
        self._fresh_rows.append(self._journal.add(datetime.now(UTC), kind, content, beside))

    def _state(self, shown: Sequence[dict[str, Any]]) -> Row:
        captured = self._following.captured()
        known = self._watermark_ns != NEVER
        return {
            "watermark": rfc3339(self._watermark_ns) if known else None,
            "lag_s": round((time.time_ns() - self._watermark_ns) / SECOND, 3) if known else None,
            "tick_s": round(self._tick_s, 3),
            "sessions": self._engine.watched,
            "told": self._told.rows,
            "memory_bytes": _memory(),
            **self._supervisor.disk(),
            "captures": [self._seen(row, captured.get(row["source"], [])) for row in shown],
        }

    def _seen(self, row: dict[str, Any], captured: Sequence[Followed]) -> Row:
        """How an interface does, with what has been read of it."""
        dropped = [i.dropped for one in captured for i in one.capture.interfaces if i.dropped is not None]
        last = max((one.capture.latest_ns for one in captured if one.capture.latest_ns is not None), default=None)
        lost = row["lost"]
        return {
            **{key: value for key, value in row.items() if key not in ("source", "lost")},
            "packets": sum(one.capture.frames for one in captured),
            "bytes": sum(one.capture.size for one in captured),
            "dropped": sum(dropped) + (lost or 0) if dropped or lost is not None else None,
            "last": rfc3339(last) if last is not None else None,
        }

    def _event(self, event: str) -> Row:
        return {
            "event": event,
            "pid": os.getpid(),
            "version": version("wanwitness"),
            "site": self._site.name,
            "command_line": printable(self._options.command_line),
        }


def _memory() -> int | None:
    """Bytes of memory that this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10
    return pages * resource.getpagesize()
