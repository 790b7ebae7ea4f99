"""A row of the journal as a line for a terminal."""

from __future__ import annotations

from typing import Any

from wanwitness.model import printable

Row = dict[str, Any]
_MOST_REPLY = 60


def line_of(row: Row) -> str | None:
    """Return what a terminal shows of a row: final sessions; None where that is nothing.

    A revised session says so: what stood above of it does not hold any more.
    """
    session = row.get("session")
    if not isinstance(session, dict) or not row.get("final"):
        return None
    server = session["asked_name"] or session["server"]["ip"]
    parts = [
        session["start"][11:19],
        f"{session['client']['ip']} to {server}",
        _links(session),
        _ending(session),
        *(["LINKS DIFFER"] if session["flagged"] else []),
        *(["(told before, and changed since)"] if row["late"] else []),
        session["id"],
    ]
    return printable("  ".join(part for part in parts if part))


def _links(session: Row) -> str:
    if session["direction"] in ("inbound", "internal"):
        return str(session["direction"])
    left, resolved = session["transport_link"], session["resolver_link"]
    return f"left by {left or '?'}, resolved over {resolved or '?'}"


def _ending(session: Row) -> str:
    rejection = session["rejection"]
    if rejection is None:
        return str(session["outcome"])
    text = f"{rejection['code'] or ''} {rejection['enhanced'] or ''} {rejection['text']}".split()
    return f"{session['outcome']}: {' '.join(text)[:_MOST_REPLY]}"
