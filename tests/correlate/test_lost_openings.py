"""Connections that came to nothing, with one side's only SYN not captured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import wire
from .simulator import RELAY, Simulator

PC = "192.168.1.20"


def lose(site: Simulator, point: str, flags: int) -> None:
    """Let a point lack its packets of these flags that go to or come from the relay."""
    site.frames[point] = [row for row in site.frames[point] if not (row[2][23] == 6 and row[2][47] == flags)]


def refused(site: Simulator, **rest: Any) -> int:
    """The client's name came by one link, and its connection leaves by the other, and is refused."""
    site.ask(0, PC, "orange")
    return site.connect(1, PC, "sfr", answer="rst", **rest)


def test_a_refusal_alone_on_the_lan_finds_its_connection(tmp_path: Path) -> None:
    """It acknowledges the SYN, so its number is known."""
    site = Simulator()
    port = refused(site, wan_port=50_001)
    lose(site, "lan", wire.SYN)
    result = site.analyse(tmp_path)
    assert len(result.rows) == 1 and result.links(PC, port) == ("sfr", "orange", None)
    stream = result.rows[PC, port][0].lan
    assert stream is not None and stream.syn is None and stream.refused == stream.first


def test_an_answer_that_came_behind_the_lost_syn_is_not_the_connections(tmp_path: Path) -> None:
    """The other side tells when it was opened; the refusal came later than that answer."""
    site = Simulator()
    port = refused(site)
    site.ask(1.001, PC, "sfr", rtt=0.002)
    lose(site, "lan", wire.SYN)
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "orange", None)


def test_a_refusal_alone_on_the_link_does_not_say_how_the_connection_left(tmp_path: Path) -> None:
    """It may have left by the other link."""
    site = Simulator()
    port = refused(site)
    lose(site, "sfr", wire.SYN)
    result = site.analyse(tmp_path)
    session = result.rows[PC, port][0]
    assert len(result.rows) == 1 and session.transport_link is None and session.wan_return is not None


@pytest.mark.parametrize(("hops", "because"), [(63, "resolver-link-unknown"), (64, None)])
def test_a_connection_that_the_lan_side_lacks_is_the_routers_own_only_by_its_hops(
    tmp_path: Path, hops: int, because: str | None
) -> None:
    """What has a hop less came from a host of the LAN, and the capture there lost it."""
    site = Simulator()
    site.ask(0, PC, "orange", "198.51.100.99", name="www.example")
    site.upstream(1, "orange")
    link = site.links["sfr"].address
    site.see("sfr", 2, wire.tcp(link, 50_001, RELAY, 25, 77, 0, wire.SYN, hops=hops))
    site.see("sfr", 2.01, wire.tcp(RELAY, 25, link, 50_001, 0, 78, wire.RST | wire.ACK))
    site.ask(9, PC, "orange", "198.51.100.99", name="www.example")
    found = site.analyse(tmp_path).links(link, 50_001)
    assert found == ("sfr", None if because else "orange", because)


def test_a_refusal_that_tells_of_no_syn_is_no_connection(tmp_path: Path) -> None:
    """A reset of something older has a sequence number of its own."""
    site = Simulator()
    site.connect(0, PC, "orange")
    site.see("lan", 5, wire.tcp(RELAY, 25, PC, 50_009, 12345, 78, wire.RST | wire.ACK))
    site.see("lan", 5, wire.tcp(RELAY, 25, PC, 50_010, 0, 0, wire.RST))
    site.see("lan", 5, wire.tcp(RELAY, 8080, PC, 50_011, 0, 78, wire.RST | wire.ACK))
    assert len(site.analyse(tmp_path).rows) == 1


def test_a_syn_written_down_behind_its_refusal_is_the_refused_ones_and_another_is_not(tmp_path: Path) -> None:
    site = Simulator()
    site.see("lan", 1, wire.tcp(RELAY, 25, PC, 50_001, 0, 78, wire.RST | wire.ACK))
    site.see("lan", 1.001, wire.tcp(PC, 50_001, RELAY, 25, 77, 0, wire.SYN))
    site.see("lan", 2, wire.tcp(PC, 50_001, RELAY, 25, 99, 0, wire.SYN))
    first, second = (session.lan for session in site.sessions(tmp_path))
    assert first is not None and second is not None
    assert (first.isn_orig, first.syn is not None, first.refused is not None) == (77, True, True)
    assert (second.isn_orig, second.refused) == (99, None)
