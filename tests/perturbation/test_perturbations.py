"""Sessions are judged as they happened also from captures that are less than perfect."""

from __future__ import annotations

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
    *("as captured", "skew -17.304 s", "skew +86400 s", "duplicates 30%", "reordering 5%", "loss 2.0%"),
    *("snap length 128", "sequence numbers rewritten", "ports rewritten", "timestamps cleared", "MSS clamped"),
    *("LAN only", "WAN only", "without wan1", "captures overlap in part"),
)
"""One of each kind."""


@cache
def case_of(folder: Path) -> Original:
    return original(folder)


def cells(*names: str) -> list[Cell]:
    return [BY_NAME[name] for name in names]


@pytest.mark.parametrize("folder", [OFFICE, INCIDENT], ids=lambda folder: folder.name)
@pytest.mark.parametrize("cell", cells(*FEW), ids=lambda cell: cell.name)
def test_the_project_s_captures_perturbed(folder: Path, cell: Cell, tmp_path: Path) -> None:
    """No false flag, nothing missed but under loss, the reasons right, clocks within their intervals."""
    tried = attempt(case_of(folder), cell, tmp_path)
    assert [bound for bound in tried.broken if not (cell.lossy and bound == "missed")] == [], (tried.false, tried.wrong)
    assert tried.false == []
