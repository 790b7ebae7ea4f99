"""Of more DNS messages than a log may hold, those that lead nowhere go first; what is not kept is known, and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.hostile import CLIENT, MS, RESOLVER, SERVER, START, Timed, both_sides, refused
from correlate.wire import dns, udp, write_pcap
from wanwitness import analyze
from wanwitness.inputs import gather
from wanwitness.model import Endpoint, FrameRef
from wanwitness.protocols.dns import log as logs
from wanwitness.protocols.dns.exchanges import Exchanges
from wanwitness.reading import read

RELAY = "smtp.isp.example"
MOST = 200


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_KEPT", MOST)


def asked(n: int, name: str, addresses: Iterable[str], **rest: Any) -> list[Timed]:
    """A question and its answer."""
    at, port = START + n * 10 * MS, 1024 + n % 60_000
    answer = dns(n & 0xFFFF, name, addresses, **rest)
    return [
        (at, udp(CLIENT, port, RESOLVER, 53, dns(n & 0xFFFF, name))),
        (at + MS, udp(RESOLVER, 53, CLIENT, port, answer)),
    ]


def flood(n: int, *, answered: bool) -> Iterator[list[Timed]]:
    """Random names, and every twentieth time the relay's."""
    for i in range(n):
        if i % 20 == 0:
            yield asked(i, RELAY, [SERVER])
        elif answered:
            yield asked(i, f"{i:x}.far.example", [f"198.18.{i >> 8}.{i & 255}"])
        else:
            yield asked(i, f"{i:x}.far.example", [], rcode=3)


def kept(path: Path, window: int | None) -> logs.Log:
    (point,) = read(gather([str(path)]).files, window).points
    return point.rows.log


@pytest.mark.parametrize("answered", [False, True])
def test_the_same_is_kept_wherever_windows_end(tmp_path: Path, answered: bool) -> None:
    """What is asked for again and again stays; and all that goes is counted."""
    path = tmp_path / "lan.pcap"
    write_pcap(path, (frame for pair in flood(1000, answered=answered) for frame in pair))
    seen = []
    for window in (None, 7, 300):
        log = kept(path, window)
        seen.append([number for part in log.parts for number in part.messages.number.tolist()])
        assert len(seen[-1]) + log.unkept.messages == 2000
        assert len(seen[-1]) < 2 * MOST
        assert len([row for row in log.exchanges() if row.name == RELAY and row.usable]) == 50
        assert log.answers_beyond(SERVER) == []
        assert [bool(log.answers_beyond(f"198.18.0.{n}")) for n in (101, 102)] == [answered] * 2
    assert seen.count(seen[0]) == len(seen)


def test_what_rested_on_an_answer_that_is_not_kept_is_not_judged(tmp_path: Path) -> None:
    """And says so; what rests on one that is kept is judged as if nothing had happened."""
    once, relay = "192.0.2.77", Random(1)
    frames = [frame for pair in flood(1000, answered=True) for frame in pair]
    frames += asked(501, "mx.far.example", [once])
    end = START + 1000 * 10 * MS
    frames += refused(CLIENT, 2001, once, end, relay) + refused(CLIENT, 2002, SERVER, end + 10_000 * MS, relay)
    frames += asked(1001, RELAY, [SERVER])
    both_sides(tmp_path, sorted(frames))
    case = analyze(tmp_path, rows_only=True)
    lost, found = case.document["sessions"]
    assert (lost["verdict"], lost["undetermined_because"]) == ("undetermined", "resolver-link-unknown")
    assert "not all are kept" in lost["explanation"]
    assert (found["verdict"], found["resolver_link"]) == ("consistent", "wan-orange")
    assert any("too many to be kept" in row["reason"] for row in case.document["oddities"])


def test_exchanges_beyond_a_bound_are_known_by_what_they_held(tmp_path: Path) -> None:
    exchanges = Exchanges(most=1)
    client, server = Endpoint(CLIENT, 999), Endpoint(RESOLVER, 53)
    for n, address in enumerate((SERVER, "192.0.2.77")):
        exchanges.feed(client, server, "tcp", dns(n, "a.example"), False, START, FrameRef(0, 2 * n + 1))
        exchanges.feed(server, client, "tcp", dns(n, "a.example", [address]), False, START + 1, FrameRef(0, 2 * n + 2))
    exchanges.finish()
    assert [row.answer for row in exchanges.rows] == [FrameRef(0, 2)]
    assert exchanges.unkept.messages == 2
    assert (exchanges.unkept.between(SERVER), exchanges.unkept.between("192.0.2.77")) == (None, (START + 1, START + 1))


@pytest.mark.parametrize("window", [None, 7])
def test_an_answer_that_was_cut_off_and_is_not_kept_may_have_held_any_address(
    tmp_path: Path, window: int | None
) -> None:
    """From when to when such came; a question that was cut off, or one whose answer section is whole, held none."""
    path = tmp_path / "lan.pcap"
    long = "a-name-of-which-the-snap-length-leaves-nothing.far.example"
    pairs = [*flood(1000, answered=True)]
    pairs[101], pairs[303] = asked(101, long, [SERVER]), asked(303, long, [SERVER])
    write_pcap(path, (frame for pair in pairs for frame in pair), snaplen=42 + 12 + 22 + 16)
    log = kept(path, window)
    assert log.answers_beyond("198.51.100.200") == [
        ((log.unkept.first, START + 101 * 10 * MS + MS), (log.unkept.last, START + 303 * 10 * MS + MS))
    ]
