"""What a case says, for the terminal: a screenful of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from wanwitness.model.text import printable

from .moments import moment
from .order import Counts, Session, count, refused, worst_first

WIDTH = 100
"""Columns; only the report's path may be longer, because it is there to be copied."""
_SHOWN = 10
_BECAUSE = {
    "transport-link-unknown": "transport link not known",
    "no-dns-seen": "no DNS seen",
    "resolver-link-unknown": "resolver link not known",
    "clock-uncertain": "clocks uncertain",
    "ambiguous-answer": "several answers possible",
}
_VERDICTS = {"consistent": "links agree", "link-mismatch": "links differ"}
_CHECKS = (
    "Was TCP port 25 in the capture (and 465, 587)? A capture filter may have left it out.",
    "Was a mail sent while the capture ran?",
    "Was it taken where mail passes: LAN side of the router, WAN side of each link?",
)


def summarise(document: dict[str, Any], *, report: str | None, evidence: str | None = None) -> str:
    """Return the summary of a case document, lines of at most `WIDTH` columns without escape sequences.

    Args:
        document: a case document.
        report: where the report is, named at the end; None where none was written.
        evidence: where the evidence captures are, likewise.
    """
    sessions: list[Session] = document["sessions"]
    counts = count(sessions)
    lines = list(_nothing(document) if not sessions else _answer(counts, document))
    bad = [s for s in worst_first(sessions) if s["flagged"] or s["likely_causes"] or refused(s)]
    if bad:
        lines += ["", "Worst first (UTC; client; resolver link → transport link):", *_table(bad[:_SHOWN])]
    if len(bad) > _SHOWN:
        lines.append(f"  and {len(bad) - _SHOWN:,} more")
    if report is not None:
        lines += ["", f"Report: {printable(report)}"]
    if evidence is not None:
        lines.append(f"Evidence, a capture a session: {printable(evidence)}")
    return "\n".join(lines) + "\n"


def _looked_at(document: dict[str, Any]) -> str:
    captures = document["captures"]
    packets = sum(capture["packets"] for capture in captures)
    return f"{_plural(len(captures), 'capture point')} ({_plural(packets, 'packet')})"


def _nothing(document: dict[str, Any]) -> Iterator[str]:
    yield from _wrap(f"No SMTP session was found in {_looked_at(document)}.")
    for capture in document["captures"]:
        role = {"lan": "LAN", "wan": f"WAN of {capture['link']}"}.get(capture["role"], "role not known")
        span = " to ".join(_seconds(capture[end]) for end in ("first", "last") if capture[end])
        facts = ", ".join(part for part in (role, _plural(capture["packets"], "packet"), span) if part)
        yield _fit(f"  {printable(capture['path'])}: {printable(facts)}", WIDTH)
    yield "Check:"
    for check in _CHECKS:
        yield from _wrap(check, "  - ")


def _answer(counts: Counts, document: dict[str, Any]) -> Iterator[str]:
    yield from _wrap(f"{_plural(counts.sessions, 'SMTP session')} in {_looked_at(document)}:")
    if counts.refused:
        fact = "the relay's name was" if counts.flagged_refused else "is the relay's name known to have been"
        yield from _wrap(
            f"{counts.refused:,} refused by the server, and in {_among(counts)} {fact} resolved over another link "
            "than the mail took",
            "  ",
        )
    else:
        yield "  none refused by the server"
    likely = f", in {counts.likely_cause:,} a likely cause of the refusal (a correlation, no proof)"
    flagged = f"{counts.flagged:,} flagged: the links differ{likely if counts.likely_cause else ''}"
    yield from _wrap(flagged if counts.flagged else "none flagged (links that differ)", "  ")
    if counts.other_causes:
        yield f"  {counts.other_causes:,} with another likely cause"
    because = ", ".join(f"{n:,} {printable(_BECAUSE.get(why, why))}" for why, n in counts.undetermined_because.items())
    yield from _wrap(f"{counts.undetermined or 'none'} undetermined{f': {because}' if because else ''}", "  ")


def _among(counts: Counts) -> str:
    """Say in how many of the refused sessions the links differ."""
    if not counts.flagged_refused:
        return "none of these"
    if counts.flagged_refused == counts.refused:
        return "it" if counts.refused == 1 else "all of these"
    return f"{counts.flagged_refused:,} of these"


def _table(sessions: list[Session]) -> Iterator[str]:
    """Yield two lines a session: when, who, which links, and below the server and its words."""
    rows = [
        (
            _fit(session["client"]["ip"], 39),
            _fit(f"{session['resolver_link'] or '?'} → {session['transport_link'] or '?'}", 34),
            _state(session),
        )
        for session in sessions
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for session, (client, links, state) in zip(sessions, rows, strict=True):
        first = f"  {_seconds(session['start'])}  {client:{widths[0]}}  {links:{widths[1]}}  "
        yield _fit(first + state, WIDTH).rstrip()
        yield "      " + _fit(_server(session), WIDTH - 6)


def _state(session: Session) -> str:
    if session["likely_cause"]:
        return "likely cause"
    verdict = _VERDICTS.get(session["verdict"], session["verdict"])
    return printable(f"{verdict}, {session['outcome']}")


def _server(session: Session) -> str:
    name = f"{_fit(session['asked_name'], 40)} → " if session["asked_name"] else ""
    rejection = session["rejection"] or {}
    words = " ".join(str(rejection[key]) for key in ("code", "enhanced", "text") if rejection.get(key))
    return f"{name}{_fit(session['server']['ip'], 39)}{': ' if words else ''}{printable(words)}"


def _seconds(text: str) -> str:
    return f"{moment(text):%Y-%m-%d %H:%M:%S}"


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )


def _fit(text: str, width: int) -> str:
    """Cut printable text to `width`, between words where one ends in its last quarter."""
    text = printable(text)
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > width * 3 // 4 else cut) + "…"
