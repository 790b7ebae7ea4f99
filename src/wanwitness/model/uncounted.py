"""Sessions that are told by their number alone."""

from __future__ import annotations

from dataclasses import dataclass

from .judgement import Outcome


@dataclass(frozen=True, slots=True)
class UncountedSessions:
    """Connections to one server in one hour in which not both sides spoke, beyond the number that is listed."""

    server: str | None
    """Its address; None for the servers of the fewest connections, where there are very many."""
    hour_ns: int
    """When the hour begins, on the reference clock."""
    reason: str
    """`unanswered`, `refused`, `nothing-said` or `one-sided`."""
    outcome: Outcome
    """Which they would have as sessions."""
    count: int
