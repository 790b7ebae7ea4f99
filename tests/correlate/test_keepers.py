"""Hosts whose programs keep what they were told: when an answer is not plainly the one that was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.language import ENGLISH

from .simulator import NAME, Result, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"


def _said(result: Result, port: int) -> tuple[str | None, str | None]:
    """The resolver link of PC's connection, or why there is none."""
    return result.links(PC, port)[1:]


def test_where_all_connections_come_late_their_times_show_no_slow_programs(tmp_path: Path) -> None:
    """They come any time after an answer: so does one that comes within a second, and it may use what was kept."""
    site = Simulator()
    for n, (link, after) in enumerate((("orange", 12), ("sfr", 16), ("orange", 0.9), ("sfr", 15), ("orange", 17))):
        site.ask(n * 100, PC, "sfr" if link == "orange" else "orange")
        site.ask(n * 100 + 2, PC, link)
        port = site.connect(n * 100 + 2 + after, PC, "orange")
        if after < 1:
            soon = port
    result = site.analyse(tmp_path)
    assert _said(result, soon) == (None, "ambiguous-answer")
    assert "keeps-answers" in [objection.kind for objection in result.rows[PC, soon][1].objections]


def test_of_a_host_of_two_connections_is_supposed_what_most_others_do(tmp_path: Path) -> None:
    site = Simulator()
    for n in range(8):
        site.ask(n * 50, PC2, "sfr")
        site.connect(n * 50 + 20, PC2, "orange")
    site.ask(500, PC, "orange")
    site.ask(520, PC, "sfr")
    soon = site.connect(520.7, PC, "orange")
    site.connect(521.5, PC, "orange")
    assert _said(site.analyse(tmp_path), soon) == (None, "ambiguous-answer")


def test_who_asks_though_an_answer_is_in_force_has_programs_that_know_no_ttl(tmp_path: Path) -> None:
    """getaddrinfo tells none (RFC 3493), so that what they kept may have expired long ago; a cache of the host's would
    not have asked again.
    """
    for again, right in ((100, "sfr"), (30, None)):
        site = Simulator()
        site.ask(0, PC, "orange", ttl=60)
        site.ask(again, PC, "sfr", ttl=60)
        port = site.connect(again + 50, PC, "orange")
        assert _said(site.analyse(tmp_path / str(again)), port)[0] == right


def test_a_keeper_that_let_an_answer_pass_may_hold_one_from_before_the_capture(tmp_path: Path) -> None:
    """Another program asked, and this one connected seconds later, over and over: never just after an answer."""
    site = Simulator()
    site.ask(0, PC, "sfr", ttl=3600)
    ports = [site.connect(at, PC, "orange") for at in (4.5, 6.7, 10.4, 94, 154)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports[1:]} == {(None, "ambiguous-answer")}


def test_a_keeper_that_connected_just_after_an_answer_used_that(tmp_path: Path) -> None:
    site = Simulator()
    done = site.ask(0, PC, "sfr", ttl=3600)
    ports = [site.connect(done + after, PC, "orange") for after in (0.03, 6.7, 10.4, 94, 154)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports} == {("sfr", None)}


def test_where_hosts_keep_answers_a_slow_connection_is_no_habit(tmp_path: Path) -> None:
    """Most connect within 10 ms; two come 0.9 s after a question, as those do that use what they had."""
    site = Simulator()
    for n in range(10):
        done = site.ask(n * 50, PC2, "sfr")
        site.connect(done + 0.008, PC2, "orange")
        site.connect(done + 20, PC2, "orange")
    for n in range(10):
        done = site.ask(600 + n * 20, PC, "orange", ttl=15)
        site.connect(done + 0.008, PC, "orange")
    site.ask(790, PC, "orange", ttl=5)
    site.connect(790.85, PC, "orange")
    site.ask(800, PC, "orange", ttl=5)
    site.ask(810, PC, "sfr", ttl=15)
    slow = site.connect(810.9, PC, "orange")
    assert _said(site.analyse(tmp_path), slow) == (None, "ambiguous-answer")


def test_a_keeper_not_seen_to_wait_may_have_been_served_what_was_out_of_date(tmp_path: Path) -> None:
    """unbound asks when an answer is over, and serves it meanwhile; where answers come at once, no packet shows that.
    Who does not wait for those that take long connects before some of them.
    """
    for rtt, right in ((0.000_5, None), (0.03, "sfr")):
        site = Simulator()
        for n in range(12):
            link = ("orange", "sfr")[n % 2]
            done = site.ask(n * 100, PC, link, ttl=60, rtt=rtt * (1 + n % 3))
            port = site.connect(done + 0.01, PC, "orange")
            site.connect(done + 40, PC, "orange")
        assert _said(site.analyse(tmp_path / str(rtt)), port)[0] == right


@pytest.mark.parametrize(("hops", "right"), [(64, ("sfr", None)), (127, (None, "ambiguous-answer"))])
def test_behind_one_address_another_host_may_hold_an_answer_from_before_the_capture(
    tmp_path: Path, hops: int, right: tuple[str | None, str | None]
) -> None:
    """The one that connected just after an answer used that; the others had asked before, as far as anybody knows."""
    site = Simulator()
    done = site.ask(0, PC, "sfr", ttl=3600)
    site.connect(done + 0.03, PC, "orange")
    ports = [site.connect(done + after, PC, "orange", hops=hops) for after in (6.7, 10.4, 94, 154)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports} == {right}


@pytest.mark.parametrize(("after", "right"), [(0.02, ("orange", None)), (0.7, (None, "ambiguous-answer"))])
def test_a_keeper_is_as_soon_by_chance_as_its_late_connections_show(
    tmp_path: Path, after: float, right: tuple[str | None, str | None]
) -> None:
    """All use what they had before the capture, and others of the hosts ask: one of many comes within a second of that,
    and its next ones use the same.
    """
    site = Simulator()
    for n, late in enumerate((7, 21, 34, 12, 55, 18, 9, 28)):
        done = site.ask(n * 60, PC2, "sfr", ttl=30)
        site.connect(done + late, PC2, "sfr")
    done = site.ask(500, PC, "orange", ttl=30)
    ports = [site.connect(done + later, PC, "sfr") for later in (after, 60, 95)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports} == {right}


@pytest.mark.parametrize(("in_force", "right"), [(False, (None, "ambiguous-answer")), (True, ("sfr", None))])
def test_a_slow_program_may_have_been_served_what_was_out_of_date(
    tmp_path: Path, in_force: bool, right: tuple[str | None, str | None]
) -> None:
    """It takes its time, and so never connects before the answer. Who asks though it has an answer is no cache."""
    site = Simulator()
    for n in range(12):
        done = site.ask(n * 50, PC, ("orange", "sfr")[n % 2], ttl=5)
        port = site.connect(done + (0.3, 0.8, 1.4)[n % 3], PC, "orange")
        if n == 4:
            site.connect(done + 3.5, PC, "orange")  # by the same answer
        if n == 5 and in_force:
            done = site.ask(n * 50 + 3, PC, "sfr", ttl=5)
            site.connect(done + 0.6, PC, "orange")
    result = site.analyse(tmp_path)
    assert _said(result, port) == right
    if not in_force:
        assert [objection.kind for objection in result.rows[PC, port][1].objections] == ["served-meanwhile"]


@pytest.mark.parametrize(("left", "right"), [(0.2, (None, "ambiguous-answer")), (-0.2, ("sfr", None))])
def test_a_slow_program_may_have_been_served_what_was_renewed_early(
    tmp_path: Path, left: float, right: tuple[str | None, str | None]
) -> None:
    """Who keeps answers asks before one is over only to renew it (unbound: in the last tenth of its time), and serves
    what it has: the program connects when that is over.
    """
    site = Simulator()
    for n in range(24):
        done = site.ask(n * 60, PC, "orange", ttl=30)
        site.connect(done + ((1.2, 2, 2.9) if n % 2 else (18, 23, 27))[n % 3], PC, "orange")
        site.connect(done + 28, PC, "orange")
    done = site.ask(1440, PC, "orange", ttl=30)
    site.ask(done + 30 - left, PC, "sfr", ttl=30)
    port = site.connect(done + 32, PC, "orange")
    assert _said(site.analyse(tmp_path), port) == right


@pytest.mark.parametrize("again", [1, 2])
def test_once_of_several_times_a_host_hardly_uses_what_is_over(tmp_path: Path, again: int) -> None:
    """It asked anew each other time: that one look-up was missed, and may have gone by any link."""
    site = Simulator()
    for n in range(6):
        done = site.ask(n * 50, PC, "sfr", ttl=20)
        site.connect(done + 0.01, PC, "orange")
    ports = [site.connect(5 * 50 + 35 + n, PC, "sfr") for n in range(again)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports} == {(None, "ambiguous-answer")}


@pytest.mark.parametrize(("since", "right"), [(40, ("sfr", None)), (400, (None, "ambiguous-answer"))])
def test_who_connects_unasked_long_after_the_capture_began_uses_what_is_over(
    tmp_path: Path, since: float, right: tuple[str | None, str | None]
) -> None:
    """Then others here may, too, though an answer from before the capture would be over by now."""
    site = Simulator()
    site.announce(0, PC, 20)
    site.connect(since, PC2, "orange")
    site.ask(since + 20, PC2, "orange")
    site.ask(410, PC, "sfr")
    ports = [site.connect(at, PC, "orange") for at in (420, 440)]
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in ports} == {right}


@pytest.mark.parametrize(("after", "right"), [(0.5, (None, "ambiguous-answer")), (0.02, ("sfr", None))])
def test_who_connected_unasked_may_hold_an_answer_from_before_the_capture_a_moment_after_another(
    tmp_path: Path, after: float, right: tuple[str | None, str | None]
) -> None:
    """Another of its programs asked just before: by chance, for all that anybody knows, unless that was just now."""
    site = Simulator()
    site.announce(0, PC2, 21)
    for n in range(4):
        site.connect(10 + n * 17, PC, "orange")
    for n in range(3):  # though one is in force: so it is no cache of the host's that asks
        done = site.ask(100 + n * 50, PC, "sfr", ttl=300)
    port = site.connect(done + after, PC, "orange")
    assert _said(site.analyse(tmp_path), port) == right


@pytest.mark.parametrize(("answers", "right"), [(1, (None, "ambiguous-answer")), (5, ("sfr", None))])
def test_who_connected_unasked_is_known_to_mind_an_answers_time_by_what_it_asks(
    tmp_path: Path, answers: int, right: tuple[str | None, str | None]
) -> None:
    """Another program may have asked the only time, and what the first one keeps it may keep for ever."""
    site = Simulator()
    site.announce(0, PC2, 21)
    site.connect(10, PC, "orange")
    for n in range(answers):
        done = site.ask(100 + n * 70, PC, "sfr", ttl=60)
        site.connect(done + 0.01, PC, "orange")
        port = site.connect(done + 30, PC, "orange")
    result = site.analyse(tmp_path)
    assert _said(result, port) == right
    earlier = "before the host looks the name up (restart what sends the mail"
    assert (earlier in ENGLISH.say(result.judgement(PC, port).explanation)) == (right[0] is None)


@pytest.mark.parametrize(("unasked", "right"), [(True, (None, "ambiguous-answer")), (False, ("sfr", None))])
def test_the_first_answer_may_renew_one_from_before_the_capture_that_was_served_meanwhile(
    tmp_path: Path, unasked: bool, right: tuple[str | None, str | None]
) -> None:
    """Hosts here keep what they are told; one of them connects before it asks, and so the capture began late."""
    site = Simulator()
    site.announce(0, PC2, 21)
    if unasked:
        site.connect(10, PC2, "orange")
    for n in range(4):
        done = site.ask(20 + n * 100, PC, "sfr", ttl=60)
        ports = [site.connect(done + after, PC, "orange") for after in (0.01, 20)]
        site.connect(done + 70, PC, "orange")
        if n == 0:
            first = ports
    result = site.analyse(tmp_path)
    assert {_said(result, port) for port in first} == {right}
    assert {_said(result, port) for port in ports} == {("sfr", None)}


@pytest.mark.parametrize(("in_force", "right"), [(False, (None, "ambiguous-answer")), (True, ("sfr", None))])
def test_who_asks_though_an_answer_is_in_force_was_served_none_that_was_out_of_date(
    tmp_path: Path, in_force: bool, right: tuple[str | None, str | None]
) -> None:
    """One of its programs keeps what it is told, and the host has no cache for all of them: the other one asks."""
    site = Simulator()
    for n in range(12):
        done = site.ask(n * 100, PC, ("orange", "sfr")[n % 2], ttl=60, rtt=0.000_5)
        port = site.connect(done + 0.01, PC, "orange")
        site.connect(done + 40, PC, "orange")
        if n == 5 and in_force:
            site.ask(n * 100 + 20, PC, "sfr", ttl=60)
    assert _said(site.analyse(tmp_path), port) == right


@pytest.mark.parametrize(("hops", "right"), [(64, ("sfr", None)), (127, (None, "ambiguous-answer"))])
def test_behind_one_address_another_host_may_have_asked_where_hosts_use_answers_past_their_time(
    tmp_path: Path, hops: int, right: tuple[str | None, str | None]
) -> None:
    site = Simulator()
    for n in range(6):
        done = site.ask(n * 40, PC, "orange", ttl=5)
        for after in (0.01, 12):
            site.connect(done + after, PC, "orange", hops=(64, hops)[n % 2])
    site.ask(2, PC, "orange", ttl=5)
    done = site.ask(300, PC, "sfr", ttl=5)
    port = site.connect(done + 0.01, PC, "orange")
    assert _said(site.analyse(tmp_path), port) == right


@pytest.mark.parametrize(("silent", "right"), [(False, (None, "ambiguous-answer")), (True, ("sfr", None))])
def test_who_asked_once_more_since_a_server_kept_silent_was_not_served_meanwhile(
    tmp_path: Path, silent: bool, right: tuple[str | None, str | None]
) -> None:
    """It would have connected when it first asked."""
    site = Simulator()
    up = site.links["sfr"]
    for n in range(12):
        done = site.ask_direct(n * 100, PC, ("orange", "sfr")[n % 2], ttl=60, rtt=0.000_5)
        port = site.connect(done + 0.01, PC, "orange")
        site.connect(done + 40, PC, "orange")
    if silent:
        ident, asked = site.question("lan", 1095, None, PC, up.resolver, NAME, [])
        site.question("sfr", 1095.000_05, None, up.address, up.resolver, NAME, [], ident=ident, port=asked)
    assert _said(site.analyse(tmp_path), port) == right


@pytest.mark.parametrize("before", [True, False])
def test_a_host_whose_other_programs_ask_may_hold_an_answer_that_it_never_forgets(tmp_path: Path, before: bool) -> None:
    """It asks though an answer is in force, and does not connect: another program, while this one does not ask."""
    site = Simulator()
    site.announce(0, PC, 20)
    if before:
        site.ask(390, PC, "sfr", ttl=30)
    site.ask(410, PC, "sfr", ttl=30)
    ports = [site.connect(at, PC, "sfr") for at in (420, 432)]
    right = (None, "ambiguous-answer") if before else ("sfr", None)
    assert _said(site.analyse(tmp_path), ports[1]) == right


@pytest.mark.parametrize("others", [True, False])
def test_where_several_keep_answers_a_late_connection_does_not_accuse_a_host_that_asks_idly(
    tmp_path: Path, others: bool
) -> None:
    site = Simulator()
    site.announce(0, PC, 20)
    site.ask(300, PC2, "sfr", ttl=30)
    for after in (15, 25) if others else (0.02,):
        site.connect(300 + after, PC2, "sfr")
    site.ask(310, PC, "sfr", ttl=30)
    site.ask(410, PC, "sfr", ttl=30)
    port = site.connect(416, PC, "orange")
    assert _said(site.analyse(tmp_path), port) == ((None, "ambiguous-answer") if others else ("sfr", None))


@pytest.mark.parametrize("others", [True, False])
def test_where_a_host_connected_unasked_what_is_over_is_no_ground_for_another(tmp_path: Path, others: bool) -> None:
    """Hosts here hold answers from before the capture, and this one minds no TTL."""
    site = Simulator()
    site.announce(0, PC, 20)
    if others:
        site.connect(60, PC2, "orange")
    site.ask(80, PC, "sfr", ttl=20)
    port = site.connect(130, PC, "sfr")
    assert _said(site.analyse(tmp_path), port) == ((None, "ambiguous-answer") if others else ("sfr", None))


@pytest.mark.parametrize("held", [True, False])
def test_where_others_hold_answers_from_before_the_capture_a_slow_host_may_too(tmp_path: Path, held: bool) -> None:
    """It connects later than is usual after its second answer; nothing shows for how long its programs keep them."""
    site = Simulator()
    if held:
        site.connect(0, PC2, "orange")
    site.connect(site.ask(100, PC, "orange", ttl=5) + 0.02, PC, "orange")
    port = site.connect(site.ask(150, PC, "sfr", ttl=5) + 0.6, PC, "orange")
    assert _said(site.analyse(tmp_path), port) == ((None, "ambiguous-answer") if held else ("sfr", None))


@pytest.mark.parametrize(
    ("ttl", "at_once", "right"),
    [(60, False, (None, "ambiguous-answer")), (15, False, ("sfr", None)), (60, True, ("sfr", None))],
)
def test_what_a_link_gave_before_the_lan_was_captured_may_have_been_kept(
    tmp_path: Path, ttl: int, at_once: bool, right: tuple[str | None, str | None]
) -> None:
    """A program that connects long after an answer keeps its own: the latest one, unless another program got that."""
    site = Simulator()
    site.upstream(0, "orange", ttl=ttl)
    site.upstream(0.1, "sfr", "198.51.100.99", name="other.example")
    done = site.ask(20, PC, "sfr", ttl=60)
    if at_once:
        site.connect(done + 0.02, PC, "sfr")
    port = site.connect(done + 11, PC, "sfr")
    result = site.analyse(tmp_path)
    assert _said(result, port) == right
    if right[0] is None:
        assert {candidate.link for candidate in result.rows[PC, port][1].candidates} == {"orange", "sfr"}
