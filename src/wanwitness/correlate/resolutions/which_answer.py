"""Which DNS answer gave a session its address.

It is the latest answer holding the address that reached the host that opened the connection before its SYN, if no other
can have been used. Where answers for one address that are still in force reached that host through different links, the
latest counts only where it is plainly this connection's own: it came as shortly before as this host usually connects
(`habits`), and nothing else that was captured would look the same (each kind of that is an `Objection`). Where all came
through one link, an answer that the host had kept counts too, unless a nearer one may have been missed. Everything else
is left undetermined, with what it may have been and why that cannot be told.

The router's own connections are judged alike, with one rule more: a router also asks for other reasons (health checks,
renewals), so an answer counts only where it, or the connection before which it was kept, follows the question.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from wanwitness.correlate.coverage import Coverage
from wanwitness.correlate.resolved import Resolved
from wanwitness.correlate.timeline import Timeline
from wanwitness.model import Candidate, FrameRef, Link, Objection, Resolution

from .answers import Answer, History, answer_of
from .habits import Habit
from .lookup import SECOND, Lookup, traced
from .lookups import NEARLY_OVER, Lookups
from .opening import Connects, Opening

AskedBy = Literal["client", "router"]

RETRY_NS = 300 * SECOND
"""A program may try again for so long with what it knows: postfix's queue comes back to a mail after 300 s at first."""
PROMPTLY_NS = SECOND // 10
"""A router of whose habits little is known connects so soon after an answer that it asked for to connect."""
SHOWN = 20
"""Candidates, and frames of one kind, that are named at most."""
_MOST_MOMENTS = 32
"""A connection whose SYN was not captured may follow so many answers; beyond, nobody needs to go through them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who opened a connection, and what is known of how it goes about that."""

    names: tuple[str, ...]
    """By which its connections are known: a host's addresses, or the router's names, that of this one first."""
    by: AskedBy
    habit: Habit
    beyond_ttl: bool
    """Whether it may use answers whose time is over."""
    idly: bool = False
    """Whether it also asks without connecting, and connects without asking."""
    crowd: tuple[FrameRef, ...] = ()
    """The frames which show that several hosts have its address."""


class WhichAnswer:
    """Finds the answer that counts.

    Args:
        lookups: all DNS.
        timeline: the clocks.
        links: with what the captures show of them.
        connects: every connection of the LAN's hosts, by address, and of the router, by `ROUTER`.
        covered: when the LAN was captured.
    """

    def __init__(
        self, lookups: Lookups, timeline: Timeline, links: Sequence[Link], connects: Connects, covered: Coverage
    ) -> None:
        self._lookups, self._timeline, self._links = lookups, timeline, links
        self._connects, self._covered = connects, covered
        self._histories: dict[tuple[tuple[str, ...], str], History] = {}
        self._unasked: dict[tuple[tuple[str, ...], str], tuple[Answer, ...]] = {}
        """What reached a host though its question was not captured, in order of time."""
        self._perhaps: dict[str, list[Lookup]] = {}
        """What the router may have asked for itself, by the address that it got."""
        self._untied: dict[str, list[Lookup]] = {}
        self._may_have_reached: dict[str, list[Lookup]] = {}
        self._longest_s: dict[str, int] = {}

    def history(self, names: tuple[str, ...], by: AskedBy, address: str) -> History:
        """Return the answers holding an address that reached a LAN host, or that the router asked for itself."""
        key = names, address
        if key not in self._histories:
            if by == "client":
                answers, self._unasked[key] = self._reached(names, address)
            else:
                own, self._perhaps[address] = self._lookups.routers_own(address)
                answers = [answer_of(lookup, traced(lookup), address) for lookup in own]
            self._histories[key] = History(answers)
        return self._histories[key]

    def _reached(self, names: tuple[str, ...], address: str) -> tuple[list[Answer], tuple[Answer, ...]]:
        """The answers to a LAN host's questions, and those to questions that it may have put, though none is seen."""
        asked, unasked = [], []
        for lookup in self._lookups.reached(names, address):
            trace = self._lookups.trace(lookup)
            if self._lookups.was_asked(lookup):
                asked.append(answer_of(lookup, trace, address))
            elif self._lookups.may_have_asked(lookup):
                unasked.append(answer_of(lookup, trace, address, asked=False))
        return asked, tuple(unasked)

    def resolve(self, opening: Opening, asker: Asker) -> Resolved:
        """Find the answer that a connection's opener used."""
        history = self.history(asker.names if asker.by == "client" else (), asker.by, opening.address)
        found = self._at_any_moment(opening, history, asker)
        if asker.by == "client":
            found = self._not_missed(opening, found, asker, history)
            return self._not_by_the_unasked(opening, found, self._unasked[asker.names, opening.address])
        return self._routers(opening, found, asker, history)

    def of_others(self, opening: Opening, addresses: Iterable[str]) -> Resolved:
        """Say what is known of a connection whose host got no answer, where it may have got one by another address.

        Args:
            addresses: those of the LAN that may be the host's, as far as anything shows.
        """
        latest = [
            answer
            for address in addresses
            if (answer := self.history((address,), "client", opening.address).latest(opening.at_ns)) is not None
        ]
        if not latest:
            return Resolved(None, None, "no-dns-seen")
        latest.sort(key=lambda answer: answer.came_ns, reverse=True)
        candidates = tuple(answer.candidate("other-host", opening) for answer in latest[:SHOWN])
        frames = tuple(frame for candidate in candidates for frame in candidate.frames)
        return Resolved(None, None, "resolver-link-unknown", frames, candidates, own=False)

    def unknown_host(self, opening: Opening) -> Resolved:
        """Say why nothing is known of a connection whose opener was not seen: any answer may have been its."""
        seen = any((lookup.answer_ns or 0) <= opening.at_ns for lookup in self._lookups.upstream(opening.address)[:1])
        return Resolved(None, None, "resolver-link-unknown" if seen else "no-dns-seen")

    # The moment of opening

    def _at_any_moment(self, opening: Opening, history: History, asker: Asker) -> Resolved:
        """Judge a connection by when it was opened; where that was not captured, by every moment it may have been."""
        found = self._judge(opening, history, asker)
        if opening.seen:
            return found
        during = history.between(opening.since_ns or 0, opening.at_ns)
        moments = [opening.since_ns] if opening.since_ns is not None else []
        moments += [answer.came_ns - 1 for answer in during[-_MOST_MOMENTS:]]
        others = [self._judge(replace(opening, at_ns=at, since_ns=at), history, asker) for at in moments]
        alike = all((other.link, other.because) == (found.link, found.because) for other in others)
        if alike and opening.since_ns is not None:
            return found
        if found.because not in (None, "ambiguous-answer"):
            return found
        objection = Objection("opening-not-captured", (opening.frame,))
        candidates = [answer.candidate("during", opening) for answer in reversed(during[-SHOWN:])]
        known = {candidate.frames for candidate in candidates}
        rest = [c for one in (found, *others) for c in _candidates(one, opening) if c.frames not in known]
        candidates += {c.frames: c for c in rest}.values()
        return _ambiguous(found.resolution, candidates, (*found.objections, objection))

    # The rule

    def _judge(self, opening: Opening, history: History, asker: Asker) -> Resolved:
        widest = opening.doubt.ns + history.widest
        doubtful = []
        for answer in history.between(opening.at_ns - widest, opening.at_ns + widest):
            slack = self._timeline.slack(answer.lookup, opening)
            if slack and abs(answer.came_ns - opening.at_ns) <= slack:
                doubtful.append(answer)
        latest = history.latest(opening.at_ns)
        if latest is None:
            if doubtful:
                return self._clock_uncertain(None, doubtful, opening)
            return Resolved(None, None, "no-dns-seen")
        resolved = self._weigh(opening, history, latest, asker)
        if any(answer.link != resolved.link for answer in doubtful) and resolved.because in (None, "ambiguous-answer"):
            return self._clock_uncertain(resolved.resolution, doubtful, opening)
        # One of the same link may have come just before: then that is the connection's own.
        return replace(_unexpired(resolved), own=True) if doubtful else resolved

    @staticmethod
    def _clock_uncertain(resolution: Resolution | None, doubtful: Iterable[Answer], opening: Opening) -> Resolved:
        candidates = tuple(answer.candidate("same-time", opening) for answer in doubtful)[:SHOWN]
        frames = tuple(f for candidate in candidates for f in candidate.frames)
        return Resolved(resolution, None, "clock-uncertain", frames, candidates)

    def _weigh(self, opening: Opening, history: History, latest: Answer, asker: Asker) -> Resolved:
        resolution = self._resolution(opening, latest, asker.by)
        own = not self._later_than_usual(latest, opening, asker)
        if latest.trace.because is not None:
            only = (latest.candidate("latest", opening),)
            return Resolved(resolution, None, latest.trace.because, resolution.frames, only, own=own)
        beyond = asker.habit.refreshes or (
            opening.at_ns - latest.came_ns > asker.habit.within_ns
            and (
                asker.beyond_ttl
                or ((asker.habit.known or asker.habit.keeps) and self._anothers(latest, opening, asker))
            )
        )
        since_ns = None if beyond else opening.at_ns - asker.habit.within_ns
        kept = history.kept(latest, since_ns)
        at_once = [a for a in self._nearly_as_late(opening, history, latest, asker) if a.link != latest.link]
        if not kept and not at_once:
            return Resolved(resolution, latest.link, None, own=own)
        objections = self._objections(opening, latest, kept, at_once, asker)
        if not objections:
            return Resolved(resolution, latest.link, None)
        candidates = [latest.candidate("latest", opening)]
        candidates += [answer.candidate("at-once", opening) for answer in at_once]
        candidates += [answer.candidate("kept", opening) for answer in kept if answer not in at_once]
        return _ambiguous(resolution, candidates, objections)

    def _anothers(self, latest: Answer, opening: Opening, asker: Asker) -> bool:
        """Whether a late connection follows an answer that led to none when it came, as this host's programs do.

        Then another program has asked, and what this one kept may be anything, or it is that program, for once slow.
        """
        until_ns = latest.came_ns + asker.habit.patience_ns
        return opening.at_ns > until_ns and not self._connects.between(asker.names, latest.lookup.data, latest.came_ns, until_ns, but=opening.frame)

    @staticmethod
    def _later_than_usual(latest: Answer, opening: Opening, asker: Asker) -> bool:
        return opening.at_ns - latest.came_ns > asker.habit.within_ns

    def _nearly_as_late(self, opening: Opening, history: History, latest: Answer, asker: Asker) -> list[Answer]:
        """What may be this connection's own as well: it came as shortly before, or its question was open meanwhile.

        What another connection was opened with, before the latest answer came, is that one's.
        """
        since_ns = min(opening.at_ns - asker.habit.within_ns, latest.lookup.begin_ns)
        near = history.between(since_ns - 1, latest.came_ns)
        return [
            answer
            for answer in near
            if answer is not latest
            and not self._connects.between(
                asker.names, answer.lookup.data, answer.came_ns, latest.came_ns, but=opening.frame
            )
        ]

    def _objections(
        self,
        opening: Opening,
        latest: Answer,
        kept: Sequence[Answer],
        at_once: Sequence[Answer],
        asker: Asker,
    ) -> tuple[Objection, ...]:
        """Say why the latest answer is not plainly the connection's own, though answers by other links are there."""
        found: list[Objection] = []
        habit = asker.habit
        if self._later_than_usual(latest, opening, asker):
            age = (opening.at_ns - latest.came_ns) / SECOND
            found.append(Objection("later-than-usual", (), age, habit.within_ns / SECOND))
        connects = self._connects.between
        since_ns = min(latest.asked_ns, latest.came_ns)
        between = connects(asker.names, latest.lookup.data, since_ns, opening.at_ns, but=opening.frame)
        if between:
            found.append(Objection("connection-between", tuple(connect.frame for connect in between[-SHOWN:])))
        if at_once:
            found.append(Objection("asked-meanwhile", tuple(answer.lookup.frame for answer in at_once[-SHOWN:])))
        if asker.crowd:
            found.append(Objection("several-hosts", asker.crowd))
        chance = opening.at_ns - latest.came_ns > habit.surely_ns
        renewed = habit.refreshes or (habit.keeps and any(_renews(latest, answer) for answer in kept))
        if kept and (renewed or (habit.keeps and chance)):
            found.append(Objection("keeps-answers"))
        failed = () if habit.known else self._failed_before(opening, latest, kept, asker)
        if failed:
            found.append(Objection("failed-before", failed))
        return tuple(found)

    def _failed_before(
        self, opening: Opening, latest: Answer, kept: Sequence[Answer], asker: Asker
    ) -> tuple[FrameRef, ...]:
        """Connections that failed, and whose next try this may be, with an answer that was there before.

        Where it is known how soon the host connects once it was answered, a next try that comes just as soon after
        another program's answer would be chance.
        """
        earlier = min((answer.came_ns for answer in kept), default=latest.came_ns)
        addresses = latest.lookup.data.union(*(answer.lookup.data for answer in kept))
        return tuple(
            connect.frame
            for connect in self._connects.between(asker.names, addresses, earlier, opening.at_ns, but=opening.frame)
            if connect.failed_ns is not None and opening.at_ns - connect.failed_ns <= RETRY_NS
        )[-SHOWN:]

    # What may have been missed

    def _not_missed(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer that a LAN host had kept where a nearer one by another link may not have been captured."""
        resolution = found.resolution
        if found.because is not None or resolution is None or found.own:
            return found
        missed = self._unclaimed(opening, resolution, found.link)
        if missed:
            latest = history.latest(resolution.answered_ns)
            candidates = [latest.candidate("latest", opening)] if latest is not None else []
            candidates += [answer.candidate("unclaimed", opening) for answer in missed]
            return _ambiguous(resolution, candidates, (self._late(resolution, asker),))
        return self._captured_early_enough(opening, found, asker, history)

    def _not_by_the_unasked(self, opening: Opening, found: Resolved, unasked: Sequence[Answer]) -> Resolved:
        """Doubt an answer where a later one came whose question was not captured, or where there is none but such."""
        if found.because not in (None, "no-dns-seen"):
            return found
        resolution = found.resolution
        since_ns = resolution.answered_ns if resolution is not None else 0
        later = [answer for answer in unasked if since_ns < answer.came_ns <= opening.at_ns]
        if all(answer.link == found.link for answer in later) and (resolution is not None or not later):
            return found
        candidates = [answer.candidate("unasked", opening) for answer in reversed(later[-SHOWN:])]
        objection = Objection("question-not-captured", tuple(answer.lookup.frame for answer in later[-SHOWN:]))
        return _ambiguous(resolution, [*candidates, *_candidates(found, opening)], (objection,))

    def _unclaimed(self, opening: Opening, resolution: Resolution, link: str | None) -> list[Answer]:
        """What another link gave since to nobody knows whom: it may have been for this host, of which the LAN's capture
        lacks all.
        """
        if opening.address not in self._may_have_reached:
            self._may_have_reached[opening.address] = self._lookups.may_have_reached(opening.address)
        rows = self._may_have_reached[opening.address]
        slack = self._timeline.widest
        low = bisect_left(rows, resolution.answered_ns - slack, key=lambda u: u.came_ns)
        high = bisect_right(rows, opening.at_ns + slack, key=lambda u: u.came_ns)
        others = [u for u in rows[low:high] if u.point.label != link]
        return [answer_of(u, traced(u), opening.address) for u in others[-SHOWN:]]

    def _captured_early_enough(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt a link that would accuse where an answer from before the capture may have been in force.

        Somebody else of the host may have asked since.
        """
        resolution = found.resolution
        assert resolution is not None
        accuses = found.link != opening.link
        if not (accuses or asker.habit.keeps) or resolution.age_s * SECOND <= asker.habit.kept_ns:
            return found
        if self._lookups.only_link is not None:
            return found
        since_ns = self._covered.since(opening.at_ns)
        in_force_s = self._longest(opening.address)
        if not asker.beyond_ttl and opening.at_ns - since_ns > in_force_s * SECOND:
            return found
        latest = history.latest(resolution.answered_ns)
        # Who asks and connects at once, and never connected before, hardly holds an answer from before the capture.
        fresh = latest is not None and not asker.habit.unasked and not self._anothers(latest, opening, asker)
        if fresh or self._lookups.is_told_by_address(opening.address, found.link):
            return found
        late = Objection("capture-began-late", (), (opening.at_ns - since_ns) / SECOND, float(in_force_s))
        candidates = [latest.candidate("latest", opening)] if latest is not None else []
        return _ambiguous(resolution, candidates, (self._late(resolution, asker), late))

    @staticmethod
    def _late(resolution: Resolution, asker: Asker) -> Objection:
        return Objection("later-than-usual", (), resolution.age_s, asker.habit.within_ns / SECOND)

    def _longest(self, address: str) -> int:
        """For how many seconds an answer may hold an address, as far as any shows."""
        if address not in self._longest_s:
            rows = self._lookups.upstream(address)
            histories = (history for (_, held), history in self._histories.items() if held == address)
            given = [answer.lookup for history in histories for answer in history.answers]
            self._longest_s[address] = max(
                [lookup.exchange.ttl_of(address) or 0 for lookup in (*rows, *given)], default=0
            )
        return self._longest_s[address]

    # The router's own

    def _routers(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Take back what the router's own answer tells where another of its questions may have been for this."""
        if found.because == "no-dns-seen":
            return Resolved(None, None, "resolver-link-unknown")
        if found.because is None and found.resolution is not None and (not found.own or asker.idly):
            found = self._asked_to_connect(opening, found, asker, history)
        if found.because is None and found.resolution is not None:
            found = self._not_asked_since(opening, found, found.resolution)
        loose = self._loose(opening.address)
        if found.because is None and any(lookup.point.label != found.link for lookup in loose):
            return Resolved(found.resolution, None, "clock-uncertain", tuple(lookup.frame for lookup in loose[:SHOWN]))
        return found

    def _asked_to_connect(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer that the router had kept if it did not connect when it got it: that had other reasons."""
        assert found.resolution is not None
        latest = history.latest(found.resolution.answered_ns)
        assert latest is not None
        if not asker.idly and self._may_have_just_asked(opening, found.link, asker):
            return found
        candidate, late = latest.candidate("latest", opening), self._late(found.resolution, asker)
        shared = self._forwarded_since(opening, latest)
        if shared:
            return _ambiguous(found.resolution, (candidate, *shared), (late,))
        blind = not asker.idly and self._lookups.blind.between(latest.came_ns, opening.at_ns)
        if not blind and not asker.idly and self._keeps_until_expiry(history, latest, asker):
            return self._captured_early_enough(opening, found, asker, history)
        objections = (late,) if blind else (late, Objection("asked-for-another-reason"))
        shown = found.resolution.frames
        return Resolved(found.resolution, None, "resolver-link-unknown", shown, (candidate,), objections, own=False)

    def _may_have_just_asked(self, opening: Opening, link: str | None, asker: Asker) -> bool:
        """Whether the clocks alone leave open that the router asked for itself, by the same link, just before."""
        slack = self._timeline.slack
        near = [
            u
            for u in self._perhaps[opening.address]
            if u.answer_ns is not None and -slack(u, opening) <= opening.at_ns - u.came_ns <= asker.habit.within_ns
        ]
        return bool(near) and all(u.point.label == link for u in near)

    def _forwarded_since(self, opening: Opening, latest: Answer) -> tuple[Candidate, ...]:
        """What another link gave since to a client of the forwarder, whose cache the router itself may use."""
        rows = self._lookups.upstream(opening.address)
        low = bisect_right(rows, latest.came_ns, key=lambda u: u.came_ns)
        high = bisect_right(rows, opening.at_ns, key=lambda u: u.came_ns)
        others = [u for u in rows[low:high] if u.point.label != latest.link and u not in self._lookups.direct]
        return tuple(answer_of(u, traced(u), opening.address).candidate("forwarded", opening) for u in others[-SHOWN:])

    def _keeps_until_expiry(self, history: History, latest: Answer, asker: Asker) -> bool:
        """Whether the router is seen to do what a cache does: to ask when it is to connect, and not before it must.

        Who asks while an answer is in force checks something, or keeps nothing.
        """
        within_ns = asker.habit.within_ns if asker.habit.known else PROMPTLY_NS
        before: Answer | None = None
        for answer in history.between(0, latest.came_ns):
            first = self._connects.first(asker.names[:1], answer.lookup.data, answer.came_ns)
            if first is None or first.at_ns - answer.came_ns > within_ns:
                return False
            if before is not None and answer.asked_ns < before.expires_ns and not _renews(answer, before):
                return False
            before = answer
        return True

    def _not_asked_since(self, opening: Opening, found: Resolved, resolution: Resolution) -> Resolved:
        since, slack = resolution.answered_ns, self._timeline.slack
        later = [
            u
            for u in self._perhaps[opening.address]
            if since < u.came_ns + u.doubt.ns and u.came_ns <= opening.at_ns + slack(u, opening)
        ]
        if any(lookup.point.label != found.link for lookup in later):
            frames = tuple(lookup.frame for lookup in later[-SHOWN:])
            return Resolved(resolution, None, "resolver-link-unknown", frames)
        return _unexpired(found) if later else found

    def _loose(self, address: str) -> list[Lookup]:
        """The answers to the router of which nobody knows whether they came before or after anything."""
        if address not in self._untied:
            upstream = self._lookups.upstream(address)
            self._untied[address] = [lookup for lookup in upstream if not self._timeline.tied(lookup.frame)]
        return self._untied[address]

    # The answer in the case's words

    def _resolution(self, opening: Opening, answer: Answer, asked_by: AskedBy) -> Resolution:
        lookup, trace, exchange = answer.lookup, answer.trace, answer.lookup.exchange
        assert lookup.answer_ns is not None
        ttl = exchange.ttl_of(opening.address) or 0
        age = (opening.at_ns - lookup.answer_ns) / SECOND
        resolver = trace.resolver
        steps = [lookup.step, *(other.step for other in trace.ways if other is not lookup)]
        return Resolution(
            name=exchange.name_of(opening.address),
            qtype=exchange.qtype,
            address=opening.address,
            answered_ns=lookup.answer_ns,
            age_s=round(age, 9),
            ttl_s=ttl,
            # What must not be kept at all is good for the look-up that got it (RFC 1035, section 3.2.1).
            expired=ttl > 0 and age - self._timeline.slack(lookup, opening) / SECOND > ttl,
            asked_by=asked_by,
            resolver_ip=resolver,
            resolver_owner=self._owner(trace.link, resolver),
            link=trace.link,
            from_cache=trace.from_cache,
            steps=tuple(steps),
        )

    def _owner(self, asked_through: str | None, resolver: str | None) -> str | None:
        """The link whose resolver that is: the link asked through, where several have one at that address."""
        owners = [link.name for link in self._links if resolver is not None and link.owns_resolver(resolver)]
        return asked_through if asked_through in owners else next(iter(owners), None)


def _renews(later: Answer, earlier: Answer) -> bool:
    """Whether a cache of the host that was about to lose an answer may have asked for it again."""
    return earlier.expires_ns - later.asked_ns <= (earlier.expires_ns - earlier.came_ns) // NEARLY_OVER


def _unexpired(resolved: Resolved) -> Resolved:
    """Say nothing of the answer's having expired: a later one by the same link may have taken its place."""
    if resolved.resolution is None or not resolved.resolution.expired:
        return resolved
    return replace(resolved, resolution=replace(resolved.resolution, expired=False))


def _ambiguous(
    resolution: Resolution | None, candidates: Sequence[Candidate], objections: tuple[Objection, ...]
) -> Resolved:
    candidates = tuple(candidates)[:SHOWN]
    frames: list[FrameRef] = [f for candidate in candidates for f in candidate.frames]
    frames += [f for objection in objections for f in objection.frames]
    shown = tuple(dict.fromkeys(frames))
    return Resolved(resolution, None, "ambiguous-answer", shown, candidates, objections, own=False)


def _candidates(resolved: Resolved, opening: Opening) -> tuple[Candidate, ...]:
    """What a connection may have used, also where that is certain."""
    resolution = resolved.resolution
    if resolved.candidates or resolution is None:
        return resolved.candidates
    before_s = round((opening.at_ns - resolution.answered_ns) / SECOND, 9)
    return (Candidate("latest", resolution.link, before_s, resolution.ttl_s, resolution.frames),)
