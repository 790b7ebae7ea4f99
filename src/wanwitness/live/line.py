"""A row of the journal as a line for a terminal."""

from __future__ import annotations

from typing import Any

from wanwitness.language import Language
from wanwitness.model import Sentence, printable

from .catalogue import SAY

Row = dict[str, Any]
_MOST_REPLY = 60


def line_of(row: Row, language: Language) -> str | None:
    """Return what a terminal shows of a row: final sessions; None where that is nothing.

    A revised session says so: what stood above of it does not hold any more.
    """
    session = row.get("session")
    if not isinstance(session, dict) or not row.get("final"):
        return None
    server = session["asked_name"] or session["server"]["ip"]
    parts = [
        SAY("live-line-peers", client=session["client"]["ip"], server=server),
        _links(session),
        _ending(session),
        *([SAY("live-line-differ")] if session["flagged"] else []),
        *([SAY("live-line-revised")] if row["late"] else []),
    ]
    return printable("  ".join([session["start"][11:19], *map(language.say, parts), session["id"]]))


def _links(session: Row) -> Sentence:
    if session["direction"] in ("inbound", "internal"):
        return SAY(f"live-line-{session['direction']}")
    left, resolved = session["transport_link"], session["resolver_link"]
    return SAY("live-line-links", left=left or "?", resolved=resolved or "?")


def _ending(session: Row) -> Sentence:
    outcome, rejection = SAY(f"live-outcome-{session['outcome']}"), session["rejection"]
    if rejection is None:
        return outcome
    text = f"{rejection['code'] or ''} {rejection['enhanced'] or ''} {rejection['text']}".split()
    return SAY("live-line-ending", outcome=outcome, reply=" ".join(text)[:_MOST_REPLY])
