"""Roles and links told by the user, or by what the captures show; and cuts and orders that must not matter."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from wanwitness.correlate.points import roles
from wanwitness.model import Dialogue, Endpoint, FrameRef, Site, Stream
from wanwitness.reading import Point
from wanwitness.reading.point import MailStream, PointRows

from .simulator import RELAY, RELAY2, Result, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"


@pytest.fixture
def site() -> Simulator:
    """Sessions of all combinations of two links, a redirected one, a cached one."""
    made = Simulator()
    for n in range(8):
        resolver, transport = ("orange", "sfr")[n % 2], ("orange", "sfr")[n // 2 % 2]
        made.ask(n * 10, PC, resolver, ttl=1)
        made.session(n * 10 + 2, PC, transport, resolver)
    made.upstream(90, "sfr")
    made.session(91, PC2, "orange", "sfr", address=RELAY2, to=RELAY)
    made.ask(100, PC2, "sfr", ttl=300)
    made.ask(150, PC, None, ttl=250)
    made.session(152, PC, "orange", "sfr")
    return made


def flags(result: Result) -> dict[str, tuple[str | None, str | None, str | None]]:
    return {s.id: (s.transport_link, r.link, r.because) for s, r in result.rows.values()}


def test_without_roles_the_same_is_found(tmp_path: Path, site: Simulator) -> None:
    told = flags(site.analyse(tmp_path / "told"))
    assert flags(site.analyse(tmp_path / "inferred", roles=False)) == told
    assert [row[:2] for row in told.values()] == [(row.transport, row.resolver) for row in site.truth]


def test_the_order_of_the_captures_makes_no_difference(tmp_path: Path, site: Simulator) -> None:
    told = flags(site.analyse(tmp_path / "told"))
    assert flags(site.analyse(tmp_path / "reversed", reverse=True)) == told
    assert flags(site.analyse(tmp_path / "inferred", roles=False, reverse=True)) == told


@pytest.mark.parametrize("parts", [2, 5])
def test_captures_cut_into_several_files_give_the_same_sessions_and_ids(
    tmp_path: Path, site: Simulator, parts: int
) -> None:
    whole = flags(site.analyse(tmp_path / "whole"))
    assert flags(site.analyse(tmp_path / "cut", parts=parts)) == whole
    assert flags(site.analyse(tmp_path / "inferred", parts=parts, roles=False)) == whole


def test_names_that_say_nothing_do_not_hinder(tmp_path: Path, site: Simulator) -> None:
    """Source address and TTL of shared connections tell which side is behind the router."""
    told = site.analyse(tmp_path / "told")
    for old, new in (("lan", "c"), ("orange", "a"), ("sfr", "b")):
        site.frames[new] = site.frames.pop(old)
    result = site.analyse(tmp_path / "anonymous", roles=False)
    names = {"a": "orange", "b": "sfr", None: None}
    assert {
        key: (names[transport], names[resolver], because)
        for key, (transport, resolver, because) in flags(result).items()
    } == flags(told)


def test_a_private_network_behind_a_links_box_is_no_second_lan(tmp_path: Path) -> None:
    """A link with a box that does NAT again, which shows nothing but the router's questions."""
    site = Simulator(same_private_network=True)
    for n in range(4):
        site.ask(n * 10, PC, "sfr", ttl=1)
        site.session(n * 10 + 2, PC, "orange", "sfr")
    for old, new in (("lan", "c"), ("orange", "a"), ("sfr", "b")):
        site.frames[new] = site.frames.pop(old)
    result = site.analyse(tmp_path, roles=False)
    for row in site.truth:
        assert result.links(row.client, row.port) == ("a", "b", None)


@pytest.mark.parametrize(
    ("file", "interface", "description", "role"),
    [
        ("wan-orange", "", "", "wan"),
        ("WAN1", "", "", "wan"),
        ("dump", "pppoe-wan", "", "wan"),
        ("dump", "eth0.lan", "", "lan"),
        ("dump", "br-lan", "", "lan"),
        ("dump", "igb1", "WAN2 (SFR)", "wan"),
        ("dump", "igb0", "LAN", "lan"),
        ("lan", "wan", "", None),
        ("lan-and-wan", "", "", None),
        ("wlan0", "", "", None),
        ("dump", "vlan10", "", None),
        ("dump", "3", "WAN Miniport (PPPOE)", None),
        ("dump", "4", "LAN adapter", None),
        ("dump", "4", "802.11n Wireless LAN Card", None),
        ("planet", "eth0", "wander", None),
    ],
)
def test_only_plain_names_tell_the_side(file: str, interface: str, description: str, role: str | None) -> None:
    """Of files and interfaces; where they contradict each other, or say nothing, what was seen decides."""
    for seen, otherwise in (("203.0.113.9", "wan"), ("192.168.1.9", "lan")):
        rows = PointRows()
        rows.log.clients[0, seen] = 3
        point = Point(file, [0], [f"{file}.pcapng"], rows, interfaces=((interface, description),))
        ((placed,), _) = roles.infer([point], Site())
        assert point.role is None
        assert placed.role == (role or otherwise)


def test_votes_are_the_same_as_if_every_two_openings_were_compared() -> None:
    """They are counted by TTL, since a scanner's openings all have one sequence number."""
    chance = Random(1)
    points = [Point(str(n), [n], [f"{n}.pcap"], PointRows()) for n in range(4)]
    for _ in range(300):
        point = chance.choice(points)
        ends = Endpoint(f"192.0.2.{chance.randrange(4)}", 1025), Endpoint(RELAY, 25)
        frame = FrameRef(0, 1)
        stream = Stream(*ends, first_ns=0, last_ns=0, first=frame, last=frame)
        stream.isn_orig, stream.ttl_orig = chance.randrange(3), chance.choice((62, 63, 64, 64))
        point.rows.mail.append(MailStream(stream, Dialogue()))
    votes: Counter[tuple[Point, str]] = Counter()
    openings = [(point, mail.stream) for point in points for mail in point.rows.mail]
    for one, a in openings:
        for two, b in openings:
            if one is not two and a.isn_orig == b.isn_orig and a.ttl_orig > b.ttl_orig and a.orig.ip != b.orig.ip:  # type: ignore[operator]
                votes[one, "lan"] += 1
                votes[two, "wan"] += 1
    expected = {p: "lan" if votes[p, "lan"] > votes[p, "wan"] else "wan" for p in points}
    assert roles._behind(points) == expected
