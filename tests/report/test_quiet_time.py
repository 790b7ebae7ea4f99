"""Time without its quiet parts."""

from __future__ import annotations

import pytest

from wanwitness.report.figures.quiet_time import CUTS, QuietTime

DAY = 86_400.0


def _axis(times: list[float]) -> QuietTime:
    return QuietTime(times, 7.5, least=0.4, between=0.06)


def test_evenly_spread_times_keep_one_even_scale() -> None:
    axis = _axis([n * 600.0 for n in range(300)])
    assert len(axis.pieces) == 1
    assert axis.place(600.0 * 299) == pytest.approx(7.5)
    assert axis.place(600.0 * 149.5) == pytest.approx(3.75)


def test_bursts_that_are_weeks_apart_stand_side_by_side_in_order() -> None:
    times = [week * 7 * DAY + n for week in range(5) for n in range(4)]
    axis = _axis(times)
    assert len(axis.pieces) == 5
    places = [axis.place(at) for at in times]
    assert places == sorted(places)
    assert len(set(places)) == len(times)
    assert all(piece.right - piece.left >= 0.4 - 1e-9 for piece in axis.pieces)


def test_a_time_within_a_gap_stands_at_its_nearer_edge() -> None:
    axis = _axis([0.0, 60.0, 30 * DAY, 30 * DAY + 60])
    assert axis.place(DAY) == axis.place(60.0)
    assert axis.place(29 * DAY) == axis.place(30 * DAY)


@pytest.mark.parametrize("times", [[5.0], [5.0, 5.0], [4.0**n for n in range(30)]])
def test_any_times_fit(times: list[float]) -> None:
    """One time, one time twice, and times of which each gap is longer than all before it."""
    axis = _axis(times)
    assert len(axis.pieces) <= CUTS + 1
    assert axis.pieces[0].left == 0
    assert axis.pieces[-1].right == pytest.approx(7.5)
    assert all(0 <= axis.place(at) <= 7.5 + 1e-9 for at in times)
