"""What holds of every live run, whatever happened to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from live.segment import Live, cited_by_path
from places import OFFICE
from wanwitness import analyze

SAID = ("verdict", "undetermined_because", "transport_link", "resolver_link", "outcome", "partial", "flagged")


def same(live: Live, document: dict[str, Any]) -> None:
    """Each session's row in the journal is that of the case."""
    paths = [f"captures/{Path(capture['path']).name}" for capture in document["captures"]]
    told = live.finals()
    for row in document["sessions"]:
        assert told.pop(row["id"]) == cited_by_path(row, paths)
    assert not told


def said_alike(live: Live, document: dict[str, Any]) -> None:
    """Of each session the journal says what the case says; which frames show it may be told otherwise after a restart,
    for what was found before it stays as it was written.
    """
    told, found = live.finals(), {row["id"]: row for row in document["sessions"]}
    assert {name: _said(row) for name, row in told.items()} == {name: _said(row) for name, row in found.items()}


def _said(row: dict[str, Any]) -> list[Any]:
    return [row[key] for key in SAID]


def flags_hold(live: Live) -> None:
    """No row was ever flagged that is not in the end, and none that was provisional."""
    flagged = {name for name, row in live.finals().items() if row["flagged"]}
    for row in live.rows("session"):
        assert not row["session"]["flagged"] or (row["final"] and row["session"]["id"] in flagged)


def never_told_without_being(live: Live, document: dict[str, Any]) -> None:
    """No row, however early, tells of a session that the case does not have."""
    assert {row["session"]["id"] for row in live.rows("session")} == {row["id"] for row in document["sessions"]}
    assert not live.rows("withdrawn")


def each_once(live: Live) -> None:
    """Each revision of a session is told once, in order."""
    told: dict[str, list[int]] = {}
    for row in live.rows("session"):
        told.setdefault(row["session"]["id"], []).append(row["revision"])
    for revisions in told.values():
        assert revisions == list(range(1, len(revisions) + 1))


def nobody_wrongly_flagged(live: Live) -> None:
    """Who was flagged at any time was flagged where nothing went wrong, too."""
    for row in live.rows("session"):
        assert not row["session"]["flagged"] or ends_of(row["session"]) in flagged_office()


@cache
def flagged_office() -> frozenset[tuple[object, ...]]:
    """The ends of the office's flagged sessions."""
    document = analyze(OFFICE, rows_only=True).document
    return frozenset(ends_of(row) for row in document["sessions"] if row["flagged"])


def ends_of(session: dict[str, Any]) -> tuple[object, ...]:
    """What tells the office's sessions apart, also when they are sent again."""
    return tuple(session[end][key] for end in ("client", "server") for key in ("ip", "port"))
