"""Where tasks run: this process, workers on this machine, or a cluster; each is a `concurrent.futures` executor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from wanwitness.model import Sentence

P = ParamSpec("P")
T = TypeVar("T")


class WorkerEndedError(Exception):
    """A task's worker was ended by something else than the task's own error, and so was the one that it had next."""


class Here(Executor):
    """The executor that is this process: one task after the other."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call at once; what it raises is the future's."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class FleetEngine:
    """An executor, and what is known of it."""

    executor: Executor
    at_once: int | None = None
    """How many tasks it runs at once; None: it may change, and all are handed over."""
    lost: Callable[[], Sentence | None] = lambda: None
    """Says what is gone, where nothing will run any more."""


def killed(error: BaseException) -> bool:
    """Whether a task's worker was ended by something else than the task's own error."""
    return isinstance(error, WorkerEndedError) or type(error).__name__ == "KilledWorker"


def cancelled(error: BaseException) -> bool:
    """Whether a task will not run any more since its engine is gone."""
    return type(error).__name__ in ("CancelledError", "FutureCancelledError", "CommClosedError", "TimeoutError")
