"""The report as one HTML page that can be mailed alone.

Style, script and figures stand in the page itself, and its Content-Security-Policy lets nothing else in: should a
text from a packet ever get past the escaping, the browser would still run none of it. The texts are in the templates;
here is only what they are given.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Collection, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from wanwitness.model.text import printable

from . import words
from .answer import answer_of
from .cites import cite, file_names, tshark
from .figures import Figure
from .moments import told, zone_of
from .order import count, detailed, ranked, refused, worst_first
from .words import Session

if TYPE_CHECKING:
    from jinja2 import Environment

ROWS = 5_000
"""Sessions in the page's table; sessions.csv has all."""
ODDITIES = 200
"""Oddities in the page; case.json has all."""


def render(document: dict[str, Any], figures: Sequence[Figure], evidence: Collection[str] = ()) -> str:
    """Return report.html for a case document.

    Args:
        document: a case document.
        figures: what `draw` made of it.
        evidence: the ids of the sessions that have an evidence capture.
    """
    environment = _environment(zone_of(document))
    style, script = (environment.get_template(name).render() for name in ("report.css", "report.js"))
    captures: list[dict[str, Any]] = document["captures"]
    sessions: list[Session] = document["sessions"]
    site = {"name": None, "timezone": None, "events": [], **(document["site"] or {})}
    command_line = document["tool"]["command_line"]
    return environment.get_template("report.html").render(
        policy=_policy(style, script),
        figures=[(figure, "data:image/png;base64," + base64.b64encode(figure.png).decode()) for figure in figures],
        command_line=shlex.join(command_line) if isinstance(command_line, list) else command_line,
        site=site,
        timezone=site["timezone"] if zone_of(document) else None,
        captures=captures,
        files=file_names(captures),
        packets=sum(capture["packets"] for capture in captures),
        counts=count(sessions),
        answer=answer_of(document),
        odd=document["oddities"][:ODDITIES],
        odd_total=len(document["oddities"]),
        odd_reasons=ranked(oddity["reason"] for oddity in document["oddities"]),
        coverage=[row for row in document.get("coverage") or () if row["kind"] != "seen"],
        not_read=[*(document.get("refused") or ()), *(document.get("notes") or ())],
        evidence=evidence,
        hypotheses=document.get("hypotheses") or (),
        assumptions=document.get("assumptions") or (),
        **{key: document[key] for key in ("tool", "analysed_at", "links", "totals")},
        **_choose(sessions),
    )


def _choose(sessions: list[Session]) -> dict[str, Any]:
    """Pick what the page shows in detail and in its table, and under which heading."""
    chosen = detailed(sessions)
    flagged = [session for session in chosen if session["flagged"]]
    turned_away = [session for session in chosen if refused(session) and not session["flagged"]]
    remaining = [session for session in chosen if not refused(session) and not session["flagged"]]
    return {
        "flagged": flagged,
        "turned_away": turned_away,
        "remaining": sorted(remaining, key=lambda session: session["start"]),
        "detailed": {session["id"] for session in chosen},
        "table": sorted(worst_first(sessions)[:ROWS], key=lambda session: session["start"]),
    }


def _policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy that admits exactly this style and this script, and inlined images."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _environment(local: tzinfo | None) -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("wanwitness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    when = partial(told, local=local, fine=True)
    environment.filters.update(when=when, endpoint=words.endpoint, number=_number, reply=words.reply)
    environment.globals.update(cite=cite, tshark=tshark, refused=refused, say=words)
    return environment


def _finalize(value: object) -> object:
    """Make what a template prints fit to print: a dash for absent knowledge, no control characters in any text."""
    if type(value) is str:  # not Markup, which a macro's output is
        value = printable(value, len(value)) or None
    return "–" if value is None else value


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:,}"
