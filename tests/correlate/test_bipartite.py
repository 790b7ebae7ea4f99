"""Matchings agree with trying everything."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from wanwitness.correlate.crossings.bipartite import Matching, groups

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


@given(edges)
def test_the_matching_is_a_largest_one(graph: dict[int, list[int]]) -> None:
    matching = Matching(graph)
    pairs = {(left, right) for left in graph if (right := matching.partner(left)) is not None}
    assert pairs in largest(graph)


@given(edges)
def test_groups_share_nothing(graph: dict[int, list[int]]) -> None:
    found = groups(graph)
    assert sorted(left for group in found for left in group) == sorted(graph)
    rights = [{right for left in group for right in graph[left]} for group in found]
    assert sum(map(len, rights)) == len(set().union(*rights))


def test_hundreds_that_could_all_be_each_other_are_settled_at_once() -> None:
    """Whatever they are: a path of changes may lead through all of them."""
    crowd = {left: list(range(1000, 1400)) for left in range(400)}
    matching = Matching(crowd)
    assert all(matching.may_pair(left, 1000) for left in crowd)
    chain = {left: [1000 + left, 1001 + left] for left in range(3000)}
    matching = Matching({**chain, 3000: [1000]})
    assert matching.partner(3000) == 1000
    assert not matching.may_pair(17, 1017) and not matching.may_stay_alone(17)
