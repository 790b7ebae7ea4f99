"""How the opener of each session's connection came by the address: whose answers count, and which of them does."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline, Uncertainty
from wanwitness.correlate.coverage.blind_spots import BlindSpots
from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.correlate.points.hosts import Hosts
from wanwitness.correlate.points.inner_nat import crowds
from wanwitness.correlate.sessions.sessions import Opened
from wanwitness.correlate.sessions.uncounted import FORWARDER, ROUTER, Uncounted
from wanwitness.model import EncryptedDns, FrameRef, Link, Resolution, Session, Stream, Undetermined
from wanwitness.model.resolved import Resolved
from wanwitness.reading.point import Point

from .answers import Answer, History
from .asker import AskedBy, Asker
from .assumptions import FEW_NS, IDLE, LEARNING_NS, MOST_NS, PROMPTLY_NS
from .cut_answers import CutAnswers
from .doubtful_link import settled
from .encrypted import EncryptedUse
from .habits import Habit, Use
from .habits_by_then import HabitsByThen
from .lookup import SECOND
from .lookups import Lookups
from .opening import Connect, Connects, Opening
from .openings import Openings, is_proxied
from .seen import OpenedBy, Seen
from .unkept_answers import UnkeptAnswers
from .which_answer import WhichAnswer

_Named = tuple[Opening, tuple[str, ...]]
_EXACT = Uncertainty(0, 0)


class Found(NamedTuple):
    """How an opener came by an address, and what of its DNS nobody can read."""

    resolved: Resolved
    """The answer that counts, or why none does."""
    unread: tuple[EncryptedDns, ...] = ()
    """Encrypted DNS that may have given the address."""
    cut: tuple[FrameRef, ...] = ()
    """Answers that the snap length cut off, and that may have given it."""


class Resolver:
    """Resolves sessions, each in the light of the other connections that its host opened.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        blind: when a link may have been used that no capture shows.
        links: with what the captures show of them.
        sessions: all sessions.
        covered: when the LAN was captured.
        uncounted: the connections that are no sessions.
        before: what was seen of connections that are not among these any more.
    """

    def __init__(
        self,
        points: Sequence[Point],
        timeline: Timeline,
        blind: BlindSpots,
        links: Sequence[Link],
        sessions: Sequence[Opened],
        covered: Coverage,
        uncounted: Uncounted,
        before: Seen,
    ) -> None:
        self._encrypted = EncryptedUse(points, timeline, links)
        lookups = Lookups(points, timeline, covered, blind, self._encrypted, before.forwarders)
        self._timeline, self._uncounted, self._covered = timeline, uncounted, covered
        self._point_of = {capture: point for point in points for capture in point.captures}
        self._hosts = Hosts(p.rows for p in points if p.role == "lan")
        self._crowds = crowds(points)
        self._cut = CutAnswers(points, timeline, lookups)
        self._unkept = UnkeptAnswers(points, timeline)
        self._openings = Openings(timeline)
        opened = [*before.opened, *self._connects(sessions)]
        self._connected = Connects(opened, uncounted.connects())
        self._which = WhichAnswer(lookups, links, self._connected, covered, self._encrypted)
        self._idle: dict[tuple[str, str, int], list[int]] = {}
        """By the router's name, an address and what time is usual: when answers came that led to no connection."""
        lost_clients, lost_router = before.lost
        clients = list(self._uses(sessions, "client", before.clients))
        router = list(self._uses(sessions, "router", before.router))
        learnt_ns = before.learnt_ns
        if learnt_ns is None:
            since_ns = min((one.session.start_ns for one in sessions), default=0)
            learnt_ns = covered.until(since_ns, since_ns + LEARNING_NS)
        self._of_clients = HabitsByThen(clients, learnt_ns, lost_clients)
        self._of_router = HabitsByThen(router, learnt_ns, lost_router, lone=True)
        self.seen = Seen(learnt_ns, clients, router, opened, lookups.forwarders, before.lost)
        """What is seen by now of hosts and forwarders."""

    def resolved(self, opened: Opened) -> Session:
        """Return a session with how its opener came by its address."""
        found = self._found(opened)
        instead = self._unkept.instead(found.resolved, opened.session) if opened.by != "outside" else None
        resolved = settled(instead or found.resolved, opened.session, self._point_of)
        return replace(
            opened.session,
            resolved=resolved,
            unkept_answers=instead is not None or self._unkept_questions(found, opened.session),
            encrypted_dns=found.unread,
            cut_answers=found.cut,
            asked_name=self._asked_name(opened, resolved.resolution),
        )

    def _unkept_questions(self, found: Found, session: Session) -> bool:
        """Whether encrypted DNS that is not kept is why an answer's way is unknown, as far as one can see."""
        if found.resolved.because != "resolver-link-unknown" or found.unread or found.cut:
            return False
        return self._encrypted.unkept(self._names(session.client.ip), session.start_ns)

    def _found(self, opened: Opened) -> Found:
        """Find the answer that gave a session's opener its address."""
        session = opened.session
        if opened.by == "client":
            return self._client(opened)
        if opened.by == "outside":
            return Found(Resolved(None, None, "no-dns-seen"))
        if session.wan is None:
            return Found(Resolved(None, None, "resolver-link-unknown"))
        if opened.by == "stranger":
            return Found(self._which.unknown_host(self._openings.of_router(session.wan, session)))
        found = self._router(session.wan, session)
        others = [self._router(rival, session) for rival in opened.rivals]
        if found.because is None and any(other.link != found.link for other in others):
            found = Resolved(found.resolution, None, "ambiguous-answer", found.frames)
        if opened.by == "either":
            client = self._client(opened)
            clients = client.resolved
            if clients.link == found.link and clients.because is None:
                return client
            both = clients.because is None and found.because is None
            because: Undetermined = "ambiguous-answer" if both else "resolver-link-unknown"
            return client._replace(resolved=Resolved(None, None, because, found.frames))
        opening = self._openings.of_router(session.wan, session)
        if opened.as_clients:
            found = self._which.may_be_a_clients(opening, found)
        unread = self._encrypted.by_router(opening.at_ns) if found.because == "resolver-link-unknown" else ()
        return Found(found, unread)

    def _asked_name(self, opened: Opened, resolution: Resolution | None) -> str | None:
        """What the client asked for: the question of its latest answer that holds the address it connected to.

        Args:
            opened: the session.
            resolution: what its opener was found to have asked.
        """
        session = opened.session
        if opened.by == "client":
            return resolution.name if resolution else None
        if session.lan is None:
            return None
        history = self._which.histories.of_client(self._names(session.client.ip), session.lan.resp.ip)
        asked = history.latest(self._openings.of_client(session, passed_on=False).at_ns)
        return asked.lookup.exchange.name_of(session.lan.resp.ip) if asked else None

    # Who asked

    def _client(self, opened: Opened) -> Found:
        session = opened.session
        opening = self._openings.of_client(session, passed_on=opened.by == "client")
        names = self._names(session.client.ip)
        habits, crowd = self._of_clients.at(opening.at_ns), self._crowds.get(session.client.ip, ())
        habit = habits.of(min(names), opening.address)
        found = self._which.resolve(opening, Asker(names, "client", habit, habits.beyond_ttl, crowd=crowd))
        if found.because == "no-dns-seen":
            found = self._which.of_others(opening, sorted(self._hosts.perhaps(session.client.ip)))
        found, cut = self._cut.instead(found, names, opening)
        found, unread = self._encrypted.instead(found, names, opening.at_ns)
        return Found(found, unread, cut)

    def _router(self, wan: Stream, session: Session) -> Resolved:
        """Judge a connection that the router opened, for itself or in a client's place.

        One without a side on the LAN may have been opened for a client all the same, where that side was missed.
        """
        opening, name = self._openings.of_router(wan, session), _name(session)
        if is_proxied(session) and self._waited_for(opening):
            opening = replace(opening, since_ns=opening.at_ns)
        found = self._router_as(name, opening)
        if name == FORWARDER or found.own or found.because is not None:
            return found
        if self._connected.last((FORWARDER,), opening.address, opening.at_ns) is None:
            return found
        for_client = self._router_as(FORWARDER, opening)
        return found if for_client.link == found.link else for_client

    def _router_as(self, name: str, opening: Opening) -> Resolved:
        """Judge a connection as one that the router opened under a name."""
        habits = self._of_router.at(opening.at_ns)
        habit = habits.of(name, opening.address)
        idly = self._asks_idly(name, opening, habit)
        names = (name, ROUTER if name == FORWARDER else FORWARDER)
        found = self._which.resolve(opening, Asker(names, "router", habit, habits.beyond_ttl, idly))
        return self._encrypted.unread_by_router(found, opening.at_ns)

    def _waited_for(self, opening: Opening) -> bool:
        """Whether the router asked after the client's SYN, and its own came so soon after the answer that it had waited
        for that: it is no repeat.
        """
        answers = self._which.histories.of_router(opening.address).between(opening.at_ns - PROMPTLY_NS, opening.at_ns)
        return opening.since_ns is not None and any(opening.since_ns <= answer.asked_ns for answer in answers)

    def _asks_idly(self, name: str, opening: Opening, habit: Habit) -> bool:
        """Whether the router, under one of its names, also asks for an address without connecting to it, and connects
        without asking, as far as that was seen by then.
        """
        if not habit.keeps:
            return False
        key = name, opening.address, habit.within_ns
        if key not in self._idle:
            answers = self._which.histories.of_router(opening.address).answers
            self._idle[key] = [answer.came_ns for answer in answers if self._led_nowhere(name, answer, habit.within_ns)]
        until_ns = opening.at_ns - habit.within_ns
        asked = len(self._which.histories.of_router(opening.address).between(-1, until_ns))
        return bisect_right(self._idle[key], until_ns) >= IDLE * asked

    def _led_nowhere(self, name: str, answer: Answer, within_ns: int) -> bool:
        """Whether the router, under one of its names, did not connect within so long after an answer."""
        first = self._connected.first((name,), answer.lookup.data, answer.came_ns)
        return first is None or first.at_ns - answer.came_ns > within_ns

    def _names(self, own: str) -> tuple[str, ...]:
        """The addresses of a host, the one by which it is known first."""
        return (own, *sorted(self._hosts.addresses(own) - {own}))

    # What all connections show

    def _connects(self, sessions: Iterable[Opened]) -> Iterator[OpenedBy]:
        for one in sessions:
            session = one.session
            if session.lan is not None:
                opening = self._openings.of_client(session, passed_on=one.by == "client")
                failed = self._failed_ns(session.lan, session)
                connect = Connect(opening.at_ns, opening.address, opening.frame, failed)
                yield OpenedBy(session.client.ip, connect)
        for wan, session in _of_router(sessions):
            opening, failed = self._openings.of_router(wan, session), self._failed_ns(wan, session)
            yield OpenedBy(_name(session), Connect(opening.at_ns, opening.address, opening.frame, failed))

    def _failed_ns(self, stream: Stream, session: Session) -> int | None:
        """When a connection came to nothing, or the server put the client off."""
        replies = session.dialogue.replies
        put_off = any(reply.code // 100 == 4 for reply in replies) or (bool(replies) and replies[0].code >= 500)
        unanswered = stream.syn is not None and not stream.packets_resp
        return self._timeline.ended(stream) if stream.refused is not None or unanswered or put_off else None

    def _uses(self, sessions: Sequence[Opened], by: AskedBy, before: Iterable[Use]) -> Iterator[Use]:
        """How each connection whose SYN was captured follows the latest answer; those before as they were."""
        last: dict[tuple[str, str], FrameRef | None] = {}
        named = ((one.session.start_ns, self._opened_by(one, by)) for one in sessions)
        gone: Iterator[tuple[int, _Named | Use | None]] = ((use.at_ns, use) for use in before)
        for _, row in heapq.merge(named, self._no_sessions(sessions, by), gone, key=lambda one: one[0]):
            use = self._use(*row, by, last) if isinstance(row, tuple) else row
            if use is not None:
                if use.answer is not None:
                    last[use.host, use.address] = use.answer
                yield use

    def _use(
        self,
        opening: Opening,
        names: tuple[str, ...],
        by: AskedBy,
        last: Mapping[tuple[str, str], FrameRef | None],
    ) -> Use | None:
        """How a connection follows the latest answer; None where its SYN was not captured.

        Args:
            opening: its own.
            names: of its host.
            by: who that is.
            last: by host and address, the answer that the connection before it followed.
        """
        if not opening.seen:
            return None
        host, at_ns = min(names), opening.at_ns
        history = self._which.histories.of(by, names, opening.address)
        latest = history.latest(at_ns)
        if latest is None:
            spent = self._held_too_long(opening, history)
            return Use(at_ns, opening.frame, host, opening.address, None, first=False, expired=spent)
        age_ns = at_ns - latest.came_ns
        return Use(
            at_ns,
            opening.frame,
            host,
            opening.address,
            age_ns,
            first=last.get((host, opening.address)) != latest.lookup.frame,
            expired=at_ns > latest.expires_ns + SECOND and age_ns > MOST_NS,
            took_ns=latest.came_ns - latest.asked_ns,
            unwaited=age_ns > FEW_NS and self._unwaited(opening, names, history),
            answer=latest.lookup.frame,
        )

    def _held_too_long(self, opening: Opening, history: History) -> bool:
        """Whether what a host got before the capture was over, as long as its answers are good: it asks here, too."""
        held_ns = max((answer.expires_ns - answer.came_ns for answer in history.answers), default=None)
        return held_ns is not None and opening.at_ns - self._covered.since(opening.at_ns) > held_ns

    def _opened_by(self, one: Opened, by: AskedBy) -> _Named | None:
        """The opening of a session, if those opened it that are asked about, and the names of who did."""
        session = one.session
        if one.by != by:
            return None
        if by == "client":
            return self._openings.of_client(session, passed_on=True), self._names(session.client.ip)
        return None if session.wan is None else (self._openings.of_router(session.wan, session), (_name(session),))

    def _no_sessions(self, sessions: Sequence[Opened], by: AskedBy) -> Iterator[tuple[int, _Named]]:
        """The same of connections that are no sessions, each behind its time."""
        routers = {one.session.wan.orig.ip for one in sessions if one.by == "router" and one.session.wan is not None}
        streams = (stream for one in sessions for stream in (one.session.lan, one.session.wan) if stream is not None)
        addresses = {stream.resp.ip for stream in streams} | self._uncounted.servers
        for one in self._uncounted.openings(addresses, by_client=by == "client", routers=routers):
            names = self._names(one.by) if by == "client" else (one.by,)
            opening = Opening(one.address, one.frame, one.at_ns, _EXACT, one.at_ns, None)
            yield one.at_ns, (opening, names)

    def _unwaited(self, opening: Opening, names: tuple[str, ...], history: History) -> bool:
        """Whether the host's question was open when it connected, and it made no connection with the answer."""
        return any(
            answer.asked_ns <= opening.at_ns
            and not self._connected.between(
                names, answer.lookup.data, answer.came_ns, answer.came_ns + FEW_NS, but=opening.frame
            )
            for answer in history.between(opening.at_ns, opening.at_ns + FEW_NS)
        )


def _name(session: Session) -> str:
    """The name that a connection which the router opened goes by."""
    return ROUTER if session.lan is None else FORWARDER


def _of_router(sessions: Iterable[Opened]) -> list[tuple[Stream, Session]]:
    """The router's own connections, what may be such, and those that may belong to one session or another."""
    found: dict[Stream, tuple[Stream, Session]] = {}
    for one in sessions:
        wan = one.session.wan
        if wan is None and one.by != "client":
            found.update((stream, (stream, one.session)) for stream in one.rivals)
        elif wan is not None and one.by in ("router", "stranger", "either"):
            found[wan] = (wan, one.session)
    return list(found.values())
