"""What a case answers, in sentences: made once, and told word for word by the terminal, the page and Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from wanwitness.language import sentence_value
from wanwitness.model import Argument, Sentence
from wanwitness.verdict.sentences import sentence as of_session

from .counts import Counts, count
from .rows import Row, judged
from .sentences import sentence

TCPDUMP = 'tcpdump -i IFACE -s 0 -w FILE.pcap "$(wanwitness filter)"'
FOUND = ("explained", "tied")
"""Where some explanation goes with the refusals: it is told first."""
NOTHING_CONCLUDED: Mapping[str, Any] = {
    "status": "not-enough-evidence",
    "sentences": [],
    "to_try": [],
    "to_capture": [],
}
"""Where nothing was refused that a link may be to blame for, or what was said of the captures cannot be."""
_MOST = 4
"""Captures to take that are named, those first that would tell of most sessions."""
_EITHER = ("cause-is", "cause-is-either", "cause-is-one-of")
_PLACES = ("one", "two", "three")


def answer(
    document: Row, contradictions: list[dict[str, Any]], conclusion: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return `answer` of a case document.

    `status` is that of the hypotheses together; `cannot-answer` where no session's links could be compared and nothing
    else explains the refusals.

    Args:
        document: its captures and sessions.
        contradictions: what was said of the captures and cannot be.
        conclusion: what the hypotheses answer together, as this function returns it.
    """
    sessions: list[Row] = document["sessions"]
    counts = count(sessions)
    decided = counts.flagged + counts.consistent
    impossible = bool(contradictions)
    concluded = NOTHING_CONCLUDED if impossible or conclusion is None else conclusion
    status = concluded["status"] if decided or concluded["status"] in FOUND else "cannot-answer"
    if sessions:
        told = [sentence_value(one) for one in _sentences(document, counts, decided, impossible, status)]
        explained = concluded["sentences"] if status != "cannot-answer" else []
        # What explains the refusals comes first, and what does not behind the figures that it rests on.
        told = [*explained, *told] if status in FOUND else [*told, *explained]
    else:
        told = [sentence_value(sentence("no-session", looked_at=_looked_at(document)))]
    wanted = [] if impossible else [sentence_value(one) for one in _to_capture(sessions)]
    return {
        "status": status,
        "sentences": told,
        "to_try": concluded["to_try"],
        "to_capture": [*concluded["to_capture"], *wanted],
        "contradictions": contradictions,
    }


def answer_of(document: Row) -> dict[str, Any]:
    """Return the answer that a document holds, or that of one which was written without."""
    held: dict[str, Any] = document.get("answer") or {}
    return held if "sentences" in held else answer(document, held.get("contradictions", []))


def _looked_at(document: Row) -> Sentence:
    captures = document["captures"]
    packets = sum(capture["packets"] for capture in captures)
    points = sentence("capture-points", n=len(captures))
    return sentence("looked-at", points=points, packets=sentence("packets", n=packets))


def _sentences(document: Row, counts: Counts, decided: int, impossible: bool, status: str) -> Iterator[Sentence]:
    if not decided:
        yield _cannot(counts, impossible)
    yield _refused(document, counts)
    if decided:
        yield _differ(counts, decided)
    if counts.causes and status not in (*FOUND, "not-shown"):
        yield _causes(counts)
    if counts.flagged and counts.consistent and status not in FOUND:
        yield sentence(
            "compared",
            n=counts.flagged_refused,
            differ=counts.flagged,
            other=counts.consistent_refused,
            agree=counts.consistent,
        )
    if counts.deferred or counts.refused_mended:
        parts = [sentence("for-the-time-being", number=counts.deferred)] if counts.deferred else []
        if counts.refused_mended:
            parts.append(sentence("mended-later", number=counts.refused_mended))
        yield sentence("not-for-good", parts=tuple(parts))
    if counts.undetermined and not impossible:
        yield _undetermined(counts)
    if counts.inbound or counts.internal:
        came = [sentence("came-from-outside", n=counts.inbound)] if counts.inbound else []
        stayed = [sentence("stayed-within", n=counts.internal)] if counts.internal else []
        yield sentence("not-outbound", parts=(*came, *stayed))


def _cannot(counts: Counts, impossible: bool) -> Sentence:
    if not counts.left:
        return sentence("none-left")
    return sentence("cannot-answer-contradicted" if impossible else "cannot-answer", n=counts.left)


def _refused(document: Row, counts: Counts) -> Sentence:
    looked_at = _looked_at(document)
    if not counts.refused:
        return sentence("none-refused", n=counts.sessions, looked_at=looked_at)
    whys = [(_refusing(cause), number) for cause, number in counts.refusals.items()]
    if counts.sessions == 1:
        return sentence("the-one-refused", looked_at=looked_at, why=whys[0][0])
    of: dict[str, Argument] = {"n": counts.refused, "sessions": counts.sessions, "looked_at": looked_at}
    if len(whys) == 1:
        return sentence("refused", why=whys[0][0], **of)
    each = tuple(sentence("so-many", number=number, what=why) for why, number in whys)
    return sentence("refused-each", whys=each, **of)


def _refusing(cause: str) -> Sentence | str:
    """How a server refused; a cause of a later version is told by its name."""
    kind = f"refusing-{cause}"
    return sentence(kind) if kind in sentence else cause


def _differ(counts: Counts, decided: int) -> Sentence:
    if not counts.flagged:
        return sentence("none-differ", n=decided)
    if counts.flagged == 1:
        which = sentence("which-was-refused" if counts.flagged_refused else "which-was-not-refused")
    elif not counts.flagged_refused:
        which = sentence("none-of-them-refused")
    elif counts.flagged_refused == counts.flagged:
        which = sentence("all-refused")
    else:
        which = sentence("some-refused", number=counts.flagged_refused)
    return sentence("differ", n=counts.flagged, refused=which)


def _causes(counts: Counts) -> Sentence:
    """The likely causes as they hold together: where two do, neither is preferred."""
    parts = []
    for causes, number in counts.causes.items():
        clauses = [sentence(f"cause-{cause}") for cause in causes]
        if len(clauses) == 1:
            what = sentence("cause-is", cause=clauses[0])
        else:
            what = sentence(_EITHER[len(clauses) - 1], **dict(zip(_PLACES, clauses, strict=False)))
        parts.append(sentence("in-so-many", number=number, what=what) if len(counts.causes) > 1 else what)
    refusals = sentence("refusals", n=sum(counts.causes.values()))
    return sentence("causes", n=len(parts), refusals=refusals, causes=tuple(parts))


def _undetermined(counts: Counts) -> Sentence:
    reasons = [(_because(why), number) for why, number in counts.undetermined_because.items()]
    why = tuple(sentence("so-many-because", number=number, why=reason) for reason, number in reasons)
    if len(reasons) == 1:
        why = (sentence("because", why=reasons[0][0]),)
    if not counts.undetermined_refused:
        return sentence("undetermined", n=counts.undetermined, why=why)
    return sentence("undetermined-refused", n=counts.undetermined, refused=counts.undetermined_refused, why=why)


def _because(why: str) -> Sentence | str:
    kind = f"because-{why}"
    return of_session(kind) if kind in of_session else why


def _to_capture(sessions: list[Row]) -> Iterator[Sentence]:
    """What would decide what could not be judged, and how to capture it."""
    if not sessions:
        yield sentence("mail")
        yield sentence("while")
        yield sentence("where")
        yield sentence("how", command=TCPDUMP)
        return
    near = [
        session["nearest"]
        for session in sessions
        if judged(session) and session["verdict"] == "undetermined" and session.get("nearest")
    ]
    said = {row["decide"]: _decide(row) for row in near}
    wanted = sorted(Counter(row["decide"] for row in near).items(), key=lambda row: (-row[1], row[0]))
    for decide, number in wanted[:_MOST]:
        yield sentence("decide", what=said[decide], sessions=sentence("sessions", n=number))
    if len(wanted) > _MOST:
        yield sentence("more")
    if any("capture" in decide for decide in said):
        yield sentence("how-on-links", command=TCPDUMP)


def _decide(near: Row) -> Argument:
    """What would decide, as a part of another sentence."""
    kind = near.get("decide_id")
    if kind is None:
        return str(near["decide"])
    return {"id": kind, "args": near["decide_args"], "text": near["decide"]}
