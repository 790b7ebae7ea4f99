"""How often the tests name what is not so, and how often they name what is: on simulated histories of a site."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from hypotheses.histories import KINDS, history, true_link

SEED = 2026_11_26
"""Fixed before the first run."""
CASES = 2_000
AT_MOST_OF_A_KIND, AT_MOST_OF_ALL = 0.064, 0.05


def named(kind: str, case: int) -> list[str]:
    random = np.random.default_rng((SEED, zlib.crc32(kind.encode()), case))
    rulings = history(random, KINDS[kind]).decide().rulings
    return [name for name, ruling in rulings.items() if ruling.status == "named"]


def finds_the_link(refused: int, case: int) -> bool:
    random = np.random.default_rng((SEED, refused, case))
    return true_link(random, refused).decide().rulings["link-mismatch"].status == "named"


@pytest.mark.parametrize("kind", KINDS)
def test_little_is_named_falsely(kind: str) -> None:
    """The share of the simulation that every change meets: of 60 histories of a kind hardly one names anything."""
    assert sum(bool(named(kind, case)) for case in range(60)) <= 4


@pytest.mark.slow
def test_false_naming() -> None:
    """Of 2,000 histories of each of five kinds at most 6.4 % of each kind, and 5 % of all, name an explanation."""
    false = {kind: sum(bool(named(kind, case)) for case in range(CASES)) for kind in KINDS}
    for kind, count in false.items():
        print(f"{kind:<26}{count:>5} of {CASES} named ({count / CASES:.2%})")
    assert all(count <= AT_MOST_OF_A_KIND * CASES for count in false.values())
    assert sum(false.values()) <= AT_MOST_OF_ALL * CASES * len(KINDS)


@pytest.mark.parametrize("refused", [5, 10])
def test_a_true_link_is_named(refused: int) -> None:
    """The share that every change meets: a true link among 40 episodes is named in most of 20 histories."""
    assert sum(finds_the_link(refused, case) for case in range(20)) >= 16


@pytest.mark.slow
@pytest.mark.parametrize("refused", [5, 10])
def test_power(refused: int) -> None:
    """A true link among 40 episodes with 5 or 10 refused and 5 % noise is named in at least 90 %."""
    found = sum(finds_the_link(refused, case) for case in range(500))
    print(f"{refused} refused of 40: named in {found / 500:.1%}")
    assert found >= 450
