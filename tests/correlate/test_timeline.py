"""The order of two times, as far as their clocks tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wanwitness.correlate.clocks.timeline import AlignedTime, Uncertainty

times = st.builds(
    AlignedTime,
    st.integers(0, 20),
    st.builds(Uncertainty, st.integers(0, 1), st.integers(5, 9), st.integers(0, 3)),
)


def test_one_clock_s_own_order_is_sure_where_another_s_is_not() -> None:
    one, other = Uncertainty(1, 50), Uncertainty(2, 50)
    assert AlignedTime(0, one).surely_before(AlignedTime(1, one))
    assert not AlignedTime(0, one).surely_before(AlignedTime(100, other))
    assert AlignedTime(0, one).surely_before(AlignedTime(101, other))


@given(times, times)
def test_what_is_surely_before_cannot_come_after(one: AlignedTime, other: AlignedTime) -> None:
    assert not (one.surely_before(other) and other.may_precede(one))
    assert one.may_precede(other) or other.may_precede(one)
