"""A clock that was set is noticed, and nothing else is taken for that."""

from __future__ import annotations

from wanwitness.live.capture.clock import SECOND, ClockWatch

HOUR = 3600 * SECOND


class Clocks:
    """Two clocks, one of which can be set."""

    def __init__(self) -> None:
        self.steady, self.real = 5 * SECOND, 1_000_000 * SECOND

    def pass_by(self, ns: int, drift: float = 0.0) -> None:
        """Let time pass."""
        self.steady += ns
        self.real += ns + int(ns * drift)


def _watch() -> tuple[Clocks, ClockWatch]:
    clocks = Clocks()
    return clocks, ClockWatch(lambda: clocks.real, lambda: clocks.steady)


def test_slewing_is_no_step() -> None:
    """A daemon changes the clock by half a millisecond a second at most."""
    clocks, watch = _watch()
    for _ in range(1000):
        clocks.pass_by(SECOND, 500e-6)
        assert watch.look() is None


def test_a_clock_set_back_is_doubtful_from_where_it_was_set_to() -> None:
    """Times from then until where it had come are written twice."""
    clocks, watch = _watch()
    clocks.pass_by(SECOND)
    clocks.real -= HOUR
    step = watch.look()
    assert step is not None and step.by_ns == -HOUR
    assert (step.from_ns, step.to_ns) == (1_000_000 * SECOND - HOUR, 1_000_001 * SECOND)
    clocks.pass_by(SECOND)
    assert watch.look() is None, "it is told once"


def test_a_clock_set_forward_leaves_a_time_that_never_was() -> None:
    """So does a machine that slept."""
    clocks, watch = _watch()
    clocks.pass_by(SECOND)
    clocks.real += 2 * SECOND
    step = watch.look()
    assert step is not None and step.by_ns == 2 * SECOND
    assert (step.from_ns, step.to_ns) == (1_000_000 * SECOND, 1_000_003 * SECOND)
