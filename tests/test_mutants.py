"""Captures with flipped bits, cut and spliced: nothing breaks, nothing hangs, and the counts add up."""

from __future__ import annotations

import gzip
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from scapy.layers import inet, inet6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import GRE, Ether
from scapy.packet import Raw

import tally
from ingest.files import PACKETS, Pcapng, pcap
from places import OFFICE, SHARED
from wanwitness import WanwitnessError, analyze

MOST_SECONDS = 5
"""Of the processor, so that it does not matter what else the machine does."""
MOST_MEMORY_KIB = 768 << 10
"""Beyond what the process holds as they begin: other tests run in it before."""
MOST_BYTES = 200_000
FEW, MANY = 150, 100_000
"""Of the package's own captures, and as many of real ones."""
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
    cooked = [b"\x08\0\0\0" + pack(">IHBB8s", 1 + n % 3, 1, 0, 6, b"") + p[14:] for n, p in enumerate(packets)]
    files.append(pcap(cooked, linktype=276))
    return [*(part[:9000] for part in office), *office, *files, gzip.compress(office[2])]


@cache
def real() -> list[bytes]:
    """The smaller ones of the captures that others made."""
    files = sorted(path for path in (SHARED / "real").rglob("*") if path.is_file() and path.name != "INDEX.tsv")
    return [path.read_bytes() for path in files if 24 < path.stat().st_size < MOST_BYTES]


def flip(content: bytearray, chance: random.Random, donors: Sequence[bytes]) -> None:
    """Flip some bits, mostly few."""
    for _ in range(chance.choice((1, 2, 5, 50))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def overwrite(content: bytearray, chance: random.Random, donors: Sequence[bytes]) -> None:
    """Write a number that is often a border over four bytes."""
    at = chance.randrange(len(content))
    content[at : at + 4] = chance.choice(
        (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\0\0\4\0", chance.randbytes(4))
    )


def cut(content: bytearray, chance: random.Random, donors: Sequence[bytes]) -> None:
    """Take some bytes out, or all from somewhere on."""
    at = chance.randrange(len(content))
    del content[at : at + chance.choice((1, 3, 100, len(content)))]


def splice(content: bytearray, chance: random.Random, donors: Sequence[bytes]) -> None:
    """Put a piece of another capture in."""
    other = chance.choice(donors)
    begin, at = chance.randrange(len(other)), chance.randrange(len(content) + 1)
    content[at:at] = other[begin : begin + chance.choice((4, 100, 5000))]


MUTATIONS: list[Callable[[bytearray, random.Random, Sequence[bytes]], None]] = [flip, overwrite, cut, splice]


def mutant(seed: int, donors: Sequence[bytes]) -> bytes:
    """A capture with one to three kinds of damage."""
    chance = random.Random(seed)
    content = bytearray(chance.choice(donors))
    for _ in range(chance.randint(1, 3)):
        if content:
            chance.choice(MUTATIONS)(content, chance, donors)
    return bytes(content)


def check(path: Path, content: bytes) -> None:
    """Analyse it, within time and memory, and count what became of its frames."""
    path.write_bytes(content)
    begin = time.process_time()
    with suppress(WanwitnessError):
        case = analyze(path, rows_only=True)
        tally.check(path, case.document, times_hold=False)
    assert time.process_time() - begin < MOST_SECONDS, "it takes too long"


@pytest.mark.parametrize("share", range(3))
def test_few_mutants(tmp_path: Path, share: int) -> None:
    """A share of the many."""
    run(tmp_path, range(share * FEW // 3, (share + 1) * FEW // 3), seeds())


@pytest.mark.shared
def test_few_mutants_of_real_captures(tmp_path: Path) -> None:
    """Files of other programs, their peculiar traffic among them, and pieces of one in another."""
    run(tmp_path, range(FEW), real())


@pytest.mark.slow
@pytest.mark.parametrize("share", range(20))
def test_many_mutants(tmp_path: Path, share: int) -> None:
    """Nothing but the package's own exceptions is raised; a failure names the seed."""
    run(tmp_path, range(FEW + share * MANY // 20, FEW + (share + 1) * MANY // 20), seeds())


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("share", range(20))
def test_many_mutants_of_real_captures(tmp_path: Path, share: int) -> None:
    """The same of files that nobody here has made."""
    run(tmp_path, range(FEW + share * MANY // 20, FEW + (share + 1) * MANY // 20), real())


def run(folder: Path, numbers: Iterable[int], donors: Sequence[bytes]) -> None:
    """Check mutants by their seeds, and that they, not the tests before them, take no more memory than they may."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here (proc(5))
    before = memory_kib("VmRSS")
    for number in numbers:
        try:
            check(folder / "mutant.cap", mutant(number, donors))
        except Exception as error:
            raise AssertionError(f"seed {number}") from error
    assert memory_kib("VmHWM") - before < MOST_MEMORY_KIB


def memory_kib(what: str) -> int:
    """What this process holds (`VmRSS`), or held at most (`VmHWM`)."""
    found = re.search(rf"^{what}:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
