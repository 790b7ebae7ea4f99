"""case.json, schema 1: everything found, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from wanwitness.hypotheses import Act, Conclusion, Hypothesis
from wanwitness.language import sentence_value, several_told, told
from wanwitness.model import Capture, Judgement, Link, Oddity, Sentence, Shown, Site, Span, UncountedSessions
from wanwitness.verdict import Contradiction

from .answer import answer
from .assumptions import assumption_values
from .build_acts import act_values, told_acts
from .build_captures import capture_value, span_value
from .build_hypotheses import hypothesis_value
from .build_links import link_value, shown_values
from .build_rules import rule_value
from .build_sessions import session_value
from .schema import SCHEMA
from .totals import totals
from .uncounted import uncounted_note, uncounted_value
from .values import frame_values, moment_value


def document(
    *,
    tool: dict[str, Any],
    site: Site,
    lan: Sequence[Shown],
    captures: Sequence[Capture],
    coverage: Sequence[Span],
    links: Sequence[Link],
    judgements: Sequence[Judgement],
    uncounted: Sequence[UncountedSessions],
    oddities: Sequence[Oddity],
    notes: Sequence[Sentence],
    refused: Sequence[Sentence],
    contradictions: Sequence[Contradiction],
    hypotheses: Sequence[Hypothesis],
    conclusion: Conclusion | None,
    acts: Sequence[Act],
    analysed_at: datetime,
    folder: Path | None,
) -> dict[str, Any]:
    """Put a case together.

    Args:
        lan: what the captures show of the LAN.
        judgements: what is said of each session, in order of time.
        uncounted: connections that are no sessions, since there are too many in which nothing was said.
        notes: what was not read, and why; nothing is wrong with it.
        contradictions: what was said, and cannot be.
        hypotheses: what is said of each explanation.
        conclusion: what they answer together.
        acts: what people did that may have let mail through.
        refused: files that should have been captures and are none.
        folder: where the case will be: the captures' paths are made relative to it.
    """
    told, untold = told_acts(acts)
    put = {
        "schema": SCHEMA,
        "tool": tool,
        "analysed_at": moment_value(analysed_at),
        "site": _site(site, lan),
        "captures": [capture_value(capture, folder) for capture in captures],
        "coverage": [span_value(span, captures) for span in coverage],
        "links": [link_value(link) for link in links],
        "sessions": [session_value(judgement) for judgement in judgements],
        "acts": act_values(told),
        "hypotheses": [hypothesis_value(row) for row in hypotheses],
        "answer": None,
        "assumptions": assumption_values(),
        "uncounted_sessions": [uncounted_value(row) for row in uncounted],
        "oddities": [_oddity(oddity) for oddity in (*oddities, *untold)],
        **several_told("notes", (*notes, *uncounted_note(uncounted))),
        **several_told("refused", refused),
        "totals": totals(judgements, uncounted),
    }
    said = [_contradiction(one) for one in contradictions]
    put["answer"] = answer(put, said, _conclusion(conclusion) if conclusion is not None else None)
    return put


def _site(site: Site, lan: Sequence[Shown]) -> dict[str, Any]:
    return {
        "name": site.name,
        "timezone": site.timezone,
        "lan": list(site.lan),
        "lan_shown": shown_values(lan),
        "events": [{"at": moment_value(event.at), "kind": event.kind, "what": event.what} for event in site.events],
        "rules": [rule_value(rule) for rule in site.rules],
        "router": {"model": site.router.model, "firmware": site.router.firmware},
        "tags": dict(site.tags),
    }


def _conclusion(conclusion: Conclusion) -> dict[str, Any]:
    return {
        "status": conclusion.status,
        "sentences": [sentence_value(one) for one in conclusion.sentences],
        "to_try": [sentence_value(one) for one in conclusion.to_try],
        "to_capture": [sentence_value(one) for one in conclusion.to_capture],
    }


def _contradiction(one: Contradiction) -> dict[str, Any]:
    return {**sentence_value(one.text), "frames": frame_values(one.frames)}


def _oddity(oddity: Oddity) -> dict[str, Any]:
    return {
        "capture": oddity.capture,
        "frame": oddity.frame,
        "offset": oddity.offset,
        **told("reason", oddity.reason),
    }
