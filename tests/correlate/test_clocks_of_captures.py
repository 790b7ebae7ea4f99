"""Clocks that differ by a constant change no answer, and their offset is told with its interval."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clock_shift import Shift, shifted_folder, times
from wanwitness.correlate import correlate
from wanwitness.inputs import gather
from wanwitness.reading import read

from .simulator import ACCEPTED, BEGIN, RELAY, RELAY2, Result, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"
HOURS = 2 * 3600.0


def mixed(site: Simulator) -> Simulator:
    """Twelve sessions of all combinations of links, with a redirected one among them."""
    for n in range(12):
        resolver, transport = ("orange", "sfr")[n % 2], ("orange", "sfr")[n // 2 % 2]
        site.ask(n * 10, PC, resolver, ttl=1)
        site.session(n * 10 + 2, PC, transport, resolver)
    site.upstream(130, "sfr")
    site.session(131, PC2, "orange", "sfr", address=RELAY2, to=RELAY)
    return site


def check(site: Simulator, result: Result) -> None:
    for row in site.truth:
        assert result.links(row.client, row.port) == (row.transport, row.resolver, row.because)


def offset(result: Result, name: str) -> tuple[float, float] | None:
    """A capture's offset and its uncertainty, seconds."""
    index = next(n for n, row in enumerate(result.readings.captures) if Path(row.path).stem == name)
    clock = result.correlated.timeline.clock(index)
    return None if clock is None else (clock.offset_ns / 1e9, clock.uncertainty_ns / 1e9)


@pytest.mark.parametrize("ahead", [HOURS, -HOURS, 0.35, -17.304])
def test_a_constant_offset_of_a_links_capture_changes_nothing(tmp_path: Path, ahead: float) -> None:
    site = mixed(Simulator(clock={"sfr": ahead}))
    result = site.analyse(tmp_path)
    check(site, result)
    found = offset(result, "sfr")
    assert found is not None
    assert abs(found[0] - ahead) <= found[1] < 0.001


def test_an_offset_of_the_lans_capture_changes_nothing(tmp_path: Path) -> None:
    """The LAN's clock is the reference: the links' offsets are against it."""
    site = mixed(Simulator(clock={"lan": HOURS}))
    result = site.analyse(tmp_path)
    check(site, result)
    found = offset(result, "orange")
    assert found is not None and abs(found[0] + HOURS) <= found[1]


def test_a_capture_that_shares_only_questions_is_tied_by_them(tmp_path: Path) -> None:
    site = Simulator(clock={"sfr": HOURS})
    for n in range(8):
        site.ask(n * 17 + n * n, PC, "sfr", ttl=1)
        site.session(n * 17 + n * n + 2, PC, "orange", "sfr")
    result = site.analyse(tmp_path)
    check(site, result)
    found = offset(result, "sfr")
    assert found is not None and abs(found[0] - HOURS) <= found[1] < 0.001


def test_a_capture_that_shares_only_regular_questions_has_no_known_clock(tmp_path: Path) -> None:
    """Where one asks every ten seconds, every multiple of ten seconds fits nearly as well."""
    site = Simulator(clock={"sfr": HOURS})
    for n in range(8):
        site.ask(n * 10, PC, "sfr", ttl=1)
        site.session(n * 10 + 2, PC, "orange", None, "clock-uncertain")
    result = site.analyse(tmp_path)
    check(site, result)
    assert offset(result, "sfr") is None


def test_a_single_question_by_a_link_on_an_equal_clock_is_enough(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    site.session(1, PC, "orange", "sfr")
    check(site, site.analyse(tmp_path))


def test_a_single_question_on_a_clock_of_which_nothing_is_known_proves_nothing(tmp_path: Path) -> None:
    site = Simulator(clock={"sfr": HOURS})
    site.ask(0, PC, "sfr")
    site.session(1, PC, "orange", None, "clock-uncertain")
    check(site, site.analyse(tmp_path))


def test_a_routers_look_up_on_a_clock_of_which_nothing_is_known_may_be_the_latest(tmp_path: Path) -> None:
    site = Simulator(clock={"sfr": HOURS})
    site.announce(0, PC, 20)
    site.upstream(1, "orange")
    site.upstream(1.2, "sfr")
    site.session(1.8, PC, "orange", None, "clock-uncertain", address=RELAY2, to=RELAY)
    check(site, site.analyse(tmp_path))


def test_packets_lost_by_one_capture_do_not_spoil_the_offset(tmp_path: Path) -> None:
    site = mixed(Simulator(clock={"sfr": 5.0, "orange": -5.0}))
    for point in ("lan", "orange", "sfr"):
        kept = [frame for n, frame in enumerate(site.frames[point]) if n % 7 or len(frame[2]) < 60]
        site.frames[point] = kept
    result = site.analyse(tmp_path)
    for name, ahead in (("sfr", 5.0), ("orange", -5.0)):
        found = offset(result, name)
        assert found is not None and abs(found[0] - ahead) <= found[1] < 0.01


def test_a_proxys_repetitions_tie_a_clock(tmp_path: Path) -> None:
    site = Simulator(clock={"sfr": 0.001})
    for n in range(5):
        site.connect(n * 10, PC, "sfr", RELAY2, to=RELAY, proxy=True)
    found = offset(site.analyse(tmp_path), "sfr")
    assert found is not None and abs(found[0] - 0.001) <= found[1]


@pytest.mark.parametrize("ahead", [86_400.0, -3 * HOURS])
def test_what_a_proxy_repeats_word_for_word_ties_a_clock_that_is_far_off(tmp_path: Path, ahead: float) -> None:
    site = Simulator(clock={"sfr": ahead})
    for n in range(6):
        script = [(c.replace("<a@", f"<sender{n}@"), r) for c, r in ACCEPTED]
        site.connect(n * 10, PC, "sfr", RELAY2, to=RELAY, proxy=True, script=script)
    result = site.analyse(tmp_path)
    found = offset(result, "sfr")
    assert found is not None and abs(found[0] - ahead) <= found[1] < 0.02
    assert [session.transport_link for session in result.correlated.sessions] == ["sfr"] * 6


def test_forwarded_questions_follow_a_clock_that_drifts_and_is_set(tmp_path: Path) -> None:
    """The capture shares no connection; its clock runs 200 ppm fast, and is set back by an hour in the middle."""
    site = Simulator()
    rng = random.Random(1)
    at = 0.0
    for _ in range(60):
        at += rng.uniform(20, 90)
        site.ask(at, PC, "sfr", ttl=1)
        site.session(at + 2, PC, "orange", "sfr")
    site.analyse(tmp_path / "plain")
    middle = at / 2
    folder = tmp_path / "shifted"
    shifts = {"sfr.pcap": Shift(7000.0, 200.0, [(middle, -3600.0)], BEGIN * 1_000_000_000)}
    shifted_folder(tmp_path / "plain", folder, shifts)
    inputs = gather([], [str(folder / "lan.pcap")], [f"{link}={folder / link}.pcap" for link in ("orange", "sfr")])
    readings = read(inputs.files)
    correlated = correlate(readings.points, readings.captures, inputs.site)
    clock = correlated.timeline.clock(2)
    assert clock is not None
    begin = times(tmp_path / "plain" / "sfr.pcap")[0]
    assert abs(clock.offset_ns - shifts["sfr.pcap"].ahead_ns(begin)) < 1_000_000
    (step,) = clock.steps
    assert abs(step.by_ns / 1e9 + 3600.0) < 0.1
    links = [session.resolver_link for session in correlated.sessions]
    assert links.count("sfr") >= 58
    assert set(links) <= {"sfr", None}


@pytest.mark.parametrize("drift", [0.0, 1.0, -20.0, 200.0])
def test_a_router_that_asks_for_itself_as_well_spoils_no_clock(tmp_path: Path, drift: float) -> None:
    """A few questions a day, and as many of the router's own, which lie in no client's; some fit one by chance.

    So long after the last question a clock may have drifted by any other question's distance.
    """
    site = Simulator()
    rng = random.Random(3)
    for day in range(6):
        at = day * 86_400.0 + rng.uniform(0, 3600)
        for _ in range(4):
            answered = site.ask(at, PC, "sfr", ttl=1, rtt=0.000_1)
            site.upstream(answered + rng.uniform(0.000_5, 0.004), "sfr", ttl=1, rtt=0.000_05)
            at += rng.uniform(0.005, 0.01)
        site.session(at + 0.5, PC, "orange", "sfr")
    site.analyse(tmp_path / "plain")
    folder = tmp_path / "shifted"
    shifts = {"sfr.pcap": Shift(0.0, drift, (), BEGIN * 1_000_000_000)}
    shifted_folder(tmp_path / "plain", folder, shifts)
    inputs = gather([], [str(folder / "lan.pcap")], [f"{link}={folder / link}.pcap" for link in ("orange", "sfr")])
    readings = read(inputs.files)
    clock = correlate(readings.points, readings.captures, inputs.site).timeline.clock(2)
    assert clock is not None
    truth = shifts["sfr.pcap"].ahead_ns(times(tmp_path / "plain" / "sfr.pcap")[0])
    assert abs(clock.offset_ns - truth) <= clock.uncertainty_ns < 1_000_000


@pytest.mark.parametrize("back", [3600.0, 5.0])
def test_a_session_ends_with_its_last_packet_though_a_clock_was_set_back_during_it(tmp_path: Path, back: float) -> None:
    """The greatest time of a link's capture is that of a packet before the clock was set."""
    site = Simulator()
    for n in range(20):
        site.ask(n * 100, PC, "sfr", ttl=1)
        site.session(n * 100 + 2, PC, "sfr", "sfr", step=3.0)
    plain = site.analyse(tmp_path / "plain").correlated.sessions
    cut = next(s for s in plain if s.start_ns > BEGIN * 1_000_000_000 + 10 * 100 * 1_000_000_000)
    middle = (cut.start_ns + cut.end_ns) / 2 / 1e9 - BEGIN
    shifts = {"sfr.pcap": Shift(0.0, 0.0, [(middle, -back)], BEGIN * 1_000_000_000)}
    shifted_folder(tmp_path / "plain", tmp_path / "shifted", shifts)
    inputs = gather([], [str(tmp_path / "shifted" / "lan.pcap")], [f"sfr={tmp_path / 'shifted' / 'sfr.pcap'}"])
    readings = read(inputs.files)
    sessions = correlate(readings.points, readings.captures, inputs.site).sessions
    assert [s.wan is not None for s in sessions] == [True] * 20
    for session, before in zip(sessions, plain, strict=True):
        assert abs(session.end_ns - before.end_ns) < 50_000_000
