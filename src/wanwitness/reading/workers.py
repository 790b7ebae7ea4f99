"""Captures of several capture points are read by several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path

from wanwitness.ingest.cooked import LINUX_SLL2
from wanwitness.inputs import STDIN

from .input_file import File
from .parcel import Parcel, pack, shared_memory, unpack
from .part import Part, read_part
from .progress import Progress

WORTH_PROCESSES = 32 << 20
"""Bytes of captures from which on several processes read them faster than one."""


def worth_processes(groups: Sequence[Sequence[File]]) -> bool:
    """Whether several processes would read these groups of files sooner; of the device `any` nobody knows beforehand
    how many captures it is.
    """
    files = [file for group in groups for file in group]
    return (
        len(groups) > 1
        and (os.cpu_count() or 1) > 1
        and "fork" in multiprocessing.get_all_start_methods()
        and all(file.item.path != STDIN and Path(file.item.path).is_file() for file in files)
        and not any(interface.linktype == LINUX_SLL2 for file in files for interface in file.capture.interfaces)
        and sum(file.capture.size for file in files) >= WORTH_PROCESSES
    )


def side_by_side(
    groups: Sequence[Sequence[File]], window_frames: int | None, progress: Progress | None = None
) -> list[Part] | None:
    """Read the groups in several processes, the largest in this one.

    Each is told beforehand which numbers its captures have. None where a file turned out to have more of them than its
    begin told, or a capture point in common with another group's, or where a process was killed or no memory can be
    shared: then one process must read them all.
    """
    firsts = list(accumulate((sum(file.expected for file in group) for group in groups), initial=0))
    sizes = [sum(file.capture.size for file in group) for group in groups]
    largest = sizes.index(max(sizes))
    others = sorted((n for n in range(len(groups)) if n != largest), key=lambda n: -sizes[n])
    workers = min(len(others), (os.cpu_count() or 1) - 1)
    try:
        with ExitStack() as stack:
            memory = {n: stack.enter_context(shared_memory()) for n in others}
            pool = stack.enter_context(_pool(workers, progress))
            tasks = {n: pool.submit(_read_apart, groups[n], firsts[n], window_frames, memory[n], n) for n in others}
            own = read_part([groups[largest]], firsts[largest], window_frames, progress, largest)
            parts = [own if n == largest else unpack(tasks[n].result(), memory[n]) for n in range(len(groups))]
    except (BrokenProcessPool, OSError):  # what is wrong with a file itself comes up again
        return None
    keys = [key for part in parts for key in part.rows]
    as_told = all(len(part.captures) == end - part.first for part, end in zip(parts, firsts[1:], strict=True))
    return parts if as_told and len(keys) == len(set(keys)) else None


def _pool(workers: int, progress: Progress | None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _begin, (progress,))


_progress: Progress | None = None
"""Where a process that was forked notes how far it is; what is handed over with a task would be a copy."""


def _begin(progress: Progress | None) -> None:
    """Begin a process; Ctrl-C ends it without a word: the one that it works for says what there is to say."""
    global _progress
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _progress = progress


def _read_apart(group: Sequence[File], first: int, window_frames: int | None, memory: int, place: int) -> Parcel:
    return pack(read_part([group], first, window_frames, _progress, place), memory)
