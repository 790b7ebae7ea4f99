"""Sessions: LAN and WAN streams joined, each with the answer that gave its address."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from wanwitness.model import Capture, Crossing, FrameRef, Link, Session, Site, Stream
from wanwitness.protocols.point import MailStream

from . import clocks, crossings, resolutions, roles
from .crossings import Pair
from .hosts import Hosts
from .lookups import Lookups
from .point import Point
from .resolutions import Opening, Resolved
from .streamref import stream_ref
from .timeline import Timeline


@dataclass(slots=True)
class Correlated:
    """The joined rows of all points."""

    sessions: list[Session]
    links: tuple[Link, ...]
    timeline: Timeline
    resolved: dict[str, Resolved]
    """Session id to how its address was come by."""
    encrypted_dns: dict[str, tuple[FrameRef, ...]]
    """Session id to the frames in which its opener's host used encrypted DNS before."""


def correlate(points: Sequence[Point], captures: list[Capture], site: Site) -> Correlated:
    """Join what all capture points saw.

    Raises:
        UsageError: the points cannot be of one site.
    """
    links = roles.infer(points, site)
    lans = [mail for p in points if p.role == "lan" for mail in p.rows.mail]
    wans = [(p, mail) for p in points if p.role == "wan" for mail in p.rows.mail]
    pairs = crossings.by_sequence(lans, wans)
    timeline = _timeline(points, pairs)
    taken = {id(pair.lan) for pair in pairs} | {id(m) for p in pairs for m in (p.wan, p.wan_return) if m}
    pairs += crossings.by_dialogue(
        [lan for lan in lans if id(lan) not in taken],
        [(point, wan) for point, wan in wans if id(wan) not in taken],
        timeline.aligned,
        timeline.slack,
    )
    taken |= {id(pair.lan) for pair in pairs} | {id(pair.wan) for pair in pairs}
    lookups = Lookups(points, timeline)
    builder = _Builder(points, captures, links, timeline, lookups)
    for pair in pairs:
        builder.crossed(pair)
    for mail in lans:
        if id(mail) not in taken:
            builder.lan_only(mail)
    for point, mail in wans:
        if id(mail) not in taken:
            builder.wan_only(point, mail)
    return builder.build()


def _timeline(points: Sequence[Point], pairs: Sequence[Pair]) -> Timeline:
    point_of = {capture: point for point in points for capture in point.captures}
    first = next((p for p in points if p.role == "lan"), points[0])
    tied = [
        (
            point_of[pair.lan.stream.first.capture].same_clock,
            pair.lan.stream,
            pair.wan_point.same_clock,
            pair.wan.stream,
        )
        for pair in pairs
    ]
    estimated = clocks.estimate(first.same_clock, tied, {point.same_clock for point in points})
    return Timeline({capture: point.same_clock for capture, point in point_of.items()}, estimated)


class _Builder:
    """Makes sessions of pairs and of what stayed alone."""

    def __init__(
        self,
        points: Sequence[Point],
        captures: list[Capture],
        links: tuple[Link, ...],
        timeline: Timeline,
        lookups: Lookups,
    ) -> None:
        self._captures, self._links, self._timeline, self._lookups = captures, links, timeline, lookups
        self._hosts = Hosts(p.rows.macs for p in points if p.role == "lan")
        self._has_lan = any(p.role == "lan" for p in points)
        self._encrypted = [(p, p.rows.encrypted_dns) for p in points]
        self._sessions: list[Session] = []
        self._openers: dict[str, str] = {}
        """Session id to who opened the connection: `client`, `router`, `stranger`."""

    def crossed(self, pair: Pair) -> None:
        """Add a session seen on both sides."""
        lan, wan = pair.lan.stream, pair.wan.stream
        rewritten = pair.method == "dialogue" or lan.resp != wan.resp
        certain = not any(rival.label != pair.wan_point.label for rival in pair.rivals)
        session = self._session(pair.lan, pair.wan, pair.wan_return)
        if certain:
            session.transport_link = pair.wan_point.label
            session.crossing = Crossing(
                pair.wan_point.label, wan.orig, wan.resp, pair.method, pair.confidence, pair.runner_up, pair.frames
            )
        self._add(session, "router" if rewritten else "client")

    def lan_only(self, mail: MailStream) -> None:
        """Add a session that no WAN capture shows."""
        self._add(self._session(mail, None, None), "client")

    def wan_only(self, point: Point, mail: MailStream) -> None:
        """Add a session that no LAN capture shows: the router's own, if the LAN side was captured."""
        session = self._session(None, mail, None)
        session.transport_link = point.label
        frames = (mail.stream.syn or mail.stream.first,)
        session.crossing = Crossing(point.label, mail.stream.orig, mail.stream.resp, "one-sided", 1.0, None, frames)
        self._add(session, "router" if self._has_lan else "stranger")

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

    def build(self) -> Correlated:
        """Resolve every session and return them in order of time."""
        self._sessions.sort(key=lambda s: (s.start_ns, s.id))
        opened_by_router = self._router_connects()
        resolved: dict[str, Resolved] = {}
        encrypted: dict[str, tuple[FrameRef, ...]] = {}
        for session in self._sessions:
            found, frames = self._resolve(session, opened_by_router)
            resolved[session.id], session.resolution, session.resolver_link = found, found.resolution, found.link
            if frames:
                encrypted[session.id] = frames
            session.asked_name = self._asked_name(session)
        return Correlated(self._sessions, self._links, self._timeline, resolved, encrypted)

    def _router_connects(self) -> dict[str, list[int]]:
        """When the router opened connections of its own, by destination address."""
        times: dict[str, list[int]] = defaultdict(list)
        for session in self._sessions:
            if self._openers[session.id] == "router" and session.wan is not None:
                times[session.wan.resp.ip].append(self._timeline.aligned(session.wan.first, session.wan.start_ns))
        return times

    def _resolve(
        self, session: Session, opened_by_router: dict[str, list[int]]
    ) -> tuple[Resolved, tuple[FrameRef, ...]]:
        opener = self._openers[session.id]
        if opener == "client":
            assert session.lan is not None
            opening = self._opening(session.lan, session.lan.connects_before)
            host = self._hosts.addresses(session.client.ip)
            found = resolutions.of_client(opening, host, self._lookups, self._links)
            frames = self._encrypted_before(host, "lan", opening.at_ns) if found.because == "no-dns-seen" else ()
            if frames:
                found = Resolved(None, None, "resolver-link-unknown", frames)
            return found, frames
        if opener == "stranger" or session.wan is None:
            return Resolved(None, None, "resolver-link-unknown"), ()
        opening = self._opening(session.wan, ())
        before = [at for at in opened_by_router[opening.address] if at < opening.at_ns]
        opening = Opening(opening.address, opening.frame, opening.at_ns, before)
        found = resolutions.of_router(opening, self._lookups, self._links, self._timeline)
        frames = ()
        if found.resolution is None:
            frames = self._encrypted_before(frozenset((session.wan.orig.ip,)), "wan", opening.at_ns)
        return found, frames

    def _opening(self, stream: Stream, connects_before: Sequence[int]) -> Opening:
        frame = stream.syn or stream.first
        aligned = self._timeline.aligned
        return Opening(
            stream.resp.ip,
            frame,
            aligned(frame, stream.start_ns),
            [aligned(frame, at) for at in connects_before],
        )

    def _encrypted_before(self, host: frozenset[str], role: str, at_ns: int) -> tuple[FrameRef, ...]:
        frames = []
        for point, opened in self._encrypted:
            if point.role == role:
                for address in sorted(host & opened.keys()):
                    before = [f for ts, f in opened[address] if self._timeline.aligned(f, ts) <= at_ns]
                    frames += before[-1:]
        return tuple(frames)

    def _asked_name(self, session: Session) -> str | None:
        """What the client asked for: the question of its latest answer that holds the address it connected to."""
        if self._openers[session.id] == "client":
            return session.resolution.name if session.resolution else None
        if session.lan is None:
            return None
        opening = self._opening(session.lan, ())
        asked = resolutions.of_client(
            opening, self._hosts.addresses(session.client.ip), self._lookups, self._links
        ).resolution
        return asked.name if asked else None


def session_id(stream: Stream) -> str:
    """Return the session's name: the same in every run, however the captures are cut."""
    isn = "" if stream.isn_orig is None else str(stream.isn_orig)
    content = f"{stream.orig.ip}|{stream.orig.port}|{stream.resp.ip}|{stream.resp.port}|{isn}|{stream.start_ns}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
