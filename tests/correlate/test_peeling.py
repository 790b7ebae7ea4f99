"""The true offset lies between a clock's bounds, though some packets were written down late and nothing shows it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wanwitness.correlate.clocks.assumptions import MOST_TOGETHER, WRONG_UNSEEN
from wanwitness.correlate.clocks.peeling import loosened

TRANSIT = 100_000
"""The least that a packet needs, ns."""


def _packets(count: int, drift: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds around a line that drifts: a packet of either direction in turn, half a second apart or more."""
    rng = random.Random(seed)
    seconds = np.array([n + rng.uniform(0, 0.5) for n in range(count)])
    above = np.arange(count) % 2 == 0
    delay = np.array([TRANSIT + rng.expovariate(3 / TRANSIT) for _ in range(count)])
    return seconds, drift * seconds + np.where(above, delay, -delay), above


@settings(max_examples=150, deadline=None)
@given(st.integers(6, 700), st.floats(-200e3, 200e3), st.integers(0, 1 << 30), st.sampled_from([0.0, 0.05]))
def test_the_true_line_lies_between_though_a_few_are_late(count: int, drift: float, seed: int, late: float) -> None:
    """Two of each group, or a third of a small one, and as many more as were seen, by less than the way and back."""
    rng = random.Random(seed + 1)
    seconds, offsets, above = _packets(count, drift, seed)
    for side in (True, False):
        rows = np.flatnonzero(above == side)
        groups = -(-len(rows) // MOST_TOGETHER)
        for group in np.split(rows, np.arange(1, groups) * len(rows) // groups):
            for row in rng.sample(group.tolist(), min(WRONG_UNSEEN + int(late * len(group)), len(group) // 3)):
                offsets[row] += rng.uniform(0, 2 * TRANSIT) * (-1 if side else 1)
    loose = loosened(seconds, offsets, above, late=late, line=(0.0, drift))
    assert np.where(above, loose >= drift * seconds, loose <= drift * seconds).all()


def test_most_of_many_bounds_stay_as_they_are() -> None:
    """So that an interval from many packets is little wider than the packets' way."""
    seconds, offsets, above = _packets(20_000, 0.0, 1)
    loose = loosened(seconds, offsets, above, late=0.0, line=(0.0, 0.0))
    assert (loose == offsets).mean() > 0.6
    assert loose[above].min() < 1.1 * TRANSIT
    assert loose[~above].max() > -1.1 * TRANSIT


@pytest.mark.parametrize("side", [True, False])
def test_bounds_of_one_direction_alone_stay_as_they_are(side: bool) -> None:
    """Nothing tells then what a packet needs there and back."""
    seconds, offsets = np.arange(5.0), np.arange(5.0)
    assert (loosened(seconds, offsets, np.full(5, side), late=0.0, line=(0.0, 0.0)) == offsets).all()
