"""Forwarders of every kind, and captures that lack a packet: the right link, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator import NAME, RELAY, RELAY2, ROUTER, Simulator

PC, PC2, RESOLVER = "192.168.1.20", "192.168.1.21", "192.168.1.53"
UP, UP2 = "203.0.113.10", "203.0.113.20"
ISP, ISP2 = "198.51.100.53", "198.51.100.54"


def drop(site: Simulator, point: str, *numbers: int) -> None:
    """Take frames of one capture away, counted from its first in time."""
    frames = sorted(site.frames[point])
    site.frames[point] = [frame for n, frame in enumerate(frames) if n not in {m % len(frames) for m in numbers}]


def test_a_forwarder_that_lowers_ttls_is_judged_by_the_first_answer(tmp_path: Path) -> None:
    """The second link's TTL is, by chance, what the forwarder makes of the first's."""
    site = Simulator()
    site.upstream(0.000_2, "orange", ttl=300, rtt=0.010)
    site.upstream(0.000_2, "sfr", ttl=60, rtt=0.010_1)
    site.question("lan", 0, 0.010_5, PC, ROUTER, NAME, [RELAY], ttl=60)
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port)[1] in ("orange", None)


def test_a_first_answer_that_was_not_passed_on_at_once_may_not_have_been_used(tmp_path: Path) -> None:
    site = Simulator()
    site.upstream(0.000_2, "orange", rtt=0.010)
    site.upstream(0.000_2, "sfr", rtt=0.100)
    site.question("lan", 0, 0.100_5, PC, ROUTER, NAME, [RELAY])
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "ambiguous-answer")


def test_a_late_first_answer_beside_the_second_ones_is_not_told_apart(tmp_path: Path) -> None:
    site = Simulator()
    site.upstream(0.000_2, "orange", rtt=2.01)
    site.upstream(2, "sfr", rtt=0.011)
    site.question("lan", 0, 2.012, PC, ROUTER, NAME, [RELAY])
    port = site.connect(3, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "ambiguous-answer")


@pytest.mark.parametrize("ttl", [60, 600])
def test_a_cache_that_gives_ttls_of_its_own_is_known_by_whom_it_served_before(tmp_path: Path, ttl: int) -> None:
    """Some forwarders set a least or a greatest TTL: what they count down is not the resolver's."""
    site = Simulator()
    site.upstream(0.000_2, "sfr", ttl=300)
    site.question("lan", 0, 0.010_4, PC, ROUTER, NAME, [RELAY], ttl=ttl)
    site.ask(20, PC2, None, ttl=ttl - 20)
    port = site.connect(21, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", "sfr", None)


def test_a_cache_that_never_counts_down_is_of_unknown_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=300)
    site.ask(20, PC2, None, ttl=300)
    port = site.connect(21, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", None, "resolver-link-unknown")


@pytest.mark.parametrize("served", ["refreshed", "old"])
def test_a_cache_refilled_by_the_other_link_is_told_by_the_ttl(tmp_path: Path, served: str) -> None:
    """It asks again, over the other link, while the old entry is still good, and serves that meanwhile."""
    site = Simulator()
    site.ask(0, PC, "orange", ttl=300)
    site.ask(280, PC2, None, ttl=20)
    site.upstream(280.000_5, "sfr", ttl=300, rtt=2 if served == "old" else 0.02)
    at = 281 if served == "old" else 290
    site.ask(at, PC2, None, ttl=19 if served == "old" else 290)
    port = site.connect(at + 0.1, PC2, "orange")
    right = "orange" if served == "old" else "sfr"
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", right, None)


def test_what_a_cache_asks_to_renew_an_entry_is_not_the_routers_own(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=300)
    site.ask(280, PC2, None, ttl=20)
    site.upstream(280.000_5, "sfr", ttl=300)
    port = site.connect(281, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


@pytest.mark.parametrize("first", ["unseen", "seen"])
def test_an_answer_that_came_behind_the_clients_did_not_fill_the_cache(tmp_path: Path, first: str) -> None:
    """The forwarder had asked another link as well, whose answer was first: the cache holds that one."""
    site = Simulator(clock={"lan": 0.3})
    for n in range(8):
        site.connect(n * 5 - 60, PC, ("orange", "sfr")[n % 2], RELAY2)
    site.race(0, PC2, {"orange": 0.006, "sfr": 0.030})
    if first == "unseen":
        site.frames["orange"] = [f for f in site.frames["orange"] if f[2][23] != 17]
    site.ask(20, PC, None, ttl=280)
    port = site.connect(20.1, PC, "orange")
    right = ("orange", None) if first == "seen" else (None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *right)


@pytest.mark.parametrize("after", ["unasked", "too soon", "too late", "as usual"])
def test_where_a_link_was_not_captured_an_answer_must_be_what_was_passed_on(tmp_path: Path, after: str) -> None:
    """Nobody had asked for it, or it came too late for the forwarder to pass it on, or so early that it would have
    before: then an unseen one was used.
    """
    site = Simulator()
    for n in range(30):
        site.ask(n * 10, PC2, "sfr", ttl=5)
        site.connect(n * 10 + 0.02, PC2, "sfr")
    site.connect(305, PC2, "orange")
    answered = 400.7 if after == "too late" else 400.020_4
    site.question("lan", 400, answered, PC, ROUTER, NAME, [RELAY])
    came = 400.020_39 if after == "too soon" else 400.020_2
    site.question("sfr", 400.000_2, came, UP2, ISP2, NAME, [RELAY], asked=after != "unasked")
    port = site.connect(answered + 0.01, PC, "sfr")
    right = ("sfr", None) if after == "as usual" else (None, "resolver-link-unknown")
    assert site.analyse(tmp_path, leave_out=["orange"]).links(PC, port) == ("sfr", *right)


@pytest.mark.parametrize("raced", [True, False])
def test_a_forwarder_that_was_seen_to_answer_before_the_captured_link_may_do_so_unnoticed(
    tmp_path: Path, raced: bool
) -> None:
    """It asks by all links, of which one was not captured; if both answer together no packet tells the first."""
    site = Simulator()
    for n in range(30):
        site.ask(n * 10, PC2, "sfr", ttl=5)
        site.connect(n * 10 + 0.02, PC2, "sfr")
    site.connect(305, PC2, "orange")
    if raced:
        site.race(320, PC2, {"sfr": 0.03, "orange": 0.01})
    done = site.race(400, PC, {"sfr": 0.02, "orange": 0.0201})
    port = site.connect(done + 0.01, PC, "sfr")
    right = (None, "resolver-link-unknown") if raced else ("sfr", None)
    assert site.analyse(tmp_path, leave_out=["orange"]).links(PC, port) == ("sfr", *right)


def test_what_was_renewed_while_the_cache_served_filled_it(tmp_path: Path) -> None:
    """The client had its answer first, but at once: it waited for nobody."""
    site = Simulator()
    site.ask(-310, PC, "orange", ttl=30)
    site.question("lan", 0, 0.000_2, PC2, ROUTER, NAME, [RELAY], ttl=30)
    site.upstream(0.000_3, "sfr", ttl=30)
    site.ask(10, PC, None, ttl=20)
    port = site.connect(10.1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_a_forwarder_that_keeps_ids_asks_beside_the_client_that_asks_the_same_resolver(tmp_path: Path) -> None:
    """dnsmasq on a host asks all its servers under one id: the router's forwarder, and a link's resolver itself."""
    site = Simulator()
    site.ask(-2, PC2, "sfr", ttl=5)
    port = site.port()
    site.question("lan", 0, 0.012, PC, ROUTER, NAME, [RELAY], ident=7, port=port, ttl=5)
    site.upstream(0.000_2, "orange", ttl=5, ident=7)
    for point, client, begin, end in (("lan", PC, 0, 0.040_1), ("orange", UP, 0.000_05, 0.040)):
        site.question(point, begin, end, client, ISP, NAME, [RELAY], ident=7, port=port, ttl=5)
    mail = site.connect(0.05, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, mail) == ("sfr", "orange", None)


def test_a_stale_answer_is_not_the_dead_links(tmp_path: Path) -> None:
    """A cache serves what is out of date (RFC 8767) when the resolver that it asks keeps silent."""
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=60)
    site.question("orange", 100.000_2, None, UP, ISP, NAME, [])
    site.question("lan", 100, 101.8, PC, ROUTER, NAME, [RELAY], ttl=30)
    port = site.connect(102, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "resolver-link-unknown")


@pytest.mark.parametrize("own", ["beyond", "router", "cache"])
def test_a_resolver_on_the_lan_is_followed_to_the_link_that_it_asked_by(tmp_path: Path, own: str) -> None:
    """It asks name servers itself, through NAT, or the router's forwarder, or serves its own cache."""
    site = Simulator()
    site.announce(-400, PC, 20)
    if own == "router":
        done = site.ask(0.001, RESOLVER, "sfr")
    else:
        done = site.ask_direct(0.001, RESOLVER, "sfr", server="192.0.2.7")
    if own == "cache":
        site.question("lan", 0, done + 0.000_3, PC2, RESOLVER, NAME, [RELAY])
        site.question("lan", 30, 30.000_3, PC, RESOLVER, NAME, [RELAY], ttl=270)
    else:
        site.question("lan", 0, done + 0.000_3, PC, RESOLVER, NAME, [RELAY])
    port = site.connect(31, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and [step.point for step in resolution.steps] == ["lan", "lan", "sfr"]
    assert resolution.resolver_ip == (ISP2 if own == "router" else "192.0.2.7")


def test_two_clients_of_a_resolver_on_the_lan_get_each_its_own_link(tmp_path: Path) -> None:
    site = Simulator()
    for at, link, client in ((0, "orange", PC), (0.02, "sfr", PC2)):
        done = site.ask_direct(at + 0.001, RESOLVER, link, server="192.0.2.7", ttl=1)
        site.question("lan", at, done + 0.000_3, client, RESOLVER, NAME, [RELAY], ttl=1)
    one, two = site.connect(2, PC, "orange"), site.connect(2.1, PC2, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, one) == ("orange", "orange", None)
    assert result.links(PC2, two) == ("orange", "sfr", None)


def test_a_router_that_leads_questions_to_its_links_resolver_is_a_forwarder(tmp_path: Path) -> None:
    """It rewrites the destination: the id stays, the server does not."""
    site = Simulator()
    ident, port = site.question("lan", 0, 0.010_2, PC, "192.0.2.8", NAME, [RELAY])
    site.question("sfr", 0.000_1, 0.010_1, UP2, ISP2, NAME, [RELAY], ident=ident, port=port)
    mail = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, mail) == ("orange", "sfr", None)


def test_what_comes_before_the_address_does_not_matter(tmp_path: Path) -> None:
    """Search domains that have no such name, MX before A, A beside AAAA, letters of varying case, dropped records."""
    site = Simulator()
    for at, name, qtype in ((0, f"{NAME}.lan.example", "A"), (0.02, "far.example", "MX"), (0.04, NAME, "AAAA")):
        site.question("lan", at, at + 0.011, PC, ROUTER, name, [], qtype=qtype, rcode=3 if at == 0 else 0)
        site.question("orange", at + 0.000_2, at + 0.010, UP, ISP, name, [], qtype=qtype, rcode=3 if at == 0 else 0)
    site.upstream(0.040_2, "sfr", name="sMTp.IsP.eXAMple", held=[RELAY2, RELAY, "198.51.100.27"])
    site.question("lan", 0.04, 0.050_4, PC, ROUTER, NAME, [RELAY])
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


# Packets that a capture lacks


def test_an_upstream_answer_that_was_not_captured_came_by_the_questions_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    drop(site, "sfr", 1)
    port = site.connect(1, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and resolution.steps[-1].answer_frame is None


def test_an_upstream_answer_that_was_not_captured_is_not_replaced_by_anothers(tmp_path: Path) -> None:
    """Both clients ask the same at the same time, and one link's capture lacks its answer."""
    site = Simulator()
    site.ask(0, PC, "sfr", rtt=0.03)
    site.ask(0.005, PC2, "orange", rtt=0.01)
    drop(site, "sfr", 1)
    one, two = site.connect(1, PC, "orange"), site.connect(2, PC2, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, one)[1] in ("sfr", None)
    assert result.links(PC2, two)[1] in ("orange", None)


def test_an_upstream_answer_that_was_not_captured_is_not_taken_for_an_older_one_in_the_cache(tmp_path: Path) -> None:
    """The older one's TTL happens to be over at the same time."""
    site = Simulator()
    site.ask(0, PC2, "orange")
    site.ask(0.8, PC, "sfr")
    drop(site, "sfr", 1)
    port = site.connect(2, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port)[1] in ("sfr", None)


def test_a_clients_answer_that_was_not_captured_is_known_by_the_upstream_one(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=5)
    site.ask(20, PC, "sfr")
    drop(site, "lan", 3)
    port = site.connect(21, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and resolution.steps[0].answer_frame is None


@pytest.mark.parametrize("side", ["lan", "sfr"])
def test_of_a_clients_own_question_the_answer_may_lack_on_either_side(tmp_path: Path, side: str) -> None:
    site = Simulator()
    site.ask_direct(0, PC2, "orange", ttl=1)
    site.ask_direct(5, PC, "sfr")
    drop(site, side, -1)
    port = site.connect(6, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


@pytest.mark.parametrize("side", ["lan", "sfr"])
def test_of_a_clients_own_question_the_question_may_lack_on_either_side(tmp_path: Path, side: str) -> None:
    site = Simulator()
    site.ask_direct(0, PC2, "orange", ttl=1)
    site.ask_direct(5, PC, "sfr")
    drop(site, side, -2)
    port = site.connect(6, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


@pytest.mark.parametrize("left", [True, False])
def test_an_answer_from_the_cache_that_was_not_captured_is_what_the_cache_held(tmp_path: Path, left: bool) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=60)
    site.ask(100, PC2, "sfr", ttl=60)
    at = 110 if left else 200
    site.question("lan", at, None, PC, ROUTER, NAME, [])
    port = site.connect(at + 1, PC, "sfr")
    expected = ("sfr", "sfr", None) if left else ("sfr", None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == expected


def test_a_server_that_never_answers_leaves_nothing_open(tmp_path: Path) -> None:
    """The second server in a client's list is long gone, and asked all the same."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.question("lan", 0.02, None, PC, "192.168.1.2", NAME, [])
    port = site.connect(1, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "orange", None)


@pytest.mark.parametrize("lacking", [0, 1])
def test_what_was_forwarded_for_a_client_is_not_the_routers_own_though_a_packet_lacks(
    tmp_path: Path, lacking: int
) -> None:
    site = Simulator()
    site.announce(-1, PC, 20)
    site.ask(0, PC, "sfr")
    drop(site, "lan", 1 + lacking)
    port = site.connect(1, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


@pytest.mark.parametrize("before", [0.1, 5])
def test_what_was_forwarded_just_before_the_lan_was_captured_is_not_the_routers_own(
    tmp_path: Path, before: float
) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(before, PC, "orange", RELAY2, to=RELAY)
    drop(site, "lan", 0, 1)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_what_a_link_brought_before_it_was_captured_is_not_given_to_the_other(tmp_path: Path) -> None:
    """The one capture began later: what two clients asked at once before then may have gone by its link."""
    site = Simulator()
    site.connect(-60, PC, "orange", RELAY2)
    site.ask(0, PC, "sfr", rtt=0.02)
    site.ask(0.003, PC2, "orange", rtt=0.005)
    site.session(1, PC, "orange", "sfr")
    site.session(1, PC2, "orange", "orange")
    site.frames["sfr"] = []
    site.connect(100, PC, "sfr", RELAY2)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port)[1] in (row.resolver, None)


def test_a_session_before_its_links_capture_began_has_no_known_transport_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "sfr")
    site.frames["sfr"] = []
    site.ask(100, PC2, "orange", rtt=0.02, ttl=7)
    site.question("lan", 100.001, 100.020_5, PC, ROUTER, NAME, [RELAY], ttl=7)
    later = site.connect(101, PC, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == (None, "orange", None)
    assert result.links(PC, later) == ("sfr", "orange", None)
