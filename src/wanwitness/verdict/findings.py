"""Facts about one session that bear on its rejection. Each rule names the frames it rests on, or finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wanwitness.model import EncryptedDns, Finding, FrameRef, Link, Sentence, Session, Span, Stream, ToldAddress
from wanwitness.model.nat64 import same_host

from .assumptions import OPEN_NS
from .relays import Relays
from .sentences import sentence


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at."""

    session: Session
    links: Sequence[Link]
    relays: Relays
    gaps: Mapping[int, Sequence[Span]]
    """Capture to the gaps of its capture point."""
    contradicted: bool = False
    """Whether its links cannot be what they are said to be."""
    told_address: ToldAddress | None = None
    """The public address that the server says it saw."""

    @property
    def opening(self) -> tuple[FrameRef, ...]:
        """The frames that show the connection being opened on both sides."""
        session = self.session
        if session.crossing is not None:
            return session.crossing.frames
        return tuple(s.syn or s.first for s in (session.lan, session.wan) if s is not None)


Rule = Callable[[Context], Finding | None]


def relay_owner_mismatch(context: Context) -> Finding | None:
    """A relay of one link's ISP was reached through another link."""
    link = context.session.transport_link
    server = context.session.reached.ip
    owner = context.relays.owner(server, context.session.resolved_name)
    if link is None or owner is None or owner == link:
        return None
    text = sentence("finding-relay-owner", server=server, owner=owner, link=link)
    return Finding("relay-owner-mismatch", text, context.opening)


def foreign_resolver(context: Context) -> Finding | None:
    """The question left by a link, but went to a resolver that is not that link's."""
    resolution = context.session.resolution
    if resolution is None or resolution.link is None or resolution.resolver_ip is None:
        return None
    link = next((link for link in context.links if link.name == resolution.link), None)
    if link is None or link.owns_resolver(resolution.resolver_ip):
        return None
    if not link.names_resolvers(resolution.resolver_ip, resolution.answered_ns):
        return None
    owner, asked = resolution.resolver_owner, resolution.resolver_ip
    if owner:
        text = sentence("finding-foreign-resolver", link=link.name, resolver=asked, owner=owner)
    else:
        text = sentence("finding-nobodys-resolver", link=link.name, resolver=asked)
    if "resolvers" not in link.filled:
        return Finding("foreign-resolver", text, resolution.frames)
    given = link.given_resolvers(resolution.resolver_ip)
    text = sentence(
        "finding-resolver-given",
        finding=text,
        link=link.name,
        resolvers=tuple(row.value for row in given),
        means=sentence(f"given-{given[0].source}"),
    )
    return Finding("foreign-resolver", text, (*resolution.frames, *(f for row in given for f in row.frames)))


def redirected(context: Context) -> Finding | None:
    """The router rewrote the destination, or ended the connection and opened another."""
    session, crossing = context.session, context.session.crossing
    if session.lan is None or crossing is None:
        return None
    if crossing.method == "dialogue":
        kind = "finding-opened-own"
    elif crossing.server.port != session.server.port or not same_host(crossing.server.ip, session.server.ip):
        kind = "finding-rewritten"
    else:
        return None
    text = sentence(kind, server=str(session.server), other=str(crossing.server))
    return Finding("redirected", text, crossing.frames)


def expired_answer(context: Context) -> Finding | None:
    """The answer was used after its time to live."""
    resolution = context.session.resolution
    if resolution is None or not resolution.expired:
        return None
    text = sentence("finding-expired", age=resolution.age_s, ttl=resolution.ttl_s)
    return Finding("expired-answer", text, (*resolution.frames, *context.opening))


def asymmetric_return(context: Context) -> Finding | None:
    """The server's packets came back through another link: unless nobody knows which link any of them came by."""
    session = context.session
    if context.contradicted or session.wan is None or session.wan_return is None:
        return None
    frames = (session.wan.syn or session.wan.first, session.wan_return.synack or session.wan_return.first)
    kind = "finding-back-otherwise" if session.judged else "finding-out-otherwise"
    return Finding("asymmetric-return", sentence(kind, link=session.transport_link), frames)


def capture_gap(context: Context) -> Finding | None:
    """A side of the session has bytes that were sent but not captured, or the capture has a gap in its time."""
    gaps: list[Sentence] = []
    frames: list[FrameRef] = []
    session = context.session
    missing = [gap for stream in session.streams for gap in session.gaps(stream)]
    if missing:
        gaps.append(
            sentence("gap-bytes", bytes=sum(gap.length for gap in missing), n=sum(gap.places for gap in missing))
        )
        frames += list(dict.fromkeys(gap.frame for gap in missing))[:20]
    for stream in session.streams:
        touched = [span for span in context.gaps.get(stream.first.capture, ()) if _touches(stream, span)]
        if touched:
            gaps += [sentence("gap-while-open", gap=span.text) for span in touched[:5]]
            frames += [stream.first, stream.last]
    if not gaps:
        return None
    text = sentence("finding-gaps", gaps=tuple(dict.fromkeys(gaps)))
    return Finding("capture-gap", text, tuple(dict.fromkeys(frames)))


def _touches(stream: Stream, gap: Span) -> bool:
    """Whether a connection was open in a gap of its capture, as far as its begin and end are known."""
    end_ns = stream.last_ns if stream.ended in ("fin", "rst") else stream.last_ns + OPEN_NS
    begin_ns = stream.first_ns if stream.syn is not None else stream.first_ns - OPEN_NS
    return begin_ns < gap.to_ns and gap.from_ns < end_ns


def conflicting_overlap(context: Context) -> Finding | None:
    """Two segments carried different bytes for one place."""
    frames = tuple(dict.fromkeys(frame for stream in context.session.streams for frame in stream.overlaps))
    if not frames:
        return None
    return Finding("conflicting-overlap", sentence("finding-overlap"), frames[:20])


def encrypted_dns(context: Context) -> Finding | None:
    """The host that opened the connection used DNS that cannot be read."""
    unread = context.session.encrypted_dns
    if not unread:
        return None
    uses = tuple(dict.fromkeys(map(_use, unread)))
    frames = tuple(use.frame for use in unread)
    return Finding("encrypted-dns", sentence("finding-encrypted-dns", uses=uses), frames)


def _use(use: EncryptedDns) -> Sentence:
    server = sentence("server-called", server=use.server, name=use.name) if use.name else use.server
    kind = "dns-used" if use.answered else "dns-tried"
    return sentence(kind, envelope=use.envelope, server=server, client=use.client)


def address_told_by_server(context: Context) -> Finding | None:
    """The server named the public address that it saw."""
    session, told = context.session, context.told_address
    if told is None:
        return None
    if told.link:
        text = sentence("finding-told-address", address=told.address, link=told.link)
    else:
        text = sentence("finding-told-unknown", address=told.address)
    if session.crossing is not None and session.crossing.client.ip != told.address:
        text = sentence("finding-told-otherwise", finding=text, client=session.crossing.client.ip)
    return Finding("address-told-by-server", text, (told.frame,))


OF_LINKS: tuple[Rule, ...] = (
    relay_owner_mismatch,
    foreign_resolver,
    redirected,
    expired_answer,
    encrypted_dns,
    address_told_by_server,
)
"""Rules about the way to the server and to its address: of a session that left the site, if its links are known."""
OF_STREAMS: tuple[Rule, ...] = (
    asymmetric_return,
    capture_gap,
    conflicting_overlap,
)
"""Rules about what was captured of the connection, whichever way it went."""


def findings_of(context: Context) -> list[Finding]:
    """Return what every rule that looks at one session alone finds, in the order in which findings are shown."""
    of_links = OF_LINKS if context.session.judged and not context.contradicted else ()
    return [finding for rule in (*of_links, *OF_STREAMS) if (finding := rule(context)) is not None]
