"""Mutants that know fields: none breaks, none hangs, and the case is the same whatever the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from .mutant import check

FEW, MANY = 40, 10_000
FOUND = {
    "own": (1379, 1490, 1650, 2619, 2803, 3362, 3424, 3446),
    "real": (338, 378, 1116, 2332, 2850, 3138, 5324, 5519, 7132, 1003056),
}
"""Those that once gave another case in other windows, or a warning."""


def run(folder: Path, numbers: range | tuple[int, ...], half: str) -> None:
    for number in numbers:
        what = check(folder / "case", number, half)
        assert what is None, f"seed {number}: {what}"


def test_few_mutants(tmp_path: Path) -> None:
    """Of the project's captures."""
    run(tmp_path, range(FEW), "own")


@pytest.mark.shared
def test_few_mutants_of_real_captures(tmp_path: Path) -> None:
    """Of captures that others made."""
    run(tmp_path, range(FEW), "real")


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("half", FOUND)
def test_mutants_that_were_wrong(tmp_path: Path, half: str) -> None:
    """They stay right. What the seeds mean changes with the captures that they are made of."""
    run(tmp_path, FOUND[half], half)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("half", FOUND)
@pytest.mark.parametrize("share", range(10))
def test_many_mutants(tmp_path: Path, half: str, share: int) -> None:
    """A failure names the seed."""
    run(tmp_path, range(FEW + share * MANY // 10, FEW + (share + 1) * MANY // 10), half)
