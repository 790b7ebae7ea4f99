"""How the two sides of a connection are found, and by which link it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.model import Crossing

from .simulator import ACCEPTED, RELAY, RELAY2, Result, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"


def crossing(result: Result, client: str, port: int) -> Crossing:
    found = result.rows[client, port][0].crossing
    assert found is not None
    return found


def test_plain_nat_keeps_the_initial_sequence_number(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", wan_port=61_000)
    found = crossing(site.analyse(tmp_path), PC, port)
    assert (found.link, found.method, found.client.port) == ("sfr", "isn", 61_000)
    assert found.confidence > 0.99 and found.runner_up is None


def test_two_clients_with_one_source_port_are_told_apart(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange", port=40_000)
    site.connect(0.001, PC2, "sfr", port=40_000)
    result = site.analyse(tmp_path)
    assert (crossing(result, PC, 40_000).link, crossing(result, PC2, 40_000).link) == ("orange", "sfr")


def test_without_the_syn_the_payload_tells(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", with_syn=False)
    found = crossing(site.analyse(tmp_path), PC, port)
    assert (found.link, found.method) == ("sfr", "payload")


@pytest.mark.parametrize("timestamps", [True, False])
def test_rewritten_sequence_numbers_keep_their_places(tmp_path: Path, timestamps: bool) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", modulated=True, timestamps=timestamps)
    result = site.analyse(tmp_path)
    assert crossing(result, PC, port).method == "relative-sequence"
    assert result.links(PC, port) == ("orange", "sfr", None)


def test_a_proxy_is_known_by_what_was_said(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange", RELAY2, to=RELAY, proxy=True, wan_port=50_001)
    port = site.connect(5, PC, "sfr", RELAY2, to=RELAY, proxy=True, wan_port=50_002)
    found = crossing(site.analyse(tmp_path), PC, port)
    assert (found.link, found.method, found.client.port) == ("sfr", "dialogue", 50_002)


def test_proxied_sessions_that_say_the_same_at_the_same_time_are_not_told_apart(tmp_path: Path) -> None:
    site = Simulator()
    one = site.connect(0, PC, "orange", RELAY2, to=RELAY, proxy=True)
    two = site.connect(0, PC2, "sfr", RELAY2, to=RELAY, proxy=True)
    result = site.analyse(tmp_path)
    assert result.links(PC, one) == (None, None, "resolver-link-unknown")
    assert result.links(PC2, two) == (None, None, "resolver-link-unknown")
    assert len(result.rows) == 2


def test_proxied_sessions_of_different_mails_at_the_same_time_are_told_apart(tmp_path: Path) -> None:
    site = Simulator()
    other = [(command.replace("b@far", "c@far"), reply) for command, reply in ACCEPTED]
    one = site.connect(0, PC, "orange", RELAY2, to=RELAY, proxy=True)
    two = site.connect(0, PC2, "sfr", RELAY2, to=RELAY, proxy=True, script=other)
    result = site.analyse(tmp_path)
    assert result.links(PC, one)[0] == "orange"
    assert result.links(PC2, two)[0] == "sfr"


def test_the_same_words_before_the_client_said_them_are_another_session(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange", lan=False)
    site.connect(5, PC, "orange", proxy=True, wan_port=50_000)
    result = site.analyse(tmp_path, ["sfr"])
    assert len(result.rows) == 2


def test_an_unanswered_connection_crosses_too(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", answer="no")
    assert crossing(site.analyse(tmp_path), PC, port).link == "sfr"


def test_a_refused_connection_crosses_too(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", answer="rst")
    assert crossing(site.analyse(tmp_path), PC, port).link == "sfr"


def test_a_repeated_syn_is_one_session(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", syn_repeated=True)
    result = site.analyse(tmp_path)
    assert len(result.rows) == 1 and crossing(result, PC, port).link == "sfr"


def test_a_syn_repeated_by_another_link_is_one_session_of_the_link_that_was_answered(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", syn_repeated=True)
    syn = site.frames["sfr"][0]
    site.frames["orange"].append(syn)
    site.frames["sfr"].remove(syn)
    result = site.analyse(tmp_path)
    assert len(result.rows) == 1 and crossing(result, PC, port).link == "sfr"


@pytest.mark.parametrize(("out", "back"), [("orange", "sfr"), ("sfr", "orange")])
def test_the_link_that_it_left_by_counts_not_the_one_that_answered(tmp_path: Path, out: str, back: str) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, out, back=back)
    result = site.analyse(tmp_path)
    session = result.rows[PC, port][0]
    assert session.transport_link == out and session.wan_return is not None
    assert len(result.rows) == 1


def test_a_session_of_which_only_the_way_back_was_captured_has_no_known_transport_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", back="sfr")
    other = site.connect(5, PC, "sfr")
    result = site.analyse(tmp_path, ["orange"])
    assert result.rows[PC, port][0].transport_link is None
    assert result.rows[PC, other][0].transport_link == "sfr"
    assert len(result.rows) == 2


def test_a_session_of_an_uncaptured_link_has_no_known_transport_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "sfr")
    assert site.analyse(tmp_path, ["sfr"]).links(PC, port) == (None, "orange", None)


def test_both_links_may_use_one_private_network(tmp_path: Path) -> None:
    """ISP boxes do NAT again: router address and resolver are the same on both links."""
    site = Simulator(same_private_network=True)
    for n in range(8):
        resolver, transport = ("orange", "sfr")[n % 2], ("orange", "sfr")[n // 2 % 2]
        site.ask(n * 10, PC, resolver, ttl=1)
        site.session(n * 10 + 2, PC, transport, resolver)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port) == (row.transport, row.resolver, None)


def test_a_port_pair_used_again_is_a_session_of_its_own(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange", port=40_000)
    site.connect(100, PC, "sfr", port=40_000)
    sessions = site.sessions(tmp_path)
    assert [session.transport_link for session in sessions] == ["orange", "sfr"]


def test_three_links_each_carry_their_sessions(tmp_path: Path) -> None:
    site = Simulator(("orange", "sfr", "free"))
    ports = {link: site.connect(n, PC, link) for n, link in enumerate(site.links)}
    result = site.analyse(tmp_path)
    assert {link: result.links(PC, port)[0] for link, port in ports.items()} == {link: link for link in ports}


def test_fixed_sequence_numbers_are_told_apart_by_port_and_time(tmp_path: Path) -> None:
    """Test generators often begin every connection at the same number."""
    site = Simulator(fixed_isn=True)
    for n in range(10):
        site.session(n * 5, PC, ("orange", "sfr")[n % 2], None)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port)[0] == row.transport


def test_a_second_capture_of_the_lan_adds_no_session(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange")
    site.frames["lan2"] = list(site.frames["lan"])
    result = site.analyse(tmp_path, roles=False)
    assert len(result.rows) == 1
