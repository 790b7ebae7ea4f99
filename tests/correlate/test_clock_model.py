"""A clock's model lies between its bounds, whatever the clock did, and says how sure it is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wanwitness.correlate.clocks.bounds import Bounds
from wanwitness.correlate.clocks.clock_model import ClockModel
from wanwitness.correlate.clocks.fit import fit

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND
DAY = 86_400.0


@dataclass
class Clock:
    """A clock that is ahead of the reference, drifts, and is set once."""

    offset: float
    drift_ppm: float
    step_at: float | None
    step: float

    def at(self, seconds: float) -> int:
        ahead = self.offset + self.drift_ppm * 1e-6 * seconds
        if self.step_at is not None and seconds >= self.step_at:
            ahead += self.step
        return BEGIN + round((seconds + ahead) * SECOND)


class Traffic:
    """Connections through a router, seen on a reference clock and on another; times are seconds."""

    def __init__(
        self,
        clock: Clock,
        connections: list[float],
        *,
        transit: float,
        jitter: float,
        outliers: float,
        seed: int,
        tardiest: float = 0.02,
    ) -> None:
        rng = random.Random(seed)
        self.clock = clock
        seen: list[tuple[float, float, bool]] = []
        for start in connections:
            at = start
            for packet in range(12):
                at += rng.uniform(0.001, 0.02)
                outward = packet % 2 == 0
                # One direction may take longer than the other.
                late = at + transit * (1.0 if outward else 1.5) + rng.expovariate(1 / jitter)
                near, far = (at, late) if outward else (late, at)
                if rng.random() < outliers:  # one of the captures wrote it down late
                    # Many contradict no line: they are late by less than a packet's way there and back.
                    tardy = rng.uniform(0.0001, tardiest)
                    near, far = (near + tardy, far) if outward else (near, far + tardy)
                seen.append((far, near, outward))
        self.seen = sorted(seen)

    def bounds(self) -> Bounds:
        far_ns = np.array([self.clock.at(far) for far, _, _ in self.seen])
        near_ns = np.array([BEGIN + round(near * SECOND) for _, near, _ in self.seen])
        above = np.array([outward for _, _, outward in self.seen])
        return Bounds(self.places(), far_ns, far_ns - near_ns, above, self.places())

    def places(self) -> np.ndarray:
        """Every tenth frame of the tape is one that both sides saw."""
        return np.arange(len(self.seen), dtype=np.int64) * 10

    def worst(self, found: ClockModel, moments: list[tuple[int, float]]) -> tuple[int, int, int]:
        """By how much the truth lies outside the interval at its worst, the widest interval's half, the error, ns."""
        outside = widest = error = 0
        for place, seconds in moments:
            moment = found.at(place, self.clock.at(seconds))
            off = abs(moment.at_ns - BEGIN - round(seconds * SECOND))
            outside, widest, error = max(outside, off - moment.doubt_ns), max(widest, moment.doubt_ns), max(error, off)
        return outside, widest, error

    def frames(self) -> list[tuple[int, float]]:
        """Place and time of the frames that both sides saw."""
        return [(10 * n, far) for n, (far, _, _) in enumerate(self.seen)]

    def away_from_the_step(self) -> list[tuple[int, float]]:
        """Those of them that are no neighbours of the step, nor of the ends, which an outlier may leave in doubt."""
        step = sum(self.clock.step_at is None or far < self.clock.step_at for far, _, _ in self.seen)
        return [frame for n, frame in enumerate(self.frames()) if abs(n - step) > 12][12:-12]

    def between(self, rng: random.Random) -> list[tuple[int, float]]:
        """Place and time of others: one behind each."""
        times = [far for far, _, _ in self.seen]
        return [(10 * n + 5, rng.uniform(*pair)) for n, pair in enumerate(pairwise(times))]


offsets = st.one_of(st.just(0.0), st.floats(-DAY, DAY))
drifts = st.one_of(st.just(0.0), st.floats(-200.0, 200.0))
"""With an offset of exactly nothing there is none: clocks that agree to microseconds are taken not to drift."""
sizes = st.one_of(st.floats(0.2, DAY), st.floats(-DAY, -0.2))


@st.composite
def stepped(draw: st.DrawFn) -> Traffic:
    """At least three connections on each side of the step, anything from a tenth of a second to an hour apart."""
    gap = draw(st.sampled_from([0.1, 1.0, 60.0, 3600.0]))
    before, behind = draw(st.integers(3, 12)), draw(st.integers(3, 12))
    seed = draw(st.integers(0, 1 << 30))
    rng = random.Random(seed)
    starts = [gap * (n + rng.uniform(0, 0.5)) for n in range(before + behind)]
    step_at = draw(st.floats(gap * (before - 0.5), gap * before)) if draw(st.booleans()) else None
    offset = draw(offsets)
    clock = Clock(offset, draw(drifts) if abs(offset) > 1 else 0.0, step_at, draw(sizes))
    transit = draw(st.sampled_from([0.000_02, 0.000_1, 0.000_3]))
    outliers = draw(st.sampled_from([0.0, 0.03]))
    tardiest = draw(st.sampled_from([0.001, 0.02]))
    jitter = transit / 3
    return Traffic(clock, starts, transit=transit, jitter=jitter, outliers=outliers, seed=seed, tardiest=tardiest)


@settings(max_examples=150, deadline=None)
@given(stepped())
def test_the_interval_holds_the_truth_and_is_narrow(traffic: Traffic) -> None:
    """Offset of a day, 200 ppm, a step: every packet seen on both sides is placed to within less than 1 ms.

    Where a fifth of a connection's packets are late the interval may be that of three ways there and back.
    """
    found = fit(traffic.bounds())
    assert traffic.worst(found, traffic.frames()[12:-12])[0] <= 1_000
    _, widest, error = traffic.worst(found, traffic.away_from_the_step())
    assert widest < 1_500_000
    assert error < 1_000_000
    assert traffic.worst(found, traffic.between(random.Random(1)))[0] <= 1_000


@settings(max_examples=60, deadline=None)
@given(stepped())
def test_steps_are_found_and_only_they(traffic: Traffic) -> None:
    found = fit(traffic.bounds())
    clock = traffic.clock
    if clock.step_at is None:
        assert found.steps == ()
    else:
        (step,) = found.steps
        assert abs(step.by_ns - clock.step * SECOND) <= step.uncertainty_ns + 1_000
        assert abs(step.at_ns - BEGIN - clock.step_at * SECOND) < 2 * 3600 * SECOND


@settings(max_examples=60, deadline=None)
@given(st.floats(-200.0, 200.0), st.integers(0, 1 << 30))
def test_a_drift_is_told_where_the_bounds_show_one(drift: float, seed: int) -> None:
    clock = Clock(3.0, drift, None, 0.0)
    starts = [60.0 * n for n in range(30)]
    found = fit(Traffic(clock, starts, transit=0.000_1, jitter=0.000_03, outliers=0.03, seed=seed).bounds())
    told = found.drift_ppm((0, 1 << 40))
    assert told is not None
    assert abs(told[0] - drift) <= told[1] + 0.001 < 0.5


def test_two_packets_show_no_drift() -> None:
    """What they leave open is most where they are far away."""
    rows = Bounds(
        np.array([1, 2]),
        np.array([BEGIN, BEGIN + SECOND]),
        np.array([5 * SECOND + 100_000, 5 * SECOND - 100_000]),
        np.array([True, False]),
        np.array([1, 2]),
    )
    found = fit(rows)
    told = found.drift_ppm((0, 3))
    assert told is not None and abs(told[0]) < told[1]
    near, far = found.at(2, BEGIN + SECOND), found.at(3, BEGIN + 3600 * SECOND)
    assert near.doubt_ns < 1_000_000 < far.doubt_ns
    assert far.doubt_ns < 3600 * 600_000


def test_a_clock_set_back_passes_the_same_times_twice() -> None:
    """What was written before it and what was written behind it have one time, and two places."""
    clock = Clock(0.0, 0.0, 30.0, -20.0)
    traffic = Traffic(clock, [float(n) for n in range(60)], transit=0.000_1, jitter=0.000_03, outliers=0.0, seed=1)
    found = fit(traffic.bounds())
    middle = next(10 * n for n, (far, _, _) in enumerate(traffic.seen) if far >= 30.0)
    written = BEGIN + 20 * SECOND
    assert abs(found.at(middle - 200, written).at_ns - written) < 200_000
    assert abs(found.at(middle + 200, written).at_ns - written - 20 * SECOND) < 200_000


def test_near_a_step_either_side_may_hold() -> None:
    """Between the last packet before it and the first behind it nobody knows when the clock was set."""
    clock = Clock(0.0, 0.0, 30.0, 3.0)
    starts = [*(float(n) for n in range(20)), *(float(n) for n in range(40, 60))]
    traffic = Traffic(clock, starts, transit=0.000_1, jitter=0.000_03, outliers=0.0, seed=1)
    found = fit(traffic.bounds())
    last = max(n for n, (far, _, _) in enumerate(traffic.seen) if far < 30.0)
    for seconds in (25.0, 35.0):
        moment = found.at(10 * last + 5, clock.at(seconds))
        assert abs(moment.at_ns - BEGIN - seconds * SECOND) <= moment.doubt_ns
        assert moment.doubt_ns >= moment.loose_ns > SECOND
