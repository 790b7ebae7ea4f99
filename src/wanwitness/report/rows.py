"""The table of sessions as data: what the page's script sorts, filters, groups and opens.

Equal texts stand once and rows name them by number, so that a row of many takes about a hundred bytes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from wanwitness.model.text import printable

from . import labels, palette, words
from .detail import Detail
from .groups import alike, own_left_out
from .wording import Wording
from .words import Session

COLUMNS = (
    *("client", "asked", "dialled", "answered", "called", "greeting"),
    *("looked_up", "left_by", "links", "outcome", "refusal", "in_short"),
)
"""The texts of a row, in this order; before them id, local time, UTC, group, kind and verdict."""
_LONGEST = 300
"""Characters of one text in the table."""


_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "&<>\u2028\u2029"})


class Texts:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        """Return the number of a text; what nobody knows is empty."""
        return self._numbers.setdefault(printable(text or "", _LONGEST), len(self._numbers))

    def all(self) -> list[str]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)


def table_data(
    sessions: Sequence[Session], details: Collection[Detail], links: list[dict[str, Any]], say: Wording
) -> dict[str, Any]:
    """Return what the script draws the table and the details from.

    Args:
        sessions: those in the table, in order of time.
        details: of those that can be opened.
        links: the case's.
        say: the language.
    """
    texts = Texts()
    groups: dict[tuple[object, ...], int] = {}
    isps = {link["name"]: link["isp"] or link["name"] for link in links}
    rows = []
    for session in sessions:
        group = groups.setdefault(alike(session), len(groups))
        verdict = session["verdict"] if words.judged(session) else "undetermined"
        greeting, refusal = (session.get("answered_by") or {}).get("banner"), words.reply(session["rejection"])
        told = (
            session["client"]["ip"],
            *words.asked(session),
            labels.answering_server(session, say),
            words.called(greeting),
            greeting,
            isps.get(session["resolver_link"], session["resolver_link"]) if words.judged(session) else None,
            isps.get(session["transport_link"], session["transport_link"]),
            labels.links(session, say),
            labels.outcome(session, say),
            refusal,
            own_left_out(refusal),
        )
        utc = say.utc(session["start"]) if say.local is not None else ""
        kinds = (palette.kind(session["outcome"]), verdict)
        rows.append([session["id"], say.here(session["start"]), utc, group, *map(texts.number, (*kinds, *told))])
    opened = {detail.id: _as_data(detail) for detail in details}
    return {"texts": texts.all(), "rows": rows, "details": opened}


def _as_data(detail: Detail) -> Any:
    return _clean(asdict(detail))


def _clean(value: Any) -> Any:
    """Return a value with every text in it fit to show."""
    if isinstance(value, str):
        return printable(value, len(value))
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def inlined(data: dict[str, Any]) -> str:
    """Return data as JSON that may stand in a page: no text of it can end the element or begin a comment in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPED)
