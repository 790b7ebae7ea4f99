"""Bipartite matching: who can be paired with whom, one to one, and which other pairs are possible."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)
"""What is paired: hashable, and no one equals another."""


class Matching(Generic[Node]):
    """A maximum matching (Hopcroft and Karp 1973), and which pairs other maximum matchings have.

    A pair outside this matching is in another maximum one if an alternating cycle goes through it, or an alternating
    path from a node without a partner (Berge 1957; Tassa 2012). So one search of the whole graph answers for every
    pair.

    Args:
        edges: what each one may be paired with, the likeliest first.
        first: pairs to begin with, all of them edges; as many of them are kept as a maximum matching allows.

    >>> pairs = Matching({1: [10, 11], 2: [10]})
    >>> pairs.may_pair(1, 10), pairs.may_pair(1, 11), pairs.may_stay_alone(2)
    (False, True, False)
    """

    def __init__(self, edges: Mapping[Node, Sequence[Node]], first: Mapping[Node, Node] | None = None) -> None:
        self._edges = edges
        self._partner: dict[Node, Node] = dict(first or {})
        self._ousted: set[Node] = set()
        """Left nodes that some maximum matching leaves without a partner."""
        self._movable: set[Node] = set()
        """Right nodes that an alternating path from a node without a partner reaches: they can change their partner."""
        self._ring: dict[Node, int] = {}
        self._owner = {right: left for left, right in self._partner.items()}
        for left, rights in edges.items():
            if left not in self._partner:
                right = next((right for right in rights if right not in self._owner), None)
                if right is not None:
                    self._pair(left, right)
        if len(edges) == 1:  # by far the most: whom it may pair with, nobody else would
            self._ousted = edges.keys() - self._partner.keys()
            return
        while self._grow():
            pass
        callers: dict[Node, list[Node]] = {right: [] for rights in edges.values() for right in rights}
        for left, rights in edges.items():
            for right in rights:
                callers[right].append(left)
        lonely = [left for left in edges if left not in self._partner]
        self._ousted = _reached(lonely, self._takes_from)
        spare = [left for right in callers if right not in self._owner for left in callers[right]]
        self._movable = _reached(spare, lambda left: callers[self._partner[left]] if left in self._partner else ())
        self._ring = _rings(edges, self._takes_from)

    def partner(self, left: Node) -> Node | None:
        """Return with whom this matching pairs `left`."""
        return self._partner.get(left)

    def may_pair(self, left: Node, right: Node) -> bool:
        """Whether some largest matching holds this pair, which must be an edge."""
        owner = self._owner.get(right)
        if owner == left or owner is None or left not in self._partner:
            return True
        return left in self._ousted or owner in self._movable or self._ring[left] == self._ring[owner]

    def may_stay_alone(self, left: Node) -> bool:
        """Whether some largest matching leaves `left` without a partner."""
        return left in self._ousted

    def _pair(self, left: Node, right: Node) -> None:
        self._partner[left], self._owner[right] = right, left

    def _takes_from(self, left: Node) -> Iterable[Node]:
        """Those whose partner `left` could have instead."""
        return [owner for right in self._edges[left] if (owner := self._owner.get(right, left)) != left]

    def _grow(self) -> bool:
        """Augment the matching along shortest paths that have no node in common; return whether there was any."""
        depth = {left: 0 for left in self._edges if left not in self._partner}
        todo = deque(depth)
        while todo:
            left = todo.popleft()
            for other in self._takes_from(left):
                if other not in depth:
                    depth[other] = depth[left] + 1
                    todo.append(other)
        untried = {left: iter(self._edges[left]) for left in depth}
        return sum([self._augment(left, depth, untried) for left in depth if left not in self._partner]) > 0

    def _augment(self, left: Node, depth: Mapping[Node, int], untried: Mapping[Node, Iterator[Node]]) -> bool:
        """Augment the matching along one path from `left`; without recursion, since paths may be long."""
        path: list[tuple[Node, Node]] = []
        while True:
            for right in untried[left]:
                owner = self._owner.get(right)
                if owner is None:
                    for one, its in [*path, (left, right)]:
                        self._pair(one, its)
                    return True
                if depth.get(owner) == depth[left] + 1:
                    path.append((left, right))
                    left = owner
                    break
            else:
                if not path:
                    return False
                left, _ = path.pop()


def groups(edges: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Return the left nodes of each connected component."""
    callers: dict[Node, list[Node]] = {right: [] for rights in edges.values() for right in rights}
    for left, rights in edges.items():
        for right in rights:
            callers[right].append(left)
    found: list[list[Node]] = []
    seen: set[Node] = set()
    place = {left: n for n, left in enumerate(edges)}
    for start in edges:
        if start in seen:
            continue
        group = _reached([start], lambda left: [other for right in edges[left] for other in callers.pop(right, ())])
        seen |= group
        found.append(sorted(group, key=place.__getitem__))
    return found


def _reached(start: Iterable[Node], following: Callable[[Node], Iterable[Node]]) -> set[Node]:
    reached = set(start)
    todo = list(reached)
    while todo:
        fresh = [other for other in following(todo.pop()) if other not in reached]
        reached.update(fresh)
        todo += fresh
    return reached


def _rings(nodes: Iterable[Node], following: Callable[[Node], Iterable[Node]]) -> dict[Node, int]:
    """Number the strongly connected components (Tarjan 1972): who can swap partners in a ring has one number."""
    order: dict[Node, int] = {}
    low: dict[Node, int] = {}
    ring: dict[Node, int] = {}
    open_: list[Node] = []
    for root in nodes:
        if root in order:
            continue
        calls = [(root, iter(following(root)))]
        order[root] = low[root] = len(order)
        open_.append(root)
        while calls:
            node, rest = calls[-1]
            for other in rest:
                if other not in order:
                    order[other] = low[other] = len(order)
                    open_.append(other)
                    calls.append((other, iter(following(other))))
                    break
                if other not in ring:
                    low[node] = min(low[node], order[other])
            else:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[node])
                if low[node] == order[node]:
                    while node not in ring:
                        ring[open_.pop()] = order[node]
    return ring
