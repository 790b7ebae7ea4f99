"""What a case says, for the terminal: a screenful of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from wanwitness.case import answer_of
from wanwitness.case.rows import refused
from wanwitness.model.text import printable

from . import words
from .groups import Group, grouped
from .moments import told, zone_of
from .order import worst_first
from .words import Session

WIDTH = 100
"""Columns, where nothing else is asked for; only the report's path may be longer, because it is there to be copied."""
NARROW = 60
"""Fewer columns are not used: what is said would be cut to pieces."""
_SHOWN = 10
_LONGEST = 600
"""Characters of a server's words that are shown: more are no reason."""


def summarise(document: dict[str, Any], *, report: str | None, evidence: str | None = None, width: int = WIDTH) -> str:
    """Return the summary of a case document, without escape sequences.

    Args:
        document: a case document.
        report: where the report is, named at the end; None where none was written.
        evidence: where the evidence captures are, likewise.
        width: the terminal's columns.
    """
    return "\n".join(_Summary(document, max(width, NARROW)).lines(report, evidence)) + "\n"


class _Summary:
    def __init__(self, document: dict[str, Any], width: int) -> None:
        self._document, self._width = document, width
        self._zone: tzinfo | None = zone_of(document)
        self._sessions: list[Session] = document["sessions"]

    def lines(self, report: str | None, evidence: str | None) -> Iterator[str]:
        answer = answer_of(self._document)
        for impossible in answer["contradictions"]:
            yield from self._wrap(f"Contradiction: {impossible['text']}", "", "  ")
        if answer["contradictions"]:
            yield ""
        first, *others = answer["sentences"]
        yield from self._wrap(first["text"])
        for sentence in others:
            yield from self._wrap(sentence["text"], "  ")
        if not self._sessions:
            yield from self._captures()
        bad = [s for s in worst_first(self._sessions) if s["flagged"] or s["likely_causes"] or refused(s)]
        if bad:
            yield from self._table(grouped(bad))
        if answer["to_try"]:
            yield from ("", "To try:")
            for sentence in answer["to_try"]:
                yield from self._wrap(sentence["text"], "  - ", "    ")
        if answer["to_capture"]:
            yield from ("", "What would tell more:")
            for sentence in answer["to_capture"]:
                yield from self._wrap(sentence["text"], "  - ", "    ")
        if report is not None:
            yield from ("", f"Report: {printable(report)}")
        if evidence is not None:
            yield f"Evidence, a capture a session: {printable(evidence)}"

    def _captures(self) -> Iterator[str]:
        for capture in self._document["captures"]:
            role = {"lan": "LAN", "wan": f"WAN of {capture['link']}"}.get(capture["role"], "role not known")
            span = told(capture["first"], self._zone, until=capture["last"]) if capture["first"] else ""
            facts = ", ".join(part for part in (role, words.plural(capture["packets"], "packet"), span) if part)
            yield from self._wrap(f"{capture['path']}: {facts}", "  ", "    ")

    def _table(self, groups: list[Group]) -> Iterator[str]:
        """Yield each group in a few lines: which links, who and when, which servers, and the words of the refusal."""
        yield ""
        yield "Worst first (resolver link → transport link):"
        for group in groups[:_SHOWN]:
            session = group.first
            many = f"{len(group.sessions):,} × " if len(group.sessions) > 1 else ""
            yield from self._wrap(f"{many}{self._fit(words.links(session))}  {_state(session)}", "  ", "    ")
            when = told(session["start"], self._zone, until=group.last["start"] if many else None)
            yield from self._wrap(f"{group.clients}, {when}", "      ", "        ")
            yield from self._wrap(_servers(session), "      ", "        ")
            if group.refusal:
                yield from self._wrap(_cut(group.refusal, _LONGEST), "      ", "        ")
        left = sum(len(group.sessions) for group in groups[_SHOWN:])
        if left:
            yield f"  and {left:,} more"

    def _wrap(self, text: str, indent: str = "", behind: str | None = None) -> list[str]:
        below = " " * len(indent) if behind is None else behind
        return textwrap.wrap(
            printable(text, len(text)),
            self._width,
            initial_indent=indent,
            subsequent_indent=below,
            break_on_hyphens=False,
        )

    def _fit(self, text: str) -> str:
        return _cut(text, self._width // 2)


def _state(session: Session) -> str:
    verdict, outcome = words.verdict(session), words.outcome(session)
    because = words.BECAUSE_SHORT.get(session["undetermined_because"] or "") if words.judged(session) else None
    parts = [f"{verdict} ({because})" if because else verdict, outcome, words.likely(session)]
    return ", ".join(part for part in parts if part)


def _servers(session: Session) -> str:
    """Both: the server that was asked for, and the one that answered."""
    asked, spoke = f"asked for {words.dialled(session)}", words.answering(session)
    if not spoke:
        return asked
    return f"{asked}, answered by {spoke}" if words.elsewhere(session) else f"{asked}: {_banner(session)}".rstrip(": ")


def _banner(session: Session) -> str:
    banner = (session.get("answered_by") or {}).get("banner")
    return f"“{banner}”" if banner else ""


def _cut(text: str, width: int) -> str:
    text = printable(text, len(text))
    return text if len(text) <= width else text[: width - 1] + "…"
