"""How the opener of each session's connection came by the address: whose answers count, and which of them does."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from wanwitness.model import EncryptedDns, Link, Stream

from .cut_answers import CutAnswers
from .encrypted import EncryptedUse
from .hosts import Hosts
from .lookups import Lookups
from .point import Point
from .resolutions import Opening, Resolutions
from .resolved import Resolved
from .sessions import Opened
from .timeline import Timeline

Found = tuple[Resolved, tuple[EncryptedDns, ...]]
"""The answer that counts, or why none does, and the DNS that nobody can read and that may have given the address."""


class Origins:
    """Resolves sessions, each in the light of the other connections that its host opened.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        lookups: all DNS.
        links: with what the captures show of them.
        sessions: all sessions.
    """

    def __init__(
        self,
        points: Sequence[Point],
        timeline: Timeline,
        lookups: Lookups,
        links: Sequence[Link],
        sessions: Sequence[Opened],
    ) -> None:
        self._timeline = timeline
        self._resolutions = Resolutions(lookups, timeline, links)
        self._hosts = Hosts(p.rows for p in points if p.role == "lan")
        self._encrypted = EncryptedUse(points, timeline)
        self._cut = CutAnswers(points, timeline, lookups)
        self._opened_by_hosts: dict[tuple[str, str], list[int]] = defaultdict(list)
        """When a LAN host's connections to an address were first seen, also those whose opening was not captured."""
        lans = [one.session.lan for one in sessions if one.session.lan is not None]
        for stream in sorted(lans, key=lambda lan: lan.start_ns):
            self._opened_by_hosts[stream.orig.ip, stream.resp.ip].append(stream.start_ns)
        self._opened_by_router: dict[str, list[int]] = defaultdict(list)
        """When the router opened connections of its own, or may have, by destination address, in order of time."""
        for stream in _routers(sessions):
            self._opened_by_router[stream.resp.ip].append(self._opening(stream, ()).at_ns)
        for opened in self._opened_by_router.values():
            opened.sort()

    def of(self, opened: Opened) -> Found:
        """Find the answer that gave a session's opener its address."""
        session = opened.session
        if opened.by == "client":
            return self._of_client(opened)
        if opened.by == "outside":
            return Resolved(None, None, "no-dns-seen"), ()
        if session.wan is None:
            return Resolved(None, None, "resolver-link-unknown"), ()
        if opened.by == "stranger":
            return self._resolutions.unknown_host(self._opening(session.wan, ())), ()
        found = self._of_router(session.wan)
        others = [self._of_router(rival) for rival in opened.rivals]
        if found.because is None and any(other.link != found.link for other in others):
            found = Resolved(found.resolution, None, "ambiguous-answer", found.frames)
        if opened.by == "either":
            clients, unread = self._of_client(opened)
            if clients.link == found.link and clients.because is None:
                return clients, unread
            both = clients.because is None and found.because is None
            return Resolved(None, None, "ambiguous-answer" if both else "resolver-link-unknown", found.frames), unread
        opening = self._opening(session.wan, ())
        unread = self._encrypted.by_router(opening.at_ns) if found.because == "resolver-link-unknown" else ()
        return found, unread

    def asked_name(self, opened: Opened) -> str | None:
        """What the client asked for: the question of its latest answer that holds the address it connected to."""
        session = opened.session
        if opened.by == "client":
            return session.resolution.name if session.resolution else None
        if session.lan is None:
            return None
        opening = self._opening(session.lan, ())
        asked = self._resolutions.of_client(opening, self._hosts.addresses(session.client.ip)).resolution
        return asked.name if asked else None

    def _of_client(self, opened: Opened) -> Found:
        session, stream = opened.session, opened.session.lan
        assert stream is not None
        times = self._opened_by_hosts[stream.orig.ip, stream.resp.ip]
        before = bisect_left(times, stream.start_ns)
        opening = self._opening(stream, [*stream.connects_before, *times[max(0, before - 1) : before]])
        wan = session.wan
        passed_on = wan is not None and wan.syn is not None and opened.by == "client"
        if stream.syn is None and wan is not None and passed_on and self._timeline.tied(wan.first):
            seen = self._opening(wan, ())  # when it was opened is better known from there
            opening = replace(opening, frame=seen.frame, at_ns=seen.at_ns, doubt=seen.doubt)
        host = self._hosts.addresses(session.client.ip)
        found, session.cut_answers = self._cut.instead(self._resolutions.of_client(opening, host), host, opening)
        return self._encrypted.instead(found, host, opening.at_ns)

    def _of_router(self, wan: Stream) -> Resolved:
        opening = self._opening(wan, ())
        times = self._opened_by_router[opening.address]
        before = bisect_left(times, opening.at_ns)
        return self._resolutions.of_router(replace(opening, connects_before=times[max(0, before - 1) : before]))

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


def _routers(sessions: Sequence[Opened]) -> list[Stream]:
    """The router's own connections, and those that may belong to one session or another."""
    found: dict[int, Stream] = {}
    for one in sessions:
        wan = one.session.wan
        if wan is None and one.by != "client":
            found.update((id(stream), stream) for stream in one.rivals)
        elif wan is not None and one.by == "router":
            found[id(wan)] = wan
    return list(found.values())
