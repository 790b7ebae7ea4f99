"""Captures of several capture points are read by several processes.

Each is forked with its share of the work and a pipe of its own to answer by: if it dies, whenever that is, its pipe
ends, and it leaves no lock that anybody would wait for. The parent has no other threads.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing.connection import Connection
from pathlib import Path

from wanwitness.ingest.cooked import LINUX_SLL2
from wanwitness.inputs import STDIN

from .input_file import File
from .parcel import Parcel, pack, shared_memory, unpack
from .part import Part, read_part
from .progress import Progress

WORTH_PROCESSES = 32 << 20
"""Bytes of captures from which on several processes read them faster than one."""


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worth_processes(groups: Sequence[Sequence[File]], processes: int) -> bool:
    """Whether several processes would read these groups of files sooner; of the device `any` nobody knows beforehand
    how many captures it is.
    """
    files = [file for group in groups for file in group]
    return (
        len(groups) > 1
        and processes > 1
        and not multiprocessing.current_process().daemon  # another engine's worker, which may have no children
        and "fork" in multiprocessing.get_all_start_methods()
        and all(file.item.path != STDIN and Path(file.item.path).is_file() for file in files)
        and not any(interface.linktype == LINUX_SLL2 for file in files for interface in file.capture.interfaces)
        and sum(file.capture.size for file in files) >= WORTH_PROCESSES
    )


def side_by_side(
    groups: Sequence[Sequence[File]], processes: int, window_frames: int | None, progress: Progress | None = None
) -> list[Part] | None:
    """Read the groups in several processes, the largest in this one.

    Each is told beforehand which numbers its captures have. None where a file turned out to have more of them than its
    begin told, or a capture point in common with another group's, or where a process was killed or no memory can be
    shared: then one process must read them all.
    """
    firsts = list(accumulate((sum(file.expected for file in group) for group in groups), initial=0))
    sizes = [sum(file.capture.size for file in group) for group in groups]
    largest = sizes.index(max(sizes))
    others = [n for n in range(len(groups)) if n != largest]
    shares = _shares({n: sizes[n] for n in others}, processes - 1)
    try:
        with ExitStack() as stack:
            memory = {n: stack.enter_context(shared_memory()) for n in others}
            work = _Work(groups, firsts, window_frames, progress, memory)
            line = stack.enter_context(_lifeline())
            answers = [(share, stack.enter_context(_process(work, share, line))) for share in shares]
            own = read_part([groups[largest]], firsts[largest], window_frames, progress, largest)
            parcels = {n: _received(answer) for share, answer in answers for n in share}
            parts = [own if n == largest else unpack(parcels[n], memory[n]) for n in range(len(groups))]
    except (EOFError, OSError):  # what is wrong with a file itself comes up again
        return None
    keys = [key for part in parts for key in part.rows]
    as_told = all(len(part.captures) == end - part.first for part, end in zip(parts, firsts[1:], strict=True))
    return parts if as_told and len(keys) == len(set(keys)) else None


@dataclass(frozen=True, slots=True)
class _Work:
    """What processes that are forked need to know."""

    groups: Sequence[Sequence[File]]
    firsts: Sequence[int]
    window_frames: int | None
    progress: Progress | None
    memory: Mapping[int, int]

    def do(self, group: int) -> Parcel:
        part = read_part([self.groups[group]], self.firsts[group], self.window_frames, self.progress, group)
        return pack(part, self.memory[group])


def _shares(sizes: Mapping[int, int], processes: int) -> list[list[int]]:
    """Share groups out to processes, the largest first, each to that which has the least."""
    shares: list[list[int]] = [[] for _ in range(min(processes, len(sizes)))]
    for group in sorted(sizes, key=lambda n: -sizes[n]):
        min(shares, key=lambda share: sum(sizes[n] for n in share)).append(group)
    return shares


@contextmanager
def _lifeline() -> Iterator[tuple[int, int]]:
    """Give both ends of a pipe that only this process is to hold open: it ends when this process does, however."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


@contextmanager
def _process(work: _Work, share: Sequence[int], line: tuple[int, int]) -> Iterator[Connection]:
    """Fork a process that reads some groups, and give the pipe by which it answers; it ends with the block."""
    context = multiprocessing.get_context("fork")
    answers, answer = context.Pipe(duplex=False)
    process = context.Process(target=_read_apart, args=(work, share, answer, line), daemon=True)
    with answers:
        held = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # until it knows what to do of them
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            answer.close()
        try:
            yield answers
        finally:
            process.kill()  # it has answered, or nobody wants to know any more
            process.join()
            process.close()


_SIGNALS = signal.SIGINT, signal.SIGTERM


def _read_apart(work: _Work, share: Sequence[int], answer: Connection, line: tuple[int, int]) -> None:
    """Read some groups, in a process of its own, and answer with each, or with the error.

    Signals end it without a word: the one that it works for says what there is to say.
    """
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    watched, held = line
    os.close(held)
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    try:
        for group in share:
            answer.send(work.do(group))
    except BrokenPipeError:
        pass
    except Exception as error:
        answer.send(error)


def _end_with(watched: int) -> None:
    """End this process as soon as the other end of a pipe is closed."""
    os.read(watched, 1)
    os._exit(1)


def _received(answer: Connection) -> Parcel:
    """Return what a process answers next.

    Raises:
        EOFError: it is no more.
        Exception: the error that it met.
    """
    found = answer.recv()
    if isinstance(found, Exception):
        raise found
    assert isinstance(found, Parcel)
    return found
