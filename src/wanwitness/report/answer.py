"""What a case answers, in sentences: made once, and told word for word by the terminal, the page and Python.

A sentence is `id`, `args` and its English `text`, by which any language can draw it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .order import Counts, count
from .words import BECAUSE, CAUSES, REFUSALS, Session, judged, plural

Sentence = dict[str, Any]
TCPDUMP = 'tcpdump -i IFACE -s 0 -w FILE.pcap "$(wanwitness filter)"'
_CLAUSES = {**CAUSES, "link-mismatch": "the links differ"}
FOUND = ("explained", "tied")
"""Where some explanation goes with the refusals: it is told first."""
NOTHING_CONCLUDED: dict[str, Any] = {
    "status": "not-enough-evidence",
    "sentences": [],
    "to_try": [],
    "to_capture": [],
}
"""Where nothing was refused that a link may be to blame for, or what was said of the captures cannot be."""
_MOST = 4
"""Captures to take that are named, those first that would tell of most sessions."""


def answer(document: dict[str, Any]) -> dict[str, Any]:
    """Return `answer` of a case document.

    `status` is that of the hypotheses together; `cannot-answer` where no session's links could be compared and nothing
    else explains the refusals.
    """
    sessions: list[Session] = document["sessions"]
    counts = count(sessions)
    decided = counts.flagged + counts.consistent
    known = document.get("answer") or {}
    impossible: list[Sentence] = known.get("contradictions", [])
    conclusion = (not impossible and known.get("conclusion")) or NOTHING_CONCLUDED
    status = conclusion["status"] if decided or conclusion["status"] in FOUND else "cannot-answer"
    if sessions:
        sentences = list(_sentences(document, counts, decided, bool(impossible), status))
        concluded = conclusion["sentences"] if status != "cannot-answer" else []
        # What explains the refusals comes first, and what does not behind the figures that it rests on.
        sentences = [*concluded, *sentences] if status in FOUND else [*sentences, *concluded]
    else:
        sentences = list(_nothing(document))
    return {
        "status": status,
        "sentences": sentences,
        "to_try": conclusion["to_try"],
        "to_capture": [*conclusion["to_capture"], *_to_capture(document, sessions)] if not impossible else [],
        "contradictions": impossible,
    }


def answer_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the answer that a document holds, or that of one which was written without."""
    held: dict[str, Any] = document.get("answer") or {}
    return held if "sentences" in held else answer(document)


def _sentence(kind: str, text: str, **args: Any) -> Sentence:
    return {"id": kind, "args": args, "text": text}


def _looked_at(document: dict[str, Any]) -> str:
    captures = document["captures"]
    packets = sum(capture["packets"] for capture in captures)
    return f"{plural(len(captures), 'capture point')} ({plural(packets, 'packet')})"


def _nothing(document: dict[str, Any]) -> Iterator[Sentence]:
    looked_at = _looked_at(document)
    yield _sentence("no-session", f"No SMTP session was found in {looked_at}.", looked_at=looked_at)


def _sentences(
    document: dict[str, Any], counts: Counts, decided: int, impossible: bool, status: str
) -> Iterator[Sentence]:
    if not decided:
        yield _cannot(counts, impossible)
    yield _refused(document, counts)
    if decided:
        yield _differ(counts, decided)
    if counts.causes and status not in (*FOUND, "not-shown"):
        yield _causes(counts)
    if counts.flagged and counts.consistent and status not in FOUND:
        yield _compared(counts)
    if counts.deferred or counts.refused_mended:
        parts = [f"{counts.deferred:,} only for the time being (4xx)"] if counts.deferred else []
        if counts.refused_mended:
            parts.append(f"{counts.refused_mended:,} with a message accepted later in the same session")
        text = f"Among the refused, {'; '.join(parts)}."
        yield _sentence("not-for-good", text, deferred=counts.deferred, mended=counts.refused_mended)
    if counts.undetermined and not impossible:
        yield _undetermined(counts)
    if counts.inbound or counts.internal:
        yield _elsewhere(counts)


def _cannot(counts: Counts, impossible: bool) -> Sentence:
    if not counts.left:
        text = "No session here left the site, so there are no links to compare."
        return _sentence("none-left", text)
    whose = "the link of the one session" if counts.left == 1 else f"the links of none of the {counts.left:,} sessions"
    if counts.left == 1:
        what = f"These captures cannot answer the question: {whose} that left the site could not be told"
    else:
        what = f"These captures cannot answer the question: {whose} that left the site could be compared"
    why = ", because what was said of the captures cannot be" if impossible else ""
    return _sentence("cannot-answer", f"{what}{why}. That acquits nobody.", left=counts.left)


def _refused(document: dict[str, Any], counts: Counts) -> Sentence:
    where = f"in {_looked_at(document)}"
    if not counts.refused:
        who = "The one SMTP session" if counts.sessions == 1 else f"None of the {counts.sessions:,} SMTP sessions"
        verb = "was not refused" if counts.sessions == 1 else "was refused"
        return _sentence("none-refused", f"{who} {where} {verb} by the server.", sessions=counts.sessions)
    reasons = [(REFUSALS.get(cause, cause), n) for cause, n in counts.refusals.items()]
    whys = [f"{n:,} {words}" for words, n in reasons] if len(reasons) > 1 else [words for words, _ in reasons]
    said = f": {', '.join(whys)}" if len(reasons) > 1 else f", {whys[0]}"
    if counts.sessions == 1:
        text = f"The one SMTP session {where} was refused by the server{said}."
    else:
        verb = "was" if counts.refused == 1 else "were"
        text = f"{counts.refused:,} of {counts.sessions:,} SMTP sessions {where} {verb} refused by the server{said}."
    return _sentence("refused", text, refused=counts.refused, sessions=counts.sessions, causes=counts.refusals)


def _differ(counts: Counts, decided: int) -> Sentence:
    args = {"flagged": counts.flagged, "flagged_refused": counts.flagged_refused, "decided": decided}
    if not counts.flagged:
        who = "In the one session" if decided == 1 else f"In none of the {decided:,} sessions"
        do = "the links agree" if decided == 1 else "do the links differ"
        return _sentence("none-differ", f"{who} whose links could be compared {do}.", **args)
    what = "the server's name was resolved over another link than the mail took"
    refused = counts.flagged_refused
    if counts.flagged == 1:
        also = ", which was refused," if refused else ", which was not refused,"
    else:
        among = "all" if refused == counts.flagged else f"{refused:,}" if refused else "none"
        also = f", {among} of them refused,"
    text = f"In {plural(counts.flagged, 'session')}{also} the links differ: {what}."
    return _sentence("differ", text, **args)


def _causes(counts: Counts) -> Sentence:
    """The likely causes as they hold together: where two do, neither is preferred."""
    parts = []
    for causes, n in counts.causes.items():
        either, none = ("", "") if len(causes) == 1 else ("either ", " (none is preferred)")
        among = f"in {n:,}, " if len(counts.causes) > 1 else ""
        parts.append(f"{among}{either}that {', or that '.join(_CLAUSES.get(c, c) for c in causes)}{none}")
    total = sum(counts.causes.values())
    text = f"Likely cause{'' if len(parts) == 1 else 's'} of {plural(total, 'refusal')}: {'; '.join(parts)}. This is a \
correlation in what was captured, no proof of what the server's answer rested on."
    rows = [{"causes": list(causes), "sessions": n} for causes, n in counts.causes.items()]
    return _sentence("causes", text, rows=rows)


def _compared(counts: Counts) -> Sentence:
    text = f"For comparison: where the links differ, {counts.flagged_refused:,} of {counts.flagged:,} \
{'was' if counts.flagged_refused == 1 else 'were'} refused; where they agree, {counts.consistent_refused:,} of \
{counts.consistent:,}."
    return _sentence(
        "compared",
        text,
        differ=[counts.flagged_refused, counts.flagged],
        agree=[counts.consistent_refused, counts.consistent],
    )


def _undetermined(counts: Counts) -> Sentence:
    number, refused = counts.undetermined, ""
    if counts.undetermined_refused:
        refused = ", and was refused" if number == 1 else f", {counts.undetermined_refused:,} of them refused"
    reasons = counts.undetermined_because.items()
    why = "; ".join(f"{f'{n:,} ' if len(reasons) > 1 else ''}because {BECAUSE.get(b, b)}" for b, n in reasons)
    text = f"{plural(counts.undetermined, 'session')} could not be judged{refused}: {why}."
    return _sentence("undetermined", text, sessions=counts.undetermined, because=counts.undetermined_because)


def _elsewhere(counts: Counts) -> Sentence:
    parts = [f"{plural(counts.inbound, 'session')} came in from outside"] if counts.inbound else []
    if counts.internal:
        parts.append(f"{plural(counts.internal, 'session')} stayed within the site")
    text = f"{' and '.join(parts)}: these are told, and not judged."
    return _sentence("not-outbound", text, inbound=counts.inbound, internal=counts.internal)


def _to_capture(document: dict[str, Any], sessions: list[Session]) -> Iterator[Sentence]:
    """What would decide what could not be judged, and how to capture it."""
    if not sessions:
        yield _sentence(
            "mail", "Was TCP port 25 in the capture (and 465, 587)? A filter or mirror port may have left it out."
        )
        yield _sentence("while", "Was a mail sent while the capture ran?")
        yield _sentence("where", "Was it taken where mail passes: LAN side of the router, WAN side of each link?")
        yield _sentence("how", f"On each of these sides, at the same time: {TCPDUMP}")
        return
    wanted = Counter(
        session["nearest"]["decide"]
        for session in sessions
        if judged(session) and session["verdict"] == "undetermined" and session.get("nearest")
    )
    for decide, n in sorted(wanted.items(), key=lambda row: (-row[1], row[0]))[:_MOST]:
        text = f"{decide[0].upper()}{decide[1:]} ({plural(n, 'session')})."
        yield _sentence("decide", text, what=decide, sessions=n)
    if len(wanted) > _MOST:
        yield _sentence("more", "What else would decide stands with each session.", left=len(wanted) - _MOST)
    if any("capture" in decide for decide in wanted):
        yield _sentence("how", f"On the LAN side and on each link, at the same time: {TCPDUMP}")
