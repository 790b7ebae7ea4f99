"""Rounds of judging in processes of their own: whatever befalls one, the next finds what it did not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wanwitness.live.engine import LiveEngine, Round
from wanwitness.live.judging import SHORTEST_TICK_S, Judging
from wanwitness.live.told import Addition, Changes, Told
from wanwitness.model import Sentence, Site
from wanwitness.reading import Readings
from wanwitness.reading.following import Following

FOUND = [Addition("session", {"id": "one"}, {})]


class Engine(LiveEngine):
    """One whose first round is befallen by something.

    Args:
        folder: where it takes note of its rounds, for each is another process's.
        befall: what.
    """

    def __init__(self, folder: Path, befall: Callable[[], object]) -> None:
        super().__init__(folder, Site(), Following(), Told(folder))
        self._begun, self._befall = folder / "begun", befall

    def readings(self) -> Readings | None:
        return Readings([], [], [], [])

    def judge(self, readings: Readings, watermark_ns: int, watermark: str | None, *, ended: bool = False) -> Round:
        if not self._begun.exists():
            self._begun.touch()
            self._befall()
        return Round(FOUND, Changes(), 1, undecided=False, took_s=0.0, let_go=None)


def _taken(judging: Judging) -> list[Addition] | Sentence:
    """What the next round brings, as soon as one is due."""
    while not judging.at_work:
        judging.put_together(fresh=False)
        judging.begin(0, None)
    assert judging.ended(60)
    return judging.take()


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _wrong() -> None:
    raise ZeroDivisionError("by a mistake")


@pytest.mark.parametrize(
    ("befall", "told"),
    [
        (_killed, ("live-judging-ended", "SIGKILL")),
        (_wrong, ("live-judging-failed", "ZeroDivisionError: by a mistake")),
    ],
)
def test_a_round_that_fails_is_told_of_and_made_again(
    tmp_path: Path, befall: Callable[[], object], told: tuple[str, str]
) -> None:
    """Also where nothing new has been read since."""
    judging = Judging(Engine(tmp_path, befall))
    judging.put_together(fresh=True)
    judging.begin(0, None)
    failed = _taken(judging)
    assert isinstance(failed, Sentence) and failed.id == told[0]
    assert any(told[1] in str(value) for value in failed.args.values())
    assert _taken(judging) == FOUND


def test_a_round_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    """Its process is gone at once, and nobody waits for its rows."""
    judging = Judging(Engine(tmp_path, lambda: time.sleep(60)))
    judging.put_together(fresh=True)
    judging.begin(0, None)
    assert judging.at_work and not judging.ended(0.0)
    begin = time.monotonic()
    judging.break_off()
    assert not judging.at_work and time.monotonic() - begin < 30


def test_nothing_is_judged_where_nothing_is_new(tmp_path: Path) -> None:
    """All that was read is decided: there is nothing to find."""
    judging = Judging(Engine(tmp_path, lambda: None))
    judging.put_together(fresh=True)
    judging.begin(0, None)
    assert _taken(judging) == FOUND
    time.sleep(2 * SHORTEST_TICK_S)
    judging.put_together(fresh=False)
    judging.begin(0, None)
    assert not judging.at_work
    judging.put_together(fresh=True)
    judging.begin(0, None)
    assert judging.at_work
    judging.break_off()
