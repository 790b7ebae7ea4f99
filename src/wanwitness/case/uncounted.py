"""Sessions that the case tells by their number alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wanwitness.model import Sentence, UncountedSessions

from .sentences import sentence
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


def uncounted_note(rows: Sequence[UncountedSessions]) -> Iterator[Sentence]:
    """Say how many there are, for terminal and page; nothing where there is none."""
    if not rows:
        return
    total = sum(row.count for row in rows)
    servers, hours = {row.server for row in rows}, {row.hour_ns for row in rows}
    where = sentence("servers", n=len(servers)) if None not in servers else sentence("very-many-servers")
    halves = any(row.reason == "one-sided" for row in rows)
    said = sentence("by-one-side-alone" if halves else "nothing-said")
    yield sentence("not-listed", total=total, servers=where, hours=sentence("hours-counted", n=len(hours)), said=said)
