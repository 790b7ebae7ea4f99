"""Workers on this machine: processes forked from one that has loaded wanwitness, each with a pipe of its own.

A pool of the standard library is broken as a whole where one of its processes dies, and does not say which task that
one had. Here the end of a pipe is the end of its worker, and no other's matter.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from .engine import FleetEngine, Here, WorkerEndedError
from .memory import share, taken
from .wrong import wrong

P = ParamSpec("P")
T = TypeVar("T")
_TRIES = 2
"""A task that ended two workers would end the next one too."""
_LOOK_S = 0.1
"""So often it is looked what a busy worker takes."""
_LOADED = ["wanwitness.fleet.task", "pyarrow"]
"""What no worker needs to load itself."""


@contextmanager
def local(workers: int, memory: int | None = None) -> Iterator[FleetEngine]:
    """Give an engine of so many processes on this machine; with one, and no limit of memory, it is this process.

    Args:
        workers: how many tasks run at once.
        memory: bytes that each may take; else an equal share of what this machine has.

    Raises:
        UsageError: they do not start, or nothing tells what memory they take.
    """
    if workers == 1 and memory is None:
        yield FleetEngine(Here(), at_once=1)
        return
    if taken(os.getpid()) is None:
        if memory is not None:
            raise wrong("memory-untold")
    elif memory is None:
        memory = share(workers)
    pool = _Workers(workers, memory)
    try:
        pool.start()
        yield FleetEngine(pool, at_once=workers)
    finally:
        pool.shutdown()


class _Workers(Executor):
    """Gives each task to a worker that is idle, and where that ends meanwhile, once more to a new one."""

    def __init__(self, workers: int, memory: int | None) -> None:
        self._count, self._memory = workers, memory
        self._threads = ThreadPoolExecutor(workers)
        """One waits for each worker."""
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._there: set[_Worker] = set()
        self._change, self._stopped = threading.Lock(), False

    def start(self) -> None:
        """Start the workers.

        Raises:
            UsageError: they do not start.
        """
        try:
            with _deaf():
                begun = [self._begun() for _ in range(self._count)]
            for worker in begun:
                worker.do(os.getpid)
                self._idle.put(worker)
        except (EOFError, OSError) as error:
            raise wrong("workers-not-begun", why=str(error)) from None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a worker make the call; what it raises is the future's.

        Or WorkerEndedError, or MemoryError where the worker took more than it may.
        """
        return self._threads.submit(self._done, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """End all workers now, whatever they do: what runs cannot be cancelled otherwise."""
        with self._change:
            self._stopped = True
            for worker in self._there:
                worker.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _done(self, call: Callable[[], T]) -> T:
        worker = self._idle.get()
        try:
            for _ in range(_TRIES):
                try:
                    return worker.do(call)
                except _GoneError as gone:
                    worker = self._instead_of(worker)
                    if gone.took_too_much:
                        raise MemoryError from None
            raise WorkerEndedError
        finally:
            self._idle.put(worker)

    def _begun(self) -> _Worker:
        with self._change:
            if self._stopped:
                raise WorkerEndedError
            worker = _Worker(self._memory)
            self._there.add(worker)
        return worker

    def _instead_of(self, gone: _Worker) -> _Worker:
        with self._change:
            self._there.discard(gone)
        return self._begun()


class _GoneError(EOFError):
    """A worker is no more."""

    def __init__(self, took_too_much: bool) -> None:
        super().__init__("one ended")
        self.took_too_much = took_too_much


class _Worker:
    """A process that makes one call after the other."""

    def __init__(self, memory: int | None) -> None:
        self._memory = memory
        forks = "forkserver" in multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver") if forks else multiprocessing.get_context("spawn")
        context.set_forkserver_preload(_LOADED)
        self._pipe, its = context.Pipe()
        # As a daemon it has no children (`reading/workers.py`): there are workers enough.
        self._process = context.Process(target=_work, args=(its,), daemon=True)
        with its:
            self._process.start()
        assert self._process.pid is not None
        self._pid = self._process.pid

    def do(self, call: Callable[[], T]) -> T:
        """Have it make a call, and return what that returns.

        Raises:
            _GoneError: it ended meanwhile, or before; or it took too much, and was ended.
            Exception: what the call raised.
        """
        took_too_much = False
        try:
            self._pipe.send(call)
            while not self._pipe.poll(_LOOK_S):
                if self._memory is not None and (taken(self._pid) or 0) > self._memory:
                    took_too_much = True
                    self.kill()
            value, error = self._pipe.recv()
        except (EOFError, OSError):
            self.kill()
            self._process.join()
            raise _GoneError(took_too_much) from None
        if error is not None:
            raise error
        found: T = value
        return found

    def kill(self) -> None:
        """End it now."""
        self._process.kill()


def _work(pipe: Connection) -> None:
    """Make the calls that come, until there is nobody any more to make them for."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            call = pipe.recv()
        except EOFError:
            return
        answer: tuple[Any, Exception | None]
        try:
            answer = call(), None
        except Exception as error:
            answer = None, error
        pipe.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, as it does all of a terminal's: this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
