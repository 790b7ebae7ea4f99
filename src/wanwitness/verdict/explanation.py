"""A session's verdict in words, every claim with its frames."""

from __future__ import annotations

from collections.abc import Sequence

from wanwitness.model import Bounce, Capture, Judgement, Near, Session

from .citing import cite
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


def explain(judgement: Judgement, captures: Sequence[Capture]) -> str:
    """Return the verdict, its reasons and the outcome as English sentences."""
    session, outcome = judgement.session, _outcome(judgement, captures)
    if judgement.contradicted:
        links = f"What was said of the captures cannot be, so no link is named. {' '.join(judgement.contradicted)}"
        return f"{links} {outcome}"
    ways = {"inbound": _inbound, "internal": _internal}
    way = ways.get(session.direction or "")
    if way is not None:
        return f"{way(session, captures)} {outcome}"
    sentences = [
        _transport(session, captures),
        _resolution(session, captures),
        _verdict(judgement, captures),
        outcome,
        *(_bounce(bounce, captures) for bounce in judgement.bounces),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _bounce(bounce: Bounce, captures: Sequence[Capture]) -> str:
    what = "the mail came back" if bounce.action == "failed" else "the mail was reported late"
    said = " ".join(part for part in (bounce.status, f"“{bounce.text}”" if bounce.text else None) if part)
    by = f" by {bounce.remote}" if bounce.remote else ""
    why = f": refused{by} with {said}" if said and bounce.action == "failed" else f": {said}" if said else ""
    return f"Later {what} for {bounce.recipient}{why} ({cite((bounce.frame,), captures)})."


def _inbound(session: Session, captures: Sequence[Capture]) -> str:
    frames = [(stream.syn or stream.first) for stream in (session.wan, session.lan) if stream is not None]
    seen = cite(frames, captures)
    who = f"The connection of {session.client.ip}"
    if session.wan is None or session.transport_link is None:
        came = f"{who} to {session.server} came in from beyond the router; no WAN capture shows by which link ({seen})."
    elif session.lan is None or session.lan.resp == session.wan.resp:
        came = f"{who} to {session.wan.resp} came in by {session.transport_link} ({seen})."
    else:
        came = f"{who} to {session.wan.resp} came in by {session.transport_link}, and the router led it to \
{session.lan.resp} ({seen})."
    return f"{came} Whoever opened it looked the name up elsewhere, so there are no two links to compare."


def _internal(session: Session, captures: Sequence[Capture]) -> str:
    stream = session.lan
    seen = "" if stream is None else f" ({cite((stream.syn or stream.first,), captures)})"
    return f"The connection to {session.server} stayed within the site{seen}, so there are no links to compare."


def _transport(session: Session, captures: Sequence[Capture]) -> str:
    if session.transport_link is None or session.wan is None:
        return ""
    seen = cite((session.wan.syn or session.wan.first,), captures)
    whose = "The router's own connection" if session.direction == "router" else "The connection"
    return f"{whose} to {session.wan.resp} left by {session.transport_link} ({seen})."


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


def _verdict(judgement: Judgement, captures: Sequence[Capture]) -> str:
    session, because = judgement.session, judgement.undetermined_because
    if session.candidates and session.transport_link is None:
        several = "Several connections on different links, or none, may be this one"
        return f"{several} ({cite(session.candidates, captures)}). {_nearest(judgement.near, captures)}".rstrip()
    if because is not None:
        reason = UNDETERMINED[because]
        if because == "resolver-link-unknown" and session.cut_answers:
            traced = session.resolution is not None and session.resolution.link is not None
            when = "after that" if traced else "before"
            reason = (
                f"the DNS answers that the host got {when} were cut off by the capture's snap length, so what they \
held is not known ({cite(session.cut_answers, captures)})"
            )
        if session.answers and session.answers[0].kind == "other-host":
            reason = "nothing shows that the host which was given this address is the one that connected"
        told = "" if session.transport_link is None else doubt(session, lambda of: cite(of.frames, captures))
        told = told or _nearest(judgement.near, captures)
        return f"{reason[0].upper()}{reason[1:]}.{f' {told}' if told else ''}"
    if judgement.flagged:
        return f"The two links differ: resolved over {session.resolver_link}, sent over {session.transport_link}."
    return "The two links agree."


def _nearest(near: Near | None, captures: Sequence[Capture]) -> str:
    if near is None:
        return ""
    cited = cite(near.frames, captures)
    parts = [f"{near.what}{f' ({cited})' if cited else ''}", near.when]
    told = f"What came nearest: {', '.join(part for part in parts if part)}. " if near.what else ""
    return f"{told}What would decide: {near.decide}."


def _outcome(judgement: Judgement, captures: Sequence[Capture]) -> str:
    sentence = OUTCOMES[judgement.outcome]
    if judgement.partial:
        sentence += ", though not for every recipient"
    rejection = judgement.rejection
    if rejection is not None:
        reply = " ".join(part for part in (str(rejection.code or ""), rejection.enhanced, rejection.text) if part)
        before = "; before, it" if judgement.outcome in ("accepted", "opaque") else "; it"
        sentence += f"{before} answered {rejection.command} with “{reply}” ({cite((rejection.frame,), captures)})"
    return sentence + "."
