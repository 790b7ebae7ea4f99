"""A session's verdict in words, every claim with its frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wanwitness.model import Argument, Bounce, Capture, Judgement, Near, Sentence, Session

from .citing import cite
from .doubts import doubt
from .sentences import sentence


def explain(judgement: Judgement, captures: Sequence[Capture]) -> Sentence:
    """Return the verdict, its reasons and the outcome, sentence by sentence."""
    return sentence("explanation", sentences=tuple(_sentences(judgement, captures)))


def _sentences(judgement: Judgement, captures: Sequence[Capture]) -> Iterator[Sentence]:
    session = judgement.session
    if judgement.contradicted:
        yield sentence("contradicted")
        yield from judgement.contradicted
    elif session.direction == "inbound":
        yield from _inbound(session, captures)
    elif session.direction == "internal":
        yield _internal(session, captures)
    else:
        yield from _transport(session, captures)
        yield from _resolution(session, captures)
        yield from _verdict(judgement, captures)
        yield _outcome(judgement, captures)
        yield from (_bounce(bounce, captures) for bounce in judgement.bounces)
        return
    yield _outcome(judgement, captures)


def _bounce(bounce: Bounce, captures: Sequence[Capture]) -> Sentence:
    seen = cite((bounce.frame,), captures)
    said: Argument = bounce.status
    if bounce.text:
        said = sentence("quoted", text=bounce.text)
        if bounce.status:
            said = sentence("status-quoted", status=bounce.status, text=bounce.text)
    kind = "came-back" if bounce.action == "failed" else "reported-late"
    if not said:
        return sentence(kind, recipient=bounce.recipient, frames=seen)
    if bounce.action == "failed" and bounce.remote:
        return sentence("came-back-by", recipient=bounce.recipient, remote=bounce.remote, said=said, frames=seen)
    return sentence(f"{kind}-why", recipient=bounce.recipient, said=said, frames=seen)


def _inbound(session: Session, captures: Sequence[Capture]) -> Iterator[Sentence]:
    frames = [(stream.syn or stream.first) for stream in (session.wan, session.lan) if stream is not None]
    seen, client = cite(frames, captures), session.client.ip
    if session.wan is None or session.transport_link is None:
        yield sentence("came-in-unseen", client=client, server=str(session.server), frames=seen)
    else:
        server, link = str(session.wan.resp), session.transport_link
        if session.lan is None or session.lan.resp == session.wan.resp:
            yield sentence("came-in", client=client, server=server, link=link, frames=seen)
        else:
            inner = str(session.lan.resp)
            yield sentence("came-in-led", client=client, server=server, link=link, inner=inner, frames=seen)
    yield sentence("came-in-no-links")


def _internal(session: Session, captures: Sequence[Capture]) -> Sentence:
    frames = [stream.syn or stream.first for stream in session.streams[:1]]
    return sentence("stayed", server=str(session.server), frames=cite(frames, captures))


def _transport(session: Session, captures: Sequence[Capture]) -> Iterator[Sentence]:
    if session.transport_link is None or session.wan is None:
        return
    seen = cite((session.wan.syn or session.wan.first,), captures)
    kind = "router-left-by" if session.direction == "router" else "left-by"
    yield sentence(kind, server=str(session.wan.resp), link=session.transport_link, frames=seen)


def _resolution(session: Session, captures: Sequence[Capture]) -> Iterator[Sentence]:
    resolution = session.resolution
    if resolution is None:
        return
    first, last = resolution.steps[0], resolution.steps[-1]
    heard = first.answer_frame is not None
    lost = "seen-cut" if session.cut_answers and resolution.link is None else "seen-uncaptured"
    seen = cite((first.query_frame, first.answer_frame), captures)
    got: dict[str, Argument] = {
        "who": sentence("who-router" if resolution.asked_by == "router" else "who-client"),
        "address": resolution.address,
        "name": resolution.name,
        "age": resolution.age_s,
        "seen": sentence("seen" if heard else lost, frames=seen),
    }
    if resolution.link is None:
        yield sentence("got" if heard else "may-have-got", **got)
        return
    kind = "cached-over" if resolution.from_cache else "asked-over"
    asked: dict[str, Argument] = {
        "link": resolution.link,
        "resolver": resolution.resolver_ip or sentence("one-of-several"),
    }
    if first is not last:
        frames = cite((last.query_frame, last.answer_frame), captures)
        asked["seen"] = sentence("seen" if last.answer_frame else "upstream-uncaptured", frames=frames)
        kind += "-seen"
    yield sentence("got-over" if heard else "must-have-got-over", asked=sentence(kind, **asked), **got)


def _verdict(judgement: Judgement, captures: Sequence[Capture]) -> Iterator[Sentence]:
    session, because = judgement.session, judgement.undetermined_because
    if session.candidates and session.transport_link is None:
        yield sentence("several-connections", frames=cite(session.candidates, captures))
        yield from _nearest(judgement.near, captures)
        return
    if because is None:
        if judgement.flagged:
            links = {"resolver_link": session.resolver_link, "transport_link": session.transport_link}
            yield sentence("links-differ", **links)
        else:
            yield sentence("links-agree")
        return
    reason = sentence(f"because-{because}")
    if because == "resolver-link-unknown" and session.cut_answers:
        traced = session.resolution is not None and session.resolution.link is not None
        kind = "answers-cut-after" if traced else "answers-cut-before"
        reason = sentence(kind, frames=cite(session.cut_answers, captures))
    if because == "resolver-link-unknown" and session.unkept_answers:
        reason = sentence("answers-not-kept")
    if session.answers and session.answers[0].kind == "other-host":
        reason = sentence("not-shown-one-host")
    yield sentence("undetermined-since", reason=reason)
    told = () if session.transport_link is None else tuple(doubt(session, captures))
    yield from told or _nearest(judgement.near, captures)


def _nearest(near: Near | None, captures: Sequence[Capture]) -> Iterator[Sentence]:
    if near is None:
        return
    if near.what is not None:
        cited = cite(near.frames, captures)
        what = sentence("cited", what=near.what, frames=cited) if cited else near.what
        yield sentence("came-nearest", what=what)
    yield sentence("would-decide", what=near.decide)


def _outcome(judgement: Judgement, captures: Sequence[Capture]) -> Sentence:
    outcome = sentence(f"outcome-{judgement.outcome}")
    if judgement.partial:
        outcome = sentence("outcome-partial", outcome=outcome)
    rejection = judgement.rejection
    if rejection is None:
        return sentence("ended", outcome=outcome)
    reply = " ".join(part for part in (str(rejection.code or ""), rejection.enhanced, rejection.text) if part)
    before = judgement.outcome in ("accepted", "opaque")
    return sentence(
        "ended-answered-before" if before else "ended-answered",
        outcome=outcome,
        command=rejection.command,
        reply=reply,
        frames=cite((rejection.frame, rejection.wan_frame), captures),
    )
