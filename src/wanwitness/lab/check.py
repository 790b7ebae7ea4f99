"""Compares what the analysis found with what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

Row = dict[str, Any]
FIELDS = ("verdict", "undetermined_because", "transport_link", "resolver_link", "flagged", "outcome", "likely_cause")
JUDGED = {
    *("redirected", "foreign-resolver", "relay-owner-mismatch", "expired-answer"),
    *("asymmetric-return", "retried-other-link"),
}
"""Findings that truth knows of; captures' own (a gap, an overlap) are no facts of the lab."""
NEAR_S = 5.0


def compare(truth: Sequence[Row], sessions: Sequence[Row]) -> list[tuple[Row | None, Row | None, list[str]]]:
    """Match each row of truth with a session of the case.

    Returns:
        Truth, session and the differences; sessions that truth does not know come last, without truth.
    """
    left: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for session in sessions:
        left[session["client"]["ip"], session["client"]["port"]].append(session)
    found: list[tuple[Row | None, Row | None, list[str]]] = []
    for row in truth:
        candidates = left[row["client_ip"], row["client_port"]]
        if not candidates:
            found.append((row, None, ["not found in the captures"]))
            continue
        session = min(candidates, key=lambda each: abs(_seconds(each["start"]) - row["start"]))
        candidates.remove(session)
        found.append((row, session, differences(row, session)))
    for rest in left.values():
        found += [(None, session, ["a session that did not happen"]) for session in rest]
    return found


def differences(row: Row, session: Row) -> list[str]:
    """Return each difference between truth and a session, as `what: expected, found`."""
    told = [
        f"{name}: {row.get(name)}, found {session.get(name)}" for name in FIELDS if row.get(name) != session.get(name)
    ]
    cause = (session.get("rejection") or {}).get("cause")
    if row.get("cause") != cause:
        told.append(f"cause: {row.get('cause')}, found {cause}")
    expected = sorted([*row["findings"], *row.get("further_findings", [])])
    kinds = sorted({finding["kind"] for finding in session["findings"]} & JUDGED)
    if expected != kinds:
        told.append(f"findings: {', '.join(expected) or 'none'}, found {', '.join(kinds) or 'none'}")
    if abs(_seconds(session["start"]) - row["start"]) > NEAR_S:
        told.append(f"start: {row['start']}, found {session['start']}")
    if session["verdict"] != "undetermined" and not session["frames"]:
        told.append("a verdict without frames")
    return told


def verdict_of(row: Row) -> str:
    """Return verdict, or the reason why there is none, and outcome, as scenarios state their expectation."""
    return f"{row.get('undetermined_because') or row['verdict']} {row['outcome']}"


def _seconds(moment: str) -> float:
    head, _, fraction = moment.rstrip("Z").partition(".")
    return datetime.fromisoformat(head + "+00:00").timestamp() + float(f"0.{fraction or 0}")
