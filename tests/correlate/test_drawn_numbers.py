"""A sequence number that many connections begin with makes nobody's the router's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wanwitness

from .wire import ACK, PSH, SECOND, SYN, tcp, write_pcap

START = 1_700_000_000 * SECOND
MS = 1_000_000
CLIENT, ROUTER, SERVER = "192.168.1.10", "203.0.113.10", "192.168.1.25"
ISN, COUNT = 12_345, 20

Timed = tuple[int, bytes]


def target(n: int) -> str:
    return f"198.18.0.{n + 1}"


def scan(n: int) -> tuple[Timed, Timed]:
    """A SYN of the site's infected host, and the same on the link."""
    at, port = START + n * 50 * MS, 2000 + n
    inside = at, tcp(CLIENT, port, target(n), 25, ISN, 0, SYN)
    return inside, (at + 50_000, tcp(ROUTER, port ^ 0x1000, target(n), 25, ISN, 0, SYN, hops=63))


def strangers(server: str = ROUTER, hops: Callable[[int], int] = lambda n: 50) -> list[Timed]:
    return [
        (
            START + n * 50 * MS + 20_000,
            tcp(f"198.19.0.{n + 1}", 40_000 + 7 * n, server, 25, ISN, 0, SYN, hops=hops(n)),
        )
        for n in range(COUNT)
    ]


def sessions(folder: Path, lan: list[Timed], wan: list[Timed]) -> list[dict[str, Any]]:
    write_pcap(folder / "lan.pcap", sorted(lan))
    write_pcap(folder / "wan-orange.pcap", sorted(wan))
    case = wanwitness.analyze(lan=folder / "lan.pcap", wan={"orange": folder / "wan-orange.pcap"}, rows_only=True)
    found: list[dict[str, Any]] = case.document["sessions"]
    return found


@pytest.mark.parametrize("passed", [0, COUNT // 2, COUNT])
def test_a_scan_of_the_site_and_strangers_are_not_each_others(tmp_path: Path, passed: int) -> None:
    """What the router did not pass on left by no link, though strangers knock with the same number meanwhile."""
    lan, wan = map(list, zip(*map(scan, range(COUNT)), strict=True))
    found = sessions(tmp_path, lan, wan[:passed] + strangers())
    assert Counter(session["direction"] for session in found) == {"outbound": COUNT, "inbound": COUNT}
    crossed = [session for session in found if session["lan_stream"] and session["crossing"]]
    assert len(crossed) == passed
    assert all(session["crossing"]["server"] == session["server"] for session in crossed)


def test_strangers_that_the_router_lets_in_keep_their_other_side(tmp_path: Path) -> None:
    """Its port forwarding leaves their own end alone."""
    found = sessions(tmp_path, [(at + 50_000, frame) for at, frame in strangers(SERVER)], strangers())
    assert len(found) == COUNT
    for session in found:
        assert session["crossing"]["client"] == session["client"]
        assert session["direction"] == "inbound"


def test_strangers_from_far_and_near_are_no_legs_of_each_other(tmp_path: Path) -> None:
    """One behind the other with a hop less each: none is lost as the other's way through the LAN."""
    found = sessions(tmp_path, strangers(SERVER, hops=lambda n: 55 - n % 5), [])
    assert len(found) == COUNT


def test_an_answer_tells_where_the_clients_number_does_not(tmp_path: Path) -> None:
    """A printer that begins every connection at one number, behind a router that chooses the relay."""
    lan: list[Timed] = []
    wan = strangers()
    for n in range(COUNT):
        ends = (CLIENT, 2000 + n, target(n), 25), (ROUTER, 9000 + n, "192.0.2.77", 25)
        for (client, port, server, smtp), frames, late in zip(ends, (lan, wan), (0, 50_000), strict=True):
            at = START + n * SECOND + late
            back = server, smtp, client, port
            frames += [
                (at, tcp(client, port, server, smtp, ISN, 0, SYN)),
                (at + 9 * MS, tcp(*back, 1000 * n + 7, ISN + 1, SYN | ACK)),
                (at + 10 * MS, tcp(*back, 1000 * n + 8, ISN + 1, ACK | PSH, b"220 relay\r\n")),
            ]
    found = [session for session in sessions(tmp_path, lan, wan) if session["lan_stream"]]
    assert [session["crossing"]["client"]["port"] - session["client"]["port"] for session in found] == [7000] * COUNT
