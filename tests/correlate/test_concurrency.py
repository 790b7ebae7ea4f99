"""Many clients that ask the same at the same time: the right link, or none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .simulator import NAME, RELAY, ROUTER, Result, Simulator

HOSTS = [f"192.168.1.{n}" for n in range(20, 60)]


def tally(site: Simulator, result: Result) -> tuple[int, int]:
    """How many answers have their right link, and how many are undetermined; a wrong one fails."""
    right = open_ = 0
    for row in site.truth:
        transport, resolver, because = result.links(row.client, row.port)
        assert transport == row.transport
        assert resolver in (row.resolver, None), (row, because)
        right += resolver is not None
        open_ += resolver is None
        if resolver is None:
            assert because in ("ambiguous-answer", "clock-uncertain", "resolver-link-unknown"), (row, because)
    return right, open_


def test_questions_that_do_not_overlap_are_each_traced(tmp_path: Path) -> None:
    site = Simulator()
    for n, host in enumerate(HOSTS):
        link = ("orange", "sfr")[n * n % 3 % 2]
        site.ask(n * 0.02, host, link)
        site.session(n * 0.02 + 5, host, "orange", link)
    assert tally(site, site.analyse(tmp_path)) == (len(HOSTS), 0)


def test_an_upstream_question_that_began_before_a_clients_was_not_caused_by_it(tmp_path: Path) -> None:
    """Both wait for their answer at the same time, and yet only one sharing out is possible."""
    site = Simulator()
    site.ask(0, HOSTS[0], "orange")
    site.ask(0.002, HOSTS[1], "sfr")
    site.session(1, HOSTS[0], "sfr", "orange")
    site.session(1, HOSTS[1], "sfr", "sfr")
    assert tally(site, site.analyse(tmp_path)) == (2, 0)


def test_the_same_question_at_the_same_instant_by_both_links_is_ambiguous(tmp_path: Path) -> None:
    site = Simulator()
    for host, link in zip(HOSTS[:8], ["orange", "sfr"] * 4, strict=True):
        site.ask(0, host, link)
        site.session(1, host, "orange", link)
    assert tally(site, site.analyse(tmp_path)) == (0, 8)


def test_the_same_question_at_the_same_instant_by_one_link_is_not(tmp_path: Path) -> None:
    site = Simulator()
    for host in HOSTS[:8]:
        site.ask(0, host, "sfr")
        site.session(1, host, "orange", "sfr")
    assert tally(site, site.analyse(tmp_path)) == (8, 0)


def test_different_ttls_tell_answers_at_the_same_instant_apart(tmp_path: Path) -> None:
    site = Simulator()
    for host, link in zip(HOSTS[:8], ["orange", "sfr"] * 4, strict=True):
        site.ask(0, host, link, ttl={"orange": 300, "sfr": 217}[link])
        site.session(1, host, "orange", link)
    assert tally(site, site.analyse(tmp_path)) == (8, 0)


def test_an_id_that_the_forwarder_keeps_tells_answers_apart(tmp_path: Path) -> None:
    site = Simulator()
    for n, (host, link) in enumerate(zip(HOSTS[:8], ["orange", "sfr"] * 4, strict=True)):
        site.ask(0, host, link, ident=500 + n)
        site.session(1, host, "orange", link)
    assert tally(site, site.analyse(tmp_path)) == (8, 0)


def test_a_client_served_along_with_another_is_not_traced_to_a_third_ones_question(tmp_path: Path) -> None:
    """The second waits for the first's upstream answer; the third's question lies wholly inside its own."""
    site = Simulator()
    site.ask(0, HOSTS[0], "orange", rtt=0.02)
    site.question("lan", 0.001, 0.020_5, HOSTS[1], ROUTER, NAME, [RELAY])
    site.ask(0.002, HOSTS[2], "sfr", rtt=0.005)
    for host, link in zip(HOSTS, ("orange", "orange", "sfr"), strict=False):
        site.session(1, host, "orange", link)
    assert tally(site, site.analyse(tmp_path)) >= (1, 0)


def test_with_an_uncaptured_link_an_answer_is_not_given_to_the_captured_one(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, HOSTS[0], "sfr", rtt=0.02)
    site.ask(0.003, HOSTS[1], "orange", rtt=0.005)
    site.connect(0.5, HOSTS[2], "sfr")
    site.session(1, HOSTS[0], "orange", "sfr")
    site.session(1, HOSTS[1], "orange", "orange")
    assert tally(site, site.analyse(tmp_path, ["sfr"])) == (0, 2)


@pytest.mark.parametrize("seed", range(4))
def test_random_overlaps_never_give_a_wrong_link(tmp_path: Path, seed: int) -> None:
    """Forwarders of both links run side by side, with jitter; some questions are served along with others."""
    right, left_open = tally(*overlaps(tmp_path, seed, 60))
    assert right > left_open


@pytest.mark.slow
def test_hundreds_of_random_overlaps_never_give_a_wrong_link(tmp_path: Path) -> None:
    right = left_open = 0
    for seed in range(100, 130):
        one, other = tally(*overlaps(tmp_path / str(seed), seed, 200))
        right, left_open = right + one, left_open + other
    print(f"{right} traced, {left_open} left open")
    assert right > 4 * left_open


def overlaps(folder: Path, seed: int, sessions: int) -> tuple[Simulator, Result]:
    rng = random.Random(seed)
    site = Simulator(("orange", "sfr", "free")[: rng.choice((2, 3))], seed=seed)
    links = list(site.links)
    at, pace, merges = 0.0, rng.choice((0.002, 0.01, 0.05)), rng.random() < 0.5
    flying: dict[str, tuple[float, float]] = {}
    for n in range(sessions):
        at += rng.expovariate(1 / pace)
        host, link, rtt = HOSTS[n % len(HOSTS)], rng.choice(links), rng.uniform(0.004, 0.03)
        hop = rng.uniform(0.000_05, 0.000_6)
        until = flying.get(link)
        if merges and until is not None and until[0] <= at < until[1]:
            answered = until[1] + rng.uniform(0.000_05, 0.000_3)
            site.question("lan", at, answered, host, ROUTER, NAME, [RELAY], ttl=1)
        else:
            answered = site.ask(at, host, link, rtt=rtt, hop=hop, ttl=1)
            flying[link] = (at + hop, at + hop + rtt)
        site.session(answered + 0.001, host, rng.choice(links), link)
    return site, site.analyse(folder)
