"""Connections in which one side alone spoke are kept whole up to a bound, and counted beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

import wanwitness
from correlate.wire import ACK, PSH, SECOND, SYN, tcp, write_pcap
from wanwitness.reading import point_reader
from wanwitness.reading.half_heard import HalfHeard
from wanwitness.streams import tracker, unspoken

START = 1_700_000_000 * SECOND
MS = 1_000_000
CLIENT, OTHER, SERVER, ROUTER = "192.168.1.10", "192.168.1.11", "192.0.2.25", "203.0.113.10"
MOST = 20

Timed = tuple[int, bytes]


def stranger(n: int) -> str:
    return f"198.18.{n // 250}.{n % 250 + 1}"


def unanswered(client: str, port: int, at: int, isn: int, server_port: int = 25) -> list[Timed]:
    ends = (client, port, SERVER, server_port)
    said = b"EHLO made.up.example\r\nMAIL FROM:<a@made.up.example>\r\n"
    return [
        (at, tcp(*ends, isn, 0, SYN, hops=50)),
        (at + MS, tcp(*ends, (isn + 1) % 2**32, 7, ACK | PSH, said, hops=50)),
    ]


def greeting(server: str, port: int, at: int, seq: int) -> list[Timed]:
    """A server that nobody asked."""
    return [(at, tcp(server, 25, ROUTER, port, seq, 1, ACK | PSH, b"220 made.up.example ESMTP\r\n", hops=50))]


def analysed(
    folder: Path, frames: list[Timed], monkeypatch: pytest.MonkeyPatch, most: int = MOST, window: int | None = None
) -> dict[str, Any]:
    monkeypatch.setattr(point_reader, "HalfHeard", partial(HalfHeard, most=most))
    write_pcap(folder / "lan.pcap", sorted(frames))
    return wanwitness.analyze(lan=folder / "lan.pcap", rows_only=True, window_frames=window).document


def flood(count: int) -> list[Timed]:
    random = Random(1)
    return [
        frame
        for n in range(count)
        for frame in unanswered(stranger(n), 1025 + n, START + n * 3 * MS, random.getrandbits(32))
    ]


def test_what_was_said_is_kept_of_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are listed like connections in which nothing was said; how many they are, is told."""
    document = analysed(tmp_path, flood(100), monkeypatch)
    assert document["totals"]["sessions"] == len(document["sessions"]) == 100
    assert Counter(session["helo"] for session in document["sessions"]) == {"made.up.example": MOST, None: 100 - MOST}
    assert document["totals"]["by_outcome"] == {"unknown": 100}
    reasons = [row["reason"] for row in document["oddities"] if "by one side alone" in row["reason"]]
    assert reasons == [f"SMTP: what was said in {100 - MOST} connections, by one side alone, is not kept"]


def test_of_very_many_the_others_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_reader, "MOST_HANDSHAKES", 0)
    monkeypatch.setattr("wanwitness.correlate.sessions.listed.MOST_HANDSHAKES", 30)
    document = analysed(tmp_path, flood(100), monkeypatch)
    assert len(document["sessions"]) == MOST + 30
    assert [(row["server"], row["reason"], row["outcome"]) for row in document["uncounted_sessions"]] == [
        (SERVER, "one-sided", "unknown")
    ]
    assert sum(row["count"] for row in document["uncounted_sessions"]) == 50
    assert document["totals"]["by_outcome"] == {"unknown": 100}
    (note,) = (note for note in document["notes"] if "not listed" in note)
    assert "nothing was said, or by one side alone" in note


@pytest.mark.parametrize("frames", ["servers", "words"])
def test_of_what_makes_no_row_there_is_a_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: str) -> None:
    """Servers that nobody asked, and words without a SYN."""
    made: dict[str, Callable[[int, int], list[Timed]]] = {
        "servers": lambda n, at: greeting(stranger(n), 1025 + n, at, 77 * n),
        "words": lambda n, at: unanswered(stranger(n), 1025 + n, at, 77 * n)[1:],
    }
    sent = [frame for n in range(100) for frame in made[frames](n, START + n * MS)]
    document = analysed(tmp_path, sent, monkeypatch)
    assert len(document["sessions"]) == MOST
    assert document["totals"]["sessions"] == 100
    assert sum(row["count"] for row in document["uncounted_sessions"]) == 100 - MOST
    assert {row["reason"] for row in document["uncounted_sessions"]} == {"one-sided"}


def test_the_sites_own_are_kept_before_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real mail of which a link shows one way alone is not crowded out; nor does one host crowd out another."""
    own = [frame for n in range(50) for frame in unanswered(CLIENT, 3000 + n, START + n * MS, 10_000 + n)]
    own += unanswered(OTHER, 4000, START + 99 * MS, 20_000)
    kept = [s for s in analysed(tmp_path, flood(100) + own, monkeypatch)["sessions"] if s["helo"] is not None]
    assert Counter(session["client"]["ip"] for session in kept) == {CLIENT: MOST - 1, OTHER: 1}


def test_which_are_kept_is_the_same_however_windows_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = flood(300)
    whole = analysed(tmp_path, frames, monkeypatch)
    small = analysed(tmp_path, frames, monkeypatch, window=7)
    for name in ("sessions", "uncounted_sessions", "totals", "oddities"):
        assert small[name] == whole[name]


def test_a_server_that_greets_by_a_refusal_is_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client was there, though it said nothing: its refusal is what is looked for."""
    frames = []
    for n in range(5):
        ends = (CLIENT, 3000 + n, SERVER, 25), (SERVER, 25, CLIENT, 3000 + n)
        at = START + n * SECOND
        frames += [
            (at, tcp(*ends[0], 100 + n, 0, SYN)),
            (at + MS, tcp(*ends[1], 900 + n, 101 + n, SYN | ACK)),
            (at + 2 * MS, tcp(*ends[1], 901 + n, 101 + n, ACK | PSH, b"554 5.7.1 go away\r\n")),
        ]
    document = analysed(tmp_path, frames, monkeypatch, most=0)
    assert [session["rejection"]["code"] for session in document["sessions"]] == [554] * 5


@pytest.mark.parametrize("port", [25, 3000])
def test_the_oldest_of_too_many_that_are_open_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    """On any port; a conversation is not."""
    monkeypatch.setattr(unspoken, "MAX_HANDSHAKES", 10)
    lengths = []
    sweep = tracker.Tracker._sweep

    def counted(self: tracker.Tracker) -> None:
        sweep(self)
        lengths.append(len(self))

    monkeypatch.setattr(tracker.Tracker, "_sweep", counted)
    ends = (CLIENT, 2000, SERVER, port), (SERVER, port, CLIENT, 2000)
    talk = [
        (START, tcp(*ends[0], 100, 0, SYN)),
        (START + 1, tcp(*ends[1], 900, 101, SYN | ACK)),
        (START + 2, tcp(*ends[1], 901, 101, ACK | PSH, b"220 relay ESMTP\r\n")),
        (START + SECOND, tcp(*ends[0], 101, 918, ACK | PSH, b"EHLO pc.example\r\n")),
    ]
    made = [frame for n in range(200) for frame in unanswered(stranger(n), 1025 + n, START + n * MS + 9, n * 77, port)]
    document = analysed(tmp_path, talk + made, monkeypatch, most=1000, window=5)
    assert max(lengths) <= 12
    assert [session["helo"] for session in document["sessions"] if session["client"]["ip"] == CLIENT] == ["pc.example"]
    others = document["totals"]["sessions"] - 1
    assert others >= 200 if port == 25 else others == 0  # on other ports it takes a server to be SMTP
