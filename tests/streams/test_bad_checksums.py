"""Segments with a wrong checksum: damaged on the way and sent again, or only their sender's habit."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from .traffic import Packet, conversation, read_one, timed

TURNS = [
    ("resp", b"220 relay.example ESMTP\r\n"),
    ("orig", b"EHLO client.example\r\n"),
    ("resp", b"250-relay.example\r\n250 SIZE 1000\r\n"),
    ("orig", b"MAIL FROM:<alice@client.example>\r\n"),
    ("resp", b"530 5.7.0 Authentication required\r\n"),
    ("orig", b"QUIT\r\n"),
    ("resp", b"221 bye\r\n"),
]


def talk() -> list[Packet]:
    return timed(conversation(TURNS, random.Random(1)))  # type: ignore[arg-type]


PLACES = [index for index, packet in enumerate(talk()) if packet.payload]


def damaged(packet: Packet) -> Packet:
    return replace(packet, payload=bytes(byte ^ 0x20 for byte in packet.payload), wrong_sum=True)


@pytest.mark.parametrize("place", PLACES)
def test_the_copy_with_the_right_checksum_counts(place: int) -> None:
    """What was damaged on the way is sent again, and the server never saw the damage; no bytes contradict."""
    packets = talk()
    expected = read_one(packets)
    found = read_one([*packets[:place], damaged(packets[place]), *packets[place:]])
    assert found.got == expected.got
    assert not found.stream.overlaps
    assert not found.stream.gaps


@pytest.mark.parametrize("place", PLACES)
def test_what_was_acknowledged_was_taken(place: int) -> None:
    """Without another copy the bytes are used, before their answer, whatever their checksum."""
    packets = talk()
    expected = read_one(packets)
    packets[place] = replace(packets[place], wrong_sum=True)
    found = read_one(packets)
    assert [(direction, what) for direction, what, _ in found.events] == [
        (direction, what) for direction, what, _ in expected.events
    ]
    assert not found.stream.gaps


@pytest.mark.parametrize("sides", [("orig",), ("resp",), ("orig", "resp")])
def test_a_side_whose_checksums_are_always_wrong_is_believed(sides: tuple[str, ...]) -> None:
    """Its network card makes them: nothing changes, and nothing is odd."""
    packets = talk()
    expected = read_one(packets)
    found = read_one([replace(p, wrong_sum=p.direction in sides) for p in packets])
    assert found.events == expected.events


def test_what_nobody_took_comes_at_the_end() -> None:
    """The last words of a connection that broke off are not lost."""
    packets = talk()[: PLACES[3] + 1]
    last = packets[-1]
    found = read_one([*packets[:-1], replace(last, wrong_sum=True)])
    assert found.got == read_one(packets).got
