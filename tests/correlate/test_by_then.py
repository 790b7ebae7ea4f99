"""What comes later changes nothing of what was said: a live run could not have known it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from wanwitness.correlate.resolutions.assumptions import LEARNING_NS, MOST_LEARNT
from wanwitness.correlate.resolutions.habits import Habits, Use
from wanwitness.correlate.resolutions.habits_by_then import HabitsByThen
from wanwitness.correlate.resolutions.majority import Majority
from wanwitness.model import FrameRef

from .simulator import Result, Simulator

PC = "192.168.1.20"
SECOND = 1_000_000_000
LONG_AGO = -2 * LEARNING_NS


def _uses(count: int) -> list[Use]:
    random = Random(7)
    return [
        Use(
            at_ns=n * SECOND,
            frame=FrameRef(0, n),
            host=random.choice("abc"),
            address=random.choice("xy"),
            age_ns=int(random.expovariate(1) * SECOND),
            first=random.random() < 0.7,
            expired=random.random() < 0.01,
        )
        for n in range(count)
    ]


def _known(habits: Habits) -> Iterable[object]:
    yield habits.beyond_ttl
    yield from (habits.of(host, address) for host in "abc" for address in "xyz")


@pytest.mark.parametrize("at", [0, 1, 7, 40, 64, 200, 3 * MOST_LEARNT])
def test_habits_are_learnt_from_what_was_there(at: int) -> None:
    uses = _uses(3 * MOST_LEARNT + 1000)
    by_then = HabitsByThen(uses[: at + 1], LONG_AGO).at(at * SECOND)
    assert list(_known(HabitsByThen(uses, LONG_AGO).at(at * SECOND))) == list(_known(by_then))


@pytest.mark.parametrize("gone", [1, MOST_LEARNT // 2, MOST_LEARNT + 1000])
def test_what_is_long_gone_is_not_needed(gone: int) -> None:
    uses = _uses(2 * MOST_LEARNT + 2000)
    whole, rest = HabitsByThen(uses, LONG_AGO), HabitsByThen(uses[gone:], LONG_AGO, gone)
    at_ns = len(uses) * SECOND
    assert list(_known(whole.at(at_ns))) == list(_known(rest.at(at_ns)))


def test_each_of_few_connections_counts() -> None:
    uses = _uses(30)
    for count in range(30):
        habits = HabitsByThen(uses, LONG_AGO).at(uses[count].at_ns)
        assert list(_known(habits)) == list(_known(Habits(uses[: count + 1])))


def test_the_first_minutes_are_learnt_from_together() -> None:
    uses = _uses(1000)
    learnt = [use for use in uses if use.at_ns <= LEARNING_NS]
    known = list(_known(HabitsByThen(learnt, LEARNING_NS).at(LEARNING_NS)))
    assert all(list(_known(HabitsByThen(uses, LEARNING_NS).at(at * SECOND))) == known for at in (0, 8, 299))


def test_a_majority_is_of_what_was_there() -> None:
    rows = [(1, True), (2, False), (3, False), (4, True), (5, True)]
    assert [Majority(rows).by_then(at) for at in range(6)] == [False, True, False, False, False, True]


def _host_keeps(site: Simulator) -> None:
    """From now on the host connects to what it was told long ago."""
    for n in range(20):
        site.ask(1000 + n * 60, PC, "orange")
        site.connect(1000 + n * 60 + 25, PC, "orange")


def _forwarder_is_quick(site: Simulator) -> None:
    """From now on much is asked, and answered at once."""
    for n in range(60):
        site.ask(1000 + n * 60, PC, "orange")
        site.connect(1000 + n * 60 + 0.001, PC, "orange")


def _host_has_no_cache(site: Simulator) -> None:
    """From now on it asks though answers are in force."""
    for n in range(20):
        site.ask(1000 + n, PC, "sfr", ttl=3600)


@pytest.mark.parametrize("later", [_host_keeps, _forwarder_is_quick, _host_has_no_cache])
def test_what_comes_later_changes_no_verdict(tmp_path: Path, later: Callable[[Simulator], None]) -> None:
    told: list[Result] = []
    for more in (False, True):
        site = Simulator()
        ports = []
        site.ask(-400, PC, "orange")
        site.connect(-399, PC, "orange")
        for n in range(6):
            site.ask(n * 100, PC, "sfr" if n % 2 else "orange", ttl=90)
            ports.append(site.connect(n * 100 + 0.4 * n, PC, "orange"))
        if more:
            later(site)
        told.append(site.analyse(tmp_path / str(more)))
    for port in ports:
        assert told[0].rows[PC, port][1].because == told[1].rows[PC, port][1].because
        assert told[0].links(PC, port) == told[1].links(PC, port)
