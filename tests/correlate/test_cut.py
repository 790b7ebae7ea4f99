"""DNS answers that the snap length cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from wanwitness.inputs import Input
from wanwitness.language import ENGLISH
from wanwitness.reading import Readings, read

from . import simulator
from .simulator import BEGIN, NAME, RELAY, RELAY2, ROUTER, TRANSIT, Simulator
from .wire import SECOND

PC, PC2 = "192.168.1.20", "192.168.1.21"


@pytest.mark.parametrize(("host", "because"), [(PC, "resolver-link-unknown"), (PC2, "no-dns-seen")])
def test_a_host_whose_answer_was_cut_off_has_seen_dns(tmp_path: Path, host: str, because: str) -> None:
    """What it held is not known, and that is said with its frame; to another host nothing was answered."""
    site = Simulator()
    site.snaplen = 70
    site.ask(0, PC, "orange")
    port = site.connect(1, host, "sfr")
    site.ask(2, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(host, port) == ("sfr", None, because)
    session, resolved = result.rows[host, port]
    told = ENGLISH.say(result.judgement(host, port).explanation)
    assert ("cut off by the capture's snap length" in told) is (host == PC)
    if host == PC:
        assert [frame.number for frame in session.cut_answers] == [2]
        assert "lan.pcap frame 2)" in told and resolved.frames == session.cut_answers


LONG = "a-much-longer-name-than-the-other-one.isp.example"
FITTING = "question-is-left.isp.example"
OTHER = "imap.isp.example"


def between(site: Simulator, cut: Callable[[], object]) -> int:
    """A host gets the relay's address whole by one link, then what is cut off, and connects by the other link."""
    site.snaplen = 42 + 12 + 22 + 16
    site.announce(-400, PC, 20)  # so long that no answer from before the capture is in force
    site.ask(0, PC, "orange")
    site.ask(0.2, PC2, "sfr", RELAY2, name=OTHER)
    cut()
    return site.connect(10.5, PC, "sfr")


@pytest.mark.parametrize("name", [FITTING, NAME, LONG])
def test_a_later_answer_to_any_name_that_was_cut_off_may_have_given_the_address(tmp_path: Path, name: str) -> None:
    """The whole one counts no more: its link would be wrong. Of the longest name not even the question is left."""
    site = Simulator()
    port = between(site, lambda: site.ask(10, PC, "sfr", name=name, alias=LONG))
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", None, "resolver-link-unknown")
    session, resolved = result.rows[PC, port]
    assert [frame.number for frame in session.cut_answers] == [7]
    assert set(session.cut_answers) <= set(resolved.frames)
    told = ENGLISH.say(result.judgement(PC, port).explanation)
    assert "cut off" in told and "lan.pcap frame 7)" in told


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", [FITTING, NAME, LONG])
def test_what_was_cut_off_is_doubted_after_a_live_run_has_let_go_of_old_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    """A run keeps of old messages what hosts may keep, and one that was cut off may have held it."""

    def read_and_forgotten(files: Sequence[Input]) -> Readings:
        readings = read(files)
        for point in readings.points:
            point.rows.log.forget((BEGIN + 10) * SECOND + SECOND // 4)
        return readings

    def cut() -> None:
        for n in range(times):
            site.ask(10 - n, PC, "sfr", name=name, alias=LONG)

    monkeypatch.setattr(simulator, "read", read_and_forgotten)
    site = Simulator()
    port = between(site, cut)
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", None, "resolver-link-unknown")
    session, _ = result.rows[PC, port]
    lan = result.readings.points[0].rows.log
    assert [frame.number for frame in session.cut_answers] == [5 + 2 * times]
    assert sum(int(part.messages.cut.sum()) for part in lan.parts) == 1


@pytest.mark.parametrize(
    "cut",
    [
        lambda site: site.ask(10, PC, "sfr", RELAY2, name=OTHER, alias=LONG),
        lambda site: site.ask(10, PC, "sfr", "2001:db8::25", name=FITTING, qtype="AAAA"),
        lambda site: site.ask(10, PC, "sfr", name=NAME, alias=LONG, rcode=3),
        lambda site: site.ask(10, PC2, "sfr", name=FITTING),
        lambda site: site.ask(11, PC, "sfr", name=FITTING),
    ],
    ids=["a name that gives others", "the other family", "no such name", "to another host", "too late"],
)
def test_a_whole_answer_counts_beside_one_cut_off_that_cannot_have_given_the_address(
    tmp_path: Path, cut: Callable[[Simulator], object]
) -> None:
    site = Simulator()
    port = between(site, lambda: cut(site))
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", "orange", None)
    assert result.rows[PC, port][0].cut_answers == ()


@pytest.mark.parametrize(("address", "link"), [(RELAY, "sfr"), (RELAY2, "orange")])
def test_an_answer_that_only_the_lans_capture_cut_off_is_known_by_the_links(
    tmp_path: Path, address: str, link: str
) -> None:
    site = Simulator()
    site.snaplens = {"orange": 1000, "sfr": 1000}
    port = between(site, lambda: site.ask(10, PC, "sfr", address, name=FITTING))
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", link, None)


@pytest.mark.parametrize("ttl", [300, 5])
@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("link", ["orange", "sfr"])
def test_a_later_answer_to_the_same_name_that_was_cut_off_leaves_the_link_unknown(
    tmp_path: Path, link: str, direct: bool, ttl: int
) -> None:
    """It came through the other link, and may have held the address: the older one counts no more."""
    site = Simulator()
    site.snaplen = 42 + 12 + 22 + 16
    if direct:
        site.ask_direct(0, PC, "orange", ttl=ttl)
        up = site.links["sfr"]
        for n, (point, client) in enumerate((("lan", PC), ("sfr", up.address))):
            begin, end = 10 + n * TRANSIT, 10.01 - n * TRANSIT
            site.question(point, begin, end, client, up.resolver, NAME, [RELAY], alias=LONG, ident=7, port=5353)
    else:
        site.ask(0, PC, "orange", ttl=ttl)
        site.ask(10, PC, "sfr", alias=LONG)
    port = site.connect(10.5, PC, link)
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == (link, None, "resolver-link-unknown")
    told = ENGLISH.say(result.judgement(PC, port).explanation)
    assert "may have got" in told and "the answer itself was cut off)" in told and "lan.pcap frame 4)" in told


def test_of_several_addresses_that_were_cut_off_any_may_be_the_one(tmp_path: Path) -> None:
    """Servers rotate them: what is left of the later answer does not hold the address, and the whole of it did."""
    site = Simulator()
    site.snaplen = 42 + 12 + 22 + 16
    site.ask(0, PC, "orange")
    up = site.links["sfr"]
    site.question("sfr", 10.001, 10.01, up.address, up.resolver, NAME, [RELAY2, RELAY])
    site.question("lan", 10, 10.011, PC, ROUTER, NAME, [RELAY2, RELAY])
    port = site.connect(10.5, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", None, "resolver-link-unknown")


@pytest.mark.parametrize("served", ["cached", "brought"])
def test_what_was_brought_after_an_answer_that_was_cut_off_is_not_what_that_held(tmp_path: Path, served: str) -> None:
    """A cache answers at once with what it holds, and asks meanwhile, to renew it."""
    site = Simulator()
    site.snaplens = {"lan": 42 + 12 + 22}
    site.upstream(10.000_2, "sfr")
    site.question("lan", 10, 10.000_4 if served == "cached" else 10.010_4, PC, ROUTER, NAME, [RELAY])
    port = site.connect(10.02, PC, "sfr")
    right = (None, "resolver-link-unknown") if served == "cached" else ("sfr", None)
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", *right)


@pytest.mark.parametrize(("came", "right"), [(10.010, ("sfr", None)), (10.020, (None, "resolver-link-unknown"))])
def test_what_was_cut_off_and_came_later_than_the_clients_answer_did_not_bring_that(
    tmp_path: Path, came: float, right: tuple[str | None, str | None]
) -> None:
    """A cache served what was out of date, and asked meanwhile, to renew it (RFC 8767)."""
    site = Simulator()
    site.snaplens = {"sfr": 42 + 12 + 22}
    site.ask(0, PC2, "orange", ttl=5)
    up = site.links["sfr"]
    site.question("sfr", 10.000_2, came, up.address, up.resolver, NAME, [RELAY])
    site.question("lan", 10, 10.010_4, PC, ROUTER, NAME, [RELAY])
    port = site.connect(10.02, PC, "orange")
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *right)


@pytest.mark.parametrize("came", ["meanwhile", "later"])
def test_an_answer_that_nobody_asked_for_does_not_stand_for_one_that_was_cut_off(tmp_path: Path, came: str) -> None:
    """The forwarder asked by one link, where the answer is cut off; what comes by the other may be a forger's."""
    site = Simulator()
    site.snaplens = {"orange": 42 + 12 + 22}
    for n, link in enumerate(("sfr", "orange")):
        site.connect(site.ask(n, PC2, link) + 0.02, PC2, link)
    up, isp = site.links["sfr"], site.links["orange"].resolver
    at = 10.006 if came == "meanwhile" else 10.012
    site.question("sfr", 10, at, up.address, isp, NAME, [RELAY], asked=False)
    port = site.connect(site.ask(10, PC, "orange") + 0.02, PC, "orange")
    right = (None, "ambiguous-answer") if came == "meanwhile" else ("orange", None)
    assert site.analyse(tmp_path).links(PC, port) == ("orange", *right)


@pytest.mark.parametrize(("first_s", "right"), [(0.009_99, (None, "ambiguous-answer")), (0.013, ("sfr", None))])
def test_of_answers_that_were_first_by_little_one_that_was_cut_off_may_be_what_was_used(
    tmp_path: Path, first_s: float, right: tuple[str | None, str | None]
) -> None:
    """A forwarder that asks by every link at once uses the first; both came as shortly before the client's."""
    site = Simulator()
    site.snaplens = {"orange": 42 + 12 + 22}
    for n in range(10):
        site.connect(site.ask(n, PC2, "sfr") + 0.02, PC2, "sfr")
    rtts = {"sfr": 0.010, "orange": first_s - 0.000_02}
    port = site.connect(site.race(20, PC, rtts) + 0.02, PC, "sfr")
    assert site.analyse(tmp_path).links(PC, port) == ("sfr", *right)
