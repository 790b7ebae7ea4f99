"""Captures with flipped bits, cut and spliced: nothing breaks, nothing hangs, and the counts add up."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scapy.layers import inet, inet6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import GRE, Ether
from scapy.packet import Raw

from ingest.files import PACKETS, Pcapng, pcap
from places import OFFICE
from wanwitness import WanwitnessError, analyze
from wanwitness.ingest import CaptureFile
from wanwitness.packets import Decoder

MOST_SECONDS = 5
FEW, MANY = 150, 20_000
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
fragment: Any = inet.fragment
fragment6: Any = inet6.fragment6


@cache
def seeds() -> list[bytes]:
    """Sound captures of every container, with fragments and tunnels among the packets."""
    v4 = IP(src="192.0.2.1", dst="192.0.2.2", id=5) / UDP(sport=53, dport=9) / Raw(bytes(2000))
    v6 = (
        IPv6(src="2001:db8::1", dst="2001:db8::2")
        / IPv6ExtHdrFragment(id=7)
        / UDP(sport=53, dport=9)
        / Raw(bytes(2000))
    )
    packets = [bytes(ETHER / part) for part in (*fragment(v4, 600), *fragment6(v6, 700))]
    packets += [
        bytes(ETHER / IP() / GRE() / v4),
        bytes(ETHER / IP() / UDP(dport=4789) / (b"\x08" + bytes(7)) / ETHER / v4),
    ]
    office = [(OFFICE / f"{name}.pcap").read_bytes() for name in ("lan0", "wan1", "wan2")]
    files = [pcap(packets, order) for order in "<>"]
    for order in "<>":
        file = Pcapng(order).interface(name=b"a").interface()
        for index, packet in enumerate([*packets, *PACKETS]):
            file.packet(packet, index % 2, index)
        file.statistics(0, 3).section("<").interface().simple(packets[0], 700).obsolete(packets[1])
        files.append(file.content)
    return [*(part[:9000] for part in office), *office, *files, gzip.compress(office[2])]


def flip(content: bytearray, chance: random.Random) -> None:
    """Flip some bits, mostly few."""
    for _ in range(chance.choice((1, 2, 5, 50))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def overwrite(content: bytearray, chance: random.Random) -> None:
    """Write a number that is often a border over four bytes."""
    at = chance.randrange(len(content))
    content[at : at + 4] = chance.choice(
        (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\0\0\4\0", chance.randbytes(4))
    )


def cut(content: bytearray, chance: random.Random) -> None:
    """Take some bytes out, or all from somewhere on."""
    at = chance.randrange(len(content))
    del content[at : at + chance.choice((1, 3, 100, len(content)))]


def splice(content: bytearray, chance: random.Random) -> None:
    """Put a piece of another capture in."""
    other = chance.choice(seeds())
    begin, at = chance.randrange(len(other)), chance.randrange(len(content) + 1)
    content[at:at] = other[begin : begin + chance.choice((4, 100, 5000))]


MUTATIONS: list[Callable[[bytearray, random.Random], None]] = [flip, overwrite, cut, splice]


def mutant(seed: int) -> bytes:
    """A capture with one to three kinds of damage."""
    chance = random.Random(seed)
    content = bytearray(chance.choice(seeds()))
    for _ in range(chance.randint(1, 3)):
        if content:
            chance.choice(MUTATIONS)(content, chance)
    return bytes(content)


def check_counts(path: Path) -> None:
    """Every frame is decoded, left out with a row, or counted, and the damage's bytes do not overlap the frames."""
    capture, decoder = CaptureFile(path), Decoder()
    frames = told = 0
    for window in capture.windows(max_frames=97):
        frames += len(window)
        linktypes = np.array([interface.linktype for interface in capture.interfaces], np.int32)
        for _, packets, left, _ in decoder.decode(window, linktypes):
            told += len(packets) + int((~left.decoded).sum()) + left.other + sum(left.unknown.values()) + left.parts
    for _, packets, left, _ in decoder.finish():
        told += len(packets) + int((~left.decoded).sum()) + left.other + left.parts
    assert told == frames
    places = [place for row in capture.damage for place in (row.offset, row.offset + row.bytes)]
    assert places == sorted(places)


def check(folder: Path, seed: int) -> None:
    path = folder / "mutant.cap"
    path.write_bytes(mutant(seed))
    begin = time.perf_counter()
    with suppress(WanwitnessError):
        check_counts(path)
        case = analyze(path, rows_only=True)
        assert all(capture["packets"] >= 0 for capture in case.document["captures"])
    assert time.perf_counter() - begin < MOST_SECONDS, f"seed {seed} takes too long"


@pytest.mark.parametrize("share", range(3))
def test_few_mutants(tmp_path: Path, share: int) -> None:
    """A share of the many."""
    for seed in range(share * FEW // 3, (share + 1) * FEW // 3):
        check(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(20))
def test_many_mutants(tmp_path: Path, share: int) -> None:
    """Nothing but the package's own exceptions is raised; a failure names the seed."""
    for seed in range(FEW + share * MANY // 20, FEW + (share + 1) * MANY // 20):
        try:
            check(tmp_path, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
