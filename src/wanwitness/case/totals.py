"""Counts over all sessions of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from wanwitness.model import Judgement, UncountedSessions


def totals(judgements: Sequence[Judgement], uncounted: Sequence[UncountedSessions] = ()) -> dict[str, Any]:
    """Return how many sessions there are in all, by verdict, by outcome, by direction, and by their two links.

    What came in, or stayed within the LAN, has no two links; nor has what is not listed, of which the direction is not
    known either.
    """
    verdicts = Counter(str(one.verdict) for one in judgements)
    outcomes = Counter(str(one.outcome) for one in judgements)
    directions = Counter(one.session.direction or "unknown" for one in judgements)
    for row in uncounted:
        verdicts["undetermined"] += row.count
        outcomes[row.outcome] += row.count
        directions["unknown"] += row.count
    by_links: Counter[tuple[str | None, str | None, str]] = Counter()
    for judgement in judgements:
        session = judgement.session
        if not session.judged:
            continue
        kind = judgement.outcome if judgement.outcome in ("accepted", "rejected") else "other"
        by_links[session.resolver_link, session.transport_link, kind] += 1
    pairs = sorted({pair[:2] for pair in by_links}, key=lambda pair: [(name is None, name or "") for name in pair])
    return {
        "sessions": verdicts.total(),
        "flagged": sum(one.flagged for one in judgements),
        "likely_cause": sum(one.likely_cause for one in judgements),
        "by_verdict": dict(sorted(verdicts.items())),
        "by_outcome": dict(sorted(outcomes.items())),
        "by_direction": dict(sorted(directions.items())),
        "by_links": [
            {
                "resolver_link": resolver,
                "transport_link": transport,
                **{kind: by_links[resolver, transport, kind] for kind in ("accepted", "rejected", "other")},
            }
            for resolver, transport in pairs
        ],
    }
