"""Bipartite matching: how many can be paired off, each with one of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def largest(edges: Mapping[int, Sequence[int]]) -> int:
    """Return the size of the largest matching (augmenting paths; König 1916).

    >>> largest({1: [10, 11], 2: [10]})
    2
    """
    partner: dict[int, int] = {}

    def augment(left: int, tried: set[int]) -> bool:
        for right in edges[left]:
            if right in tried:
                continue
            tried.add(right)
            if right not in partner or augment(partner[right], tried):
                partner[right] = left
                return True
        return False

    return sum(augment(left, set()) for left in edges)
