"""A pipe's captured packets copied to files, as a named pipe, `<(ssh router tcpdump -w - …)` or `-` brings them.

dumpcap copies, which reads pcap and pcapng from its standard input, and begins the next file itself, between two
packets: nobody else could, for there is one reader only. Whoever captures at the other end has its own clock and its
own filter, and says nothing of what it lost. Where a named pipe has come to its end, it may go on with another writer.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from stat import S_ISFIFO, S_ISSOCK

from wanwitness.live.wrong import wrong
from wanwitness.model import Sentence, printable

from .clock import RemoteClock
from .coverage_log import CoverageLog
from .interface import LiveInterface
from .point import STDIN, LivePoint
from .program import Program
from .recorder import UNWRITTEN_NS, Recording, Rotation
from .ring import capture_files, source_of
from .sentences import sentence

_OURS = Path("/dev/fd")
"""What lies there was given to this process alone: where it ends, nothing follows."""


def check_pipe(name: str) -> None:
    """Refuse what no packets can come by.

    Raises:
        UsageError: it is not there, or no pipe.
    """
    try:
        mode = os.fstat(0).st_mode if name == STDIN else os.stat(name).st_mode  # noqa: PTH116 - /dev/fd/63 too
    except OSError as error:
        raise wrong("live-pipe-unread", name=printable(name), why=error.strerror) from None
    if not S_ISFIFO(mode) and not S_ISSOCK(mode):
        raise wrong("live-no-pipe", name=printable(name))


def copied_to(point: LivePoint, folder: Path) -> Path:
    """Return what a pipe's program is told to write; it adds number and time to the name."""
    return folder / f"{point.source}.pcapng"


class PipeRecorder:
    """Keeps a pipe copied, as `Recorder` keeps an interface captured.

    Args:
        point: the pipe.
        folder: where the files go.
        rotation: when the next file is begun.
        log: where it is written down when nothing came.
        say: tells people what went wrong.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(
        self, point: LivePoint, folder: Path, rotation: Rotation, log: CoverageLog, say: Callable[[Sentence], None]
    ) -> None:
        self.point = point
        self.restarts = 0
        self.dropped: int | None = None
        """Nobody tells."""
        self.complaint = ""
        self.clock = RemoteClock()
        self._folder, self._rotation, self._log, self._say = folder, rotation, log, say
        self._pipe: int | None = _opened(point.interface)
        self._program: Program | None = None
        self._base = copied_to(point, folder)
        self._known = set(self._files())
        self._recording: Recording | None = None
        self._fresh: list[Recording] = []
        self._ended = False
        """It came to its end, and nobody writes to it now."""
        self._blind: tuple[int, Sentence] | None = None
        """Since when nothing is copied, on our clock, and why."""
        self._grown = 0, time.monotonic()

    @property
    def quiet_s(self) -> float:
        """For how long nothing has come."""
        return time.monotonic() - self._grown[1]

    @property
    def stuck_s(self) -> float:
        """For how long its program has not been seen to have read what there was."""
        return self._program.stuck_s if self._program is not None else 0.0

    @property
    def running(self) -> list[Path]:
        """The files that are being written."""
        return [self._recording.path] if self._recording is not None and not self._recording.ended else []

    @property
    def interface(self) -> LiveInterface:
        """Whether it may bring something."""
        return LiveInterface("gone" if self._ended or self._pipe is None else "up", None)

    @property
    def alive(self) -> bool:
        """Whether what comes is being copied."""
        return self._pipe is not None and not self._ended

    def fresh(self) -> list[Recording]:
        """Return the files that were begun since this was asked last."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def blind_from(self, since_ns: int, why: Sentence) -> None:
        """Take note that nothing has been copied since a time, on our clock."""
        if self._blind is None:
            self._blind = since_ns, why

    def step(self) -> None:
        """Do what is due."""
        if self._program is not None and not self._program.alive:
            self._over(self._program)
        if self._program is None and self._pipe is not None and _state(self._pipe) & select.POLLIN:
            self._begin()
        self._look_for_files()
        if self._recording is not None and self._program is not None:
            self._recording.note(self._program)
            with suppress(OSError):
                size = self._recording.path.stat().st_size
                if size != self._grown[0]:
                    self._grown = size, time.monotonic()

    def stop(self) -> None:
        """Have its program end."""
        if self._program is not None:
            self._program.stop()
        if self._blind is not None:
            self._gap(time.time_ns())
        self._close()

    def stopped(self) -> bool:
        """Whether it has."""
        if self._program is not None and self._program.stopped():
            self._look_for_files()
            self._end_file()
            self._program.forget()
            self._program = None
        return self._program is None

    def _begin(self) -> None:
        """Copy what comes."""
        assert self._pipe is not None
        if self._ended:
            self._ended = False
            self._tell(sentence("capture-pipe-again", pipe=self._name), "up")
        try:
            log = self._folder / f".{self._base.name}.log"
            self._program = Program.copying(self._pipe, self._base, self._rotation.seconds, self._rotation.bytes, log)
        except OSError as error:
            self._break_off(sentence("capture-copy-not-begun", pipe=self._name, why=error.strerror))
            return
        if self._blind is not None:
            self._gap(time.time_ns())

    def _over(self, program: Program) -> None:
        """Take note that nothing more comes."""
        self._look_for_files()
        self._end_file()
        self.complaint = program.complaint()
        self._program = None
        if self._pipe is not None and _state(self._pipe) == select.POLLHUP:
            program.forget()
            self._ended = True
            self.blind_from(time.time_ns(), sentence("capture-pipe-had-ended", pipe=self._name))
            self._tell(sentence("capture-pipe-end", pipe=self._name), "gone")
            return
        self.restarts += 1
        self.blind_from(program.written_ns - UNWRITTEN_NS, sentence("capture-copy-ended", pipe=self._name))
        pipe, why = self._name, self.complaint
        self._break_off(
            sentence("capture-pipe-left-of", pipe=pipe, why=why) if why else sentence("capture-pipe-left", pipe=pipe)
        )

    def _break_off(self, what: Sentence) -> None:
        """Give it up: where in a packet it stands is not known any more. Another writer may begin anew."""
        self._close()
        self.blind_from(time.time_ns(), what)
        self._ended = True
        self._tell(what, "gone")
        if self.point.interface != STDIN and _OURS not in Path(self.point.interface).parents:
            with suppress(OSError):
                self._pipe = _opened(self.point.interface)

    def _look_for_files(self) -> None:
        if self._program is None:
            return
        for path in self._files():
            if path not in self._known:
                self._known.add(path)
                self._end_file()
                self._recording = Recording(self.point, path, time.time_ns(), clock=self.clock)
                self._fresh.append(self._recording)
                self._grown = 0, time.monotonic()
                self._note("begin", sentence("capture-file-begun", file=path.name), file=path.name, own_clock=True)

    def _end_file(self) -> None:
        if self._recording is not None and not self._recording.ended:
            self._recording.ended = True
            name = self._recording.path.name
            self._note("end", sentence("capture-file-ended", file=name), file=name)

    def _files(self) -> list[Path]:
        return [path for path in capture_files(self._folder) if source_of(path) == self.point.source]

    def _gap(self, until_ns: int) -> None:
        """Write down what was missed, by the clock that the packets are dated by."""
        assert self._blind is not None
        since_ns, why = self._blind
        span = since_ns + self.clock.ahead_ns, max(until_ns, since_ns) + self.clock.ahead_ns
        self._note("gap", why, span=span)
        self._blind = None

    def _tell(self, what: Sentence, state: str) -> None:
        self._note("interface", what, state=state)
        self._say(what)

    @property
    def _name(self) -> str:
        return printable(self.point.name)

    def _note(
        self, kind: str, what: Sentence, *, file: str | None = None, span: tuple[int, int] | None = None, **more: object
    ) -> None:
        self._log.add(kind, what, source=self.point.source, interface=self._name, file=file, span=span, **more)

    def _close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def _opened(name: str) -> int:
    """Open a pipe without waiting for who writes to it."""
    return os.dup(0) if name == STDIN else os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _state(pipe: int) -> int:
    """What poll(2) tells of it: POLLIN where something waits, POLLHUP alone at its end, 0 where nobody has written."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return next((event for _, event in poll.poll(0)), 0)
