"""All capturing of a live run, in a thread of its own: however long judging takes, a dead program is followed at once.

It shares little with whoever reads: the files on the disk, and the few words that `fresh`, `states` and the coverage
log's `untold` give.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import Any

from wanwitness.live.ending import RunEnding
from wanwitness.model import Sentence

from .clock import ClockWatch
from .coverage_log import CoverageLog
from .kept import Keepsakes
from .leftover import leftovers
from .pipe import PipeRecorder, copied_to
from .point import LivePoint
from .recorder import OVERLAP_S, UNWRITTEN_NS, Recorder, Recording, Rotation
from .ring import Keep, Ring, capture_files, source_of
from .sentences import sentence

STEP_S = 0.2
CLOCK_EVERY_S = 1.0
RING_EVERY_S = 10.0
STUCK_S = 10.0
"""A program that does not get on for so long is told of: verdicts wait for it."""
TAKE_OVER_S = 3.0
"""A program of an earlier run that copies a pipe ends within this time."""


class Supervisor:
    """Captures interfaces until it is stopped.

    Args:
        points: the interfaces, and pipes.
        folder: where the captures go, an absolute path.
        program: `dumpcap` or `tcpdump`.
        filter: the capture filter; empty for none.
        rotation: when a file is followed by the next.
        keep: how much is kept.
        quiet_s: after how much silence of an interface an alarm is raised.
        log: where gaps are written down.
        say: tells people; called from any thread.
        ending: when all of this is to end.
        keepsakes: knows what is kept of captures that go.
        clock: notices that the machine's clock was set.
    """

    def __init__(
        self,
        points: Sequence[LivePoint],
        folder: Path,
        program: str,
        filter: str,  # noqa: A002 - it is one
        rotation: Rotation,
        keep: Keep,
        quiet_s: float,
        log: CoverageLog,
        say: Callable[[Sentence], None],
        ending: RunEnding,
        keepsakes: Keepsakes,
        clock: ClockWatch | None = None,
    ) -> None:
        self._folder, self._quiet_s, self._log, self._say = folder, quiet_s, log, say
        self._clock = clock or ClockWatch()
        self._leftovers = leftovers(folder)
        self._take_pipes_over({copied_to(point, folder) for point in points if point.pipe})
        self._ring = Ring(folder, keep, log, say, keepsakes)
        self._recorders: list[Recorder | PipeRecorder] = [
            PipeRecorder(point, folder, rotation, log, say)
            if point.pipe
            else Recorder(point, folder, program, filter, rotation, log, say)
            for point in points
        ]
        self._alarms: set[tuple[str, str]] = set()
        """Kinds of what goes on for too long, with the source."""
        self._alive_since_s: float | None = None
        self._ending = ending
        self._stopped = threading.Event()
        """No program is at work any more."""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._next_clock_s = self._next_ring_s = 0.0
        self._crashed: BaseException | None = None

    def start(self) -> None:
        """Begin to capture."""
        self._blind_before()
        self._step()
        self._thread.start()

    def fresh(self) -> list[Recording]:
        """Return the files that were begun since this was asked last."""
        with self._lock:
            return [recording for recorder in self._recorders for recording in recorder.fresh()]

    def left_at_work(self, path: Path) -> bool:
        """Whether a program of an earlier run still writes a file."""
        return any(one.path == path and one.alive for one in self._leftovers)

    @property
    def alive(self) -> bool:
        """Whether all interfaces are being captured."""
        return all(recorder.alive for recorder in self._recorders)

    @property
    def complaints(self) -> list[str]:
        """What the programs said that failed last, an interface each."""
        return [f"{one.point.name}: {one.complaint}" for one in self._recorders if one.complaint and not one.alive]

    def states(self) -> list[dict[str, Any]]:
        """Return how each interface does, for the journal."""
        return [
            {
                "source": one.point.source,
                "interface": one.point.name,
                "role": one.point.role,
                "link": one.point.link,
                "alive": one.alive,
                "up": one.interface.state,
                "restarts": one.restarts,
                "quiet": ("quiet", one.point.source) in self._alarms,
                "lost": one.dropped,
            }
            for one in self._recorders
        ]

    def disk(self) -> dict[str, int | None]:
        """Return how many bytes the captures are, and how many are free on their disk."""
        try:
            return {"disk_bytes": self._ring.bytes(), "disk_free_bytes": self._ring.free()}
        except OSError:
            return {"disk_bytes": None, "disk_free_bytes": None}

    def stop(self, reserve_s: float) -> None:
        """Wait until all programs have ended, as they do in the end, or until no more than so much time is left."""
        if self._thread.ident is None:  # it was not even started
            self._end()
        self._stopped.wait(self._ending.left_s(reserve_s))

    def close(self, reserve_s: float) -> bool:
        """Wait until the files are sealed, or until no more than so much time is left, and return which it was.

        What is not sealed by then is sealed by the next run.
        """
        if self._thread.ident is not None:
            self._thread.join(self._ending.left_s(reserve_s))
            if self._thread.is_alive():
                return False
        self._ring.close()
        return True

    def _run(self) -> None:
        while not self._ending.wait(STEP_S):
            self._try(self._step)
        self._try(self._end)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:  # a full disk, a folder that is gone: the next step may find it mended
            if str(error) != str(self._crashed):
                self._say(sentence("capture-trouble", why=error.strerror or str(error)))
            self._crashed = error

    def _end(self) -> None:
        """Have all programs end, wait for that, and seal their files: nobody writes them any more."""
        for leftover in self._leftovers:
            leftover.stop()
        with self._lock:
            for recorder in self._recorders:
                recorder.stop()
        while not self._all_stopped() and self._ending.left_s():
            time.sleep(0.02)
        self._stopped.set()
        self._ring.seal(self._open_files())

    def _all_stopped(self) -> bool:
        with self._lock:
            return sum(not recorder.stopped() for recorder in self._recorders) == 0

    def _step(self) -> None:
        now = time.monotonic()
        if now >= self._next_clock_s:
            self._next_clock_s = now + CLOCK_EVERY_S
            self._watch_clock()
        with self._lock:
            for recorder in self._recorders:
                recorder.step()
        self._watch_alarms()
        self._relieve(now)
        if now >= self._next_ring_s:
            self._next_ring_s = now + RING_EVERY_S
            open_files = self._open_files()
            self._ring.seal(open_files)
            self._ring.turn(open_files)
        self._log.flush()

    def _open_files(self) -> set[Path]:
        running = {path for recorder in self._recorders for path in recorder.running}
        return running | {one.path for one in self._leftovers if one.alive}

    def _take_pipes_over(self, bases: Container[Path]) -> None:
        """What an earlier run left at work at a pipe is ended at once: it would take away what is ours."""
        until = time.monotonic() + TAKE_OVER_S
        for leftover in self._leftovers:
            if leftover.path in bases:
                leftover.stop()
                while leftover.alive and time.monotonic() < until:
                    time.sleep(0.02)

    def _blind_before(self) -> None:
        """Where an earlier run's captures are, and nobody went on with them, the time since is a gap."""
        for recorder in self._recorders:
            mine = [path for path in capture_files(self._folder) if source_of(path) == recorder.point.source]
            if mine and not any(self.left_at_work(path) for path in mine):
                last = max(path.stat().st_mtime_ns for path in mine)
                recorder.blind_from(last - UNWRITTEN_NS, sentence("capture-not-running"))

    def _relieve(self, now: float) -> None:
        """Stop what an earlier run left at work, as soon as its successors have been at work for a while."""
        if not self._leftovers:
            return
        if not self.alive:
            self._alive_since_s = None
        elif self._alive_since_s is None:
            self._alive_since_s = now
        elif now - self._alive_since_s > OVERLAP_S:
            for leftover in self._leftovers:
                leftover.stop()
            self._leftovers = [one for one in self._leftovers if one.alive]

    def _watch_clock(self) -> None:
        step = self._clock.look()
        if step is not None:
            by_s = step.by_ns / 1e9
            what = sentence("capture-clock-forward" if by_s > 0 else "capture-clock-back", by=abs(by_s))
            self._log.add("clock", what, span=(step.from_ns, step.to_ns), by_s=by_s)
            self._say(what)

    def _watch_alarms(self) -> None:
        for one in self._recorders:
            quiet, stuck = one.alive and one.quiet_s > self._quiet_s, one.stuck_s > STUCK_S
            self._watch(one.point, "quiet", quiet, ("capture-silent", self._quiet_s), "capture-traffic-again")
            self._watch(one.point, "stall", stuck, ("capture-stuck", STUCK_S), "capture-caught-up")

    def _watch(self, point: LivePoint, kind: str, now: bool, begun: tuple[str, float], over: str) -> None:
        """Say when something begins that is worth an alarm, after so many seconds of it, and when it is over."""
        alarm = kind, point.source
        if now == (alarm in self._alarms):
            return
        if now:
            self._alarms.add(alarm)
            what = sentence(begun[0], interface=point.name, length=begun[1])
        else:
            self._alarms.discard(alarm)
            what = sentence(over, interface=point.name)
        self._log.add(kind, what, source=point.source, interface=point.name)
        self._say(what)
