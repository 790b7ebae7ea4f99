"""Sessions that the case tells by their number alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wanwitness.model import UncountedSessions

from .values import rfc3339


def uncounted_value(row: UncountedSessions) -> dict[str, Any]:
    """Return a row of `uncounted_sessions`."""
    return {
        "server": row.server,
        "hour": rfc3339(row.hour_ns),
        "reason": row.reason,
        "outcome": row.outcome,
        "count": row.count,
    }


def uncounted_note(rows: Sequence[UncountedSessions]) -> Iterator[str]:
    """Say how many there are, for terminal and page; nothing where there is none."""
    if not rows:
        return
    total = sum(row.count for row in rows)
    servers, hours = {row.server for row in rows}, {row.hour_ns for row in rows}
    where = f"{len(servers):,} server{'s' * (len(servers) > 1)}" if None not in servers else "very many servers"
    halves = any(row.reason == "one-sided" for row in rows)
    said = "nothing was said, or by one side alone" if halves else "nothing was said"
    yield (
        f"{total:,} more connections to {where} in {len(hours):,} hour{'s' * (len(hours) > 1)}, in which {said}, "
        "are not listed: uncounted_sessions in case.json counts them by server and hour, and the totals hold them"
    )
