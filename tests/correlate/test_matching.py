"""Matchings agree with trying everything."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from wanwitness.correlate.matching import Matching

edges = st.dictionaries(st.integers(0, 4), st.lists(st.integers(10, 13), max_size=4, unique=True), max_size=5)


def largest(graph: dict[int, list[int]]) -> list[set[tuple[int, int]]]:
    """Every largest matching, by trying all."""
    lefts = list(graph)
    rights = [10, 11, 12, 13, *(None for _ in lefts)]
    found = {
        frozenset((left, right) for left, right in zip(lefts, order, strict=False) if right in graph[left])
        for order in permutations(rights, len(lefts))
    }
    size = max(map(len, found), default=0)
    return [{(left, right) for left, right in pairs if right is not None} for pairs in found if len(pairs) == size]


@given(edges)
def test_what_may_be_paired_is_what_some_largest_matching_holds(graph: dict[int, list[int]]) -> None:
    matching, every = Matching(graph), largest(graph)
    for left, rights in graph.items():
        for right in rights:
            assert matching.may_pair(left, right) == any((left, right) in pairs for pairs in every)
        alone = any(all(one != left for one, _ in pairs) for pairs in every)
        assert matching.may_stay_alone(left) == alone
