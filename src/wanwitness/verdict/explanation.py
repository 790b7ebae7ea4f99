"""A session's verdict in words, every claim with its frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from wanwitness.model import Capture, FrameRef, Session, printable

from .doubts import doubt

UNDETERMINED = {
    "transport-link-unknown": "no WAN capture shows this connection, so the link it left by is not known",
    "no-dns-seen": "no DNS answer that gave the host this address was captured before the connection",
    "resolver-link-unknown": "the link by which the address was resolved was not captured",
    "clock-uncertain": "the captures' clocks are not known well enough to say which answer came first",
    "ambiguous-answer": "which DNS answer gave the host this address cannot be told",
}
OUTCOMES = {
    "accepted": "The server accepted the mail",
    "rejected": "The server rejected the mail",
    "deferred": "The server deferred the mail",
    "refused": "The connection was refused",
    "unanswered": "Nothing answered the connection",
    "aborted": "The connection ended before the mail was decided",
    "opaque": "The rest is encrypted, so the outcome is not visible",
    "no-mail": "The client ended without offering a mail",
    "unknown": "The outcome was not captured",
}


def explain(session: Session, captures: Sequence[Capture]) -> str:
    """Return the verdict, its reasons and the outcome as English sentences."""
    sentences = [
        _transport(session, captures),
        _resolution(session, captures),
        _verdict(session, captures),
        _outcome(session, captures),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def cite(frames: Iterable[FrameRef | None], captures: Sequence[Capture]) -> str:
    """Return frames as `wan1.pcap frames 5, 6; lan0.pcap frame 26`."""
    shown = sorted({frame for frame in frames if frame is not None})
    parts = []
    for capture, group in groupby(shown, key=lambda frame: frame.capture):
        numbers = [str(frame.number) for frame in group]
        parts.append(f"{_name(captures[capture].path)} frame{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}")
    return "; ".join(parts)


@lru_cache
def _name(path: str) -> str:
    return printable(PurePath(path).name)


def _transport(session: Session, captures: Sequence[Capture]) -> str:
    if session.transport_link is None or session.wan is None:
        return ""
    seen = cite((session.wan.syn or session.wan.first,), captures)
    return f"The connection to {session.wan.resp} left by {session.transport_link} ({seen})."


def _resolution(session: Session, captures: Sequence[Capture]) -> str:
    resolution = session.resolution
    if resolution is None:
        return ""
    who = "The router" if resolution.asked_by == "router" else "The client"
    first, last = resolution.steps[0], resolution.steps[-1]
    heard = first.answer_frame is not None
    verb = "got" if heard else "may have got" if resolution.link is None else "must have got"
    lost = "cut off" if session.cut_answers and resolution.link is None else "not captured"
    got = f"{who} {verb} {resolution.address} for {resolution.name} "
    got += f"{resolution.age_s:.3f} s before ({cite((first.query_frame, first.answer_frame), captures)}"
    got += ")" if heard else f"; the answer itself was {lost})"
    if resolution.link is None:
        return got + "."
    how = "from the router's cache, which was filled" if resolution.from_cache else "asked for"
    where = "" if first is last else f" ({cite((last.query_frame, last.answer_frame), captures)}"
    where += "" if first is last else ")" if last.answer_frame else "; the answer to that was not captured)"
    asked = resolution.resolver_ip or "one of several resolvers"
    return f"{got}, {how} over {resolution.link} from {asked}{where}."


def _verdict(session: Session, captures: Sequence[Capture]) -> str:
    if session.candidates and session.transport_link is None:
        return (
            f"Several connections on different links, or none, may be this one ({cite(session.candidates, captures)})."
        )
    if session.undetermined_because is not None:
        reason = UNDETERMINED[session.undetermined_because]
        if session.undetermined_because == "resolver-link-unknown" and session.cut_answers:
            traced = session.resolution is not None and session.resolution.link is not None
            when = "after that" if traced else "before"
            reason = (
                f"the DNS answers that the host got {when} were cut off by the capture's snap length, so what they \
held is not known ({cite(session.cut_answers, captures)})"
            )
        if session.answers and session.answers[0].kind == "other-host":
            reason = "nothing shows that the host which was given this address is the one that connected"
        told = doubt(session, lambda of: cite(of.frames, captures))
        return f"{reason[0].upper()}{reason[1:]}.{f' {told}' if told else ''}"
    if session.flagged:
        return f"The two links differ: resolved over {session.resolver_link}, sent over {session.transport_link}."
    return "The two links agree."


def _outcome(session: Session, captures: Sequence[Capture]) -> str:
    sentence = OUTCOMES[session.outcome]
    if session.partial:
        sentence += ", though not for every recipient"
    rejection = session.rejection
    if rejection is not None:
        reply = " ".join(part for part in (str(rejection.code or ""), rejection.enhanced, rejection.text) if part)
        before = "; before, it" if session.outcome in ("accepted", "opaque") else "; it"
        sentence += f"{before} answered {rejection.command} with “{reply}” ({cite((rejection.frame,), captures)})"
    return sentence + "."
