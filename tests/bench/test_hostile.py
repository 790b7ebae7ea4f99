"""What hostile traffic costs: work is counted, in calls, and no time is asserted."""

from __future__ import annotations

import cProfile
from pathlib import Path

import pytest

from wanwitness import analyze

from .hostile import SHAPES, sessions
from .multiplied import SHAPES as MORE

GROWTH = 1.2
"""The exponent: 1 where twice the traffic is twice the work, 2 where it is four times."""
SIZES = {
    "SYN flood, one host to one server": 300,
    "scan with one sequence number": 300,
    "the same, one server": 300,
    "link without mail, one name": 800,
    "one address with many names, refused": 600,
    "fragments of one packet": 2500,
    "SYNs from distinct hosts": 300,
    "rotated files": 60,
    "unlike files": 60,
    "pcapng sections": 150,
    "interfaces": 150,
    "VLANs": 150,
    "unknown lines, repeated by the server": 300,
    "replies without commands": 20,
    "one name": 500,
    "out of order": 500,
    "one question, sent again": 500,
    "TLS records of a byte": 200,
    "pieces with hosts of their own": 40,
    "chains of aliases": 100,
    "long delivery reports": 20,
    "one message, and its reports": 100,
    "log-ins and mail": 100,
    "passwords tried, repeated by the server": 100,
    "comments": 50,
    "rows of coverage.jsonl": 40,
}


def calls(folder: Path) -> int:
    """How many functions an analysis calls, those of the standard library and numpy too."""
    profile = cProfile.Profile()
    profile.runcall(analyze, folder, rows_only=True)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> int:
    folder = tmp_path_factory.mktemp("nothing")
    sessions(folder, 1)
    analyze(folder, rows_only=True)  # what is imported and compiled once
    return calls(folder)


@pytest.mark.parametrize("name", SIZES)
def test_twice_the_traffic_is_twice_the_work(name: str, nothing: int, tmp_path: Path) -> None:
    shape, n = {**SHAPES, **MORE}[name][0], SIZES[name]
    counted = []
    for times in (1, 2):
        folder = tmp_path / str(times)
        folder.mkdir()
        shape(folder, n * times)
        counted.append(max(calls(folder) - nothing, 1000))
    assert counted[1] <= counted[0] * 2**GROWTH + 1000
