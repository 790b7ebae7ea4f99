"""Connections that no link shows: by another link, or the captures of the links had just ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator import BEGIN, RELAY2, Simulator
from .wire import SECOND

PC, PC2, PC3 = "192.168.1.20", "192.168.1.21", "192.168.1.22"


def from_cache(site: Simulator) -> int:
    """A session by an answer of the router's cache, so soon that only what all links show tells where it came from."""
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "sfr")
    site.ask(1, PC2, None, ttl=299)
    return site.connect(1.1, PC2, "sfr")


def links_seen(site: Simulator, until: float, last: float) -> None:
    """Have the links' captures show nothing from a time on, but for one question each at the last moment."""
    for link, up in site.links.items():
        site.frames[link] = [frame for frame in site.frames[link] if frame[0] < BEGIN * SECOND + round(until * SECOND)]
        site.question(link, last, None, up.address, up.resolver, "other.example", [])


@pytest.mark.parametrize("proxy", [False, True])
def test_links_whose_captures_end_as_a_connection_is_opened_hide_no_other(tmp_path: Path, proxy: bool) -> None:
    """Its SYN was on none of them yet; a proxy may have answered it, and greeted, before it connects."""
    site = Simulator()
    port = from_cache(site)
    if proxy:
        site.announce(-1, PC3, 22)
        site.upstream(3, "sfr", RELAY2, name="proxied.example")
        site.connect(3.1, PC3, "sfr", "203.0.113.99", to=RELAY2, proxy=True)
    site.connect(10, PC3, "sfr", *(["203.0.113.99"] if proxy else []))
    links_seen(site, 10, 10.045 if proxy else 10.000_02)
    assert site.analyse(tmp_path).links(PC2, port) == ("sfr", "orange", None)


@pytest.mark.parametrize("last", [15, 10.2])
def test_what_all_links_lack_while_they_are_captured_went_by_another(tmp_path: Path, last: float) -> None:
    """The server had greeted by then."""
    site = Simulator()
    port = from_cache(site)
    site.connect(10, PC3, "sfr")
    links_seen(site, 10, last)
    assert site.analyse(tmp_path).links(PC2, port) == ("sfr", None, "resolver-link-unknown")
