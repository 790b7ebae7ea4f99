"""What an address may have come from where that cannot be told, why it cannot, and what would tell it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wanwitness.model import Argument, Candidate, CandidateKind, Capture, Objection, ObjectionKind, Sentence, Session

from .citing import cite
from .sentences import sentence

_NAMED = 4
"""Candidates that are told one by one; of the others their number."""
_OF_CAPTURES: frozenset[ObjectionKind] = frozenset(("opening-not-captured", "capture-began-late"))
_OF_LOSSES: frozenset[ObjectionKind] = frozenset(("question-not-captured", "hops-of-clients"))
_REMEDIES: tuple[tuple[frozenset[ObjectionKind], str], ...] = (
    (frozenset(("several-hosts",)), "decide-inner"),
    (_OF_CAPTURES, "decide-all-sides"),
    (_OF_LOSSES, "decide-lan-no-loss"),
    (frozenset(("asked-for-another-reason",)), "decide-routers-log"),
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
        "decide-program",
    ),
    (frozenset(("served-meanwhile",)), "decide-cache"),
)
"""What would decide, by what is objected; the first that fits is told."""
_OTHERWISE: dict[CandidateKind, str] = {
    "latest": "decide-no-loss-or-log",
    "same-time": "decide-clocks-told",
    "other-host": "decide-neighbours",
}
"""The same where nothing is objected to the first candidate but what it is."""


def why(candidate: Candidate) -> Sentence:
    """Return what makes an answer a candidate."""
    before = candidate.before_s
    spent = candidate.kind == "kept" and before > candidate.ttl_s
    linked = candidate.link is not None
    return sentence(
        "candidate",
        what=sentence("candidate-spent" if spent else f"candidate-{candidate.kind}"),
        where=sentence("through-link", link=candidate.link) if linked else sentence("through-unknown"),
        when=sentence("so-long-before" if before >= 0 else "so-long-after", apart=abs(before)),
    )


def objection_text(objection: Objection) -> Sentence:
    """Return why the latest answer is not plainly the connection's own."""
    measured, usual = objection.measured_s, objection.usual_s
    figures = {name: s for name, s in (("measured", measured), ("usual", usual)) if s is not None}
    return sentence(f"objection-{objection.kind}{'-spent' if _is_of_the_spent(objection) else ''}", **figures)


def _is_of_the_spent(objection: Objection) -> bool:
    """Whether the capture began so long before that only an answer used after it had expired can come from before."""
    late = objection.kind == "capture-began-late"
    return late and (objection.measured_s or 0) > (objection.usual_s or 0)


def doubt(session: Session, captures: Sequence[Capture]) -> Iterator[Sentence]:
    """Yield the candidates of a session, why none is plainly the one, and what would decide, as sentences."""
    if session.answers:
        named = tuple(_cited(why(one), one, captures) for one in session.answers[:_NAMED])
        left = len(session.answers) - len(named)
        if left:
            yield sentence("may-have-been-others", answers=named, n=left)
        else:
            yield sentence("may-have-been", answers=named)
    if session.objections:
        reasons = tuple(_cited(objection_text(one), one, captures) for one in session.objections)
        yield sentence("not-plainly", reasons=reasons)
    if (decide := remedy(session)) is not None:
        yield sentence("would-decide", what=decide)


def _cited(what: Sentence, one: Candidate | Objection, captures: Sequence[Capture]) -> Sentence:
    frames = cite(one.frames, captures)
    return sentence("cited", what=what, frames=frames) if frames else what


def remedy(session: Session) -> Sentence | None:
    """Return what would decide which of a session's candidates it was; None where there are none."""
    kinds = {objection.kind for objection in session.objections}
    if not kinds:
        otherwise = _OTHERWISE.get(session.answers[0].kind) if session.answers else None
        return sentence(otherwise) if otherwise is not None else None
    routers = session.resolution is not None and session.resolution.asked_by == "router"
    if routers and not kinds & (_OF_CAPTURES | _OF_LOSSES):
        return sentence("decide-routers-log")
    if kinds == {"asked-meanwhile"}:  # a program does not know which of its host's servers was believed
        return sentence("decide-one-server")
    kind = next(kind for fitting, kind in _REMEDIES if fitting & kinds)
    if kind == "decide-all-sides" and any(map(_is_of_the_spent, session.objections)):
        return sentence("decide-host-asks")
    if kind != "decide-all-sides":
        return sentence(kind)
    late = [o.usual_s for o in session.objections if o.kind == "capture-began-late" and o.usual_s is not None]
    usual: Argument = max(late) if late else sentence("some-minutes")
    return sentence(kind, usual=usual)
