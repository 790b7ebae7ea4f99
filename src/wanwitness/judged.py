"""What was read, joined and judged: of whole captures, and of as much as a live run has so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wanwitness.correlate import Correlated, Seen, correlate
from wanwitness.inputs import Inputs
from wanwitness.model import Capture, DnsExchange, Judgement, Session, Span
from wanwitness.reading import Point
from wanwitness.verdict import Contradiction, Nearest, contradictions, judge, returned_by_fetch


@dataclass(frozen=True, slots=True)
class Judged:
    """Sessions joined over all capture points, and judged."""

    correlated: Correlated
    judgements: list[Judgement]
    """Of those that were wanted."""
    impossible: list[Contradiction]
    """What was said of the captures and cannot be."""
    exchanges: list[DnsExchange]
    """What was read of DNS."""


def join_and_judge(
    points: Sequence[Point],
    captures: Sequence[Capture],
    coverage: Sequence[Span],
    inputs: Inputs,
    before: Seen | None = None,
    wanted: Callable[[Session], bool] | None = None,
) -> Judged:
    """Find the sessions of what was read, and judge each.

    Args:
        points: what each capture point saw.
        captures: all captures.
        coverage: what time they cover.
        inputs: what the user said.
        before: what was seen of connections that a live run has let go of.
        wanted: which of the sessions are to be judged; None for all.

    Raises:
        UsageError: the captures cannot be of one site.
    """
    correlated = correlate(points, captures, inputs.site, coverage, before)
    points, captures = correlated.points, correlated.captures
    impossible = contradictions(
        points, captures, correlated.links, inputs.site, inputs.doubled, inputs.missing, correlated.sessions
    )
    exchanges = [exchange for point in points for exchange in point.rows.dns]
    judgements = judge(
        correlated.sessions,
        correlated.links,
        exchanges,
        captures,
        correlated.gaps,
        impossible,
        Nearest(points, captures, correlated.timeline),
        inputs.site.rules,
        returned_by_fetch(points, correlated.timeline),
        wanted,
    )
    return Judged(correlated, judgements, impossible, exchanges)
