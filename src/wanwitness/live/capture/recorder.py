"""One interface's programs: each writes one file, the next begins before the one before it ends.

So every file has its counts of what was lost, and no packet falls between two of them; what both have is used once, as
a mirror port's copies are. A program that dies is followed by another, and the time between is a gap, written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wanwitness.model import Sentence

from .clock import RemoteClock
from .coverage_log import CoverageLog
from .interface import LiveInterface, look
from .point import LivePoint
from .program import Program
from .ring import capture_files, source_of
from .sentences import sentence

OVERLAP_S = 2.0
"""Both programs run for so long; dumpcap begins to capture within a few tenths of a second."""
UNWRITTEN_NS = 2_000_000_000
"""What a program that is killed had not written yet was captured within this time."""
START_PATIENCE_S = 10.0
"""A program that has not begun to capture by then does not."""
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Between one that died and the next, the longer the more died at once."""
STEADY_S = 30.0
"""One that ran for so long did not die at once."""
_SUFFIX = {"dumpcap": "pcapng", "tcpdump": "pcap"}


@dataclass(slots=True)
class Recording:
    """A file that is being written, or was."""

    point: LivePoint
    path: Path
    began_ns: int
    ended: bool = False
    """Its program has ended: nothing more will come."""
    clock: RemoteClock | None = None
    """What its packets are dated by, where that is not our clock."""
    complete_ns: int = field(init=False)
    """What was captured before is in it, ns on our clock."""

    def __post_init__(self) -> None:
        self.complete_ns = self.began_ns

    def note(self, program: Program) -> None:
        """Take note of how its program gets on."""
        if (complete_ns := program.complete_ns()) is not None:
            self.complete_ns = complete_ns


@dataclass(frozen=True, slots=True)
class Rotation:
    """When the next file is begun."""

    seconds: int = 3600
    bytes: int = 256 << 20


class Recorder:
    """Keeps one interface captured; `step` is to be called a few times a second.

    Args:
        point: the interface.
        folder: where the files go.
        program: `dumpcap` or `tcpdump`.
        filter: the capture filter.
        rotation: when the next file is begun.
        log: where gaps are written down.
        say: tells people what went wrong.
        look_at: tells how an interface is.
    """

    def __init__(
        self,
        point: LivePoint,
        folder: Path,
        program: str,
        filter: str,  # noqa: A002 - it is one
        rotation: Rotation,
        log: CoverageLog,
        say: Callable[[Sentence], None],
        look_at: Callable[[str], LiveInterface] = look,
    ) -> None:
        self.point = point
        self.restarts = 0
        """Programs that had to be started in the place of one that died."""
        self.dropped: int | None = None
        """Packets lost, as far as programs have told."""
        self.complaint = ""
        """What the last program that failed said."""
        self._folder, self._program = folder, program
        self._filter = filter if point.filter is None else point.filter
        self._rotation, self._log, self._say, self._look = rotation, log, say, look_at
        self._current: tuple[Program, Recording] | None = None
        self._next: tuple[Program, Recording] | None = None
        self._leaving: list[tuple[Program, Recording]] = []
        """Told to end."""
        self._fresh: list[Recording] = []
        self._interface = look_at(point.interface)
        self._blind: tuple[int, Sentence] | None = None
        """Since when nothing is captured, and why."""
        self._failures = 0
        self._begun = False
        """Something has been captured at all."""
        self._not_before_s = 0.0
        self._number = self._last_number()
        self._grown = 0, time.monotonic()
        """The bytes of the file in hand, and since when they are so many."""

    @property
    def quiet_s(self) -> float:
        """For how long nothing has been seen, while it was captured."""
        return time.monotonic() - self._grown[1]

    @property
    def stuck_s(self) -> float:
        """For how long its program has not been seen to have read what there was."""
        return self._current[0].stuck_s if self._current is not None else 0.0

    @property
    def running(self) -> list[Path]:
        """The files that are being written."""
        return [recording.path for _, recording in self._at_work]

    @property
    def _at_work(self) -> list[tuple[Program, Recording]]:
        return [running for running in (self._current, self._next, *self._leaving) if running is not None]

    @property
    def interface(self) -> LiveInterface:
        """How the interface was when it was last looked at."""
        return self._interface

    @property
    def alive(self) -> bool:
        """Whether it is being captured."""
        return self._current is not None and self._current[0].ready

    def fresh(self) -> list[Recording]:
        """Return the files that were begun since this was asked last."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def blind_from(self, since_ns: int, why: Sentence) -> None:
        """Take note that nothing has been captured since a time."""
        if self._blind is None:
            self._blind = since_ns, why

    def step(self) -> None:
        """Do what is due."""
        for program, recording in self._at_work:
            recording.note(program)
        self._watch_interface()
        self._watch_current()
        self._watch_next()
        self._watch_leaving()
        if self._current is None and self._interface.state != "gone" and time.monotonic() >= self._not_before_s:
            self._current = self._start()

    def stop(self) -> None:
        """Have all programs end."""
        for running in (self._current, self._next):
            if running is not None:
                self._leaving.append(running)
        self._current = self._next = None
        for program, _ in self._leaving:
            program.stop()
        if self._blind is not None and self._begun:
            self._gap(time.time_ns())

    def stopped(self) -> bool:
        """Whether all have."""
        self._watch_leaving()
        return not self._leaving

    def _watch_interface(self) -> None:
        before, self._interface = self._interface, self._look(self.point.interface)
        if self._interface == before:
            return
        name, now = self.point.interface, self._interface
        what = sentence(f"capture-interface-{now.state if now.state != before.state else 'anew'}", interface=name)
        self._note("interface", what, state=now.state)
        self._say(what)
        if now.state != "up":
            self.blind_from(time.time_ns(), sentence(f"capture-was-{now.state}", interface=name))
        elif self._current is not None:
            # A program goes on listening where there is nothing any more: another one looks anew.
            self._leave(self._current)
            self._current, self._not_before_s = None, 0.0

    def _watch_current(self) -> None:
        if self._current is None:
            return
        program, recording = self._current
        if not program.alive:
            self._died(self._current)
            self._current, self._next = self._next, None
            self._grown = 0, time.monotonic()
            if self._current is None:
                complaint = self.complaint
                why = (
                    sentence("capture-ended-of", why=complaint)
                    if complaint
                    else sentence("capture-ended", program=self._program)
                )
                self.blind_from(min(program.written_ns - UNWRITTEN_NS, recording.complete_ns), why)
            return
        if not program.ready:
            if program.age_s > START_PATIENCE_S:
                self._leave(self._current)
                self._current = None
            return
        self._begun = True
        if self._blind is not None and self._interface.state == "up" and program.ready_ns is not None:
            self._gap(program.ready_ns, recording.path.name)
        if program.age_s > STEADY_S:
            self._failures = 0
        if program.size != self._grown[0]:
            self._grown = program.size, time.monotonic()
        due = program.age_s > self._rotation.seconds or program.size > self._rotation.bytes
        if due and self._next is None and self._interface.state == "up" and time.monotonic() >= self._not_before_s:
            self._next = self._start()

    def _watch_next(self) -> None:
        if self._next is None or self._current is None:
            return
        program = self._next[0]
        if not program.alive:
            self._died(self._next)
            self._next = None
        elif program.ready and program.ready_ns is not None and program.age_s > OVERLAP_S:
            self._leave(self._current)
            self._current, self._next = self._next, None
        elif program.age_s > START_PATIENCE_S:
            self._leave(self._next)
            self._next = None

    def _watch_leaving(self) -> None:
        for running in list(self._leaving):
            program, recording = running
            if program.stopped():
                self._leaving.remove(running)
                if program.killed:  # the next one may have captured some of it
                    why = sentence("capture-killed", program=self._program)
                    self._note("gap", why, file=recording.path.name, span=(recording.complete_ns, time.time_ns()))
                self._ended(running)

    def _leave(self, running: tuple[Program, Recording]) -> None:
        running[0].stop()
        self._leaving.append(running)

    def _died(self, running: tuple[Program, Recording]) -> None:
        """Take note that a program ended without being told to."""
        program = running[0]
        self.complaint = program.complaint()
        self._ended(running)
        self.restarts += 1
        self._failures = 0 if program.age_s > STEADY_S else self._failures + 1
        self._not_before_s = time.monotonic() + BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        told = self._failures in (0, 1) or self._failures % 20 == 0
        if told and self._begun:  # why a run cannot begin, it says itself
            about = {"program": self._program, "interface": self.point.interface}
            why = self.complaint
            self._say(sentence("capture-died-of", why=why, **about) if why else sentence("capture-died", **about))

    def _ended(self, running: tuple[Program, Recording]) -> None:
        program, recording = running
        recording.ended = True
        lost = program.lost()
        if lost is not None:
            self.dropped = (self.dropped or 0) + lost
            self._note("drops", sentence("capture-lost", n=lost), file=recording.path.name, dropped=lost)
        if program.size:
            name = recording.path.name
            self._note("end", sentence("capture-file-ended", file=name), file=name)
        program.forget()

    def _start(self) -> tuple[Program, Recording] | None:
        self._number += 1
        stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
        name = f"{self.point.source}_{self._number:05d}_{stamp}.{_SUFFIX[self._program]}"
        path = self._folder / name
        most_s = 2 * self._rotation.seconds + 600
        try:
            log = self._folder / f".{name}.log"
            program = Program.capturing(self._program, self.point.interface, path, self._filter, most_s, log)
        except OSError as error:
            self.complaint = error.strerror or str(error)
            self._failures += 1
            self._not_before_s = time.monotonic() + BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
            if self._failures == 1 and self._begun:
                about = {"program": self._program, "interface": self.point.interface, "why": self.complaint}
                self._say(sentence("capture-not-started", **about))
            return None
        recording = Recording(self.point, path, time.time_ns())
        self._fresh.append(recording)
        self._note("begin", sentence("capture-file-begun", file=name), file=name)
        return program, recording

    def _gap(self, until_ns: int, file: str | None = None) -> None:
        """Write down what was missed."""
        assert self._blind is not None
        since_ns, why = self._blind
        self._note("gap", why, file=file, span=(since_ns, max(until_ns, since_ns)))
        self._blind = None

    def _note(
        self, kind: str, what: Sentence, *, file: str | None = None, span: tuple[int, int] | None = None, **more: object
    ) -> None:
        name = self.point.name
        self._log.add(kind, what, source=self.point.source, interface=name, file=file, span=span, **more)

    def _last_number(self) -> int:
        """The number of the interface's last file that is there."""
        mine = [path.name for path in capture_files(self._folder) if source_of(path) == self.point.source]
        return max((int(name.rsplit("_", 2)[1]) for name in mine), default=0)
