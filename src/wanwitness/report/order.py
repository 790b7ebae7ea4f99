"""Sessions in the order in which a person should read them."""

from __future__ import annotations

from wanwitness.case.rows import refused as refused

from .words import Session

DETAILS = 2_000
"""Up to so many sessions, each is told of in detail; beyond, only those flagged or refused, worst first."""


def worst_first(sessions: list[Session]) -> list[Session]:
    """Sort by what needs looking at, and by time among equals.

    First those whose refusal the link mismatch may have caused, then flagged and refused, then flagged, then those
    with another likely cause, then refused, then the rest.
    """
    return sorted(sessions, key=lambda session: (_rank(session), session["start"]))


def detailed(sessions: list[Session]) -> list[Session]:
    """Return those that are told of in detail, the worst first: all, or of many only the flagged and the refused."""
    worst = worst_first(sessions)
    if len(worst) <= DETAILS:
        return worst
    return [session for session in worst if session["flagged"] or refused(session)][:DETAILS]


def _rank(session: Session) -> int:
    ranks = (
        session["likely_cause"],
        session["flagged"] and refused(session),
        session["flagged"],
        bool(session["likely_causes"]),
        refused(session),
        True,
    )
    return ranks.index(True)
