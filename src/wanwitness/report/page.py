"""The report as one HTML page that can be mailed alone.

Style, script, data and figures stand in the page itself, and its Content-Security-Policy lets nothing else in: should a
text from a packet ever get past the escaping, the browser would still run none of it. The texts are in the templates;
here is only what they are given.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

from wanwitness.case import answer_of
from wanwitness.case.counts import count, ranked
from wanwitness.case.rows import refused
from wanwitness.pages import policy

from . import labels, palette
from .cites import file_names
from .desk import look_up, request
from .detail import Details
from .explanations import explanations
from .figures import Figure
from .groups import grouped
from .isps import isps
from .order import detailed, worst_first
from .rows import inlined, table_data
from .templating import Raw, environment
from .wording import N_, Wording
from .words import Session

ROWS = 20_000
"""Sessions in the page's table; sessions.csv has all."""
PRINTED = 60
"""Sessions that are told of one by one on paper, and without the script; case.json has all."""
FOLDED = 500
"""Refused connections of one ISP that are listed with their ports; case.json has all."""
REASONS = 50
"""Kinds of broken traffic that are named."""

_SCRIPT_WORDS = {
    "all": N_("all"),
    "search": N_("Search"),
    "group": N_("Equal ones in one row"),
    "shown": N_("{some} of {all} connections"),
    "times": N_("{n} times, last {when}"),
    "times_narrow": N_("{n} times, to {when}"),
    "when": N_("When"),
    "from": N_("From"),
    "asked": N_("Asked for"),
    "answered": N_("Answered by"),
    "looked_up": N_("Name looked up over"),
    "left_by": N_("Mail left by"),
    "links": N_("Links"),
    "result": N_("Result"),
    "answer": N_("Server's answer"),
    "table": N_("Table of connections"),
    "copy": N_("Copy"),
    "copied": N_("Copied"),
    "close": N_("Close"),
    "steps": N_("Step by step, from the top down"),
    "filters": N_("To see it in Wireshark"),
    "capture": N_("Its frames as a capture"),
    "elsewhere": N_("case.json tells all of it, under {id}."),
}
"""What the script says."""

_FIGURES = {
    "site-map": (
        "map",
        None,
        N_("Each link with its name servers and mail servers: what was asked where, and how mail ended there."),
    ),
    "timeline": (
        "timeline",
        N_("When"),
        N_("Each link has two rows: accepted above, refused below. Times in which nothing happened are cut out."),
    ),
    "links": (
        "by-links",
        N_("By link"),
        N_("How mail ended, by the link that the server's name was looked up over and the link that the mail took."),
    ),
}
"""By figure's file: what it is called in addresses of the page, its heading (None: its own title), what it shows."""


def render(
    document: dict[str, Any],
    figures: Sequence[Figure],
    evidence: Collection[str] = (),
    *,
    say: Wording,
    letters: Collection[str] = (),
) -> str:
    """Return report.html for a case document.

    Args:
        document: a case document.
        figures: what `draw` made of it.
        evidence: the ids of the sessions that have an evidence capture.
        say: the language.
        letters: the ISPs' stems of which a letter lies beside the page.
    """
    templates = environment(say)
    spoken = {key: say.gettext(text) for key, text in _SCRIPT_WORDS.items()}
    script_words = Raw(json.dumps({**spoken, "code": say.code}).replace("<", r"\u003c"))
    style = templates.get_template("report.css").render(style_values())
    script = templates.get_template("report.js").render(style_values(), script_words=script_words)
    captures: list[dict[str, Any]] = document["captures"]
    sessions: list[Session] = document["sessions"]
    by_file = {figure.file.removesuffix(".png"): figure for figure in figures}
    drawn = [
        (name, say.gettext(title) if title else by_file[file].title, say.gettext(lead), by_file[file])
        for file, (name, title, lead) in _FIGURES.items()
        if file in by_file
    ]
    concerned = isps(document)
    weighed = explanations(document.get("hypotheses") or (), say)
    command_line = document["tool"]["command_line"]
    context: dict[str, Any] = {
        "policy": policy(style, script),
        **style_values(),
        "script_words": script_words,
        "site": {"name": None, "events": [], **(document["site"] or {})},
        "span": _span(sessions, say),
        "answer": answer_of(document),
        "isps": concerned,
        "folded": FOLDED,
        "letters": letters,
        "explanations": weighed,
        "drawn": drawn,
        "forest": by_file.get("explanations"),
        "clocks": by_file.get("clocks"),
        "command_line": shlex.join(command_line) if isinstance(command_line, list) else command_line,
        "redacted": bool(document.get("redacted")),
        "captures": captures,
        "files": file_names(captures),
        "counts": count(sessions),
        "not_read": [*say.tell_all(document, "refused"), *say.tell_all(document, "notes")],
        "coverage": [row for row in document.get("coverage") or () if row["kind"] != "seen"],
        "assumptions": document.get("assumptions") or (),
        "outcomes_met": [outcome for outcome in labels.OUTCOMES if outcome in document["totals"]["by_outcome"]],
        **_oddities(document, say),
        **_sessions(document, sessions, evidence, say),
        **{key: document[key] for key in ("tool", "analysed_at", "links")},
    }
    context["contents"] = _contents(context, say)
    names = {link["name"]: link["isp"] or link["name"] for link in document["links"]}
    templates.globals.update(isp_of=lambda link: names.get(link, link))
    templates.globals.update(
        request=lambda isp: request(isp, say),
        isp_look_up=lambda isp, *row: look_up(isp, *row, names=names, say=say),
    )
    return templates.get_template("report.html").render(context)


def style_values() -> dict[str, Any]:
    """Return what the style sheet is drawn with: colours, and the height of a row."""
    return {"light": palette.LIGHT, "dark": palette.DARK, "row_rem": palette.ROW_REM}


def _span(sessions: list[Session], say: Wording) -> str | None:
    """The days that the sessions are of."""
    if not sessions:
        return None
    days = [say.day(end) for end in (min(s["start"] for s in sessions), max(s["start"] for s in sessions))]
    return days[0] if days[0] == days[1] else say.gettext("{first} – {last}", first=days[0], last=days[1])


def _contents(context: dict[str, Any], say: Wording) -> list[tuple[str, str]]:
    """What there is, as places of the page and their names."""
    rows = [
        ("isps", say.gettext("ISPs"), context["isps"]),
        ("explanations", say.gettext("Explanations"), context["explanations"]),
        *((name, title, True) for name, title, _, _ in context["drawn"]),
        ("sessions", say.gettext("Connections"), context["groups"]),
        ("clocks", say.gettext("Clocks"), True),
        ("custody", say.gettext("Files"), True),
        ("method", say.gettext("Method"), True),
    ]
    return [(name, title) for name, title, there in rows if there]


def _oddities(document: dict[str, Any], say: Wording) -> dict[str, Any]:
    rows = document["oddities"]
    texts = {row["reason"]: row for row in reversed(rows)}
    reasons = ranked(row["reason"] for row in rows)
    return {
        "odd_total": len(rows),
        "odd_reasons": [(say.tell(texts[reason], "reason"), n) for reason, n in islice(reasons.items(), REASONS)],
        "odd_left": max(0, len(reasons) - REASONS),
    }


def _sessions(
    document: dict[str, Any], sessions: list[Session], evidence: Collection[str], say: Wording
) -> dict[str, Any]:
    """What the page tells of the sessions: as data for its script, and as plain tables."""
    worst = worst_first(sessions)
    table = sorted(worst[:ROWS], key=lambda session: str(session["start"]))
    details = Details(document, evidence, say)
    opened = {session["id"]: details.of(session) for session in detailed(sessions)}
    told = [session["id"] for session in worst if session["flagged"] or refused(session)]
    printed = [opened[each] for each in told if each in opened][:PRINTED]
    return {
        "table": bool(table),
        "table_total": len(table),
        "data": Raw(inlined(table_data(table, opened.values(), document["links"], say))),
        "groups": grouped(worst),
        "detailed": {detail.id for detail in printed},
        "details": printed,
        "details_left": len(told) - len(printed),
    }
