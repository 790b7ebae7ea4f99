"""How the two sides of a connection are found, and by which link it left."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from wanwitness import analyze
from wanwitness.model import Crossing

from . import wire
from .simulator import ACCEPTED, NAME, RELAY, RELAY2, Result, Simulator, _Side

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


@pytest.mark.parametrize("spaced", [0.3, 5])
def test_fixed_sequence_numbers_and_random_ports_are_told_apart_by_the_time_alone(
    tmp_path: Path, spaced: float
) -> None:
    """Where that does not tell either, nothing is said."""
    site = Simulator(fixed_isn=True)
    for n in range(10):
        site.session(n * spaced, PC, ("orange", "sfr")[n % 2], None, wan_port=50_000 + n * 7919 % 100, timestamps=False)
    site.session(100, PC, "sfr", None, timestamps=True)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port)[0] in (row.transport, None)
    assert len(result.correlated.sessions) == len(site.truth)


def test_a_syn_that_went_by_two_links_and_was_answered_on_none_left_by_neither(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "sfr", answer="no", syn_repeated=True)
    site.frames["orange"].append(site.frames["sfr"].pop())
    result = site.analyse(tmp_path)
    session = result.rows[PC, port][0]
    assert len(result.rows) == 1 and session.transport_link is None
    assert {frame.capture for frame in session.candidates} == {0, 1, 2}


def test_a_syn_refused_by_one_link_and_answered_by_the_other_left_by_the_latter(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "sfr", syn_repeated=True)
    place = next(n for n, (_, _, frame) in enumerate(site.frames["sfr"]) if frame[47] == wire.SYN)
    ts, count, syn = site.frames["sfr"].pop(place)
    site.frames["orange"] += [
        (ts, count, syn),
        (ts + 5_000_000, count, wire.unreachable("203.0.113.1", "203.0.113.20", syn)),
    ]
    result = site.analyse(tmp_path)
    assert len(result.rows) == 1 and crossing(result, PC, port).link == "sfr"


@pytest.mark.parametrize("mask", [lambda reply: re.sub("ESMTP|relay", "XXXXX", reply), lambda reply: reply[:8]])
@pytest.mark.parametrize("modulated", [False, True])
def test_a_gateway_that_masks_what_servers_say_hides_no_crossing(
    tmp_path: Path, mask: Callable[[str], str], modulated: bool
) -> None:
    """It leaves the SYN's numbers, or its time stamp and the times."""
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", masked=mask, modulated=modulated)
    assert site.analyse(tmp_path).links(PC, port)[0] == "orange"


def test_ipv6_passes_without_any_rewriting(tmp_path: Path) -> None:
    site, host, relay = Simulator(), "2001:db8:1::20", "2001:db8:25::25"
    site.ask_direct(0, host, "sfr", relay, server="2001:db8:53::53")
    port = site.connect(1, host, "orange", relay, own=host)
    assert site.analyse(tmp_path).links(host, port)[0] == "orange"


def test_a_translated_prefix_is_no_redirection(tmp_path: Path) -> None:
    """RFC 6296 keeps the checksum, so ports and numbers stay, and only the network changes."""
    site, host, relay = Simulator(), "fd00:1::20", "2001:db8:25::25"
    port = site.connect(1, host, "orange", relay, own="2001:db8:ff0:d4::20")
    site.announce(0, host, 7)
    found = site.analyse(tmp_path)
    assert crossing(found, host, port).client.ip == "2001:db8:ff0:d4::20"
    assert found.links(host, port) == ("orange", None, "no-dns-seen")


@pytest.mark.parametrize(
    "outside",
    ["64:ff9b::c633:6419", "2001:db8:c633:6419::", "2001:db8:ff:c633:64:1900::", "2001:db8:64:0:c6:3364:1900:0"],
)
def test_an_ipv4_client_behind_a_translator_opened_the_connection_itself(tmp_path: Path, outside: str) -> None:
    """464XLAT: the server's address is inside the one that the link sees (RFC 6052), and not the router's choice."""
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", to=outside)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_a_connection_turned_back_to_the_lan_is_one_session_and_makes_nothing_blind(tmp_path: Path) -> None:
    """A hairpin: the site's own server by its public address."""
    site = Simulator()
    port = site.connect(1, PC, "orange", "203.0.113.10", to="192.168.1.25", own="192.168.1.1", wan_port=61_000)
    site.frames["lan"] += site.frames.pop("orange")
    site.frames["orange"] = []
    site.ask(10, PC2, "orange", rtt=0.02)
    site.question("lan", 10.001, 10.020_5, "192.168.1.22", "192.168.1.1", NAME, [RELAY])
    mail = site.connect(11, "192.168.1.22", "sfr")
    result = site.analyse(tmp_path)
    assert len(result.rows) == 2 and result.links(PC, port)[0] is None
    assert result.links("192.168.1.22", mail) == ("sfr", "orange", None)


def test_a_strangers_connection_to_the_sites_server_rests_on_no_answer_of_the_site(tmp_path: Path) -> None:
    """What the router asked for its own name has nothing to do with it."""
    site = Simulator()
    site.announce(-1, PC, 7)
    site.upstream(0, "sfr", "203.0.113.10", name="site.example")
    stranger = "198.51.100.77"
    inside = _Side(site, "lan", "lan", stranger, 999, "192.168.1.25", 5, 9, None, 50, True)
    outside = _Side(site, "orange", "orange", stranger, 999, "203.0.113.10", 5, 9, None, 51, True)
    outside.orig(1, wire.SYN)
    inside.orig(1.001, wire.SYN)
    inside.resp(1.002, wire.SYN | wire.ACK)
    outside.resp(1.003, wire.SYN | wire.ACK)
    alone = _Side(site, "orange", "orange", stranger, 1000, "203.0.113.10", 7, 9, None, 51, True)
    alone.orig(2, wire.SYN)
    site.ask(9, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(stranger, 999) == ("orange", None, "no-dns-seen")
    assert result.links(stranger, 1000) == ("orange", None, "no-dns-seen")


def test_a_port_used_again_at_once_is_another_session(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0, PC, "orange", port=40_000, script=())
    site.connect(0.2, PC, "sfr", port=40_000)
    assert [session.transport_link for session in site.sessions(tmp_path)] == ["orange", "sfr"]


@pytest.mark.parametrize("lan", ["orange", "sfr"])
def test_a_connection_that_two_links_show_whole_is_counted_once(tmp_path: Path, lan: str) -> None:
    """As where the LAN's capture is given as a link's, and that as the LAN's; the case says so, and judges none."""
    site = Simulator()
    for n in range(6):
        link = ("orange", "sfr")[n % 2]
        site.ask(n * 10, PC, link, ttl=1)
        site.session(n * 10 + 2, PC, link, link)
    site.write(tmp_path)
    other = {"orange": "sfr", "sfr": "orange"}[lan]
    wans = {lan: tmp_path / "lan.pcap", other: tmp_path / f"{other}.pcap"}
    document = analyze(lan=tmp_path / f"{lan}.pcap", wan=wans, rows_only=True).document
    assert len(document["sessions"]) == 6
    assert [row["id"] for row in document["answer"]["contradictions"]] == ["sides-exchanged"]
    assert not any(session["flagged"] for session in document["sessions"])
