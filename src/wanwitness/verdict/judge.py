"""What the evidence says of each session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wanwitness.model import (
    Capture,
    DnsExchange,
    EncryptedDns,
    FrameRef,
    LikelyCause,
    Link,
    Rule,
    Session,
    Span,
    Undetermined,
    Verdict,
)
from wanwitness.model.resolved import Resolved

from .bounces import returned_by_smtp, tie
from .contradictions import Contradiction
from .explanation import explain
from .findings import Evidence, findings_of
from .nearest import Nearest
from .outcome import outcome_of
from .refusals import Server, telling
from .relays import Relays
from .retries import retried_other_link
from .told_address import told_address

LINK_CAUSES: tuple[LikelyCause, ...] = ("relay-owner-mismatch", "foreign-resolver")


def judge(
    sessions: Sequence[Session],
    resolved: Mapping[str, Resolved],
    encrypted_dns: Mapping[str, tuple[EncryptedDns, ...]],
    links: Sequence[Link],
    exchanges: Iterable[DnsExchange],
    captures: Sequence[Capture],
    gaps: Mapping[int, Sequence[Span]],
    contradictions: Sequence[Contradiction] = (),
    nearest: Nearest | None = None,
    rules: tuple[Rule, ...] = (),
) -> None:
    """Fill in outcome, verdict, findings, likely causes, explanation and frames of every session, in place.

    Args:
        sessions: in order of time.
        resolved: how each one's address was come by.
        encrypted_dns: what DNS nobody can read of each.
        links: with what the captures show of them.
        exchanges: all DNS.
        captures: all captures.
        gaps: by capture, those of its capture point.
        contradictions: what cannot be; what rests on it is not judged.
        nearest: tells what came nearest to those that are undetermined.
        rules: the user's, of why servers refuse.
    """
    relays = Relays(links, exchanges)
    tie(sessions, returned_by_smtp(sessions))
    called: dict[str, list[str]] = {}
    """By a server's address, those of its names that tell whose it is."""
    for session in sessions:
        evidence = Evidence(session, links, relays, encrypted_dns.get(session.id, ()), gaps)
        names = [name for name in (session.asked_name, session.dialogue.announced) if name]
        if evidence.server not in called:
            called[evidence.server] = telling(relays.names(evidence.server))
        names += called[evidence.server]
        stream = session.lan or session.wan
        assert stream is not None
        ending = outcome_of(session.dialogue, stream, _server(evidence, names), rules)
        session.outcome, session.partial = ending.outcome, ending.partial
        session.rejection, session.rejections = ending.rejection, ending.rejections
        session.verdict, session.undetermined_because = verdict_of(session, resolved[session.id])
        session.contradicted = tuple(one.text for one in contradictions if one.touches(session))
        if session.contradicted:
            _withdraw(session, everything=any(one.everything for one in contradictions))
        session.told_address = told_address(session, links) if session.judged and not session.contradicted else None
        session.findings = findings_of(evidence)
        session.likely_causes = likely_causes(session)
    for session, finding in retried_other_link(sessions):
        session.findings.append(finding)
    for session in sessions:
        if nearest is not None and not session.contradicted:
            session.near = nearest.of(session)
        session.frames = _frames(session, resolved[session.id])
        session.explanation = explain(session, captures)


def _withdraw(session: Session, *, everything: bool) -> None:
    """Name no link of a session whose sides or links cannot be what they are said to be."""
    session.verdict, session.undetermined_because = "undetermined", "transport-link-unknown"
    session.transport_link = session.resolver_link = None
    if everything:
        session.direction = None


def verdict_of(session: Session, resolved: Resolved) -> tuple[Verdict, Undetermined | None]:
    """Compare the resolver's link with the transport link; say why where one of them is not known.

    What came in was looked up elsewhere (no DNS of it can be seen), and what stayed on the LAN left by no link.
    """
    if not session.judged:
        return "undetermined", "no-dns-seen" if session.direction == "inbound" else "transport-link-unknown"
    if session.transport_link is None:
        return "undetermined", "transport-link-unknown"
    if resolved.because is not None:
        return "undetermined", resolved.because
    return ("consistent" if resolved.link == session.transport_link else "link-mismatch"), None


def _server(evidence: Evidence, names: Sequence[str]) -> Server:
    """Return the server that answered, as its refusals are read in its light."""
    session, relays = evidence.session, evidence.relays
    of = (evidence.server, evidence.server_name)
    return Server(
        names=(*names, evidence.server),
        port=evidence.port,
        relay=relays.is_relay(*of),
        named=relays.is_named(*of),
        asked=session.judged,
    )


def likely_causes(session: Session) -> tuple[LikelyCause, ...]:
    """Return what about the links may have made a relay refuse; none is preferred where several hold."""
    if not any(rejection.link == "subscriber" for rejection in session.rejections):
        return ()
    found = {finding.kind for finding in session.findings}
    mismatch: tuple[LikelyCause, ...] = ("link-mismatch",) if session.flagged else ()
    return (*mismatch, *(kind for kind in LINK_CAUSES if kind in found))


def _frames(session: Session, resolved: Resolved) -> tuple[FrameRef, ...]:
    """Every frame the session's claims rest on, each once, in order of capture and number."""
    streams = [stream for stream in (session.lan, session.wan, session.wan_return) if stream is not None]
    opening = [f for s in streams for f in (s.syn, s.synack, s.refused) if f is not None] or [s.first for s in streams]
    crossing = session.crossing.frames if session.crossing else session.candidates
    resolution = session.resolution.frames if session.resolution else ()
    near = session.near.frames if session.near else ()
    rejection = tuple(rejection.frame for rejection in session.rejections)
    decided = [reply.frames for t in session.dialogue.transactions if (reply := t.final_reply) is not None]
    ended = [s.end_frame for s in streams if s.end_frame is not None]
    tls = session.dialogue.tls_frames
    findings = [finding.frames for finding in session.findings]
    bounced = tuple(bounce.frame for bounce in session.bounces)
    groups = [
        opening,
        session.candidates,
        crossing,
        resolution,
        resolved.frames,
        near,
        rejection,
        *decided,
        ended,
        tls,
        bounced,
        *findings,
    ]
    return tuple(sorted(set[FrameRef]().union(*groups)))
