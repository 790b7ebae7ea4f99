"""Which DNS answer gave a session its address.

It is the latest answer holding the address that reached the host that opened the connection before its SYN. Where
unexpired answers for one address reached that host through different links, the latest counts only where it is plainly
this connection's own: asked for within 5 s before the SYN, with no other connection of the host to that address in
between. Everything else is left undetermined, with the reason. An answer by an unknown link may have come through a
different one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from wanwitness.correlate.resolved import Resolved
from wanwitness.correlate.timeline import Timeline
from wanwitness.model import Link, Resolution

from .lookup import SECOND, Lookup, Trace, traced
from .lookups import Lookups
from .opening import Opening

OWN_NS = 5 * SECOND
SOON_NS = SECOND
"""A host opens its connection so soon after it was answered, unless it uses an answer that it kept."""

AskedBy = Literal["client", "router"]


class _History:
    """The answers holding one address that reached one host, in order of time."""

    def __init__(self, answers: list[tuple[Lookup, Trace]], address: str) -> None:
        self._answers = answers
        self._times = [lookup.answer_ns or 0 for lookup, _ in answers]
        self.widest = max((lookup.doubt.ns for lookup, _ in answers), default=0)
        """How far any of their times may be wrong, ns."""
        self._longest: list[dict[str | None, Lookup]] = []
        """Up to each answer: by link, the one that may be used for longest."""
        longest: dict[str | None, Lookup] = {}
        for lookup, trace in answers:
            held = longest.get(trace.link)
            # Of an answer that was not captured, and whose link is unknown, it is not known that there was one.
            certain = lookup.exchange.answer is not None or trace.link is not None
            if certain and (held is None or lookup.expires_ns(address) >= held.expires_ns(address)):
                longest = {**longest, trace.link: lookup}
            self._longest.append(longest)

    def latest(self, until_ns: int) -> tuple[Lookup, Trace, list[Lookup]] | None:
        """The latest answer until then, and of each other link the earlier answer that may be used for longest."""
        place = bisect_right(self._times, until_ns) - 1
        if place < 0:
            return None
        lookup, trace = self._answers[place]
        others = [other for link, other in self._longest[place].items() if link != trace.link]
        return lookup, trace, others

    def between(self, after_ns: int, until_ns: int) -> list[tuple[Lookup, Trace]]:
        """The answers after the one moment, until the other."""
        return self._answers[bisect_right(self._times, after_ns) : bisect_right(self._times, until_ns)]


class Resolutions:
    """Finds the answer that counts."""

    def __init__(self, lookups: Lookups, timeline: Timeline, links: Sequence[Link]) -> None:
        self._lookups, self._timeline, self._links = lookups, timeline, links
        self._histories: dict[tuple[frozenset[str], str], _History] = {}
        self._perhaps: dict[str, list[Lookup]] = {}
        """What the router may have asked for itself, by the address that it got."""
        self._untied: dict[str, list[Lookup]] = {}
        self._may_have_reached: dict[str, list[Lookup]] = {}

    def of_client(self, opening: Opening, host: Iterable[str]) -> Resolved:
        """Find the answer of a connection that a LAN host opened to this very address."""
        host = frozenset(host)
        key = host, opening.address
        if key not in self._histories:
            answers = [(lookup, self._lookups.trace(lookup)) for lookup in self._lookups.reached(host, opening.address)]
            self._histories[key] = _History(answers, opening.address)
        return self._doubted(opening, self._judge(opening, self._histories[key], "client"))

    def _doubted(self, opening: Opening, resolved: Resolved) -> Resolved:
        """Doubt an answer that the host kept where, just before it connected, another link gave the same address to
        nobody knows whom: that may have been its question, of which the LAN's capture lacks all.
        """
        resolution = resolved.resolution
        if resolved.because is not None or resolution is None or resolution.age_s * SECOND <= SOON_NS:
            return resolved
        if opening.address not in self._may_have_reached:
            self._may_have_reached[opening.address] = self._lookups.may_have_reached(opening.address)
        rows = self._may_have_reached[opening.address]
        slack = self._timeline.widest
        low = bisect_left(rows, opening.at_ns - SOON_NS - slack, key=lambda u: u.came_ns)
        high = bisect_right(rows, opening.at_ns + slack, key=lambda u: u.came_ns)
        others = tuple(u.frame for u in rows[low:high] if u.point.label != resolved.link)
        if not others:
            return resolved
        return Resolved(resolution, None, "ambiguous-answer", (*resolution.frames, *others[-20:]))

    def of_router(self, opening: Opening) -> Resolved:
        """Find the answer of a connection whose destination the router chose: only its own look-ups count."""
        key = frozenset[str](), opening.address
        if key not in self._histories:
            own, perhaps = self._lookups.routers_own(opening.address)
            self._histories[key] = _History([(lookup, traced(lookup)) for lookup in own], opening.address)
            self._perhaps[opening.address] = perhaps
        resolved = self._judge(opening, self._histories[key], "router")
        if resolved.because == "no-dns-seen":
            return Resolved(None, None, "resolver-link-unknown")
        if resolved.because is None and resolved.resolution is not None:
            since = resolved.resolution.answered_ns
            slack = self._timeline.slack
            later = [
                u
                for u in self._perhaps[opening.address]
                if since < u.came_ns + u.doubt.ns and u.came_ns <= opening.at_ns + slack(u, opening)
            ]
            if any(lookup.point.label != resolved.link for lookup in later):
                frames = tuple(lookup.frame for lookup in later[-20:])
                return Resolved(resolved.resolution, None, "resolver-link-unknown", frames)
            if later:
                resolved = _unexpired(resolved)
        loose = self._loose(opening.address)
        if resolved.because is None and any(lookup.point.label != resolved.link for lookup in loose):
            return Resolved(resolved.resolution, None, "clock-uncertain", tuple(lookup.frame for lookup in loose[:20]))
        return resolved

    def _loose(self, address: str) -> list[Lookup]:
        """The answers to the router of which nobody knows whether they came before or after anything."""
        if address not in self._untied:
            upstream = self._lookups.upstream(address)
            self._untied[address] = [lookup for lookup in upstream if not self._timeline.tied(lookup.frame)]
        return self._untied[address]

    def unknown_host(self, opening: Opening) -> Resolved:
        """Say why nothing is known of a connection whose opener was not seen: any answer may have been its."""
        seen = any((lookup.answer_ns or 0) <= opening.at_ns for lookup in self._lookups.upstream(opening.address)[:1])
        return Resolved(None, None, "resolver-link-unknown" if seen else "no-dns-seen")

    def _judge(self, opening: Opening, history: _History, asked_by: AskedBy) -> Resolved:
        widest = opening.doubt.ns + history.widest
        doubtful = []
        for lookup, trace in history.between(opening.at_ns - widest, opening.at_ns + widest):
            slack = self._timeline.slack(lookup, opening)
            if slack and abs((lookup.answer_ns or 0) - opening.at_ns) <= slack:
                doubtful.append((lookup, trace))
        latest = history.latest(opening.at_ns)
        if latest is None:
            if doubtful:
                return Resolved(None, None, "clock-uncertain", tuple(lookup.frame for lookup, _ in doubtful))
            return Resolved(None, None, "no-dns-seen")
        resolved = self._weigh(opening, *latest, asked_by)
        if any(trace.link != resolved.link for _, trace in doubtful) and resolved.because in (None, "ambiguous-answer"):
            frames = tuple(lookup.frame for lookup, _ in doubtful)
            return Resolved(resolved.resolution, None, "clock-uncertain", frames)
        return _unexpired(resolved) if doubtful else resolved

    def _weigh(
        self, opening: Opening, latest: Lookup, trace: Trace, others: Iterable[Lookup], asked_by: AskedBy
    ) -> Resolved:
        resolution = self._resolution(opening, latest, trace, asked_by)
        if trace.because is not None:
            return Resolved(resolution, None, trace.because, resolution.frames)
        others = [lookup for lookup in others if lookup.expires_ns(opening.address) > opening.at_ns]
        if others and not _plainly_own(latest, trace, opening):
            shown = (*resolution.frames, *(lookup.frame for lookup in others))
            return Resolved(resolution, None, "ambiguous-answer", shown)
        return Resolved(resolution, trace.link, None)

    def _resolution(self, opening: Opening, lookup: Lookup, trace: Trace, asked_by: AskedBy) -> Resolution:
        exchange = lookup.exchange
        assert lookup.answer_ns is not None
        ttl = exchange.ttl_of(opening.address) or 0
        age = (opening.at_ns - lookup.answer_ns) / SECOND
        resolver = trace.resolver
        steps = [lookup.step, *(other.step for other in trace.ways if other is not lookup)]
        return Resolution(
            name=exchange.name,
            qtype=exchange.qtype,
            address=opening.address,
            answered_ns=lookup.answer_ns,
            age_s=round(age, 9),
            ttl_s=ttl,
            expired=age - self._timeline.slack(lookup, opening) / SECOND > ttl,
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


def _unexpired(resolved: Resolved) -> Resolved:
    """Say nothing of the answer's having expired: a later one by the same link may have taken its place."""
    if resolved.resolution is None or not resolved.resolution.expired:
        return resolved
    return replace(resolved, resolution=replace(resolved.resolution, expired=False))


def _plainly_own(lookup: Lookup, trace: Trace, opening: Opening) -> bool:
    asked = lookup.query_ns
    if asked is None:  # the question was not captured; it came before what the forwarder asked, by next to nothing
        asked = min(lookup.came_ns, *(way.begin_ns for way in trace.ways))
    if opening.at_ns - asked > OWN_NS:
        return False
    return not any(asked <= other <= opening.at_ns for other in opening.connects_before)
