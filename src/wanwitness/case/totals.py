"""Counts over all sessions of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from wanwitness.model import Session


def totals(sessions: Sequence[Session]) -> dict[str, Any]:
    """Return how many sessions there are in all, by verdict, by outcome, by direction, and by their two links.

    What came in, or stayed within the LAN, has no two links.
    """
    by_links: Counter[tuple[str | None, str | None, str]] = Counter()
    for session in sessions:
        if not session.judged:
            continue
        kind = session.outcome if session.outcome in ("accepted", "rejected") else "other"
        by_links[session.resolver_link, session.transport_link, kind] += 1
    pairs = sorted({pair[:2] for pair in by_links}, key=lambda pair: [(name is None, name or "") for name in pair])
    return {
        "sessions": len(sessions),
        "flagged": sum(session.flagged for session in sessions),
        "likely_cause": sum(session.likely_cause for session in sessions),
        "by_verdict": dict(sorted(Counter(session.verdict for session in sessions).items())),
        "by_outcome": dict(sorted(Counter(session.outcome for session in sessions).items())),
        "by_direction": dict(sorted(Counter(session.direction or "unknown" for session in sessions).items())),
        "by_links": [
            {
                "resolver_link": resolver,
                "transport_link": transport,
                **{kind: by_links[resolver, transport, kind] for kind in ("accepted", "rejected", "other")},
            }
            for resolver, transport in pairs
        ],
    }
