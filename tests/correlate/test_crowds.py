"""A flood of questions for one name: what each of them came by is not known, and nothing else is the less so."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.correlate.resolutions.assumptions import MOST_AT_ONCE

from .simulator import NAME, Simulator

PC, FLOODER = "192.168.1.20", "192.168.1.66"


def flood(site: Simulator, count: int, *, name: str = NAME) -> None:
    """Each is passed on by the forwarder over one link or the other, and all are under way at once."""
    for n in range(count):
        site.ask(n / count, FLOODER, ("orange", "sfr")[n % 2], name=name, rtt=2)


@pytest.mark.parametrize("link", ["orange", "sfr"])
def test_one_of_a_crowd_is_not_told_from_the_others(tmp_path: Path, link: str) -> None:
    site = Simulator()
    flood(site, 2 * MOST_AT_ONCE)
    site.ask(0.5, PC, link, rtt=2)
    port = site.connect(2.51, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "ambiguous-answer")


@pytest.mark.parametrize("link", ["orange", "sfr"])
def test_the_crowd_of_another_name_is_none_of_a_session_s(tmp_path: Path, link: str) -> None:
    site = Simulator()
    flood(site, 2 * MOST_AT_ONCE, name="flood.example")
    site.ask(0.5, PC, link, rtt=2)
    port = site.connect(2.51, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", link, None)


@pytest.mark.parametrize("link", ["orange", "sfr"])
def test_what_is_asked_when_the_crowd_is_gone_is_judged(tmp_path: Path, link: str) -> None:
    site = Simulator()
    flood(site, 2 * MOST_AT_ONCE)
    site.ask(400, PC, link)
    port = site.connect(400.02, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", link, None)


def test_an_answer_kept_from_a_crowd_is_not_put_down_to_one_that_is_known(tmp_path: Path) -> None:
    """The cache was filled by any of the crowd, whoever asked alone before."""
    site = Simulator()
    site.ask(-4, PC, "orange", ttl=304)
    flood(site, 2 * MOST_AT_ONCE)
    site.ask(60, PC, None, ttl=241)
    port = site.connect(60.01, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port)[1] is None
