"""Windows read by their columns give what the same packets give one by one."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from english import all_english
from wanwitness.model import Direction
from wanwitness.streams import fast_path as runs

from .traffic import ACK, CLIENT, FIN, RST, SECOND, SERVER, SYN, T0, Packet, Point, conversation, shuffled, timed

TURNS: list[tuple[Direction, bytes]] = [
    ("resp", b"220 mail.example ESMTP\r\n"),
    ("orig", b"EHLO client.example\r\n"),
    ("resp", b"250 ok" * 30),
]


@pytest.fixture(autouse=True)
def by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few packets a window has."""
    monkeypatch.setattr(runs, "WORTHWHILE", 2)


def rows(packets: list[Packet], at_once: int) -> list[Any]:
    """Everything that comes out of the packets, read in windows of so many."""
    point = Point()
    point.feed(packets, at_once)
    found = [(asdict(recorder.stream), recorder.events) for recorder in point.finish()]
    return [*sorted(found, key=str), sorted(point.tracker.oddities.rows(), key=str)]


def crowd(seed: int, faults: float) -> list[Packet]:
    """Several connections at the same time; some of the packets lost, repeated, changed or late."""
    rng = random.Random(seed)
    packets: list[Packet] = []
    for number in range(rng.randint(1, 6)):
        client = (CLIENT[0], rng.choice((40_000, 40_000 + number)))
        server = (SERVER[0], rng.choice((25, 25, 587, 8025)))
        isn: dict[Direction, int] = {"orig": rng.choice((1000, 2**32 - 30)), "resp": rng.choice((9000, 2**32 - 5))}
        one = conversation(
            TURNS,
            rng,
            isn=isn,
            handshake=rng.random() < 0.9,
            close=rng.random() < 0.8,
        )
        begin = T0 + rng.randint(0, 3) * rng.choice((1, 40, 4000)) * SECOND
        step = rng.choice((SECOND // 100, SECOND // 100, 11 * SECOND))
        packets += [replace(p, ts_ns=begin + i * step, client=client, server=server) for i, p in enumerate(one)]
    if rng.random() < 0.4:  # one or both ends leave checksums to their cards, from the first packet or a later one on
        offloads, since = rng.choice((("orig",), ("resp",), ("orig", "resp"))), rng.choice((0, 0, rng.randrange(20)))
        packets = [replace(p, wrong_sum=p.direction in offloads and n >= since) for n, p in enumerate(packets)]
    packets.sort(key=lambda p: p.ts_ns)
    faulty: list[Packet] = []
    for packet in packets:
        if rng.random() >= faults:
            faulty.append(packet)
            continue
        fault = rng.randrange(9)
        if fault == 0:  # lost
            continue
        changed = [
            replace(packet, seq=(packet.seq + rng.choice((-1, 1, 7, 1 << 25))) % 2**32),
            replace(packet, ack=(packet.ack + rng.choice((-1, 1, 7, 1 << 25))) % 2**32),
            replace(packet, flags=packet.flags ^ rng.choice((SYN, ACK, FIN, RST))),
            replace(packet, wrong_sum=True),
            replace(packet, missing=3),
            replace(packet, payload=packet.payload[:-1] + b"?" if packet.payload else b""),
            replace(packet, ts_ns=packet.ts_ns + rng.choice((-20, 31, 70, 4000)) * SECOND),
        ]
        faulty += [packet, packet] if fault == 1 else [changed[fault - 2]]
    if rng.random() < 0.2:  # the clock is set
        place = rng.randint(0, len(faulty))
        faulty[place:] = [replace(packet, ts_ns=packet.ts_ns + 7200 * SECOND) for packet in faulty[place:]]
    return shuffled(faulty, rng, 2) if rng.random() < faults else faulty


@given(st.integers(0, 2**32), st.sampled_from((0.0, 0.0, 0.02, 0.2)), st.integers(2, 200))
def test_windows_make_no_difference(seed: int, faults: float, at_once: int) -> None:
    packets = crowd(seed, faults)
    times = np.array([p.ts_ns for p in packets])
    agreed = np.minimum(times[1:], times[:-1])
    # What was silent for too long is swept out between windows: a clock that runs back may still have brought it life.
    assume(not len(agreed) or (np.maximum.accumulate(agreed) - agreed).max() < 5 * SECOND)
    assert rows(packets, at_once) == rows(packets, 1)


def test_a_flawless_connection_is_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    packets = conversation(TURNS, random.Random(1))
    alone: list[int] = []
    point = Point()
    monkeypatch.setattr(point.tracker, "_packet", lambda *_: alone.append(1))
    point.feed(packets, len(packets))
    (recorder,) = point.finish()
    assert not alone
    assert recorder.bytes("orig") == b"EHLO client.example\r\n"
    assert recorder.stream.ended == "fin"


@pytest.mark.parametrize("sides", [("orig",), ("resp",), ("orig", "resp")])
def test_checksums_left_to_the_network_card_are_no_flaw(
    monkeypatch: pytest.MonkeyPatch, sides: tuple[str, ...]
) -> None:
    """An end whose first checksum is wrong has wrong ones always, in this window and in later ones."""
    packets = [replace(p, wrong_sum=p.direction in sides) for p in conversation([*TURNS, *TURNS], random.Random(1))]
    alone: list[int] = []
    point = Point()
    monkeypatch.setattr(point.tracker, "_packet", lambda *_: alone.append(1))
    point.feed(packets, len(packets) // 2 + 1)
    (recorder,) = point.finish()
    assert not alone
    assert recorder.bytes("orig") == b"EHLO client.example\r\n" * 2


def test_one_damaged_packet_is_a_flaw() -> None:
    packets = conversation(TURNS, random.Random(1))
    packets[5] = replace(packets[5], wrong_sum=True)
    point = Point()
    none = np.zeros(len(packets), np.int64)
    wrong = np.array([p.wrong_sum for p in packets])
    found, _ = runs.find_runs(point.window(packets), wrong, none, point.tracker._stands)
    assert [run.rows for run in found] == [[0, 1, 2, 3, 4]]


def test_what_follows_a_flaw_is_not_of_the_run() -> None:
    packets = conversation(TURNS, random.Random(1))
    holed = [p for place, p in enumerate(packets) if place != 3]
    point = Point()
    none = np.zeros(len(holed), np.int64)
    found, alone = runs.find_runs(point.window(holed), none != 0, none, point.tracker._stands)
    assert [run.rows for run in found] == [[0, 1, 2]]
    assert alone.tolist() == [False] * 3 + [True] * (len(holed) - 3)


def test_packets_of_a_run_are_believed_ones_between_two_that_are_not() -> None:
    """Only where more than `PATIENCE_PACKETS` in a row say so did the capture miss as much as they tell."""
    packets = timed(conversation([*TURNS, *TURNS], random.Random(1)))

    def far(some: list[Packet]) -> list[Packet]:
        return [replace(p, seq=(p.seq + (1 << 26)) % 2**32) for p in some]

    begin, middle, end = packets[:5], packets[5:12], packets[12:]
    windows = [begin, far(middle), middle, far(end[:10]), end]
    point = Point()
    for window in windows:
        point.feed(window, len(window))
    (recorder,) = point.finish()
    assert not recorder.stream.gaps
    assert (
        all_english(row.reason for row in point.tracker.oddities.rows())
        == ["TCP: sequence number far outside the window"] * 17
    )
