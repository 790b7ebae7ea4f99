"""When so much was asked at once that nothing tells which upstream question was put for whose sake."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from .assumptions import MOST_AT_ONCE
from .lookup import SECOND, Lookup, Question, answered, earliest


class Crowds:
    """The spans of time in which more than `MOST_AT_ONCE` look-ups of one question were under way at once.

    Who caused what is the business of each pair of them: without this bound a flood of one question takes time and
    memory by its square.

    Args:
        asked: the clients' questions to forwarders, answered or not.
        upstream: the forwarders' questions, answered or not.
    """

    def __init__(self, asked: Iterable[Lookup], upstream: Iterable[Lookup]) -> None:
        changes: dict[Question, list[tuple[int, int]]] = defaultdict(list)
        for lookup in asked:
            for question in lookup.questions:
                changes[question] += _changes(lookup, *_waiting(lookup))
        for lookup in upstream:
            changes[lookup.questions[0]] += _changes(lookup, lookup.begin_ns, lookup.came_ns)
        self._spans = {
            question: spans
            for question, rows in changes.items()
            if len(rows) > 2 * MOST_AT_ONCE and (spans := _crowded(rows))
        }

    def holds(self, lookup: Lookup) -> bool:
        """Whether `lookup` was under way in such a span."""
        return bool(self._spans) and any(
            _overlap(self._spans.get(question, []), min(lookup.begin_ns, lookup.came_ns), lookup.came_ns)
            for question in lookup.questions
        )


def _waiting(lookup: Lookup) -> tuple[int, int]:
    """From when to when a client waited; as long as its forwarder takes to ask, where no answer was captured."""
    if lookup.answer_ns is None:
        return lookup.begin_ns, lookup.begin_ns + SECOND
    return earliest(lookup), answered(lookup)


def _changes(lookup: Lookup, begin_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """When it begins and ends to be one of those that are under way, as far as its clock tells."""
    return [(begin_ns - lookup.doubt.ns, 1), (end_ns + lookup.doubt.ns + 1, -1)]


def _crowded(changes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, begin and end, apart and in order."""
    spans: list[tuple[int, int]] = []
    under_way, since = 0, None
    for at_ns, change in sorted(changes):
        under_way += change
        if since is None and under_way > MOST_AT_ONCE:
            since = at_ns
        elif since is not None and under_way <= MOST_AT_ONCE:
            spans.append((since, at_ns))
            since = None
    return spans


def _overlap(spans: list[tuple[int, int]], begin_ns: int, end_ns: int) -> bool:
    place = bisect_right(spans, end_ns, key=lambda span: span[0])
    return place > 0 and spans[place - 1][1] >= begin_ns
