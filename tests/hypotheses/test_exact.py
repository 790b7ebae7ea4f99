import subprocess
import sys
from math import inf, isclose

import numpy as np
import pytest

from wanwitness.hypotheses.exact import Table, exact_p, odds_ratio


def tables(count: int) -> list[Table]:
    random = np.random.default_rng(16)
    found: list[Table] = []
    while len(found) < count:
        a, b, c, d = map(int, random.integers(0, 12, 4))
        if 0 not in (a + b, c + d, a + c, b + d):
            found.append(((a, b), (c, d)))
    return found


def test_odds_ratio_is_scipys() -> None:
    """Conditional odds ratio and exact interval are those that scipy finds, in 200 random tables."""
    contingency = pytest.importorskip("scipy.stats.contingency")
    for table in tables(200):
        theirs = contingency.odds_ratio(table, kind="conditional")
        interval = theirs.confidence_interval(0.95)
        ours = odds_ratio(table)
        for mine, other in zip(
            (ours.estimate, ours.low, ours.high), (theirs.statistic, interval.low, interval.high), strict=True
        ):
            assert mine is not None
            assert (mine == other) if mine in (0, inf) else isclose(mine, other, rel_tol=1e-9)


def test_exact_p_is_fishers() -> None:
    """With one table the exact test is Fisher's, on each side and on both."""
    stats = pytest.importorskip("scipy.stats")
    sides = {1: "greater", -1: "less", 0: "two-sided"}
    for table in tables(100):
        for direction, side in sides.items():
            assert isclose(exact_p([table], direction), stats.fisher_exact(table, alternative=side)[1], rel_tol=1e-9)


def test_two_tables_are_their_sum() -> None:
    """The count over two tables is distributed as the sum of both: all pairs of counts, one by one."""
    stats = pytest.importorskip("scipy.stats")
    one, two = ((3, 1), (1, 4)), ((2, 2), (1, 5))
    p = 0.0
    for x in range(5):
        for y in range(4):
            if x + y >= 5:
                p += stats.hypergeom.pmf(x, 9, 4, 4) * stats.hypergeom.pmf(y, 10, 3, 4)
    assert isclose(exact_p([one, two], 1), p, rel_tol=1e-9)


def test_a_table_with_an_empty_margin_tells_nothing() -> None:
    assert odds_ratio(((3, 4), (0, 0))).estimate is None
    assert odds_ratio(((0, 4), (0, 3))).low is None


def test_all_with_none_without_is_infinite() -> None:
    """11 of 11 against 0 of 18: no upper bound, and a lower one that is far above 1."""
    ratio = odds_ratio(((11, 0), (0, 18)))
    assert ratio.estimate == inf and ratio.high == inf
    assert ratio.low is not None and ratio.low > 20


def test_importing_wanwitness_loads_no_scipy() -> None:
    """scipy.stats takes six times as long to load as numpy: the product has none of it."""
    code = "import sys, wanwitness, wanwitness.hypotheses; print('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
