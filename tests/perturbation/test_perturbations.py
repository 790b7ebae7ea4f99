"""Sessions are judged as they happened also from captures that are less than perfect."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from places import OFFICE, PROJECT, SHARED

from .cells import CELLS, Cell
from .trial import Original, attempt, original

INCIDENT = PROJECT / "captures" / "incident"
RANDOM = SHARED / "lab-random"
BY_NAME = {cell.name: cell for cell in CELLS}
FEW = (
    *("as captured", "skew -17.304 s", "skew +86400 s", "drift +200 ppm", "step -0.5 s"),
    *("duplicates 30%", "reordering 5%", "loss 2.0%", "drift 200 ppm, duplicates 30%"),
    *("snap length 128", "sequence numbers rewritten", "ports rewritten", "MSS clamped", "all rewritten"),
    *("LAN only", "WAN only", "without wan1", "captures overlap in part"),
)
"""One of each kind."""


@cache
def case_of(folder: Path) -> Original:
    return original(folder)


def cells(*names: str) -> list[Cell]:
    return [BY_NAME[name] for name in names]


SPARSE = ("step -0.5 s",)
"""Of what happened at one of a few moments in five weeks nobody can tell it from a drift."""


@pytest.mark.parametrize("folder", [OFFICE, INCIDENT], ids=lambda folder: folder.name)
@pytest.mark.parametrize("cell", cells(*FEW), ids=lambda cell: cell.name)
def test_the_project_s_captures_perturbed(folder: Path, cell: Cell, tmp_path: Path) -> None:
    """No false flag, nothing missed but under loss, the reasons right, clocks within their intervals."""
    tried = attempt(case_of(folder), cell, tmp_path)
    assert tried.false == []
    if folder == OFFICE or cell.name not in SPARSE:
        assert [bound for bound in tried.broken if not (cell.lossy and bound == "missed")] == [], tried.wrong


@pytest.mark.shared
@pytest.mark.parametrize(
    "cell", [pytest.param(cell, marks=() if cell.name in FEW else pytest.mark.slow, id=cell.name) for cell in CELLS]
)
def test_a_random_run_perturbed(cell: Cell, tmp_path: Path) -> None:
    """The same of 200 sessions at once, one host's: but for what one of them was answered, that each may have used."""
    tried = attempt(case_of(RANDOM), cell, tmp_path)
    assert [bound for bound in tried.broken if not (cell.lossy and bound == "missed")] == [], (tried.false, tried.wrong)


@pytest.mark.slow
@pytest.mark.skipif("WANWITNESS_LAB_RUN" not in os.environ, reason="needs WANWITNESS_LAB_RUN: a random run's folder")
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_run_of_the_lab_perturbed(cell: Cell, tmp_path: Path) -> None:
    """All bounds hold over a random run of the lab (`wanwitness lab run --sessions 2000 --clients 8`)."""
    tried = attempt(case_of(Path(os.environ["WANWITNESS_LAB_RUN"])), cell, tmp_path)
    assert tried.broken == [], (tried.false, tried.wrong)
