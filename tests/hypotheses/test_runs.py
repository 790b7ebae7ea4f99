from collections import Counter

import numpy as np
from numpy.typing import NDArray

from wanwitness.hypotheses.mending import Mending
from wanwitness.hypotheses.runs import Outcomes, Runs, alike, running_totals, runs_of, turned


def back(runs: Runs, row: int) -> Outcomes:
    found = np.zeros(runs.n, np.int8)
    for begin, end in zip(runs.begin[row].tolist(), runs.end[row].tolist(), strict=True):
        found[begin:end] = 1
    return found


def some_series(count: int) -> list[Outcomes]:
    random = np.random.default_rng(5)
    found: list[Outcomes] = []
    while len(found) < count:
        series = (random.random(random.integers(3, 30)) < 0.4).astype(np.int8)
        if 0 < series.sum() < len(series):
            found.append(series)
    return found


def count_runs(series: Outcomes) -> int:
    return int((np.diff(series, prepend=0) == 1).sum())


def test_turned_is_turned_on_the_circle() -> None:
    """Every turn of every series is that which numpy rolls, in as few runs as it has."""
    for series in some_series(100):
        turns = np.arange(len(series))
        runs = turned(series, turns)
        for turn in turns.tolist():
            rolled = np.roll(series, turn)
            assert (back(runs, turn) == rolled).all()
            assert (runs.begin[turn] < runs.n).sum() == count_runs(rolled)


def test_alike_series_have_as_many_refusals_and_runs() -> None:
    for series in some_series(100):
        found = alike(series, 20, np.random.default_rng(1))
        for row in range(20):
            other = back(found, row)
            assert other.sum() == series.sum()
            assert (np.diff(other) != 0).sum() == (np.diff(series) != 0).sum()


def test_alike_series_are_equally_likely() -> None:
    """4 refusals in 2 runs among 9: each of the series that are possible comes as often as any other."""
    series = np.array([0, 1, 1, 0, 0, 1, 1, 0, 0], np.int8)
    draws = 36_000
    found = alike(series, draws, np.random.default_rng(2))
    seen = Counter(back(found, row).tobytes() for row in range(draws))
    assert len(seen) == 3 * 6  # 4 = 1+3 = 2+2 = 3+1; 5 in three parts in 6 ways
    assert all(abs(n - draws / 18) < 5 * (draws / 18) ** 0.5 for n in seen.values())


def test_long_alike_series() -> None:
    """Where the places are many, cuts are drawn one by one: as many refusals and runs all the same."""
    random = np.random.default_rng(3)
    series = np.repeat(random.random(20_000) < 0.5, random.integers(1, 8, 20_000)).astype(np.int8)
    found = alike(series, 5, random)
    for row in range(5):
        other = back(found, row)
        assert other.sum() == series.sum() and count_runs(other) == count_runs(series)


def test_sums_over_runs_are_sums_over_refusals() -> None:
    values = np.random.default_rng(4).random((12, 3))
    series = np.array([1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 1], np.int8)
    assert np.allclose(runs_of(series).sums(running_totals(values))[0], values[series == 1].sum(0))


def test_mending_is_made_anew_for_each_series() -> None:
    """The scores of all turns at once are those of each turn's condition alone, each episode compared with its run."""
    random = np.random.default_rng(6)
    for series in some_series(60):
        times = np.sort(random.random(len(series)) * 100 * 3600)
        mending = Mending(times)
        turns: NDArray[np.int64] = np.arange(len(series))
        scores = mending.scores(turned(series, turns))
        for turn in turns.tolist():
            rolled = np.roll(series, turn)
            for window in range(len(mending.windows_s)):
                holds = mending.holds(runs_of(rolled), window)
                known = ~np.isnan(holds)
                expected = (
                    (rolled[known] * holds[known]).sum() - holds[known].sum() * rolled[known].mean()
                    if known.any()
                    else 0
                )
                assert abs(scores[turn, window] - expected) < 1e-6


def test_spells_that_may_end_at_any_moment_are_no_mending() -> None:
    """Within pauses of one length, tries beyond the window are accepted as often as tries within it."""
    at, times, outcomes = 0.0, [], []
    random = np.random.default_rng(7)
    refusing = False
    for _ in range(400):
        pause = random.exponential(7200)
        at += pause
        if random.random() > np.exp(-pause / 14_400):
            refusing = not refusing
        times.append(at)
        outcomes.append(refusing)
    mending = Mending(np.array(times))
    series = np.array(outcomes, np.int8)
    assert min(mending.ends_by_age(series, window) for window in range(5)) > 0.05


def test_a_block_of_a_day_is_mending() -> None:
    """Whatever is tried within 24 hours of the first refusal is refused, and nothing after: that is told."""
    random = np.random.default_rng(8)
    times = np.sort(random.random(300)) * 30 * 86_400
    outcomes, until, free = np.zeros(300, np.int8), -1.0, 0.0
    for place, at in enumerate(times.tolist()):
        if at < until:
            outcomes[place] = 1
        elif at > free:
            outcomes[place], until, free = 1, at + 86_400, at + 3 * 86_400
    assert Mending(times).ends_by_age(outcomes, 3) < 0.001
