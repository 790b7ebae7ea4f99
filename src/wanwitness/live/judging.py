"""Rounds of judging, one at a time, each in a process of its own: meanwhile this one reads on."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from wanwitness.errors import WanwitnessError
from wanwitness.language import said_of
from wanwitness.model import Sentence
from wanwitness.reading import Readings

from .apart import Apart, DiedError
from .catalogue import SAY
from .engine import LiveEngine, Round
from .told import Addition

SHORTEST_TICK_S = 0.5
LOAD = 0.9
"""The share of the time that is spent on judging, at most: by another process, to which others are preferred."""
IDLE_S = 10.0
"""So long nothing is judged where nothing comes and everything is decided."""
Done = TypeVar("Done")


class Judging:
    """Has judged what was read.

    Args:
        engine: what judges it.
    """

    def __init__(self, engine: LiveEngine) -> None:
        self._engine = engine
        self._readings: Readings | Sentence | None = None
        """What is to be judged next."""
        self._round: Apart[Round | Sentence] | Sentence | None = None
        """The round that is being judged, or why it is not."""
        self._fresh = False
        """Whether something was read that no round has judged."""
        self._begun_s = self._due_s = 0.0
        """When the last round began, and when the next one may."""
        self.took_s = 0.0
        """What the last round took."""

    @property
    def at_work(self) -> bool:
        """Whether there is a round whose rows have not been taken yet."""
        return self._round is not None

    def put_together(self, fresh: bool) -> None:
        """Put together what is to be judged, if it is time for another round.

        Args:
            fresh: something has been read.
        """
        self._fresh |= fresh
        now_s = time.monotonic()
        news = self._fresh or self._engine.undecided or now_s - self._begun_s > IDLE_S
        if news and self._round is None and now_s >= self._due_s:
            self.put_all_together()

    def put_all_together(self) -> None:
        """Put together what is to be judged in any case."""
        self._readings = _tried(self._engine.readings)

    def begin(self, watermark_ns: int, watermark: str | None, *, ended: bool = False) -> None:
        """Begin to judge what was put together; the arguments are those of `LiveEngine.judge`."""
        readings, self._readings = self._readings, None
        if readings is None:
            return
        self._begun_s, self._fresh = time.monotonic(), False
        if isinstance(readings, Sentence):
            self._round = readings
            return
        judge = partial(self._engine.judge, readings, watermark_ns, watermark, ended=ended)
        self._round = _tried(partial(Apart[Round | Sentence], partial(_tried, judge)))

    def ended(self, seconds: float) -> bool:
        """Wait for a round to end, but no longer than so many seconds, and return whether there is one that has."""
        return self._round.ended(seconds) if isinstance(self._round, Apart) else self._round is not None

    def take(self) -> list[Addition] | Sentence:
        """Return what the round that has ended has found; else why it has not: the next one is to find it."""
        work, self._round = self._round, None
        assert work is not None
        try:
            found = work.result() if isinstance(work, Apart) else work
        except DiedError as error:
            found = SAY("live-judging-ended", how=str(error))
        self._note_time()
        if isinstance(found, Sentence):
            self._fresh = True
            return found
        return self._engine.take(found)

    def break_off(self) -> None:
        """Leave what is being judged to a later round, or to the next run."""
        if isinstance(self._round, Apart):
            self._round.break_off()
            self._note_time()
        self._round = None

    def _note_time(self) -> None:
        """Take note of how long a round took: the next one is due when its share of the time is over."""
        now_s = time.monotonic()
        self.took_s = now_s - self._begun_s
        self._due_s = max(self._begun_s + SHORTEST_TICK_S, now_s + self.took_s * (1 / LOAD - 1))


def _tried(work: Callable[[], Done]) -> Done | Sentence:
    """Do something, and return what comes of it; else what went wrong."""
    try:
        return work()
    except WanwitnessError as error:
        return said_of(error)
    except Exception as error:  # whatever it is, capturing goes on: the captures can be analysed later
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        where = f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})" if at is not None else ""
        return SAY("live-judging-failed", error=f"{type(error).__name__}: {error}{where}")
