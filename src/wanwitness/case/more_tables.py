"""What else of a case is a table: its links, captures, hypotheses and findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .columns import Column, Table

Document = Mapping[str, Any]

LINKS = (
    Column("name", "text"),
    Column("isp", "text"),
    Column("addresses", "texts"),
    Column("resolvers", "texts"),
    Column("relays", "texts"),
    Column("source", "word"),
)
CAPTURES = (
    Column("path", "text"),
    Column("role", "word"),
    Column("link", "word"),
    Column("role_source", "word"),
    Column("interface", "text"),
    Column("vlan", "whole"),
    Column("linktype", "whole"),
    Column("packets", "whole"),
    Column("first", "time"),
    Column("last", "time"),
    Column("bytes", "whole"),
    Column("damaged_bytes", "whole"),
    Column("snaplen_cut", "whole"),
    Column("dropped", "whole"),
    Column("clock_offset_s", "number"),
    Column("clock_uncertainty_s", "number"),
    Column("clock_drift_ppm", "number"),
    Column("sha256", "text"),
)
"""`clock_…` are those at the capture's begin, against the reference clock; absent where nothing shows them."""
HYPOTHESES = (
    Column("id", "text"),
    Column("statement", "text"),
    Column("status", "word"),
    Column("by", "texts"),
    Column("with", "texts"),
    Column("episodes", "whole"),
    Column("runs", "whole"),
    Column("window_s", "number"),
    Column("with_refused", "whole"),
    Column("with_accepted", "whole"),
    Column("without_refused", "whole"),
    Column("without_accepted", "whole"),
    Column("odds_ratio", "number"),
    Column("ci95_low", "number"),
    Column("ci95_high", "number"),
    Column("p_turned", "number"),
    Column("p_runs", "number"),
    Column("reading", "text"),
)
"""`with_refused` is how many episodes that had the condition were refused, and so on; where nothing bounds the odds
ratio above, it and `ci95_high` are absent."""
FINDINGS = (
    Column("session", "text"),
    Column("start", "time"),
    Column("kind", "word"),
    Column("text", "text"),
    Column("frames", "text"),
)


def link_table(document: Document) -> Table:
    """Return the links, a row each."""
    return Table(LINKS, document["links"])


def capture_table(document: Document) -> Table:
    """Return the capture points' parts of each file, a row each."""
    return Table(CAPTURES, [_capture(row) for row in document["captures"]])


def hypothesis_table(document: Document) -> Table:
    """Return the explanations that were weighed, a row each."""
    return Table(HYPOTHESES, [_hypothesis(row) for row in document["hypotheses"]])


def finding_table(document: Document) -> Table:
    """Return the findings of all sessions, a row each."""
    rows = [
        {
            "session": session["id"],
            "start": session["start"],
            "kind": finding["kind"],
            "text": finding["text"],
            "frames": " ".join(f"{capture}:{number}" for capture, number in finding["frames"]),
        }
        for session in document["sessions"]
        for finding in session["findings"]
    ]
    return Table(FINDINGS, rows)


def _capture(row: Document) -> dict[str, Any]:
    clock = row["clock"] or {}
    return {
        **{column.name: row.get(column.name) for column in CAPTURES},
        "damaged_bytes": sum(damage["bytes"] for damage in row["damage"]),
        "clock_offset_s": clock.get("offset_s"),
        "clock_uncertainty_s": clock.get("uncertainty_s"),
        "clock_drift_ppm": clock.get("drift_ppm"),
    }


def _hypothesis(row: Document) -> dict[str, Any]:
    (with_refused, with_accepted), (without_refused, without_accepted) = row["table"] or ((None, None), (None, None))
    low, high = row["ci95"]
    return {
        **{column.name: row.get(column.name) for column in HYPOTHESES},
        "with_refused": with_refused,
        "with_accepted": with_accepted,
        "without_refused": without_refused,
        "without_accepted": without_accepted,
        "ci95_low": low,
        "ci95_high": high,
    }
