"""Connections whose destination the router chose: only its own look-ups count."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.language import ENGLISH

from . import wire
from .simulator import NAME, RELAY, RELAY2, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"


def test_a_redirected_session_is_judged_by_the_routers_own_look_up(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", RELAY2)
    site.upstream(1, "sfr")
    port = site.connect(1.1, PC, "orange", RELAY2, to=RELAY)
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    session = result.rows[PC, port][0]
    assert session.resolution is not None and session.resolution.asked_by == "router"
    assert session.asked_name == NAME


def test_a_redirected_session_without_any_dns_on_the_lan_has_the_routers_look_up(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-1, PC, 20)
    site.upstream(0, "sfr")
    port = site.connect(0.1, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_what_the_router_forwarded_for_a_client_is_not_its_own(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_what_a_client_asked_directly_is_not_the_routers_own(tmp_path: Path) -> None:
    site = Simulator()
    site.ask_direct(0, PC, "orange")
    port = site.connect(1, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_a_clients_unanswered_question_may_be_behind_an_upstream_question(tmp_path: Path) -> None:
    site = Simulator()
    site.question("lan", 0, None, PC, "192.168.1.1", NAME, [])
    site.upstream(0.5, "sfr")
    port = site.connect(1, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_a_question_asked_long_before_the_lan_was_captured_is_nobodys(tmp_path: Path) -> None:
    site = Simulator()
    site.upstream(0, "sfr", ttl=3600)
    port = site.connect(600, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", None, "resolver-link-unknown")


def test_of_several_look_ups_of_the_router_the_latest_counts(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-1, PC, 20)
    site.upstream(1, "orange")
    site.upstream(2, "sfr")
    port = site.connect(3, PC, "orange", RELAY2, to=RELAY)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_look_ups_of_the_router_by_both_links_are_ambiguous_behind_another_connection(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-1, PC, 20)
    site.upstream(1, "orange")
    site.upstream(2, "sfr")
    first = site.connect(2.5, PC2, "orange", RELAY2, to=RELAY)
    second = site.connect(3, PC, "orange", RELAY2, to=RELAY)
    result = site.analyse(tmp_path)
    assert result.links(PC2, first) == ("orange", "sfr", None)
    assert result.links(PC, second) == ("orange", None, "ambiguous-answer")
    assert "(an address that is written there has no look-up" in ENGLISH.say(result.judgement(PC, second).explanation)


def test_each_redirected_session_has_its_own_look_up(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-1, PC, 20)
    for n in range(6):
        resolver = ("orange", "sfr")[n % 2]
        site.upstream(n * 3, resolver)
        site.session(n * 3 + 0.1, PC, "orange", resolver, address=RELAY2, to=RELAY)
    result = site.analyse(tmp_path)
    for row in site.truth:
        assert result.links(row.client, row.port) == (row.transport, row.resolver, None)


def test_a_rewritten_port_leaves_the_address_the_clients(tmp_path: Path) -> None:
    """A destination is rewritten where its address is; the client's answer gave that address."""
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", wan_port=50_000)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", "sfr", None)


def test_a_proxied_session_is_judged_by_the_routers_own_look_up(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.upstream(1.001, "sfr", rtt=0.001)
    port = site.connect(1, PC, "orange", proxy=True, wan_port=50_000)
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("orange", "sfr", None)
    crossing = result.rows[PC, port][0].crossing
    assert crossing is not None and crossing.method == "dialogue"


def test_a_session_seen_on_a_link_alone_is_the_routers_own(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", RELAY2)
    site.connect(0.5, PC, "orange", RELAY2)
    site.upstream(1, "sfr")
    port = site.connect(2, PC, "orange", lan=False)
    site.ask(4, PC, "orange", RELAY2)
    result = site.analyse(tmp_path)
    assert result.links("203.0.113.10", port) == ("orange", "sfr", None)


@pytest.mark.parametrize("missed", [True, False])
def test_a_connection_with_the_hops_of_the_clients_is_not_plainly_the_routers_own(tmp_path: Path, missed: bool) -> None:
    """A burst of losses took all of its LAN side, and of the look-up before it; or the router gives its own so many."""
    site = Simulator()
    for n in range(4):
        site.ask(n * 5 - 40.1, PC, "orange")
        site.connect(n * 5 - 40, PC, ("orange", "sfr")[n % 2])
    site.upstream(1, "sfr")
    seen = len(site.frames["lan"])
    port = site.connect(1.02, PC, "orange", lan=missed)
    del site.frames["lan"][seen:]
    site.connect(20, PC2, "orange")
    result = site.analyse(tmp_path)
    right = (None, "ambiguous-answer") if missed else ("sfr", None)
    assert result.links("203.0.113.10", port) == ("orange", *right)
    resolved = result.rows["203.0.113.10", port][1]
    assert {candidate.link for candidate in resolved.candidates} == ({"orange", "sfr"} if missed else set())
    assert [objection.kind for objection in resolved.objections] == (["hops-of-clients"] if missed else [])


def test_a_session_seen_on_a_link_alone_while_the_lan_was_not_captured_is_anybodys(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.5, PC, "orange")
    site.upstream(2, "sfr", ttl=3600)
    port = site.connect(600, PC, "orange", lan=False)
    assert site.analyse(tmp_path).links("203.0.113.10", port) == ("orange", None, "resolver-link-unknown")


def test_without_a_lan_side_nobody_knows_whom_an_answer_reached(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "sfr")
    other = site.connect(2, PC, "sfr", RELAY2)
    result = site.analyse(tmp_path, ["lan"])
    assert result.links("203.0.113.20", port) == ("sfr", None, "resolver-link-unknown")
    assert result.links("203.0.113.20", other) == ("sfr", None, "no-dns-seen")


def test_a_routers_look_up_while_a_client_waits_for_the_same_is_told_apart_by_nothing(tmp_path: Path) -> None:
    """Two upstream questions inside one client's, not put at once: either may be the router's own."""
    site = Simulator()
    site.ask(0, PC, "orange", rtt=0.02)
    site.upstream(0.008, "sfr", rtt=0.005)
    port = site.connect(1, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "ambiguous-answer")


@pytest.mark.parametrize("next_too", [True, False])
def test_an_answer_at_the_time_of_a_connection_may_be_the_next_ones(tmp_path: Path, next_too: bool) -> None:
    """The clocks leave open whether it came before the SYN; the router connects once more, shortly after."""
    site = Simulator(clock={"sfr": 0.5, "orange": -0.2})
    site.announce(-1, PC, 20)
    for n in range(12):
        site.upstream(n * 10 - 0.002, "sfr", rtt=0.001)
        site.session(n * 10, PC, ("orange", "sfr")[n % 2], "sfr", address=RELAY2, to=RELAY)
    port = site.connect(200, PC, "orange", RELAY2, to=RELAY)
    site.upstream(199.999_09, "sfr", rtt=0.001)
    if next_too:
        site.connect(200.002, PC, "orange", RELAY2, to=RELAY)
    right = (None, "resolver-link-unknown") if next_too else ("sfr", None)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *right)


@pytest.mark.parametrize("unseen", [True, False])
def test_what_another_connection_of_the_router_came_first_after_is_not_plainly_this_ones(
    tmp_path: Path, unseen: bool
) -> None:
    """It may have asked once more by a link that was not captured."""
    site = Simulator(["orange", "sfr", "free"])
    site.announce(-1, PC, 20)
    site.upstream(1, "sfr")
    first = site.connect(1.05, PC2, "orange", RELAY2, to=RELAY)
    second = site.connect(1.1, PC, "orange", RELAY2, to=RELAY)
    site.connect(9, PC, "free", RELAY2)
    for link in ("orange", "sfr"):
        site.connect(20, PC, link, RELAY2)
    result = site.analyse(tmp_path, leave_out=["free"] if unseen else [])
    assert result.links(PC2, first) == ("orange", "sfr", None)
    right = (None, "resolver-link-unknown") if unseen else ("sfr", None)
    assert result.links(PC, second) == ("orange", *right)


def _connects_at_once(site: Simulator) -> None:
    """The router is known to look the name up over one link, and to connect by another as soon as it has the answer."""
    site.announce(-1, PC, 20)
    for n in range(10):
        done = site.upstream(n * 30, "sfr")
        site.connect(done + 0.002, PC, "orange", RELAY2, to=RELAY)


def _asks_in_secret(site: Simulator, at: float) -> None:
    """A record of the router's connection to a resolver that encrypts."""
    record = b"\x17\x03\x03\0\x01x"
    site.see("orange", at, wire.tcp("203.0.113.10", 4000, "9.9.9.9", 853, 1, 1, wire.PSH | wire.ACK, record))


@pytest.mark.parametrize("secret", [True, False])
def test_what_another_connection_of_the_router_came_first_after_may_have_been_asked_for_anew_in_secret(
    tmp_path: Path, secret: bool
) -> None:
    """A record of the same connection to a resolver was noted shortly before; then so soon after it none is."""
    site = Simulator()
    _connects_at_once(site)
    done = site.upstream(400, "sfr")
    for at in (399.5, done + 0.003) if secret else ():
        _asks_in_secret(site, at)
    first = site.connect(done + 0.002, PC2, "sfr", RELAY2, to=RELAY)
    second = site.connect(done + 0.012, PC, "orange", RELAY2, to=RELAY)
    result = site.analyse(tmp_path)
    assert result.links(PC2, first) == ("sfr", "sfr", None)
    right = (None, "resolver-link-unknown") if secret else ("sfr", None)
    assert result.links(PC, second) == ("orange", *right)


@pytest.mark.parametrize("secret", [0.000_1, 5, None])
def test_what_the_router_asked_in_secret_at_the_same_time_may_be_what_it_used(
    tmp_path: Path, secret: float | None
) -> None:
    """It may ask by all links at once; what it asked seconds before it hardly still waits for."""
    site = Simulator()
    _connects_at_once(site)
    if secret is not None:
        _asks_in_secret(site, 400 - secret)
    done = site.upstream(400, "sfr")
    port = site.connect(done + 0.002, PC, "orange", RELAY2, to=RELAY)
    right = (None, "resolver-link-unknown") if secret == 0.000_1 else ("sfr", None)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *right)


@pytest.mark.parametrize("unwaited", [True, False])
def test_a_router_that_does_not_wait_for_its_own_question_may_have_an_unseen_answer(
    tmp_path: Path, unwaited: bool
) -> None:
    """A link was not captured, and it connects while it is seen to ask by the other one: so that it asks by both."""
    site = Simulator()
    site.announce(-1, PC, 20)
    for n in range(10):
        done = site.upstream(n * 30, "sfr", rtt=0.03)
        first = unwaited and n % 2
        site.connect(done + (-0.01 if first else 0.002), PC, "sfr", RELAY2, to=RELAY)
    site.connect(350, PC2, "orange", RELAY2, to=RELAY)
    done = site.upstream(400, "sfr", rtt=0.03)
    port = site.connect(done + 0.002, PC, "sfr", RELAY2, to=RELAY)
    right = (None, "resolver-link-unknown") if unwaited else ("sfr", None)
    assert site.analyse(tmp_path, leave_out=["orange"]).links(PC, port) == ("sfr", *right)


def test_a_connection_without_a_lan_side_may_be_a_clients_that_was_missed(tmp_path: Path) -> None:
    """The router connects just after its checks, and for clients to an address of its settings, at any time."""
    site = Simulator()
    for n in range(12):
        link = ("orange", "sfr")[n % 2]
        site.upstream(n * 60, link, ttl=50)
        site.connect(n * 60 + 0.012, PC, link, lan=False)
        site.connect(n * 60 + 35, PC, "sfr", RELAY2, to=RELAY)
    missed = site.connect(11 * 60 + 20, PC, "orange", lan=False)
    result = site.analyse(tmp_path)
    assert result.links("203.0.113.10", missed)[:2] == ("orange", None)


def test_where_to_send_a_connection_is_chosen_at_its_first_syn(tmp_path: Path) -> None:
    """The link's capture lacks that, and shows the repeat alone, behind an answer that came in between."""
    site = Simulator(clock={"lan": 0.1})
    for n in range(10):
        site.upstream(n * 10 - 0.012, "sfr")
        site.connect(n * 10, PC, "orange", RELAY2, to=RELAY)
    site.upstream(100 - 0.012, "orange")
    first = len(site.frames["orange"])
    port = site.connect(100, PC, "orange", RELAY2, to=RELAY, syn_repeated=True)
    del site.frames["orange"][first]
    site.upstream(100.9, "sfr")
    assert site.analyse(tmp_path).links(PC, port)[1:] == (None, "ambiguous-answer")


@pytest.mark.parametrize(
    ("asked", "answered", "right"),
    [
        (100.2, "behind", (None, "ambiguous-answer")),
        (100.95, "behind", ("orange", None)),
        (100.2, "at once", ("orange", None)),
    ],
    ids=["may be a repeat", "waited for its look-up", "had answered the client before"],
)
def test_where_a_proxy_connects_to_is_chosen_at_its_first_syn(
    tmp_path: Path, asked: float, answered: str, right: tuple[str | None, str | None]
) -> None:
    """The link's capture may lack that, where the client's SYN had no answer until then, and a second has gone by."""
    site = Simulator()
    for n in range(10):
        site.upstream(n * 10, "sfr", ttl=5)
        site.connect(n * 10 + n * 0.09 + 0.05, PC, "orange", RELAY2, to=RELAY, proxy=True, wan_port=40_000 + n)
    site.upstream(94.99, "sfr", ttl=5)
    before = len(site.frames["orange"]), len(site.frames["lan"])
    port = site.connect(100, PC, "orange", RELAY2, to=RELAY, proxy=True, wan_port=50_000, syn_repeated=True)
    del site.frames["orange"][before[0]]
    if answered == "behind":
        rows = site.frames["lan"]
        place = next(n for n in range(before[1], len(rows)) if rows[n][2][47] == wire.SYN | wire.ACK)
        rows[place] = (rows[place][0] + 1_014_000_000, *rows[place][1:])
    site.upstream(asked, "orange", ttl=5)
    assert site.analyse(tmp_path).links(PC, port)[1:] == right


@pytest.mark.parametrize("lost", ["nothing", "packets", "the end of the answer"])
def test_of_questions_that_the_router_put_at_once_one_may_have_been_answered_unseen(tmp_path: Path, lost: str) -> None:
    """It uses the first answer; by the other link none was captured, where that is no sign that there was none."""
    site = Simulator()
    site.announce(-1, PC, 20)
    site.connect(site.ask(0, PC2, "orange") + 0.01, PC2, "orange")
    if lost == "packets":  # one of the server's replies
        replies = [frame for frame in sorted(site.frames["orange"]) if b"250 relay" in frame[2]]
        site.frames["orange"].remove(replies[0])
    up = site.links["orange"]
    came = 10.009 if lost == "the end of the answer" else None
    if came is not None:
        site.snaplens = {"orange": 42 + 12 + 22}
    site.question("orange", 10, came, up.address, up.resolver, NAME, [RELAY])
    site.upstream(10, "sfr")
    port = site.connect(10.012, PC, "sfr", RELAY2, to=RELAY)
    right = ("sfr", None) if lost == "nothing" else (None, "resolver-link-unknown")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", *right)
