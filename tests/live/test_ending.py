"""How a run ends: in its time, whatever it was doing."""

from __future__ import annotations

import threading
from math import inf

import pytest

from wanwitness.live.ending import END_S, RunEnding


class Clock:
    """One that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_time_is_shared_from_the_first_signal_on() -> None:
    """A second signal gives no more of it, and what comes later has its share."""
    clock = Clock()
    ending = RunEnding(clock)
    assert not ending.begun and ending.left_s() == inf
    ending.begin()
    clock.now_s += 2
    ending.begin()
    assert ending.begun and ending.wait(60)
    assert (ending.left_s(), ending.left_s(1.0), ending.left_s(4.0)) == (END_S - 2, END_S - 3, 0)


def test_work_is_waited_for_while_there_is_time() -> None:
    """All of it, as long as nothing is to end; what raises, raises here."""
    done: list[int] = []
    assert RunEnding().within(lambda: done.append(1), 0.0)
    assert done == [1]
    with pytest.raises(ZeroDivisionError):
        RunEnding().within(lambda: 1 // 0, 0.0)


def test_work_that_takes_too_long_is_given_up() -> None:
    """It is not waited for beyond its share of the time."""
    clock, go_on = Clock(), threading.Event()
    ending = RunEnding(clock)

    def work() -> None:
        ending.begin()
        clock.now_s += END_S - 1
        go_on.wait(60)

    assert not ending.gave_up
    assert not ending.within(work, 1.0)
    assert ending.gave_up
    go_on.set()
