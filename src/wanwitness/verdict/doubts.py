"""What an address may have come from where that cannot be told, why it cannot, and what would tell it, in words."""

from __future__ import annotations

from collections.abc import Callable

from wanwitness.model import Candidate, CandidateKind, Objection, ObjectionKind, Session

Cite = Callable[[Candidate | Objection], str]
"""Names the frames of one, as a file and numbers."""

_NAMED = 4
"""Candidates that are told one by one; of the others their number."""
_CANDIDATES: dict[CandidateKind, str] = {
    "latest": "the latest answer before the connection",
    "kept": "an earlier answer, still in force",
    "at-once": "an answer to a question that was open at the same time",
    "during": "an answer that came when the connection may have been open already",
    "same-time": "an answer that may have come before the connection or after, as far as the clocks tell",
    "unasked": "an answer to a question that was not captured",
    "unclaimed": "an answer to the router that nobody is seen to have got",
    "forwarded": "an answer that the router forwarded to a client, and may have kept",
    "other-host": "an answer to another address, which may be the same host's",
}
_OBJECTIONS: dict[ObjectionKind, str] = {
    "later-than-usual": "it came {measured} before the connection, and usually one follows within {usual}",
    "connection-between": "another connection to that address was opened since it was asked for, and may be what for",
    "asked-meanwhile": "another look-up for that address ended as shortly before",
    "failed-before": "a connection had failed shortly before, and this may be its next try, with the answer of then",
    "keeps-answers": "this host also connects without asking, so another of its programs may have asked",
    "several-hosts": "several hosts share this address",
    "opening-not-captured": "the packet that opened the connection was not captured, so nobody knows when that was",
    "capture-began-late": "the capture of the LAN began {measured} before, and an answer is good for {usual}, so that \
one from before may have been in use",
    "asked-for-another-reason": "the router also asks for this name without connecting",
    "question-not-captured": "nobody is seen to have asked for it",
}
_REMEDIES: tuple[tuple[frozenset[ObjectionKind], str], ...] = (
    (frozenset(("several-hosts",)), "a capture behind the router within the LAN that translates their addresses"),
    (
        frozenset(("opening-not-captured", "capture-began-late")),
        "a capture of all sides that begins before the host's first look-up and connection, {usual} earlier at least",
    ),
    (frozenset(("question-not-captured",)), "a capture of the LAN that loses no packets"),
    (frozenset(("asked-for-another-reason",)), "the router's own log of its look-ups"),
    (
        frozenset(
            (
                "later-than-usual",
                "connection-between",
                "asked-meanwhile",
                "failed-before",
                "keeps-answers",
            )
        ),
        "the log of the program that sent the mail, or one mail sent when nothing else of the host asks or connects",
    ),
)
"""What would decide, by what is objected; the first that fits is told."""
_OTHERWISE: dict[CandidateKind, str] = {
    "latest": "a capture of every link without a loss, or the router's own log of its look-ups",
    "same-time": "more traffic that both sides show, from which the clocks can be told, or captures by one machine",
    "other-host": "ARP or neighbour discovery in the LAN's capture, which show whose the addresses are",
}
"""The same where nothing is objected to the first candidate but what it is."""


def why(candidate: Candidate) -> str:
    """Return what makes an answer a candidate, in words."""
    where = f"through {candidate.link}" if candidate.link is not None else "through a link that is not known"
    before = candidate.before_s
    when = f"{duration(before)} before" if before >= 0 else f"{duration(-before)} after"
    return f"{_CANDIDATES[candidate.kind]}, {where}, {when}"


def objection_text(objection: Objection) -> str:
    """Return why the latest answer is not plainly the connection's own, in words."""
    measured, usual = (duration(s) if s is not None else "" for s in (objection.measured_s, objection.usual_s))
    return _OBJECTIONS[objection.kind].format(measured=measured, usual=usual)


def doubt(session: Session, cite: Cite) -> str:
    """Return the candidates of a session, why none is plainly the one, and what would decide, as sentences."""
    told = []
    if session.answers:
        named = [f"{why(candidate)} ({cite(candidate)})" for candidate in session.answers[:_NAMED]]
        left = len(session.answers) - len(named)
        told.append(f"It may have been {'; '.join(named)}{f'; or one of {left} others' if left else ''}.")
    if session.objections:
        reasons = [
            objection_text(objection) + (f" ({frames})" if (frames := cite(objection)) else "")
            for objection in session.objections
        ]
        told.append(f"The latest is not plainly this connection's own: {'; '.join(reasons)}.")
    what = remedy(session)
    if what is not None:
        told.append(f"What would decide: {what}.")
    return " ".join(told)


def remedy(session: Session) -> str | None:
    """Return what would decide which of a session's candidates it was; None where there are none."""
    kinds = {objection.kind for objection in session.objections}
    if not kinds:
        return _OTHERWISE.get(session.answers[0].kind) if session.answers else None
    late = [o.usual_s for o in session.objections if o.kind == "capture-began-late" and o.usual_s is not None]
    text = next(text for fitting, text in _REMEDIES if fitting & kinds)
    return text.format(usual=duration(max(late)) if late else "some minutes")


def duration(seconds: float) -> str:
    """Return a span of time with a unit that fits: `0.004 s`, `12.3 s`, `5 min`, `3.2 h`, `32 days`.

    >>> [duration(s) for s in (0.0042, 1.731, 61.0, 300.0, 7200.0, 2_800_000.0)]
    ['0.004 s', '1.73 s', '61 s', '5 min', '2 h', '32.4 days']
    """
    for limit, unit, name in ((120.0, 1.0, "s"), (7200.0, 60.0, "min"), (172_800.0, 3600.0, "h")):
        if seconds < limit:
            return f"{_rounded(seconds / unit)} {name}"
    return f"{_rounded(seconds / 86_400.0)} days"


def _rounded(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.3g}"
