"""All capturing of a live run, in a thread of its own: however long judging takes, a dead program is followed at once.

It shares little with whoever reads: the files on the disk, and the few words that `fresh`, `states` and the coverage
log's `untold` give.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .clock import ClockWatch
from .coverage_log import CoverageLog
from .leftover import leftovers
from .point import LivePoint
from .recorder import OVERLAP_S, Recorder, Recording, Rotation
from .ring import Keep, Ring, capture_files, source_of

STEP_S = 0.2
CLOCK_EVERY_S = 1.0
RING_EVERY_S = 10.0
STOP_PATIENCE_S = 4.0
"""Programs that have not ended by then are left alone."""


class Supervisor:
    """Captures interfaces until it is stopped.

    Args:
        points: the interfaces.
        folder: where the captures go, an absolute path.
        program: `dumpcap` or `tcpdump`.
        filter: the capture filter; empty for none.
        rotation: when a file is followed by the next.
        keep: how much is kept.
        quiet_s: after how much silence of an interface an alarm is raised.
        log: where gaps are written down.
        say: tells people; called from any thread.
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
        say: Callable[[str], None],
        clock: ClockWatch | None = None,
    ) -> None:
        self._folder, self._quiet_s, self._log, self._say = folder, quiet_s, log, say
        self._clock = clock or ClockWatch()
        self._leftovers = leftovers(folder)
        self._ring = Ring(folder, keep, log, say)
        self._recorders = [Recorder(point, folder, program, filter, rotation, log, say) for point in points]
        self._quiet: set[str] = set()
        self._alive_since_s: float | None = None
        self._ended = threading.Event()
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
        return [f"{one.point.interface}: {one.complaint}" for one in self._recorders if one.complaint and not one.alive]

    def states(self) -> list[dict[str, Any]]:
        """Return how each interface does, for the journal."""
        return [
            {
                "source": one.point.source,
                "interface": one.point.interface,
                "role": one.point.role,
                "link": one.point.link,
                "alive": one.alive,
                "up": one.interface.state,
                "restarts": one.restarts,
                "quiet": one.point.source in self._quiet,
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

    def stop(self) -> None:
        """Have all programs end, and wait for that, though not for ever."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for leftover in self._leftovers:
            leftover.stop()
        for recorder in self._recorders:
            recorder.stop()
        until = time.monotonic() + STOP_PATIENCE_S
        while not all(recorder.stopped() for recorder in self._recorders) and time.monotonic() < until:
            time.sleep(0.02)

    def close(self) -> None:
        """Seal the files: nobody writes them any more."""
        self._ring.seal(self._open_files())
        self._ring.close()

    def _run(self) -> None:
        while not self._ended.wait(STEP_S):
            try:
                self._step()
            except OSError as error:  # a full disk, a folder that is gone: the next step may find it mended
                if str(error) != str(self._crashed):
                    self._say(f"capturing: {error.strerror or error}")
                self._crashed = error

    def _step(self) -> None:
        now = time.monotonic()
        if now >= self._next_clock_s:
            self._next_clock_s = now + CLOCK_EVERY_S
            self._watch_clock()
        with self._lock:
            for recorder in self._recorders:
                recorder.step()
        self._watch_quiet()
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

    def _blind_before(self) -> None:
        """Where an earlier run's captures are, and nobody went on with them, the time since is a gap."""
        for recorder in self._recorders:
            mine = [path for path in capture_files(self._folder) if source_of(path) == recorder.point.source]
            if mine and not any(self.left_at_work(path) for path in mine):
                last = max(path.stat().st_mtime_ns for path in mine)
                recorder.blind_from(last, "wanwitness live was not running")

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
            text = f"the clock was set {'forward' if by_s > 0 else 'back'} by {abs(by_s):.3f} s"
            self._log.add("clock", text, span=(step.from_ns, step.to_ns), by_s=by_s)
            self._say(text)

    def _watch_quiet(self) -> None:
        for recorder in self._recorders:
            source, quiet = recorder.point.source, recorder.alive and recorder.quiet_s > self._quiet_s
            if quiet and source not in self._quiet:
                self._quiet.add(source)
                text = f"no traffic seen on {recorder.point.interface} for {self._quiet_s / 60:.0f} minutes"
                self._log.add("quiet", text, source=source, interface=recorder.point.interface)
                self._say(text)
            elif not quiet and source in self._quiet:
                self._quiet.discard(source)
                text = f"there is traffic on {recorder.point.interface} again"
                self._log.add("quiet", text, source=source, interface=recorder.point.interface)
                self._say(text)
