"""What a document says, counted and put in the order in which a person should read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from .words import Session, direction, judged

Reason = TypeVar("Reason", str, tuple[str, ...])
DETAILS = 2_000
"""Up to so many sessions, each is told of in detail; beyond, only those flagged or refused, worst first."""


def refused(session: Session) -> bool:
    """Whether the server answered a command of this session with a decisive refusal, for good or for now."""
    return session["rejection"] is not None or session["outcome"] == "rejected"


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


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers that the headline and the key figures are made of; each counts sessions."""

    sessions: int
    inbound: int
    """Came in from beyond the router."""
    internal: int
    """Stayed within the site."""
    left: int
    """Left the site: of these alone the links can be compared."""
    refused: int
    refused_mended: int
    """Refused, and yet a message was accepted later in the same session."""
    deferred: int
    """Refused for the time being (4xx)."""
    flagged: int
    flagged_refused: int
    likely_cause: int
    causes: dict[tuple[str, ...], int]
    """Likely causes that hold together, the most frequent first."""
    refusals: dict[str, int]
    """Why the refused were refused, the most frequent first."""
    consistent: int
    consistent_refused: int
    undetermined: int
    undetermined_refused: int
    undetermined_because: dict[str, int]
    """Most frequent first."""


def count(sessions: list[Session]) -> Counts:
    """Count what the sessions of a document say."""
    left = [session for session in sessions if judged(session)]
    undetermined = [session for session in left if session["verdict"] == "undetermined"]
    consistent = [session for session in sessions if session["verdict"] == "consistent"]
    flagged = [session for session in sessions if session["flagged"]]
    turned_away = [session for session in sessions if refused(session)]
    return Counts(
        sessions=len(sessions),
        inbound=sum(direction(session) == "inbound" for session in sessions),
        internal=sum(direction(session) == "internal" for session in sessions),
        left=len(left),
        refused=len(turned_away),
        refused_mended=sum(session["outcome"] == "accepted" for session in turned_away),
        deferred=sum(session["outcome"] == "deferred" for session in turned_away),
        flagged=len(flagged),
        flagged_refused=sum(map(refused, flagged)),
        likely_cause=sum(session["likely_cause"] for session in sessions),
        causes=ranked(tuple(session["likely_causes"]) for session in sessions if session["likely_causes"]),
        refusals=ranked((session["rejection"] or {}).get("cause", "other") for session in turned_away),
        consistent=len(consistent),
        consistent_refused=sum(map(refused, consistent)),
        undetermined=len(undetermined),
        undetermined_refused=sum(map(refused, undetermined)),
        undetermined_because=ranked(session["undetermined_because"] or "unknown" for session in undetermined),
    )


def ranked(reasons: Iterable[Reason]) -> dict[Reason, int]:
    """Count equal reasons, the most frequent first and equals by name."""
    return dict(sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0])))
