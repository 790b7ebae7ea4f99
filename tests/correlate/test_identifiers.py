"""Connections whose sequence numbers, ports and time stamps a router rewrote, known by what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wanwitness.correlate import correlate
from wanwitness.inputs import gather
from wanwitness.reading import read

from .simulator import RELAY, RELAY2, Result, Script, Simulator
from .test_crossings import crossing

PC, PC2 = "192.168.1.20", "192.168.1.21"
REWRITTEN: dict[str, Any] = {"modulated": True, "timestamps": False}
"""As pf's `modulate state` does it, with a client that sends no time stamps, such as Windows."""
STARTTLS: Script = (
    ("", "220 relay ESMTP"),
    ("EHLO pc.example", "250-relay\r\n250 STARTTLS"),
    ("STARTTLS", "220 2.0.0 go ahead"),
)
GREETED_BADLY: Script = (("", "554 no service"),)


OFFICE = Path(__file__).parents[2] / "captures" / "lab-office"


def tie(site: Simulator) -> None:
    """Let a question on either link tell how the clocks stand."""
    for n, link in enumerate(site.links):
        site.ask_direct(-10 + n, PC, link, "198.51.100.99", name="www.example", server=f"198.51.100.{70 + n}")
        site.connect(-8 + n, PC, link, "198.51.100.99")


def links(result: Result, *rows: tuple[str, int]) -> list[str | None]:
    return [result.rows[row][0].transport_link for row in rows]


@pytest.mark.parametrize("tied", [False, True])
def test_a_session_within_tls_from_the_start_is_known_by_its_hellos(tmp_path: Path, tied: bool) -> None:
    """Nothing else is left where the router rewrote numbers and ports; no clock is needed."""
    site = Simulator(clock={"sfr": 3600.0})
    if tied:
        tie(site)
    rest: dict[str, Any] = {"script": (), "tls": True, "server_port": 465, **REWRITTEN}
    one = site.connect(5, PC, "sfr", wan_port=50_001, **rest)
    two = site.connect(5, PC2, "orange", wan_port=50_002, **rest)
    result = site.analyse(tmp_path)
    assert links(result, (PC, one), (PC2, two)) == ["sfr", "orange"]
    assert crossing(result, PC, one).method == "payload"


def test_what_the_hellos_pair_ties_the_clocks(tmp_path: Path) -> None:
    site = Simulator(clock={"sfr": -7.0})
    for n in range(4):
        site.connect(n, PC, "sfr", wan_port=50_000 + n, script=(), tls=True, server_port=465, **REWRITTEN)
    timeline = site.analyse(tmp_path).correlated.timeline
    clock = next(clock for n in range(3) if (clock := timeline.clock(n)) is not None and clock.offset_ns)
    assert abs(clock.offset_ns + 7_000_000_000) <= clock.uncertainty_ns < 10_000_000


def test_equal_words_before_starttls_are_told_apart_by_what_follows(tmp_path: Path) -> None:
    site = Simulator()
    ports = [
        site.connect(0, f"192.168.1.{20 + n}", link, wan_port=50_000 + n, script=STARTTLS, tls=True, **REWRITTEN)
        for n, link in enumerate(("orange", "sfr") * 5)
    ]
    result = site.analyse(tmp_path)
    rows = [(f"192.168.1.{20 + n}", port) for n, port in enumerate(ports)]
    assert links(result, *rows) == ["orange", "sfr"] * 5


def test_a_proxy_that_carries_tls_on_opened_the_connection(tmp_path: Path) -> None:
    """So the client's look-up says nothing of it, and the router's does."""
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", proxy=True, script=(), tls=True, server_port=465)
    found = site.analyse(tmp_path)
    assert links(found, (PC, port)) == ["orange"]
    assert found.links(PC, port)[1:] == (None, "resolver-link-unknown")
    assert crossing(found, PC, port).method == "dialogue"


def test_mails_are_told_apart_by_their_message_id(tmp_path: Path) -> None:
    """Also where senders, recipients and times are the same."""
    site = Simulator()

    def mail(name: str) -> Script:
        return (
            ("", "220 relay ESMTP"),
            ("EHLO pc.example", "250 relay"),
            ("MAIL FROM:<a@site.example>", "250 ok"),
            ("RCPT TO:<b@far.example>", "250 ok"),
            ("DATA", "354 go ahead"),
            (f"Message-ID: <{name}@site.example>\r\n\r\nhello\r\n.", "250 taken"),
            ("QUIT", "221 bye"),
        )

    one = site.connect(0, PC, "orange", RELAY2, to=RELAY, proxy=True, script=mail("one"))
    two = site.connect(0, PC2, "sfr", RELAY2, to=RELAY, proxy=True, script=mail("two"))
    assert links(site.analyse(tmp_path), (PC, one), (PC2, two)) == ["orange", "sfr"]


@pytest.mark.parametrize("answer", ["no", "rst", "yes"])
@pytest.mark.parametrize(
    ("kept", "found"),
    [({"port"}, "sfr"), ({"ident"}, "sfr"), ({"port", "ident"}, "sfr"), (set(), None)],
    ids=["port", "ident", "both", "none"],
)
def test_an_opening_is_known_by_its_port_or_identification(
    tmp_path: Path, answer: str, kept: set[str], found: str | None
) -> None:
    """Refused, unanswered or greeted with an error. If the router rewrote both (pf's `random-id`), nothing is said."""
    site = Simulator()
    tie(site)
    site.ask(0, PC, "orange")
    port = site.connect(
        1,
        PC,
        "sfr",
        wan_port=None if "port" in kept else 50_001,
        ident=0x1234,
        wan_ident=None if "ident" in kept else 0x4321,
        answer=answer,
        script=GREETED_BADLY,
        **REWRITTEN,
    )
    result = site.analyse(tmp_path)
    assert links(result, (PC, port)) == [found]
    if found:
        assert result.links(PC, port) == ("sfr", "orange", None)
        assert len(result.rows) == 3


def test_ipv6_connections_are_known_by_their_flow_label(tmp_path: Path) -> None:
    site, host, relay = Simulator(), "fd00:1::20", "2001:db8:25::25"
    tie(site)
    port = site.connect(
        1,
        host,
        "sfr",
        relay,
        own="2001:db8:ff1::10",
        wan_port=50_001,
        ident=0x5432A,
        answer="no",
        **REWRITTEN,
    )
    assert links(site.analyse(tmp_path), (host, port)) == ["sfr"]


def test_many_refused_at_once_each_find_their_own(tmp_path: Path) -> None:
    site = Simulator()
    tie(site)
    rows = []
    for n in range(60):
        link = ("orange", "sfr")[n * 7 % 2]
        ident = site.random.randrange(1, 1 << 16)
        port = site.connect(n % 3 / 1000, PC, link, answer="rst", wan_port=40_000 + n, ident=ident, **REWRITTEN)
        rows.append((link, (PC, port)))
    result = site.analyse(tmp_path)
    assert links(result, *(row for _, row in rows)) == [link for link, _ in rows]


def test_openings_with_one_identification_at_one_time_are_not_told_apart(tmp_path: Path) -> None:
    site = Simulator()
    tie(site)
    rest: dict[str, Any] = {"answer": "no", "ident": 7, **REWRITTEN}
    one = site.connect(0, PC, "orange", wan_port=50_001, **rest)
    two = site.connect(0, PC2, "sfr", wan_port=50_002, **rest)
    assert links(site.analyse(tmp_path), (PC, one), (PC2, two)) == [None, None]


def test_a_port_that_another_client_had_first_does_not_mislead(tmp_path: Path) -> None:
    """The router keeps ports where it can: the second client's is changed, and its Identification tells."""
    site = Simulator()
    tie(site)
    site.connect(0, PC, "orange", port=40_000, ident=1111, answer="no", **REWRITTEN)
    site.connect(0.001, PC2, "sfr", port=40_000, wan_port=1025, ident=2222, answer="no", **REWRITTEN)
    assert links(site.analyse(tmp_path), (PC, 40_000), (PC2, 40_000)) == ["orange", "sfr"]


def test_of_two_that_said_the_same_the_identification_tells(tmp_path: Path) -> None:
    site = Simulator()
    one = site.connect(0, PC, "orange", wan_port=50_001, ident=1111, **REWRITTEN)
    two = site.connect(0, PC2, "sfr", wan_port=50_002, ident=2222, **REWRITTEN)
    assert links(site.analyse(tmp_path), (PC, one), (PC2, two)) == ["orange", "sfr"]


def test_an_identification_that_is_equal_by_chance_misleads_nobody(tmp_path: Path) -> None:
    """A proxy's connections have numbers of their own, and of many one may be any client's."""
    site = Simulator()
    rows = []
    for n, link in enumerate(("orange", "sfr") * 4):
        client = f"192.168.1.{20 + n}"
        own: dict[str, Any] = {"ident": 100 + n, "wan_ident": 101 if n == 0 else 900 + n}
        rows.append((link, (client, site.connect(0, client, link, RELAY2, to=RELAY, proxy=True, **own))))
    assert set(links(site.analyse(tmp_path), *(row for _, row in rows))) == {None}


def test_clients_and_a_proxy_that_count_their_identifications_mislead_nobody(tmp_path: Path) -> None:
    """Each client's number is that of the connection that the proxy opened for the other."""
    site = Simulator()
    rest: dict[str, Any] = {"to": RELAY, "proxy": True}
    one = site.connect(0, PC, "orange", RELAY2, ident=101, wan_ident=102, wan_port=50_001, **rest)
    two = site.connect(0, PC2, "sfr", RELAY2, ident=102, wan_ident=101, wan_port=50_002, **rest)
    assert links(site.analyse(tmp_path), (PC, one), (PC2, two)) == [None, None]


def test_a_client_that_says_always_the_same_at_random_is_known_by_what_the_server_says(tmp_path: Path) -> None:
    """A poor generator of random numbers."""
    site = Simulator()
    draw = site.hello
    always = draw(1)
    site.hello = lambda kind: always if kind == 1 else draw(kind)  # type: ignore[method-assign]
    rest: dict[str, Any] = {"script": (), "tls": True, "server_port": 465, **REWRITTEN}
    names = ("orange", "sfr", "sfr") * 4
    rows = [(PC, site.connect(n / 1000, PC, link, wan_port=50_000 + n, **rest)) for n, link in enumerate(names)]
    assert links(site.analyse(tmp_path), *rows) == list(names)


def test_an_opening_of_a_link_that_was_not_captured_is_nobody_elses(tmp_path: Path) -> None:
    """Two SYNs to one server at one time, by two links: what the one link shows is not taken for the other's."""
    site = Simulator()
    tie(site)
    one = site.connect(0, PC, "orange", wan_port=50_001, ident=1111, answer="no", **REWRITTEN)
    two = site.connect(0, PC2, "sfr", wan_port=50_002, ident=2222, answer="no", **REWRITTEN)
    result = site.analyse(tmp_path, ["orange"])
    assert links(result, (PC, one), (PC2, two)) == [None, "sfr"]


def test_linuxs_nat_leaves_the_identification_alone() -> None:
    inputs = gather([str(OFFICE)])
    readings = read(inputs.files)
    sessions = correlate(readings.points, readings.captures, inputs.site, readings.coverage).sessions
    sides = [(s.lan, s.wan) for s in sessions if s.lan and s.wan and s.crossing and s.crossing.method == "isn"]
    assert len(sides) > 10 and all(lan.ident_orig is not None for lan, _ in sides)
    assert [lan.ident_orig for lan, _ in sides] == [wan.ident_orig for _, wan in sides]
