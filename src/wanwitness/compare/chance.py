"""How rare so few refusals are by chance, were it as before.

Two things are asked for. By the exact test of two shares (R. A. Fisher) the refusals now are fewer than those then.
And since refusals come in bursts, which that test knows nothing of, the stretch without one is longer now than any was
then, in tries and in time.
"""

from __future__ import annotations

from math import comb

LEVEL = 0.05
MOST = 10_000
"""Tries beyond which nobody waits."""


def rarity(then: tuple[int, int], now: tuple[int, int]) -> float:
    """Return how probable it is that of all refusals so few, or fewer, fall into the tries of now, by chance.

    Args:
        then: refusals, and tries.
        now: the same.

    >>> round(rarity((13, 34), (0, 10)), 4)
    0.0166
    """
    refusals, tries = then[0] + now[0], then[1] + now[1]
    ways = sum(comb(refusals, some) * comb(tries - refusals, now[1] - some) for some in range(now[0] + 1))
    return ways / comb(tries, now[1])


def needed(then: tuple[int, int], longest: int) -> int | None:
    """Return how many tries without a refusal would be rare, and more than there ever were in a row.

    Args:
        then: refusals, and tries.
        longest: the most tries in a row without a refusal then.

    Returns:
        None where no number of them that anybody waits for would be.

    >>> needed((13, 34), 2)
    7
    """
    low, high = longest + 1, MOST
    if rarity(then, (0, high)) > LEVEL:
        return None
    while low < high:
        middle = (low + high) // 2
        if rarity(then, (0, middle)) <= LEVEL:
            high = middle
        else:
            low = middle + 1
    return low
