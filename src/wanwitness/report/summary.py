"""What a case says, for the terminal: a screenful of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from wanwitness.case import answer_of
from wanwitness.case.rows import refused
from wanwitness.language import ENGLISH, Language
from wanwitness.model.text import printable

from . import words
from .groups import Group, grouped
from .moments import zone_of
from .order import worst_first
from .terminal import sentence, servers, state
from .words import Session

WIDTH = 100
"""Columns, where nothing else is asked for; only the report's path may be longer, because it is there to be copied."""
_SHOWN = 10
_LONGEST = 600
"""Characters of a server's words that are shown: more are no reason."""


def summarise(
    document: dict[str, Any],
    *,
    report: str | None,
    evidence: str | None = None,
    width: int = WIDTH,
    language: Language = ENGLISH,
) -> str:
    """Return the summary of a case document, without escape sequences.

    Args:
        document: a case document.
        report: where the report is, named at the end; None where none was written.
        evidence: where the evidence captures are, likewise.
        width: the terminal's columns.
        language: of all but what hosts and servers said.
    """
    return "\n".join(_Summary(document, width, language).lines(report, evidence)) + "\n"


class _Summary:
    def __init__(self, document: dict[str, Any], width: int, language: Language) -> None:
        self._document, self._width = document, width
        self._language = language.at(zone_of(document))
        self._say = self._language.say
        self._sessions: list[Session] = document["sessions"]

    def lines(self, report: str | None, evidence: str | None) -> Iterator[str]:
        answer = answer_of(self._document)
        for impossible in answer["contradictions"]:
            yield from self._wrap(self._say(sentence("contradiction", what=impossible)), "", "  ")
        if answer["contradictions"]:
            yield ""
        first, *others = answer["sentences"]
        yield from self._wrap(self._say(first))
        for one in others:
            yield from self._wrap(self._say(one), "  ")
        if not self._sessions:
            yield from self._captures()
        bad = [s for s in worst_first(self._sessions) if s["flagged"] or s["likely_causes"] or refused(s)]
        if bad:
            yield from self._table(grouped(bad))
        for kind, told in (("to-try", answer["to_try"]), ("to-capture", answer["to_capture"])):
            if told:
                yield from ("", self._say(sentence(kind)))
            for one in told:
                yield from self._wrap(self._say(one), "  - ", "    ")
        if report is not None:
            yield from ("", self._say(sentence("report-at", path=report)))
        if evidence is not None:
            yield self._say(sentence("evidence-at", path=evidence))

    def _captures(self) -> Iterator[str]:
        for capture in self._document["captures"]:
            role = sentence("role-unknown")
            if capture["role"] is not None:
                role = sentence("role-lan") if capture["role"] == "lan" else sentence("role-wan", link=capture["link"])
            facts = [self._say(role), self._say(sentence("packets-counted", n=capture["packets"]))]
            if capture["first"]:
                facts.append(self._language.moment(capture["first"], until=capture["last"]))
            yield from self._wrap(f"{capture['path']}: {', '.join(facts)}", "  ", "    ")

    def _table(self, groups: list[Group]) -> Iterator[str]:
        """Yield each group in a few lines: which links, who and when, which servers, and the words of the refusal."""
        yield ""
        yield self._say(sentence("worst-first"))
        for group in groups[:_SHOWN]:
            session = group.first
            several = len(group.sessions) > 1
            many = f"{self._language.number(len(group.sessions))} × " if several else ""
            told = ", ".join(map(self._say, state(session, reason=True)))
            yield from self._wrap(f"{many}{self._fit(words.links(session))}  {told}", "  ", "    ")
            when = self._language.moment(session["start"], until=group.last["start"] if several else None)
            yield from self._wrap(f"{group.clients_in(self._language)}, {when}", "      ", "        ")
            yield from self._wrap(self._say(servers(session)), "      ", "        ")
            if group.refusal:
                yield from self._wrap(_cut(group.refusal, _LONGEST), "      ", "        ")
        left = sum(len(group.sessions) for group in groups[_SHOWN:])
        if left:
            yield f"  {self._say(sentence('and-more', n=left))}"

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


def _cut(text: str, width: int) -> str:
    text = printable(text, len(text))
    return text if len(text) <= width else text[: width - 1] + "…"
