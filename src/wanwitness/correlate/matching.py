"""Bipartite matching: what can be paired off, each with one of its own, and which pairs that leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Matching:
    """A largest matching (augmenting paths; Berge 1957), and what other largest ones could do.

    >>> pairs = Matching({1: [10, 11], 2: [10]})
    >>> pairs.may_pair(1, 10), pairs.may_pair(1, 11), pairs.may_stay_alone(2)
    (False, True, False)
    """

    def __init__(self, edges: Mapping[int, Sequence[int]]) -> None:
        self._edges = edges
        self._owner: dict[int, int] = {}
        for left in edges:
            self._augment(left, self._owner, set())

    def may_pair(self, left: int, right: int) -> bool:
        """Whether some largest matching holds this pair."""
        return self._reaches(len(self._owner) - 1, left, {right})

    def may_stay_alone(self, left: int) -> bool:
        """Whether some largest matching leaves `left` without a partner."""
        return self._reaches(len(self._owner), left, set())

    def _reaches(self, size: int, left: int, taken: set[int]) -> bool:
        """Whether everything but `left` and `taken` has a matching of this size."""
        owner = {right: one for right, one in self._owner.items() if one != left and right not in taken}
        matched = set(owner.values())
        for other in self._edges:
            if len(owner) >= size:
                break
            if other != left and other not in matched:
                self._augment(other, owner, set(taken))
        return len(owner) >= size

    def _augment(self, left: int, owner: dict[int, int], tried: set[int]) -> bool:
        for right in self._edges[left]:
            if right in tried:
                continue
            tried.add(right)
            if right not in owner or self._augment(owner[right], owner, tried):
                owner[right] = left
                return True
        return False
