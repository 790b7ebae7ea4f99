"""Sessions: LAN and WAN streams joined, each with the answer that gave its address."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from wanwitness.model import Capture, Crossing, EncryptedDns, Link, Session, Shown, Site, Span, Stream
from wanwitness.protocols.point import MailStream

from . import choosing, roles, shown, tying
from .blindness import blindness
from .coverage import Coverage, coverage_of
from .cut_answers import CutAnswers
from .dialogues import PROXY_START_NS, by_dialogue, by_words
from .encrypted import EncryptedUse
from .hosts import Hosts
from .lookup import FORWARDER_PATIENCE_NS
from .lookups import Lookups
from .openings import by_opening
from .pair import Pair, Wan, opening_frames
from .point import Point
from .randoms import by_randoms
from .resolutions import Opening, Resolutions
from .resolved import Resolved
from .sequence import by_sequence
from .streamref import stream_ref
from .timeline import Timeline

INITIAL_HOPS = frozenset((32, 64, 128, 255))
"""The hops that operating systems give a packet: a router that passes one on takes one away."""
SHOWN = 10
"""Other connections that a session may be, whose frames are named."""


@dataclass(slots=True)
class Correlated:
    """The joined rows of all points."""

    sessions: list[Session]
    resolved: dict[str, Resolved]
    """Session id to how its address was come by."""
    encrypted_dns: dict[str, tuple[EncryptedDns, ...]]
    """Session id to the DNS that nobody can read, and that may have given its address."""
    links: tuple[Link, ...]
    lan: tuple[Shown, ...]
    """What the captures show of the LAN."""
    timeline: Timeline
    gaps: dict[int, list[Span]]
    """Capture to the gaps of its capture point, which may be in other files."""


def correlate(
    points: Sequence[Point], captures: list[Capture], site: Site, coverage: Sequence[Span] = ()
) -> Correlated:
    """Join what all capture points saw.

    Args:
        points: the capture points; those without a role are given one.
        captures: all captures.
        site: what the user says of the site.
        coverage: what time the captures cover, for its gaps.

    Raises:
        UsageError: the points cannot be of one site.
    """
    links = roles.infer(points, site)
    choosing.choose(points)
    lans = _each_once((p, mail) for p in points if p.role == "lan" for mail in p.rows.mail)
    wans = _each_once((p, mail) for p in points if p.role == "wan" for mail in p.rows.mail)
    streams = [mail for _, mail in lans]
    sequenced = by_sequence(streams, wans)
    clear = [pair for pair in sequenced.pairs if pair.clear]
    timeline = tying.tie(points, captures, clear, [])
    if len(clear) < len(sequenced.pairs):
        sequenced = by_sequence(streams, wans, timeline)
        clear = [pair for pair in sequenced.pairs if pair.clear]
        timeline = tying.tie(points, captures, clear, [])
    taken = {id(pair.lan) for pair in sequenced.pairs} | sequenced.accounted | sequenced.back_only.keys()
    alone, rest = _left(streams, wans, taken)
    pairs = sequenced.pairs + by_randoms(alone, rest, timeline)
    if len(pairs) > len(sequenced.pairs):
        clear += [pair for pair in pairs[len(sequenced.pairs) :] if pair.clear and pair.opener == "client"]
        timeline = tying.tie(points, captures, clear, [])
        alone, rest = _left(alone, rest, _used(pairs))
    # Where nothing else tells how a clock stands, what a proxy repeated word for word does; but not where words may be
    # rare because others were lost.
    adrift = [wan for wan in rest if timeline.clock(wan[1].stream.first.capture) is None]
    if adrift and not any(mail.stream.gaps for mail in (*alone, *(mail for _, mail in rest))):
        words = by_words(alone, adrift)
        timeline = tying.tie(points, captures, clear, words) if words else timeline
    proxied = by_dialogue(alone, rest, timeline)
    if proxied:
        timeline = tying.tie(points, captures, clear, proxied)
    pairs += proxied
    pairs += by_opening(*_left(alone, rest, _used(proxied)), timeline)
    taken |= _used(pairs)
    uncrossed = [mail for _, mail in lans if id(mail) not in taken or id(mail) in sequenced.back_only]
    lan = [point for point in points if point.role == "lan"]
    # A question put in a gap may be forwarded for a while behind it.
    covered = coverage_of(lan, captures, timeline, coverage, FORWARDER_PATIENCE_NS)
    gone = [mail for mail in uncrossed if id(mail) not in sequenced.turned_back]
    links = shown.fill(links, points, timeline)
    unclaimed = [mail for _, mail in wans if id(mail) not in taken]
    blind = blindness(points, captures, site, timeline, coverage, gone, pairs, unclaimed)
    lookups = Lookups(points, timeline, covered, blind)
    builder = _Builder(points, captures, covered, timeline, lookups, links)
    for pair in pairs:
        builder.crossed(pair)
    for mail in uncrossed:
        builder.lan_only(mail, sequenced.back_only.get(id(mail)), outward=id(mail) not in sequenced.turned_back)
    for point, mail in wans:
        if id(mail) not in taken:
            builder.wan_only(point, mail)
    sessions, resolved, encrypted = builder.build()
    links = shown.with_relays(links, sessions, points)
    of_lan = shown.of_lan(points, timeline)
    return Correlated(sessions, resolved, encrypted, links, of_lan, timeline, _gaps(points, coverage))


def _used(pairs: Iterable[Pair]) -> set[int]:
    """Identities of the streams of some pairs."""
    return {id(mail) for pair in pairs for mail in (pair.lan, pair.wan)}


def _left(
    lans: Iterable[MailStream], wans: Iterable[Wan], taken: Collection[int]
) -> tuple[list[MailStream], list[Wan]]:
    """What of both sides has no other side yet."""
    return [mail for mail in lans if id(mail) not in taken], [wan for wan in wans if id(wan[1]) not in taken]


def _gaps(points: Iterable[Point], coverage: Iterable[Span]) -> dict[int, list[Span]]:
    """Capture to the gaps of its capture point."""
    of_capture: dict[int, list[Span]] = {}
    for point in points:
        gaps: list[Span] = []  # one list for all of them
        of_capture.update(dict.fromkeys(point.captures, gaps))
    for span in coverage:
        if span.kind == "gap":
            of_capture[span.capture].append(span)
    return of_capture


def _each_once(seen: Iterable[Wan]) -> list[Wan]:
    """Leave out what a second capture of the same side wrote down as well."""
    once: dict[object, Wan] = {}
    for point, mail in seen:
        stream = mail.stream
        place: object = (point.label, stream.orig, stream.resp, stream.isn_orig, stream.isn_resp)
        if stream.isn_orig is None or place not in once or once[place][0] is point:
            once[id(mail) if stream.isn_orig is None or place in once else place] = (point, mail)
    return list(once.values())


class _Builder:
    """Makes sessions of pairs and of what stayed alone."""

    def __init__(
        self,
        points: Sequence[Point],
        captures: list[Capture],
        covered: Coverage,
        timeline: Timeline,
        lookups: Lookups,
        links: Sequence[Link],
    ) -> None:
        self._captures, self._covered, self._timeline = captures, covered, timeline
        self._resolutions = Resolutions(lookups, timeline, links)
        self._hosts = Hosts(p.rows.macs for p in points if p.role == "lan")
        self._encrypted = EncryptedUse(points, timeline)
        self._cut = CutAnswers(points, timeline, lookups)
        self._own = _own_addresses(points, links)
        self._sessions: list[Session] = []
        self._openers: dict[str, str] = {}
        """Session id to who opened the connection: `client`, `router`, `either` of these, a `stranger` (one of
        them, and nobody saw which), or somebody `outside`."""
        self._rivals: dict[str, list[Stream]] = {}
        """Session id to other streams of the same link that may be its WAN side."""
        self._opened_by: dict[tuple[str, str], list[int]] = defaultdict(list)
        """When a LAN host's connections to an address were first seen, also those whose opening was not captured."""
        self._unpaired: list[int] = []
        """When the LAN's connections were opened that went out, and that no WAN capture shows; in order."""
        self._hidden: list[Stream] = []
        """The router's connections that may belong to one session or another."""

    def crossed(self, pair: Pair) -> None:
        """Add a session seen on both sides."""
        lan, wan = pair.lan.stream, pair.wan.stream
        opener = "outside" if _from_outside(lan, wan) else pair.opener
        if pair.link is None:
            session = self._session(pair.lan, None, None)
            rivals = pair.rivals[:SHOWN]
            session.candidates = pair.frames + tuple(f for _, mail in rivals for f in opening_frames(mail.stream))
            self._add(session, opener)
            self._hidden += [wan, *(mail.stream for _, mail in pair.rivals)] if opener != "client" else []
            return
        if pair.wan_return is not None:  # what either link did not carry is no gap
            wan.gaps = [gap for gap in wan.gaps if gap.direction == "orig"]
            pair.wan_return.stream.gaps = [gap for gap in pair.wan_return.stream.gaps if gap.direction == "resp"]
        session = self._session(pair.lan, pair.wan, pair.wan_return)
        session.transport_link = pair.link
        session.crossing = Crossing(
            pair.link, wan.orig, wan.resp, pair.method, pair.confidence, pair.runner_up, pair.frames
        )
        self._rivals[session.id] = [mail.stream for _, mail in pair.rivals]
        self._add(session, opener)

    def lan_only(self, mail: MailStream, back: Wan | None, *, outward: bool) -> None:
        """Add a session that no WAN capture shows, or of which one shows the server's packets alone."""
        session = self._session(mail, None, back[1] if back else None)
        self._add(session, "client")
        if outward:
            insort(self._unpaired, session.start_ns)

    def wan_only(self, point: Point, mail: MailStream) -> None:
        """Add a session that no LAN capture shows: the router's own, if the LAN side was captured then.

        Where it shows connections of that time that went out nobody knows where, it may be one of those as well.
        """
        session = self._session(None, mail, None)
        stream = mail.stream
        frames = (stream.syn or stream.first,)
        if stream.packets_orig or not any(other.stream.packets_orig for other in point.rows.mail):
            session.transport_link = point.label
            session.crossing = Crossing(point.label, stream.orig, stream.resp, "one-sided", 1.0, None, frames)
        seen = self._timeline.tied(frames[0]) and self._covered.covers(session.start_ns)
        near = bisect_left(self._unpaired, session.start_ns - PROXY_START_NS)
        alone = near == len(self._unpaired) or self._unpaired[near] > session.start_ns + PROXY_START_NS
        to_router = stream.resp.ip in self._own[point.label]
        # Of a connection that came to nothing one lost packet may hide the LAN side; but it had a hop more there.
        passed_on = not stream.payload_orig + stream.payload_resp and stream.ttl_orig not in INITIAL_HOPS
        own = seen and alone and not passed_on
        self._add(session, "outside" if to_router else "router" if own else "stranger")

    def _session(self, lan: MailStream | None, wan: MailStream | None, back: MailStream | None) -> Session:
        shown = lan or wan
        assert shown is not None
        stream = shown.stream
        told = [mail for mail in (lan, wan) if mail is not None]
        # The side that lost less tells what was said; the LAN side where both are whole.
        best = min(told, key=lambda mail: (len(mail.stream.gaps), -len(mail.dialogue.replies)))
        aligned = self._timeline.aligned
        return Session(
            id=session_id(stream),
            start_ns=aligned(stream.first, stream.start_ns),
            end_ns=max(aligned(mail.stream.last, mail.stream.last_ns) for mail in told),
            client=stream.orig,
            server=stream.resp,
            dialogue=best.dialogue,
            lan=lan.stream if lan else None,
            wan=wan.stream if wan else None,
            wan_return=back.stream if back else None,
            lan_stream=stream_ref(lan.stream, self._captures) if lan else None,
            wan_stream=stream_ref(wan.stream, self._captures) if wan else None,
            return_stream=stream_ref(back.stream, self._captures) if back else None,
        )

    def _add(self, session: Session, opener: str) -> None:
        self._openers[session.id] = opener
        self._sessions.append(session)

    def build(self) -> tuple[list[Session], dict[str, Resolved], dict[str, tuple[EncryptedDns, ...]]]:
        """Resolve every session; return them in order of time, with what was found, and encrypted DNS before them."""
        self._sessions.sort(key=lambda s: (s.start_ns, s.id))
        for stream in sorted((s.lan for s in self._sessions if s.lan is not None), key=lambda lan: lan.start_ns):
            self._opened_by[stream.orig.ip, stream.resp.ip].append(stream.start_ns)
        opened_by_router = self._router_connects()
        resolved: dict[str, Resolved] = {}
        encrypted: dict[str, tuple[EncryptedDns, ...]] = {}
        for session in self._sessions:
            found, unread = self._resolve(session, opened_by_router)
            resolved[session.id], session.resolution, session.resolver_link = found, found.resolution, found.link
            if unread:
                encrypted[session.id] = unread
            session.asked_name = self._asked_name(session)
        return self._sessions, resolved, encrypted

    def _router_connects(self) -> dict[str, list[int]]:
        """When the router opened connections of its own, by destination address, in order of time."""
        times: dict[str, list[int]] = defaultdict(list)
        own = [s.wan for s in self._sessions if self._openers[s.id] == "router" and s.wan is not None]
        for stream in {id(stream): stream for stream in (*own, *self._hidden)}.values():
            times[stream.resp.ip].append(self._opening(stream, ()).at_ns)
        for opened in times.values():
            opened.sort()
        return times

    def _resolve(
        self, session: Session, opened_by_router: dict[str, list[int]]
    ) -> tuple[Resolved, tuple[EncryptedDns, ...]]:
        opener = self._openers[session.id]
        if opener == "client":
            return self._of_client(session)
        if opener == "outside":
            return Resolved(None, None, "no-dns-seen"), ()
        if session.wan is None:
            return Resolved(None, None, "resolver-link-unknown"), ()
        if opener == "stranger":
            return self._resolutions.unknown_host(self._opening(session.wan, ())), ()
        found = self._of_router(session.wan, opened_by_router)
        others = [self._of_router(rival, opened_by_router) for rival in self._rivals.get(session.id, ())]
        if found.because is None and any(other.link != found.link for other in others):
            found = Resolved(found.resolution, None, "ambiguous-answer", found.frames)
        if opener == "either":
            clients, unread = self._of_client(session)
            if clients.link == found.link and clients.because is None:
                return clients, unread
            both = clients.because is None and found.because is None
            return Resolved(None, None, "ambiguous-answer" if both else "resolver-link-unknown", found.frames), unread
        opening = self._opening(session.wan, ())
        unread = self._encrypted.by_router(opening.at_ns) if found.because == "resolver-link-unknown" else ()
        return found, unread

    def _of_client(self, session: Session) -> tuple[Resolved, tuple[EncryptedDns, ...]]:
        stream = session.lan
        assert stream is not None
        opened = self._opened_by[stream.orig.ip, stream.resp.ip]
        before = bisect_left(opened, stream.start_ns)
        opening = self._opening(stream, [*stream.connects_before, *opened[max(0, before - 1) : before]])
        wan = session.wan
        passed_on = wan is not None and wan.syn is not None and self._openers[session.id] == "client"
        if stream.syn is None and wan is not None and passed_on and self._timeline.tied(wan.first):
            seen = self._opening(wan, ())  # when it was opened is better known from there
            opening = replace(opening, frame=seen.frame, at_ns=seen.at_ns, doubt=seen.doubt)
        host = self._hosts.addresses(session.client.ip)
        found, session.cut_answers = self._cut.instead(self._resolutions.of_client(opening, host), host, opening)
        return self._encrypted.instead(found, host, opening.at_ns)

    def _of_router(self, wan: Stream, opened_by_router: dict[str, list[int]]) -> Resolved:
        opening = self._opening(wan, ())
        opened = opened_by_router[opening.address]
        before = bisect_left(opened, opening.at_ns)
        opening = replace(opening, connects_before=opened[max(0, before - 1) : before])
        return self._resolutions.of_router(opening)

    def _opening(self, stream: Stream, connects_before: Sequence[int]) -> Opening:
        frame = stream.syn or stream.first
        moment = self._timeline.moment(frame, stream.start_ns)
        return Opening(
            stream.resp.ip,
            frame,
            moment.at_ns,
            self._timeline.doubt_at(frame, moment),
            [self._timeline.aligned(frame, at) for at in connects_before],
        )

    def _asked_name(self, session: Session) -> str | None:
        """What the client asked for: the question of its latest answer that holds the address it connected to."""
        if self._openers[session.id] == "client":
            return session.resolution.name if session.resolution else None
        if session.lan is None:
            return None
        opening = self._opening(session.lan, ())
        asked = self._resolutions.of_client(opening, self._hosts.addresses(session.client.ip)).resolution
        return asked.name if asked else None


def _from_outside(lan: Stream, wan: Stream) -> bool:
    """Whether a stranger opened the connection, to a server on the LAN: it had more hops left on the WAN."""
    hops = (lan.ttl_orig, wan.ttl_orig)
    return lan.orig.ip == wan.orig.ip and None not in hops and (hops[0] or 0) < (hops[1] or 0)


def _own_addresses(points: Iterable[Point], links: Iterable[Link]) -> dict[str, set[str]]:
    """The router's addresses by link: configured or given ones, and those that name servers were asked from."""
    own: dict[str, set[str]] = defaultdict(set)
    for link in links:
        given = {row.value for row in link.shown if row.what == "address" and row.source != "inferred"}
        own[link.name] |= given if "addresses" in link.filled else {*given, *link.addresses}
    for point in points:
        if point.role == "wan":
            own[point.label] |= {exchange.client.ip for exchange in point.rows.dns}
    return own


def session_id(stream: Stream) -> str:
    """Return the session's name: the same in every run, however the captures are cut."""
    isn = "" if stream.isn_orig is None else str(stream.isn_orig)
    content = f"{stream.orig.ip}|{stream.orig.port}|{stream.resp.ip}|{stream.resp.port}|{isn}|{stream.start_ns}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
