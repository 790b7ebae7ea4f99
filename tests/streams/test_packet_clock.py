"""Time goes by as packets show it, whatever the clock is set to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.streams.packet_clock import MOST_NS, PacketClock

SECOND = 1_000_000_000


def passed(seconds: list[float]) -> float:
    """What goes by from the first to the last of these times, in seconds; two packets say that the last is right."""
    read = PacketClock().read(np.array([round(s * SECOND) for s in [*seconds, seconds[-1]]]))
    return float(read[-1] - read[0]) / SECOND


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0, 1, 3, 9], 9),
        ([0, 7200, 7201], 11),
        ([0, 1, -7200, -7199], -10 + 1),
        ([0, 1, 7200, 2, 3], 3),
        ([0, 1, 1.5, 1.2, 2, 3], 3),
        ([0, 0, 3600, 3600, 0, 0, 3600, 3600, 0, 0], 0),
    ],
    ids=["steady", "set forward", "set back", "one stray", "out of order", "two clocks in turn"],
)
def test_what_goes_by(seconds: list[float], expected: float) -> None:
    assert passed(seconds) == expected


@given(st.lists(st.integers(0, 2**62), min_size=2), st.data())
def test_windows_make_no_difference(times: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(times) - 1))
    whole, parts = PacketClock(), PacketClock()
    at_once = whole.read(np.array(times)).tolist()
    assert [*parts.read(np.array(times[:cut])).tolist(), *parts.read(np.array(times[cut:])).tolist()] == at_once
    assert all(abs(two - one) <= MOST_NS for one, two in pairwise(at_once))
