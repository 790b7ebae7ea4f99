"""What the evidence says of each session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from wanwitness.model import (
    Capture,
    DnsExchange,
    Finding,
    FrameRef,
    Judgement,
    LikelyCause,
    Link,
    Rejection,
    Rule,
    Session,
    Span,
    Undetermined,
    Verdict,
)

from .beyond import beyond_router
from .bounces import Returned, bounces_of, returned_by_smtp
from .contradictions import Contradiction
from .explanation import explain
from .findings import Context, findings_of
from .nearest import Nearest
from .outcome import Ending, outcome_of
from .refusals import Server, telling
from .relays import Relays
from .retries import retried_other_link
from .told_address import links_by_address, told_address

LINK_CAUSES: tuple[LikelyCause, ...] = ("relay-owner-mismatch", "foreign-resolver")


def judge(
    sessions: Sequence[Session],
    links: Sequence[Link],
    exchanges: Iterable[DnsExchange],
    captures: Sequence[Capture],
    gaps: Mapping[int, Sequence[Span]],
    contradictions: Sequence[Contradiction] = (),
    nearest: Nearest | None = None,
    rules: tuple[Rule, ...] = (),
    returned: Iterable[Returned] = (),
    wanted: Callable[[Session], bool] | None = None,
) -> list[Judgement]:
    """Return what is said of each session that is wanted, in their order.

    Args:
        sessions: in order of time.
        links: with what the captures show of them.
        exchanges: all DNS.
        captures: all captures.
        gaps: by capture, those of its capture point.
        contradictions: what cannot be; what rests on it is not judged.
        nearest: tells what came nearest to those that are undetermined.
        rules: the user's, of why servers refuse.
        returned: reports of mail that came back, beside those that the sessions themselves brought.
        wanted: which of the sessions are to be judged, in the light of all of them; None for all.
    """
    relays = Relays(links, exchanges)
    endings = _Endings(relays, rules)
    bounces = bounces_of(sessions, (*returned_by_smtp(sessions), *returned))
    everything = any(one.everything for one in contradictions)
    against = [tuple(one.text for one in contradictions if one.touches(session)) for session in sessions]
    shown = [
        _without_links(session, everything=everything) if why else session
        for session, why in zip(sessions, against, strict=True)
    ]
    retried = retried_other_link(shown)
    known = links_by_address(links)
    judgements = []
    for session, told, why in zip(sessions, shown, against, strict=True):
        if wanted is not None and not wanted(session):
            continue
        ending = endings.of(session)
        verdict, because = ("undetermined", "transport-link-unknown") if why else verdict_of(session)
        reported = bounces.get(session.id, ())
        address = told_address(session, known, reported) if session.judged and not why else None
        findings = findings_of(Context(told, links, relays, gaps, bool(why), address))
        judgement = Judgement(
            told,
            *ending,
            verdict,
            because,
            contradicted=why,
            likely_causes=likely_causes(verdict, ending.rejections, findings),
            bounces=reported,
            told_address=address,
            findings=(*findings, *retried.get(told, ())),
            near=nearest.of(session, because) if nearest is not None and not why else None,
        )
        judgements.append(replace(judgement, frames=_frames(judgement), explanation=explain(judgement, captures)))
    return judgements


def _without_links(session: Session, *, everything: bool) -> Session:
    """Return what may be told of a session whose sides or links cannot be what they are said to be.

    Args:
        session: it.
        everything: its direction is not known either.
    """
    direction = None if everything else session.direction
    return replace(session, transport_link=None, resolved=replace(session.resolved, link=None), direction=direction)


def verdict_of(session: Session) -> tuple[Verdict, Undetermined | None]:
    """Compare the resolver's link with the transport link; say why where one of them is not known.

    What came in was looked up elsewhere (no DNS of it can be seen), and what stayed on the LAN left by no link.
    """
    if not session.judged:
        return "undetermined", "no-dns-seen" if session.direction == "inbound" else "transport-link-unknown"
    if session.transport_link is None:
        return "undetermined", "transport-link-unknown"
    if session.resolved.because is not None:
        return "undetermined", session.resolved.because
    return ("consistent" if session.resolver_link == session.transport_link else "link-mismatch"), None


class _Endings:
    """Knows how sessions ended: what their servers' refusals mean depends on whose relay each is."""

    def __init__(self, relays: Relays, rules: tuple[Rule, ...]) -> None:
        self._relays, self._rules = relays, rules
        self._called: dict[str, list[str]] = {}
        """By a server's address, those of its names that tell whose it is."""

    def of(self, session: Session) -> Ending:
        """Return how a session ended."""
        stream = session.lan or session.wan
        assert stream is not None
        ending = outcome_of(session.dialogue, stream, self._server(session), self._rules)
        seen = {one: replace(one, wan_frame=beyond_router(session, one.frame)) for one in ending.rejections}
        rejection = None if ending.rejection is None else seen[ending.rejection]
        return ending._replace(rejection=rejection, rejections=tuple(seen.values()))

    def _server(self, session: Session) -> Server:
        """Return the server that answered, as its refusals are read in its light."""
        (ip, port), name = session.reached, session.resolved_name
        if ip not in self._called:
            self._called[ip] = telling(self._relays.names(ip))
        names = [name for name in (session.asked_name, session.dialogue.announced) if name]
        return Server(
            names=(*names, *self._called[ip], ip),
            port=port,
            relay=self._relays.is_relay(ip, name),
            named=self._relays.is_named(ip, name),
            asked=session.judged,
        )


def likely_causes(
    verdict: Verdict, rejections: Iterable[Rejection], findings: Iterable[Finding]
) -> tuple[LikelyCause, ...]:
    """Return what about the links may have made a relay refuse; none is preferred where several hold."""
    if not any(rejection.link == "subscriber" for rejection in rejections):
        return ()
    found = {finding.kind for finding in findings}
    mismatch: tuple[LikelyCause, ...] = ("link-mismatch",) if verdict == "link-mismatch" else ()
    return (*mismatch, *(kind for kind in LINK_CAUSES if kind in found))


def _frames(judgement: Judgement) -> tuple[FrameRef, ...]:
    """Every frame that the claims rest on, each once, in order of capture and number."""
    session = judgement.session
    streams = session.streams
    opening = [f for s in streams for f in (s.syn, s.synack, s.refused) if f is not None] or [s.first for s in streams]
    groups = [
        opening,
        session.candidates,
        session.crossing.frames if session.crossing else (),
        session.resolution.frames if session.resolution else (),
        session.resolved.frames,
        *(answer.frames for answer in session.answers),
        *(objection.frames for objection in session.objections),
        judgement.near.frames if judgement.near else (),
        [f for rejection in judgement.rejections for f in (rejection.frame, rejection.wan_frame) if f is not None],
        *(reply.frames for t in session.dialogue.transactions if (reply := t.final_reply) is not None),
        [stream.end_frame for stream in streams if stream.end_frame is not None],
        session.dialogue.tls_frames,
        [bounce.frame for bounce in judgement.bounces],
        *(finding.frames for finding in judgement.findings),
    ]
    return tuple(sorted(set[FrameRef]().union(*groups)))
