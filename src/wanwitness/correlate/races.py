"""Questions that a router put to several servers at once: the first answer is the one that it used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .lookup import SECOND, Lookup, answered, begun
from .timeline import Timeline

AT_ONCE_NS = SECOND // 200
"""A router that asks all its servers sends the questions, and passes the first answer on, within this time."""


def put_together(upstreams: Sequence[Lookup], timeline: Timeline) -> bool:
    """Whether the router put all these questions at the same time."""
    first = min(upstreams, key=begun)
    slack = timeline.slack
    return all(u.begin_ns - first.begin_ns <= AT_ONCE_NS + slack(u, first) for u in upstreams)


def surely_first(first: Lookup, upstreams: Iterable[Lookup], timeline: Timeline) -> bool:
    """Whether the clocks leave no doubt that no other link had answered before."""
    return all(
        answered(other) - answered(first) >= timeline.slack(other, first)
        for other in upstreams
        if other.point.label != first.point.label
    )


def passed_on_at_once(first: Lookup, lookup: Lookup, timeline: Timeline) -> bool:
    """Whether a client had the first answer at once; else the router may have waited for another."""
    return answered(lookup) - answered(first) <= AT_ONCE_NS + timeline.slack(lookup, first)
