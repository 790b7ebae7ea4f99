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

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.model import Link, Objection, Resolution
from wanwitness.model.resolved import SHOWN, Resolved, ambiguous

from .answers import Answer, History, answer_of
from .asker import AskedBy, Asker
from .assumptions import MOST_MOMENTS, MOST_OF_KEEPERS_NS
from .encrypted import EncryptedUse
from .histories import Histories
from .lookup import SECOND, tolerance, traced
from .lookups import Lookups
from .missed import Missed, candidates_of
from .objections import Objections
from .opening import Connects, Opening
from .router_own import RouterOwn


class WhichAnswer:
    """Finds the answer that counts.

    Args:
        lookups: all DNS.
        links: with what the captures show of them.
        connects: every connection of the LAN's hosts, by address, and of the router, by `ROUTER`.
        covered: when the LAN was captured.
        encrypted: the questions that cannot be read.
    """

    def __init__(
        self,
        lookups: Lookups,
        links: Sequence[Link],
        connects: Connects,
        covered: Coverage,
        encrypted: EncryptedUse,
    ) -> None:
        self._lookups, self._links = lookups, links
        self.histories = Histories(lookups)
        self._objections = Objections(connects)
        self._missed = Missed(lookups, self.histories, self._objections, covered)
        self._router_own = RouterOwn(lookups, self.histories, self._missed, connects, encrypted)

    def resolve(self, opening: Opening, asker: Asker) -> Resolved:
        """Find the answer that a connection's opener used."""
        history = self.histories.of(asker.by, asker.names, opening.address)
        found = self._at_any_moment(opening, history, asker)
        if asker.by == "router":
            return self._router_own.doubted(opening, found, asker, history)
        found = self._missed.doubted(opening, found, asker, history)
        return self._missed.by_the_unasked(opening, found, self.histories.unasked(asker.names, opening.address))

    def of_others(self, opening: Opening, addresses: Iterable[str]) -> Resolved:
        """Say what is known of a connection whose host got no answer, where it may have got one by another address.

        Args:
            addresses: those of the LAN that may be the host's, as far as anything shows.
        """
        latest = [
            answer
            for address in addresses
            if (answer := self.histories.of_client((address,), opening.address).latest(opening.at_ns)) is not None
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

    def may_be_a_clients(self, opening: Opening, found: Resolved) -> Resolved:
        """Doubt what the router seems to have used for a connection that may be a client's, whose LAN side was missed.

        A client may have used any answer: one that accuses is doubted, and one that other links' answers stand against.
        """
        if found.because is not None or found.resolution is None:
            return found
        rows = self._lookups.upstream(opening.address)
        others = [u for u in rows if u.came_ns <= opening.at_ns and u.point.label != found.link]
        if found.link == opening.link and not others:
            return found
        given = [answer_of(u, traced(u), opening.address) for u in reversed(others[-SHOWN:])]
        candidates = [*candidates_of(found, opening), *(answer.candidate("forwarded", opening) for answer in given)]
        return ambiguous(found.resolution, candidates, (Objection("hops-of-clients", (opening.frame,)),))

    # The moment of opening

    def _at_any_moment(self, opening: Opening, history: History, asker: Asker) -> Resolved:
        """Judge a connection by when it was opened; where that was not captured, by every moment it may have been."""
        found = self._judge(opening, history, asker)
        if opening.seen:
            return found
        during = history.between(opening.since_ns or 0, opening.at_ns)
        moments = [opening.since_ns] if opening.since_ns is not None else []
        moments += [answer.came_ns - 1 for answer in during[-MOST_MOMENTS:]]
        others = [self._judge(replace(opening, at_ns=at, since_ns=at), history, asker) for at in moments]
        alike = all((other.link, other.because) == (found.link, found.because) for other in others)
        if alike and opening.since_ns is not None:
            return found
        if found.because not in (None, "ambiguous-answer"):
            return found
        objection = Objection("opening-not-captured", (opening.frame,))
        candidates = [answer.candidate("during", opening) for answer in reversed(during[-SHOWN:])]
        known = {candidate.frames for candidate in candidates}
        rest = [c for one in (found, *others) for c in candidates_of(one, opening) if c.frames not in known]
        candidates += {c.frames: c for c in rest}.values()
        return ambiguous(found.resolution, candidates, (*found.objections, objection))

    # The rule

    def _judge(self, opening: Opening, history: History, asker: Asker) -> Resolved:
        widest = opening.doubt.ns + history.widest
        doubtful = []
        for answer in history.between(opening.at_ns - widest, opening.at_ns + widest):
            slack = tolerance(answer.lookup, opening)
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
        own = any(not self._objections.may_be_anothers(answer, opening, asker) for answer in doubtful)
        return replace(resolved.unexpired(), own=True) if own else resolved

    @staticmethod
    def _clock_uncertain(resolution: Resolution | None, doubtful: Iterable[Answer], opening: Opening) -> Resolved:
        candidates = tuple(answer.candidate("same-time", opening) for answer in doubtful)[:SHOWN]
        frames = tuple(f for candidate in candidates for f in candidate.frames)
        return Resolved(resolution, None, "clock-uncertain", frames, candidates)

    def _weigh(self, opening: Opening, history: History, latest: Answer, asker: Asker) -> Resolved:
        resolution = self._resolution(opening, latest, asker.by)
        late = asker.is_late(latest, opening)
        if latest.trace.because is not None:
            only = (latest.candidate("latest", opening),)
            return Resolved(resolution, None, latest.trace.because, resolution.frames, only, own=not late)
        # What serves answers that are out of date renews them meanwhile (RFC 8767); a slow program connects after that.
        served_stale = asker.habit.keeps and opening.at_ns - latest.came_ns > asker.habit.surely_ns
        habit, is_anothers = asker.habit, self._objections.is_anothers
        another = (habit.known or habit.keeps) and is_anothers(latest, opening, asker, habit.patience_ns)
        beyond = habit.refreshes or (served_stale and not late) or (late and (asker.beyond_ttl or another))
        nobody_keeps = history.nobody_keeps(opening.at_ns)
        # Where others hold answers from before the capture, little shows yet for how long programs here keep theirs.
        beyond |= late and not habit.known and habit.others_keep and habit.site_unasked
        beyond |= (late and nobody_keeps) or (bool(asker.crowd) and (habit.keeps or asker.beyond_ttl))
        since_ns = None if beyond else opening.at_ns - habit.within_ns
        kept = history.kept(latest, since_ns)
        # What is late is served the new one, and who asks though an answer is in force is no cache.
        slow = opening.at_ns - latest.came_ns > MOST_OF_KEEPERS_NS
        no_cache = (nobody_keeps and not asker.crowd) or asker.has_waited(latest, opening)
        may_refresh = habit.may_refresh and (habit.keeps or slow) and not no_cache
        renewed = history.renewed(latest) if may_refresh and not late else None
        if habit.may_refresh and late and opening.at_ns - latest.came_ns <= habit.usually_ns and not nobody_keeps:
            renewed = history.renewed_early(latest)  # a slow program got it when that was asked for
        if renewed is not None and renewed.link != latest.link and renewed not in kept:
            kept.append(renewed)
        tried = self._objections.tried_elsewhere(opening, history, latest, asker)
        for one in tried:
            if one.answer not in kept:
                kept.append(one.answer)
        at_once = [a for a in self._objections.nearly_as_late(opening, history, latest, asker) if a.link != latest.link]
        if not kept and not at_once:
            own = not late and opening.at_ns - latest.came_ns <= habit.kept_ns
            own &= not (habit.may_renew_unseen and history.begins_with(latest, opening.at_ns))
            return Resolved(resolution, latest.link, None, own=own)
        objections = self._objections.objections(opening, history, latest, kept, at_once, asker, renewed, tried)
        if not objections:
            return Resolved(resolution, latest.link, None)
        candidates = [latest.candidate("latest", opening)]
        candidates += [answer.candidate("at-once", opening) for answer in at_once]
        earlier = sorted((a for a in kept if a not in at_once), key=lambda answer: -answer.came_ns)
        candidates += [answer.candidate("kept", opening) for answer in earlier]
        return ambiguous(resolution, candidates, objections)

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
            expired=ttl > 0 and age - tolerance(lookup, opening) / SECOND > ttl,
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
