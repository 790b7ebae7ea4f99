"""Which DNS answer counts: DESIGN section 3, fact by fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.language import ENGLISH

from . import wire
from .simulator import BEGIN, NAME, RELAY, RELAY2, ROUTER, ROUTER6, Result, Simulator

PC, PC2, MAIL = "192.168.1.20", "192.168.1.21", "192.168.1.22"


def test_the_answer_and_the_connection_may_use_different_links(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(0.1, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "orange", None)


def test_the_latest_answer_before_the_syn_counts(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=5)
    site.ask(20, PC, "sfr")
    port = site.connect(21, PC, "orange")
    site.ask(21.5, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_another_hosts_answer_does_not_count(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(0.5, PC2, "sfr")
    port = site.connect(1, PC, "orange")
    alone = site.connect(2, MAIL, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "orange", None)
    assert result.links(MAIL, alone) == ("orange", None, "no-dns-seen")


def test_an_answer_without_the_destination_does_not_count(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(0.5, PC, "sfr", RELAY2)
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "orange", None)


def test_an_empty_answer_gives_no_address(tmp_path: Path) -> None:
    site = Simulator()
    site.question("lan", 0, 0.01, PC, "192.168.1.1", NAME, [], rcode=3)
    site.question("orange", 0.001, 0.009, "203.0.113.10", "198.51.100.53", NAME, [], rcode=3)
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "no-dns-seen")


def test_unexpired_answers_by_both_links_are_told_apart_by_a_question_just_before(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(10, PC, "sfr")
    port = site.connect(10.9, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_unexpired_answers_by_both_links_are_ambiguous_when_the_answer_is_older_than_a_second(tmp_path: Path) -> None:
    """Nothing shows how soon this host connects."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(10, PC, "sfr")
    port = site.connect(11.1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "ambiguous-answer")


def test_unexpired_answers_by_both_links_are_ambiguous_when_another_connection_came_between(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(10, PC, "sfr")
    first = site.connect(10.3, PC, "orange")
    second = site.connect(10.6, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, first) == ("orange", "sfr", None)
    assert result.links(PC, second) == ("orange", None, "ambiguous-answer")


def test_another_hosts_connection_in_between_makes_nothing_ambiguous(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(10, PC, "sfr")
    site.connect(10.3, PC2, "orange")
    port = site.connect(10.6, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_an_expired_answer_by_the_other_link_makes_nothing_ambiguous(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-400, PC, 20)
    site.ask(0, PC, "orange", ttl=5)
    site.ask(10, PC, "sfr")
    port = site.connect(40, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_an_expired_answer_counts_and_is_said_to_be_expired(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=30)
    port = site.connect(100, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "orange", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and resolution.expired and resolution.ttl_s == 30
    assert resolution.age_s == pytest.approx(100, abs=0.1)


def test_an_expired_answer_accuses_nobody(tmp_path: Path) -> None:
    """Who keeps answers beyond their time may have kept one from before the capture, while another program asked."""
    site = Simulator()
    site.ask(0, PC, "orange", ttl=30)
    port = site.connect(100, PC, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", None, "ambiguous-answer")
    assert "capture-began-late" in [objection.kind for objection in result.rows[PC, port][1].objections]


def test_an_answer_from_the_cache_is_traced_to_the_one_that_filled_it(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=300)
    site.ask(100, PC2, None, ttl=200)
    port = site.connect(101, PC2, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC2, port) == ("orange", "sfr", None)
    resolution = result.rows[PC2, port][0].resolution
    assert resolution is not None and resolution.from_cache and len(resolution.steps) == 2


def test_a_cached_answer_whose_ttl_fits_no_captured_answer_is_of_unknown_link(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=300)
    site.ask(100, PC2, None, ttl=150)
    port = site.connect(101, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", None, "resolver-link-unknown")


def test_the_ttl_tells_which_of_two_answers_filled_the_cache(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=60)
    site.ask(70, PC, "orange", ttl=300)
    site.ask(100, PC2, None, ttl=270)
    port = site.connect(101, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", "orange", None)


def test_a_cache_that_was_asked_past_did_not_serve_the_older_answer(tmp_path: Path) -> None:
    """The forwarder asked again though the first answer was good: so its cache cannot have held that."""
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=300)
    site.ask(50, PC, "sfr", ttl=600)
    site.ask(100, PC2, None, ttl=200)
    port = site.connect(101, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", None, "resolver-link-unknown")


def test_one_upstream_answer_serves_several_clients(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    site.question("lan", 0.005, 0.0105, PC2, "192.168.1.1", NAME, [RELAY])
    port = site.connect(1, PC2, "orange")
    assert site.analyse(tmp_path).links(PC2, port) == ("orange", "sfr", None)


def test_a_router_that_asks_all_is_judged_by_the_answer_it_used(tmp_path: Path) -> None:
    site = Simulator()
    site.race(0, PC, {"orange": 0.02, "sfr": 0.01})
    port = site.connect(1, PC, "orange")
    for link in ("orange", "sfr"):  # what shows how the links' clocks stand by then
        site.connect(98, PC, link, "198.51.100.99")
    site.race(100, PC2, {"orange": 0.01, "sfr": 0.010_1})
    second = site.connect(101, PC2, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    assert result.links(PC2, second) == ("sfr", "orange", None)


def test_a_client_may_ask_a_links_resolver_itself(tmp_path: Path) -> None:
    site = Simulator()
    site.ask_direct(0, PC, "sfr")
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_the_link_of_a_direct_question_is_the_one_it_left_by_not_the_resolvers(tmp_path: Path) -> None:
    site = Simulator()
    site.ask_direct(0, PC, "sfr", server="198.51.100.53")
    port = site.connect(1, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and resolution.resolver_ip == "198.51.100.53"


def test_the_same_resolver_asked_directly_at_once_by_both_links_is_told_apart_by_the_id(tmp_path: Path) -> None:
    site = Simulator(same_private_network=True)
    for n in range(5):
        site.ask_direct(n * 10, PC, "orange")
        site.ask_direct(n * 10, PC2, "sfr")
        site.session(n * 10 + 1, PC, "orange", "orange")
        site.session(n * 10 + 1, PC2, "orange", "sfr")
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port) == (row.transport, row.resolver, None)


def test_a_direct_question_by_an_uncaptured_link_is_not_taken_for_a_forwarded_one(tmp_path: Path) -> None:
    site = Simulator()
    site.ask_direct(0, PC, "sfr")
    site.ask_direct(5, PC2, "orange", server="198.51.100.54")
    site.upstream(0.001, "orange", rtt=0.005)
    port = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path, ["sfr"]).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_a_cname_is_followed_to_the_question_it_leads_to(tmp_path: Path) -> None:
    """A router that resolves by itself asks for the CNAME's target under that name."""
    site = Simulator()
    site.question("lan", 0, 0.02, PC, "192.168.1.1", NAME, [RELAY], alias="relay7.isp.example")
    site.upstream(0.005, "sfr", name="relay7.isp.example")
    port = site.connect(1, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and resolution.name == NAME


def test_a_question_repeated_by_the_client_is_one_question(tmp_path: Path) -> None:
    site = Simulator()
    ident, port = site.question("lan", 0, None, PC, "192.168.1.1", NAME, [])
    site.question("lan", 2, 2.012, PC, "192.168.1.1", NAME, [RELAY], ident=ident, port=port)
    site.question("orange", 0.0002, None, "203.0.113.10", "198.51.100.53", NAME, [])
    site.upstream(2.0002, "sfr")
    mail = site.connect(3, PC, "orange")
    assert site.analyse(tmp_path).links(PC, mail) == ("orange", "sfr", None)


@pytest.mark.parametrize("links", [("orange", "sfr"), ("sfr", "orange"), ("free", "orange", "sfr")])
def test_the_number_and_order_of_links_make_no_difference(tmp_path: Path, links: tuple[str, ...]) -> None:
    site = Simulator(links)
    for n, resolver in enumerate(links):
        for m, transport in enumerate(links):
            at = n * 100 + m * 10
            site.ask(at, PC, resolver, ttl=1)
            site.session(at + 2, PC, transport, resolver)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port) == (row.transport, row.resolver, None)


def test_an_ipv4_and_an_ipv6_address_of_one_mac_are_one_host(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(0, PC, 7)
    site.announce(0, "2001:db8:1::20", 7)
    site.ask(1, "2001:db8:1::20", "sfr", server=ROUTER6)
    port = site.connect(2, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_a_forged_advertisement_joins_no_hosts(tmp_path: Path) -> None:
    """The packets of the address come from another MAC than the one that claims it."""
    site = Simulator()
    site.announce(0, PC, 7)
    site.owners["2001:db8:1::20"] = 8
    site.announce(0.5, "2001:db8:1::20", 7)
    site.ask(1, "2001:db8:1::20", "sfr", server=ROUTER6)
    port = site.connect(2, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "no-dns-seen")


def test_addresses_joined_by_no_mac_are_two_hosts(tmp_path: Path) -> None:
    """That both addresses come from one MAC shows nothing: it may forward for them. But they may be one."""
    site = Simulator()
    site.announce(0, PC, 7)
    site.owners["2001:db8:1::20"] = 7
    site.ask(1, "2001:db8:1::20", "sfr", server=ROUTER6)
    port = site.connect(2, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", None, "resolver-link-unknown")
    assert [candidate.kind for candidate in result.rows[PC, port][1].candidates] == ["other-host"]


def test_two_ipv4_addresses_of_one_mac_are_two_hosts(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(0, PC, 7)
    site.announce(0, PC2, 7)
    site.ask(1, PC2, "sfr")
    port = site.connect(2, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "no-dns-seen")


def test_ipv6_sessions_and_answers_are_traced_like_ipv4(tmp_path: Path) -> None:
    site = Simulator()
    host, relay = "2001:db8:1::20", "2001:db8:25::25"
    site.ask(1, host, "sfr", relay, server=ROUTER6, qtype="AAAA")
    port = site.connect(2, host, "orange", relay)
    assert site.analyse(tmp_path).links(host, port) == ("orange", "sfr", None)


def test_an_upstream_answer_that_came_after_the_clients_was_not_used(tmp_path: Path) -> None:
    """The forwarder asks the next server when the first keeps silent."""
    site = Simulator()
    site.upstream(0.000_2, "orange", rtt=2.5)
    site.upstream(2, "sfr", rtt=0.01)
    site.question("lan", 0, 2.010_2, PC, ROUTER, NAME, [RELAY])
    port = site.connect(3, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "sfr", None)


def test_a_refusal_by_the_first_server_was_not_the_answer(tmp_path: Path) -> None:
    """Many ISP resolvers refuse clients outside their network."""
    site = Simulator()
    site.question("orange", 0.000_2, 0.01, "203.0.113.10", "198.51.100.53", NAME, [], rcode=5)
    site.upstream(0.011, "sfr")
    site.question("lan", 0, 0.022, PC, ROUTER, NAME, [RELAY])
    port = site.connect(3, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_an_answer_whose_question_was_not_captured_still_counts(tmp_path: Path) -> None:
    site = Simulator()
    site.question("lan", 0, 0.010_4, PC, ROUTER, NAME, [RELAY], asked=False)
    site.upstream(0.000_2, "sfr")
    port = site.connect(3, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_of_a_truncated_answer_and_its_repetition_by_tcp_only_the_latter_gives_an_address(tmp_path: Path) -> None:
    """RFC 7766 section 5: the client asks again by TCP."""
    site = Simulator()
    for point, client, server, at, rtt in (
        ("lan", PC, ROUTER, 0.0, 0.02),
        ("sfr", "203.0.113.20", "198.51.100.54", 0.001, 0.018),
    ):
        ident, port = site.question(point, at, None, client, server, NAME, [])
        short = wire.dns(ident, NAME, [], truncated=True)
        site.see(point, at + rtt / 4, wire.udp(server, 53, client, port, short))
        whole = wire.dns(ident, NAME, [RELAY])
        question = wire.dns(ident, NAME)
        after, asking, telling = 103 + len(question), len(question).to_bytes(2), len(whole).to_bytes(2)
        for moment, frame in (
            (0.30, wire.tcp(client, port, server, 53, 100, 0, wire.SYN)),
            (0.35, wire.tcp(server, 53, client, port, 500, 101, wire.SYN | wire.ACK)),
            (0.40, wire.tcp(client, port, server, 53, 101, 501, wire.ACK, asking + question)),
            (1.00, wire.tcp(server, 53, client, port, 501, after, wire.ACK, telling + whole)),
        ):
            site.see(point, at + rtt * moment, frame)
    mail = site.connect(1, PC, "orange")
    assert site.analyse(tmp_path).links(PC, mail) == ("orange", "sfr", None)


def test_one_question_to_two_servers_from_one_socket_is_answered_by_the_first(tmp_path: Path) -> None:
    """musl asks all its servers at once, under one id; a question that is repeated to the next server looks alike."""
    for first, second in (("orange", "sfr"), ("sfr", "orange")):
        site = Simulator()
        for n, (link, rtt) in enumerate(((first, 0.01), (second, 0.04))):
            up = site.links[link]
            for point, client, begin, end in (
                ("lan", PC, n * 0.000_04, rtt + 0.000_1),
                (link, up.address, n * 0.000_04 + 0.000_05, rtt),
            ):
                site.question(point, begin, end, client, up.resolver, NAME, [RELAY], ident=7, port=5353)
        port = site.connect(0.1, PC, "orange")
        folder = tmp_path / first
        folder.mkdir()
        assert site.analyse(folder).links(PC, port) == ("orange", first, None)


def test_questions_by_two_sockets_that_were_open_at_once_are_ambiguous(tmp_path: Path) -> None:
    """Windows asks the resolvers of several adapters, each from a socket of its own."""
    site = Simulator()
    site.ask_direct(0, PC, "orange", rtt=0.03)
    site.ask_direct(0.001, PC, "sfr", rtt=0.04)
    port = site.connect(0.06, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", None, "ambiguous-answer")
    assert objections(result, port) == ["asked-meanwhile"]
    assert {candidate.link for candidate in result.rows[PC, port][1].candidates} == {"orange", "sfr"}
    assert "one mail sent while the host has one DNS server" in ENGLISH.say(result.judgement(PC, port).explanation)


@pytest.mark.parametrize("begins", [0.0, 0.0305])
def test_an_answer_to_a_question_from_before_the_capture_may_be_the_last_of_several(
    tmp_path: Path, begins: float
) -> None:
    """Windows asks the resolvers of several adapters; the LAN's capture begins when the first has answered."""
    site = Simulator()
    site.ask_direct(0, PC, "orange", rtt=0.03)
    site.ask_direct(0.001, PC, "sfr", rtt=0.04)
    port = site.connect(0.06, PC, "orange")
    site.frames["lan"] = [frame for frame in site.frames["lan"] if frame[0] >= (BEGIN + begins) * wire.SECOND]
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", None, "ambiguous-answer")
    assert {candidate.link for candidate in result.rows[PC, port][1].candidates} == {"orange", "sfr"}


def test_a_look_up_that_goes_on_by_tcp_began_with_its_truncated_answer(tmp_path: Path) -> None:
    """Another server's answer came meanwhile, and some stubs use that."""
    site = Simulator()
    site.ask_direct(0, PC, "orange", rtt=0.03)
    for point, client, late in (("lan", PC, 0.000_05), ("sfr", "203.0.113.20", 0.0)):
        ident, port = site.question(point, 0.001 - late, None, client, "198.51.100.54", NAME, [])
        short = wire.dns(ident, NAME, [], truncated=True)
        site.see(point, 0.01 + late, wire.udp("198.51.100.54", 53, client, port, short))
        question, whole = wire.dns(ident, NAME), wire.dns(ident, NAME, [RELAY])
        after, asking, telling = 103 + len(question), len(question).to_bytes(2), len(whole).to_bytes(2)
        for moment, frame in (
            (0.011 - late, wire.tcp(client, port, "198.51.100.54", 53, 100, 0, wire.SYN)),
            (0.034 + late, wire.tcp("198.51.100.54", 53, client, port, 500, 101, wire.SYN | wire.ACK)),
            (0.035 - late, wire.tcp(client, port, "198.51.100.54", 53, 101, 501, wire.ACK, asking + question)),
            (0.055 + late, wire.tcp("198.51.100.54", 53, client, port, 501, after, wire.ACK, telling + whole)),
        ):
            site.see(point, moment, frame)
    mail = site.connect(0.056, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, mail) == ("orange", None, "ambiguous-answer")
    assert objections(result, mail) == ["asked-meanwhile"]


def objections(result: Result, port: int) -> list[str]:
    """Why the latest answer of PC's connection does not count."""
    return [objection.kind for objection in result.rows[PC, port][1].objections]


def test_a_connection_that_was_refused_may_be_tried_again_with_the_older_answer(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.5, PC, "orange", answer="rst")
    site.ask(0.9, PC, "sfr")
    port = site.connect(1.4, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", None, "ambiguous-answer")
    assert "failed-before" in objections(result, port)


def test_a_host_that_connects_at_once_was_hardly_answered_half_a_second_before(tmp_path: Path) -> None:
    """Another program has asked, and this one used what it had."""
    site = Simulator()
    for n in range(10):
        done = site.ask(n * 20, PC, "orange", ttl=300)
        site.connect(done + 0.005, PC, "orange")
    site.ask(250, PC, "sfr")
    port = site.connect(250.5, PC, "orange")
    own = site.ask(300, PC, "sfr")
    flagged = site.connect(own + 0.005, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", None, "ambiguous-answer")
    assert objections(result, port) == ["later-than-usual"]
    assert result.links(PC, flagged) == ("orange", "sfr", None)


def test_an_answer_behind_the_syn_that_the_link_shows_came_too_late(tmp_path: Path) -> None:
    """The LAN's capture lacks the first SYN, and shows its repeat alone."""
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(0.1, PC, "orange", syn_repeated=True)
    del site.frames["lan"][2]
    for n in range(8):  # what shows how the links' clocks stand
        site.connect(n - 30, MAIL, ("orange", "sfr")[n % 2], RELAY2)
    site.ask(0.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "orange", None)


def test_a_connection_that_was_open_when_the_capture_began_rests_on_no_answer_behind(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(0, PC, "orange", step=1.0)
    for point in ("lan", "orange"):
        site.frames[point] = site.frames[point][5:]
    site.ask(2.2, PC, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port)[1] is None


def test_a_truncated_answer_gives_no_address_though_it_holds_one(tmp_path: Path) -> None:
    """RFC 2181 section 9: what is truncated is asked for again."""
    site = Simulator()
    site.ask(0, PC, "orange")
    for point, client, at in (("lan", PC, 0.3), ("sfr", "203.0.113.20", 0.3002)):
        ident, port = site.question(point, at, None, client, ROUTER if point == "lan" else "198.51.100.54", NAME, [])
        server = ROUTER if point == "lan" else "198.51.100.54"
        cut = wire.dns(ident, NAME, [RELAY], truncated=True)
        site.see(point, at + 0.01, wire.udp(server, 53, client, port, cut))
    mail = site.connect(0.4, PC, "orange")
    assert site.analyse(tmp_path).links(PC, mail) == ("orange", "orange", None)


def test_an_answer_that_nobody_asked_for_is_no_ground(tmp_path: Path) -> None:
    """Its id and port are no question's (RFC 5452 section 9.1)."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(0.3, PC2, "sfr")
    site.question("lan", 0.3, 0.32, PC, ROUTER, NAME, [RELAY], asked=False)
    port = site.connect(0.4, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port)[1] in ("orange", None)


def test_an_answer_of_no_time_to_live_never_expires(tmp_path: Path) -> None:
    """RFC 1035 section 3.2.1: it is good for the look-up that got it."""
    site = Simulator()
    site.ask(0, PC, "orange", ttl=0)
    port = site.connect(0.5, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "orange", None)
    resolution = result.rows[PC, port][0].resolution
    assert resolution is not None and not resolution.expired


def test_a_routers_checks_are_no_ground_for_what_it_forwards(tmp_path: Path) -> None:
    """It asks every ten seconds, and leads mail to an address that stands in its settings."""
    site = Simulator()
    site.announce(-400, PC, 20)
    for n in range(20):
        site.upstream(n * 10, "sfr", ttl=5)
    apart = (7.3, 1.9, 4.4, 8.8, 2.6, 6.1, 9.2, 3.3, 5.7, 8.4, 8.1, 6.9)
    ports = [site.connect(n * 10 + after, PC, "orange", RELAY2, to=RELAY) for n, after in enumerate(apart)]
    result = site.analyse(tmp_path)
    assert {result.links(PC, port) for port in ports} == {("orange", None, "resolver-link-unknown")}


def test_an_answer_that_a_cache_took_as_long_for_as_a_resolver_may_have_been_asked_for_unseen(tmp_path: Path) -> None:
    """The links' captures lack the exchange; the answer in the cache happens to be as old."""
    site = Simulator()
    for n in range(5):
        site.ask(n, MAIL, "orange", RELAY2, name=f"www{n}.isp.example")
    site.ask(10, PC2, "sfr")
    site.question("lan", 10.4, 10.42, PC, ROUTER, NAME, [RELAY])
    port = site.connect(10.45, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def _told_both(site: Simulator, at: float, link: str) -> None:
    """The forwarder tells PC two addresses, 10 ms after it was asked."""
    site.upstream(at + 0.000_2, link, held=(RELAY, RELAY2), ttl=5, rtt=0.009_6)
    site.question("lan", at, at + 0.01, PC, ROUTER, NAME, (RELAY, RELAY2), ttl=5)


def test_the_next_address_after_one_that_failed_is_tried_by_the_same_answer(tmp_path: Path) -> None:
    """Whatever another program asks meanwhile, and though its time is over; but not an address that was tried with it
    already, as one is that a new look-up begins with.
    """
    for address, right in ((RELAY2, None), (RELAY, "sfr")):
        site = Simulator()
        for n in range(10):
            _told_both(site, n * 40, "orange")
            site.connect(n * 40 + 0.02, PC, "orange", answer="rst" if n == 9 else "yes")
        _told_both(site, 375, "sfr")
        port = site.connect(375.02, PC, "orange", address)
        result = site.analyse(tmp_path / address)
        assert result.links(PC, port)[1] == right
        assert ("failed-before" in objections(result, port)) is (right is None)


@pytest.mark.parametrize(("before", "right"), [(0.05, None), (0.2, "sfr")])
def test_of_two_answers_within_the_usual_time_either_may_have_been_waited_for(
    tmp_path: Path, before: float, right: str | None
) -> None:
    """This host's connections come within 64 ms, of which a quarter within 8."""
    site = Simulator()
    for n in range(12):
        done = site.ask(n * 20, PC, "orange", ttl=5)
        site.connect(done + 0.008, PC, "orange")
    site.ask(300 - before - 0.0104, PC, "orange")
    site.ask(300 - 0.01 - 0.0104, PC, "sfr")
    port = site.connect(300, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(PC, port)[1] == right
