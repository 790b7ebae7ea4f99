"""Several hosts behind one address."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.correlate.points.inner_nat import several_hosts
from wanwitness.model import Endpoint, FrameRef, Stream

RELAY, RELAY2 = "192.0.2.25", "192.0.2.26"
SECOND = 1_000_000_000


def stream(at: float, tsval: int | None = None, ttl: int | None = 64, server: str = RELAY, number: int = 0) -> Stream:
    """A connection opened at that second, its frame numbered by time unless told."""
    frame, ts_ns = FrameRef(0, number or round(at * 1000)), round(at * SECOND)
    ends = Endpoint("192.168.1.10", 40_000), Endpoint(server, 25)
    tsval = None if tsval is None else tsval % (1 << 32)
    return Stream(*ends, ts_ns, ts_ns, frame, frame, frame, ts_ns, tsval_orig=tsval, ttl_orig=ttl)


def clock(
    times: Iterable[float], offset: int, ticks: int = 1000, skew: float = 0.0, server: str = RELAY
) -> list[Stream]:
    """Connections of a host whose time stamp clock stands at `offset` at second 0."""
    return [stream(at, offset + round(at * (1 + skew) * ticks), server=server) for at in times]


ONE, TWO = (10, 30, 50, 70), (20, 40, 60)


class TestHops:
    def test_several(self) -> None:
        """Two TTLs are two hosts, each shown by its first connection."""
        assert several_hosts([stream(3, ttl=63), stream(1), stream(2), stream(4, ttl=127)]) == (
            FrameRef(0, 1000),
            FrameRef(0, 3000),
            FrameRef(0, 4000),
        )

    def test_one(self) -> None:
        """One TTL, or none known, shows nothing; nor does a firewall's RST of a connection not seen to open."""
        assert not several_hosts([stream(1), stream(2), stream(3, ttl=None)])
        lone = stream(4, ttl=255)
        lone.syn = lone.syn_ns = None
        assert not several_hosts([stream(1), lone])
        lone.payload_orig = 10
        assert several_hosts([stream(1), lone])
        assert not several_hosts([])


class TestClocks:
    @pytest.mark.parametrize("ticks", [1000, 250, 100])
    @pytest.mark.parametrize("others", [1000, 250, 100])
    def test_in_turns(self, ticks: int, others: int) -> None:
        """Two clocks that take turns are two hosts, whatever their rates and though one wraps around."""
        found = several_hosts(clock(ONE, (1 << 32) - 20_000, ticks) + clock(TWO, 5_000_000, others))
        assert len(found) == 4
        assert several_hosts(clock(ONE, 77, ticks)[:2] + clock((15, 25), 5_000_000, others))

    @pytest.mark.parametrize("ticks", [1000, 250, 100])
    def test_one_clock(self, ticks: int) -> None:
        """One host's connections lie on one clock: though it runs a little fast, and though several open at once."""
        times = sorted({*ONE, *TWO, 10.01, 20.012, 50.001, 3600, 20_000})
        assert not several_hosts(clock(times, 123, ticks, skew=0.000_05))

    def test_started_anew(self) -> None:
        """A clock wholly behind another may be one host's, started anew."""
        assert not several_hosts(clock(ONE, 77) + clock((80, 90, 100), 5_000_000))

    def test_a_capture_s_clock_that_was_set_back(self) -> None:
        """Connections take turns in time then, but not in the order in which they came."""
        later = [stream(at, 5_000_000 + at * 1000, number=1_000_000 + at) for at in TWO]
        assert not several_hosts(clock(ONE, 77) + later)

    def test_other_servers(self) -> None:
        """A system may have a clock for each server; connections to one are compared alone."""
        assert not several_hosts(clock(ONE, 77) + clock(TWO, 5_000_000, server=RELAY2))

    def test_one_connection_is_no_clock(self) -> None:
        assert not several_hosts(clock(ONE, 77) + clock((40,), 5_000_000))

    @given(st.integers(0), st.integers(1, 400), st.sampled_from([60, 3600, 86_400, 864_000]))
    def test_random_values(self, seed: int, count: int, span: int) -> None:
        """What is drawn for each connection lies on no clock."""
        draw = random.Random(seed)
        assert not several_hosts([stream(draw.uniform(1, span), draw.randrange(1 << 32)) for _ in range(count)])

    @given(st.integers(0), st.integers(2, 60), st.sampled_from([1000, 250, 100]))
    def test_one_host_is_never_two(self, seed: int, count: int, ticks: int) -> None:
        """Whenever it connects, captured up to 10 ms late, its clock as much as 0.01 % wrong."""
        draw = random.Random(seed)
        skew, offset = draw.uniform(-1e-4, 1e-4), draw.randrange(1 << 32)
        times = [draw.choice((draw.uniform(1, 100), draw.uniform(1, 80_000))) for _ in range(count)]
        late = [stream(at + draw.uniform(0, 0.01), offset + int(at * (1 + skew) * ticks)) for at in times]
        assert not several_hosts(late)

    def test_without_time_stamps(self) -> None:
        """Windows sends none; that shows nothing."""
        assert not several_hosts([stream(at) for at in (*ONE, *TWO)])

    def test_many(self) -> None:
        """Of more connections than are compared at once, all are looked at."""
        one = clock([n * 7.0 for n in range(1, 400)], 77)
        assert not several_hosts(one)
        assert several_hosts(one + clock([2501.0, 2510.0], 5_000_000))
