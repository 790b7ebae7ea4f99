"""What packets that were not captured leave open, and what the others tell in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.correlate import correlate
from wanwitness.inputs import gather
from wanwitness.language import ENGLISH
from wanwitness.model import Site
from wanwitness.reading import read

from .simulator import NAME, RELAY2, ROUTER, Simulator

PC, PC2, MAIL = "192.168.1.20", "192.168.1.21", "192.168.1.22"
HASTY = 25
"""Questions enough to show how soon a forwarder puts them on."""


def office() -> Simulator:
    """A site whose forwarder passes everything on within 0.2 ms."""
    site = Simulator()
    for n in range(HASTY):
        link = ("orange", "sfr")[n % 2]
        site.ask(4 * n, PC2, link)
        site.connect(4 * n + 1, MAIL, link, RELAY2)  # what shows how the links' clocks stand
    return site


def unheard(site: Simulator, at: float, client: str = PC) -> None:
    """A client asks, and what it was answered was not captured."""
    site.question("lan", at, None, client, ROUTER, NAME, [])


def test_a_client_whose_answer_was_lost_waits_no_longer_than_for_what_was_brought(tmp_path: Path) -> None:
    """The router's own question seconds later is its own."""
    site = Simulator()
    unheard(site, 0)
    site.upstream(0.000_2, "orange")
    site.upstream(2, "sfr", RELAY2)
    port = site.connect(2.1, PC, "orange", to=RELAY2)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_a_lost_answer_is_what_was_asked_at_once_and_not_what_was_asked_later(tmp_path: Path) -> None:
    site = office()
    unheard(site, 101)
    site.upstream(101.000_2, "orange")
    site.upstream(101.3, "sfr")
    port = site.connect(101.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "orange", None)


def test_where_the_forwarders_haste_is_not_known_either_may_have_been_the_lost_answer(tmp_path: Path) -> None:
    site = Simulator()
    unheard(site, 101)
    site.upstream(101.000_2, "orange")
    site.upstream(101.3, "sfr")
    port = site.connect(101.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "ambiguous-answer")


def test_a_forwarder_that_was_asked_little_is_not_judged_by_anothers_haste(tmp_path: Path) -> None:
    site = office()
    site.question("lan", 101, None, PC, "192.168.1.2", NAME, [])
    site.upstream(101.000_2, "orange")
    site.upstream(101.3, "sfr")
    port = site.connect(101.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "ambiguous-answer")


def test_an_answer_without_its_question_is_what_was_passed_on_at_once(tmp_path: Path) -> None:
    site = office()
    site.upstream(101, "orange", rtt=0.01)
    site.question("lan", 100.999_8, 101.010_2, PC, ROUTER, NAME, ["198.51.100.25"], asked=False)
    site.upstream(100.99, "sfr", rtt=0.01)
    port = site.connect(101.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", "orange", None)


@pytest.mark.parametrize("heard", [True, False])
def test_of_a_race_whose_other_answer_was_lost_the_winner_is_known_by_its_haste_alone(
    tmp_path: Path, heard: bool
) -> None:
    """Both links were asked at once, and one's answer was not captured: it may have come first."""
    site = office()
    site.question("orange", 101.000_2, None, "203.0.113.10", "198.51.100.53", NAME, [])
    site.upstream(101.000_22, "sfr", rtt=0.02)
    answered = 101.020_4 if heard else None
    site.question("lan", 101, answered, PC, ROUTER, NAME, ["198.51.100.25"] if heard else [])
    port = site.connect(101.5, PC, "sfr")
    said = ("sfr", "sfr", None) if heard else ("sfr", None, "ambiguous-answer")
    assert site.analyse(tmp_path).links(PC, port) == said


def test_a_race_is_not_known_by_an_answer_that_came_too_early_to_be_the_captured_one(tmp_path: Path) -> None:
    site = office()
    site.question("orange", 101.000_2, None, "203.0.113.10", "198.51.100.53", NAME, [])
    site.upstream(101.000_22, "sfr", rtt=0.01)
    site.question("lan", 101, 101.03, PC, ROUTER, NAME, ["198.51.100.25"])
    port = site.connect(101.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "ambiguous-answer")


@pytest.mark.parametrize(("begins", "known"), [(51, True), (200, False)])
def test_a_connection_that_a_proxy_may_have_ended_shows_no_unseen_link(
    tmp_path: Path, begins: float, known: bool
) -> None:
    """Where packets are missing, and the router opened one of its own meanwhile; not otherwise."""
    site = Simulator()
    for n in range(10):
        site.connect(n, MAIL, "orange")
    site.connect(11, MAIL, "sfr")
    lost = next(row for row in site.frames["orange"])
    site.frames["orange"].remove(lost)
    site.connect(50, PC2, "orange", lan=True, step=2)
    opened = [row for row in site.frames["orange"] if row[0] >= (1_700_000_000 + 49) * 10**9]
    for row in opened:
        site.frames["orange"].remove(row)
    site.connect(begins, "192.168.1.99", "orange", RELAY2, lan=False)
    site.ask(300, PC, "orange")
    site.frames["orange"].pop()  # the upstream answer
    port = site.connect(300.5, PC, "sfr")
    said = ("sfr", "orange", None) if known else ("sfr", None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == said


def lossy(site: Simulator) -> None:
    """Take one opening of a connection away, so that it shows that the LAN's capture lacks packets."""
    for n in range(4):
        site.connect(n, MAIL, "orange", RELAY2)
        site.connect(n + 0.5, MAIL, "sfr", RELAY2)
    site.frames["lan"].pop(1)


@pytest.mark.parametrize(("lost", "since"), [("a packet", 0.1), ("a packet", 3), ("a connection", 3), ("", 0.1)])
def test_an_answer_of_long_ago_is_doubted_where_another_link_just_gave_the_address_to_nobody(
    tmp_path: Path, lost: str, since: float
) -> None:
    """Where packets are missing it may have been the client's question, all of which the LAN's capture lacks: as it may
    all of a connection, which then looks like the router's own.
    """
    site = Simulator()
    site.announce(-400, PC, 20)
    if lost == "a packet":
        lossy(site)
    else:
        site.connect(4, MAIL, "orange", RELAY2)
        site.connect(8, MAIL, "orange", RELAY2, lan=lost != "a connection")
    site.ask(20, PC, "sfr")
    site.upstream(30, "orange")
    port = site.connect(30 + since, PC, "orange")
    told = (None, "ambiguous-answer") if lost else ("sfr", None)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *told)


@pytest.mark.parametrize("heard", [True, False])
def test_a_direct_question_whose_answer_nobody_captured_keeps_an_older_answer_from_counting(
    tmp_path: Path, heard: bool
) -> None:
    site = Simulator()
    site.ask(20, PC, "sfr")
    site.ask_direct(22, PC2, "orange", server="198.51.100.99")
    site.ask_direct(25, PC, "orange", server="198.51.100.99")
    if not heard:
        for point in ("lan", "orange"):
            site.frames[point].pop()
    port = site.connect(25.1, PC, "orange")
    told = ("orange", None) if heard else (None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *told)


@pytest.mark.parametrize("ran", [True, False])
def test_a_connection_that_a_link_does_not_show_tells_that_its_capture_did_not_run_yet(
    tmp_path: Path, ran: bool
) -> None:
    """A cached answer so fresh that another link may have given it, just before the link's first frame."""
    site = Simulator()
    site.connect(0, MAIL, "sfr", RELAY2)
    site.ask(4, PC2, "sfr", rtt=0.000_1)
    if not ran:
        site.connect(4.9, MAIL, "orange", RELAY2, step=0.03)
        site.frames["orange"].clear()
    site.ask(5, PC, None, ttl=299, hop=0.000_5)
    port = site.connect(5.01, PC, "sfr")
    for n in range(3):
        site.connect(6 + n, MAIL, "orange", RELAY2)
    site.connect(20, MAIL, "sfr", RELAY2)
    told = ("sfr", None) if ran else (None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", *told)


@pytest.mark.parametrize("dropped", [0, 3])
def test_a_capture_that_says_that_it_lost_packets_is_not_relied_on_for_what_was_not_asked(
    tmp_path: Path, dropped: int
) -> None:
    """A cached answer so fresh that its TTL does not tell, to a client that waited long enough for another one."""
    site = Simulator()
    site.connect(0, MAIL, "orange", RELAY2)
    site.ask(4, PC2, "sfr", rtt=0.000_1)
    site.ask(5, PC, None, ttl=299, hop=0.000_5)
    port = site.connect(5.01, PC, "sfr")
    site.connect(9, MAIL, "orange", RELAY2)
    files = site.write(tmp_path)
    wan = [f"{link}={files[link][0]}" for link in ("orange", "sfr")]
    readings = read(gather([], [str(files["lan"][0])], wan).files)
    for capture in readings.captures:
        capture.dropped = dropped if capture.path.endswith("orange.pcap") else None
    correlated = correlate(readings.points, readings.captures, Site(), readings.coverage)
    (session,) = (s for s in correlated.sessions if (s.client.ip, s.client.port) == (PC, port))
    assert session.resolver_link == (None if dropped else "sfr")


@pytest.mark.parametrize("point", ["lan", "orange"])
def test_an_answer_that_was_not_captured_is_said_to_be_inferred(tmp_path: Path, point: str) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.frames[point].pop()
    port = site.connect(0.5, PC, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", "orange", None)
    told = ENGLISH.say(result.judgement(PC, port).explanation)
    assert ("must have got" in told) is (point == "lan")
    assert ("(orange.pcap frame 1; the answer to that was not captured)" in told) is (point == "orange")


@pytest.mark.parametrize("lossy", [True, False])
def test_an_answer_that_neither_side_shows_was_none_unless_a_link_lacks_packets(tmp_path: Path, lossy: bool) -> None:
    """The host asks two servers at once, beyond the router, and one of them does not answer this time."""
    site = Simulator()
    for n in range(4):
        for link in ("orange", "sfr"):
            site.ask_direct(n * 5, PC2, link)
    for point in ("orange", "sfr"):
        site.connect(30, MAIL, point, RELAY2)
    if lossy:
        del site.frames["sfr"][-6]
    site.connect(60, MAIL, "sfr", RELAY2)
    site.connect(60, MAIL, "orange", RELAY2)
    up = site.links["sfr"]
    ident, port = site.question("lan", 40, None, PC, up.resolver, NAME, [])
    site.question("sfr", 40.000_05, None, up.address, up.resolver, NAME, [], ident=ident, port=port)
    done = site.ask_direct(40.000_1, PC, "orange")
    mail = site.connect(done + 0.01, PC, "sfr")
    right = (None, "ambiguous-answer") if lossy else ("orange", None)
    assert site.analyse(tmp_path).links(PC, mail) == ("sfr", *right)
