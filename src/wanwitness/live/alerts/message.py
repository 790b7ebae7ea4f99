"""What people are told of a row of the journal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wanwitness.language import Language
from wanwitness.live.catalogue import SAY
from wanwitness.live.journal import Row
from wanwitness.model import printable

ALARMS = frozenset({"quiet", "stall", "interface", "drops", "gap"})
"""Kinds of coverage that somebody should look after: what is not captured, or not written down, cannot be judged."""
_LONGEST = 2_000
"""Characters of a text: whatever a server said."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell."""

    kind: str
    """`flagged`, `withdrawn` or `capture`."""
    key: tuple[str, int]
    """A session's id and revision; what is told by it already is not told again."""
    alike: tuple[str, ...]
    """Messages that have the same are told together."""
    at: str
    """When it happened, as the journal has it."""
    subject: str
    text: str
    row: Row
    """The journal's, for programs."""

    def value(self, more: int = 0) -> dict[str, Any]:
        """Return what programs are told.

        Args:
            more: how many alike were counted with it.
        """
        return {"kind": self.kind, "subject": self.subject, "text": self.text, "alike": more, **self.row}


def message_of(row: Row, told: bool, language: Language, site: str, folder: str) -> Alert | None:
    """Return what is to be told of a row; None where that is nothing.

    Args:
        row: the journal's.
        told: whether somebody was told of this session before.
        language: of the text.
        site: what the site is called.
        folder: the case's, for whoever wants to see more.
    """
    if isinstance(coverage := row.get("coverage"), dict):
        return _alarm(row, coverage, language, site)
    if told and isinstance(void := row.get("withdrawn"), str):
        subject = _shown(language.say(SAY("live-alert-void", site=site, session=void)))
        return Alert("withdrawn", (void, int(row["revision"])), ("void",), str(row["at"]), subject, subject, row)
    session = row.get("session")
    if not isinstance(session, dict) or not row.get("final") or not (session["flagged"] or told):
        return None
    words = {
        "site": site,
        "client": session["client"]["ip"],
        "server": session["asked_name"] or session["server"]["ip"],
        "transport": session["transport_link"] or "?",
        "resolver": session["resolver_link"] or "?",
    }
    kind = "flagged" if session["flagged"] else "withdrawn"
    lines = [SAY("live-alert-flagged" if session["flagged"] else "live-alert-withdrawn", **words)]
    if (rejection := session["rejection"]) is not None:
        parts = (rejection["code"], rejection["enhanced"], rejection["text"])
        lines.append(SAY("live-alert-refused", reply=" ".join(str(part) for part in parts if part)))
    see = SAY("live-alert-see", folder=shlex.quote(folder), session=session["id"])
    subject, *rest = (_shown(language.say(line)) for line in lines)
    text = [subject, _shown(language.tell(session, "explanation")), *rest, _shown(language.say(see))]
    return Alert(
        kind,
        (session["id"], int(row["revision"])),
        (kind, words["server"], words["transport"], words["resolver"]),
        str(session["start"]),
        subject,
        "\n".join(filter(None, text)),
        row,
    )


def _alarm(row: Row, coverage: Row, language: Language, site: str) -> Alert | None:
    kind, interface = str(coverage.get("kind")), str(coverage.get("interface"))
    if kind not in ALARMS:
        return None
    what = language.tell(coverage) or kind
    subject = _shown(language.say(SAY("live-alert-capture", site=site, interface=interface, what=what)))
    at = str(coverage.get("from") or row["at"])
    return Alert("capture", (f"{kind} {interface} {at}", 1), ("capture", kind, interface), at, subject, subject, row)


def several(first: Alert, more: Sequence[Alert], language: Language) -> Alert:
    """Return a message that tells of several that are alike, the latest in full."""
    if not more:
        return first
    last = more[-1]
    counted = SAY("live-alert-more", n=len(more), first=first.at, last=last.at)
    text = f"{last.text}\n{_shown(language.say(counted))}"
    return Alert(last.kind, last.key, last.alike, last.at, last.subject, text, last.row)


def _shown(text: str) -> str:
    return printable(text, _LONGEST)
