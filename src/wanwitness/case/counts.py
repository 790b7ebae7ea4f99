"""What the sessions of a document say, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from .rows import Row, direction, judged, refused

Reason = TypeVar("Reason", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers that the answer and the key figures are made of; each counts sessions."""

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


def count(sessions: list[Row]) -> Counts:
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
