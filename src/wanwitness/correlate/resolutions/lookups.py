"""Every DNS exchange of every point, found by address or question, and whose question it was."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.coverage.blind_spots import BlindSpots
from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.model.private import is_loopback
from wanwitness.reading.point import Point

from .assumptions import (
    AT_ONCE_NS,
    BY_TCP_NS,
    COPY_NS,
    FORWARDER_PATIENCE_NS,
    NEARLY_OVER,
    OTHER_VIEWS,
    PASSED_ON_NS,
    REFRESH_NS,
)
from .direct import Direct
from .dns64 import Synthesis
from .encrypted import EncryptedUse
from .inferred import InferredAnswers
from .lookup import Lookup, Question, Trace, answered, begun, place
from .seen import OfForwarders
from .time_index import Index
from .trace import Tracer


class Lookups:
    """Every exchange of every point.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        covered: when the LAN side was captured.
        blind: when a link may have been used that no capture shows.
        encrypted: the questions that cannot be read.
        before: what was seen of forwarders before.
    """

    def __init__(
        self,
        points: Sequence[Point],
        timeline: Timeline,
        covered: Coverage,
        blind: BlindSpots,
        encrypted: EncryptedUse,
        before: OfForwarders,
    ) -> None:
        self._covered, self.blind = covered, blind
        everything = _each_once(place(exchange, point, timeline) for point in points for exchange in point.rows.dns)
        lan = [lookup for lookup in everything if lookup.point.role == "lan"]
        wan = [lookup for lookup in everything if lookup.point.role != "lan"]
        self._lan_doubt_ns = max((lookup.doubt.ns for lookup in lan), default=0)
        links = {point.label for point in points if point.role == "wan"}
        self.only_link = next(iter(links)) if len(links) == 1 and not blind.always else None
        """The site's link, where it has one alone."""
        synthesis = Synthesis(lan, wan)
        inside = [*lan, *synthesis.of(lan)]
        self._traces = Tracer(inside, [*wan, *synthesis.of(wan)], blind, encrypted, before)
        self._presumed = InferredAnswers(inside, self._traces, blind)
        self._by_client = _by_address([*lan, *self._presumed.lookups], lambda lookup: lookup.exchange.client.ip)
        self._upstream = _by_address(wan, lambda _: "")
        asked: dict[Question, list[Lookup]] = defaultdict(list)
        answers: dict[Question, list[Lookup]] = defaultdict(list)
        for lookup in sorted(lan, key=begun):
            if lookup in self._traces.direct or is_loopback(lookup.exchange.client.ip):
                continue  # who asks itself is the router
            # A DNS64 that is asked for AAAA asks for A in turn.
            also = [(name, "A") for name, _ in lookup.questions] if synthesis.made(lookup) else []
            for question in (*lookup.questions, *also):
                if lookup.first_query_ns is not None:
                    asked[question].append(lookup)
                if lookup.answer_ns is not None:
                    answers[question].append(lookup)
        until = self._presumed.brought_ns
        self._waits = {
            question: ([u.begin_ns for u in rows], list(accumulate((until.get(u, u.until_ns) for u in rows), max)))
            for question, rows in asked.items()
        }
        """When the LAN's questions were put, and, of those put until then, until when the last may have been
        waiting.
        """
        self._answers = {question: sorted(rows, key=answered) for question, rows in answers.items()}
        """What the LAN's hosts were answered, in order of time."""
        self._unanswered: dict[Question, list[Lookup]] = defaultdict(list)
        self._answered: dict[Question, list[Lookup]] = defaultdict(list)
        """What the links brought, by what was asked."""
        for lookup in wan:
            if lookup.answer_ns is None:
                self._unanswered[lookup.questions[0]].append(lookup)
            elif lookup.data:
                self._answered[lookup.questions[0]].append(lookup)
        # What a link's capture holds whole is known, though the LAN's was cut off.
        self.cut = [u for u in lan if u.cut is not None and u not in until]
        """Answers to the LAN's hosts that the snap length cut off, and that nothing else shows."""
        self._given = _given(everything, {question for lookup in self.cut for question in lookup.questions})
        self._in_vain: dict[tuple[str, Question], list[Lookup]] = defaultdict(list)
        """The LAN's questions that were answered with nothing to use, by who asked what, in order of the answers."""
        for lookup in sorted((u for u in lan if u.answer_ns is not None and not u.exchange.usable), key=answered):
            self._in_vain[lookup.exchange.client.ip, lookup.questions[0]].append(lookup)
        self._silent: dict[tuple[str, Question], list[int]] = defaultdict(list)
        """When the LAN's hosts put questions to resolvers that kept silent, by who asked what."""
        for lookup in sorted(self._presumed.silent, key=begun):
            self._silent[lookup.exchange.client.ip, lookup.questions[0]].append(lookup.begin_ns)
        self._cached = Index((u for u in lan if u.data and self._traces.is_cached(u)), answered)

    @property
    def forwarders(self) -> OfForwarders:
        """What is seen by now of forwarders."""
        return self._traces.forwarding.seen

    def reached(self, host: Iterable[str], address: str) -> list[Lookup]:
        """Return the answers holding `address` that reached a host of the LAN, in order of time."""
        rows = [lookup for client in host for lookup in self._by_client.get((client, address), ())]
        return sorted(rows, key=answered)

    def began_ns(self, lookup: Lookup) -> int:
        """Return when a LAN host began to look up: with what it asked before in vain, and that made it ask once more.

        After a truncated answer it asks by TCP, after a refusal somebody else, both at once.
        """
        rows = self._in_vain.get((lookup.exchange.client.ip, lookup.questions[0]), [])
        began, by_tcp = lookup.begin_ns, lookup.exchange.transport == "tcp"
        while True:
            since_ns = began - (BY_TCP_NS if by_tcp else AT_ONCE_NS)
            before = rows[bisect_left(rows, since_ns, key=answered) : bisect_left(rows, began, key=answered)]
            if not before:
                return began
            first = min(before, key=begun)
            began, by_tcp = first.begin_ns, first.exchange.transport == "tcp"

    def tried_ns(self, lookup: Lookup) -> int:
        """Return when a LAN host first put a question, maybe to a resolver that kept silent before it asked another."""
        begins = self._silent.get((lookup.exchange.client.ip, lookup.questions[0]), [])
        place = bisect_left(begins, lookup.begin_ns - FORWARDER_PATIENCE_NS)
        return min([lookup.begin_ns, *begins[place : place + 1]])

    @property
    def direct(self) -> Direct:
        """Which look-ups are the LAN's hosts' own, by resolvers beyond the router."""
        return self._traces.direct

    def upstream(self, address: str) -> list[Lookup]:
        """Return the answers holding `address` that reached the router, in order of time."""
        return self._upstream.get(("", address), [])

    def is_told_by_address(self, address: str, link: str | None, until_ns: int) -> bool:
        """Whether a link's resolvers alone give an address: all answers by then that hold it came through that link,
        and enough through others, to the same questions, that hold none of it.
        """
        holding = self.upstream(address)
        holding = holding[: bisect_right(holding, until_ns, key=answered)]
        if not holding or any(u.point.label != link for u in holding):
            return False
        answers = (u for question in {u.questions[0] for u in holding} for u in self._answered.get(question, ()))
        return sum(u.point.label != link and answered(u) <= until_ns for u in answers) >= OTHER_VIEWS

    def trace(self, lookup: Lookup) -> Trace:
        """Follow an answer that a LAN host got to the link it came through."""
        return self._presumed.trace(lookup) or self._traces.trace(lookup)

    def was_asked(self, lookup: Lookup) -> bool:
        """Whether somebody put the question of an answer that a LAN host got.

        Where the LAN's capture lacks it, what the forwarder asked for nobody else shows that.
        """
        if lookup.first_query_ns is not None:
            return True
        direct = self._traces.direct.upstream(lookup)
        if direct is not None:
            return any(u.first_query_ns is not None and u.answer_ns is not None for u in direct)
        trace, forwarding = self.trace(lookup), self._traces.forwarding
        if trace.upstream is None or trace.from_cache or trace.upstream.first_query_ns is None:
            return False
        return forwarding.undisputed(lookup) and forwarding.passed_at_once(lookup, (*trace.via, trace.upstream)[0])

    def may_have_asked(self, lookup: Lookup) -> bool:
        """Whether the host may have put the question of an answer unseen.

        It may where the LAN's capture lacks packets, or where the answer is one that its forwarder had to give.
        """
        missed = self.blind.inside(lookup.came_ns - FORWARDER_PATIENCE_NS, lookup.came_ns)
        return missed or self.trace(lookup).link is not None

    def may_have_reached(self, address: str) -> list[Lookup]:
        """Return the answers holding `address` that a LAN host may have got though no capture of the LAN shows it.

        They are the router's own where the LAN was captured without a loss.
        """
        if not self.blind.inside_at_all:
            return []
        own, perhaps = self.routers_own(address)
        return sorted((u for u in (*own, *perhaps) if u.answer_ns is not None), key=answered)

    def may_have_given(self, lookup: Lookup, address: str) -> bool:
        """Whether an answer that was cut off may have held `address`: not where whole ones to its name hold others.

        Any host's whole answers count, and those of what is left of its aliases.
        """
        assert lookup.cut is not None
        if lookup.cut.rcode != "NOERROR" or lookup.cut.qtype not in ("ANY", "AAAA" if ":" in address else "A"):
            return False
        given = set[str]().union(*(self._given[question] for question in lookup.questions))
        return not given or address in given or any(record.address == address for record in lookup.cut.addresses)

    def routers_own(self, address: str) -> tuple[list[Lookup], list[Lookup]]:
        """Return the answers holding `address` to what the router asked for itself, and what may be such, in order.

        It asked for itself where no client's question stands behind its own. While the LAN side was not captured nobody
        can tell; nor where the question was not captured and a client asked the same shortly before; nor whether a
        question for a name of this address, whose answer was not captured, gave it.
        """
        own: list[Lookup] = []
        perhaps: list[Lookup] = []
        upstream = self.upstream(address)
        questions = {u.questions[0] for u in upstream}
        for lookup in (*upstream, *(u for question in questions for u in self._unanswered[question])):
            dated = lookup.first_query_ns is not None
            slack = lookup.doubt.ns + self._lan_doubt_ns
            awaited = self._is_awaited(lookup, 0 if dated else FORWARDER_PATIENCE_NS, slack)
            surely = dated and self._is_awaited(lookup, 0, -slack)
            if lookup in self._traces.direct or not lookup.tied or surely:
                continue
            if self._passed_on(lookup, slack) or (not dated and self._unasked(lookup)):
                continue
            plain = not awaited and lookup.answer_ns is not None and self._covered.covers(lookup.begin_ns)
            (own if plain and not self._refreshes(lookup) else perhaps).append(lookup)
        return own, sorted(perhaps, key=lambda lookup: lookup.came_ns)

    def _unasked(self, upstream: Lookup) -> bool:
        """Whether an answer came that nobody had asked for, as far as can be seen."""
        return self.blind.surely_saw(upstream.came_ns - FORWARDER_PATIENCE_NS, upstream.came_ns)

    def _is_awaited(self, upstream: Lookup, before_ns: int, slack: int) -> bool:
        """Whether a client of the LAN waited for it when it was put, or so long before, give or take `slack`."""
        begin = upstream.begin_ns
        begins, untils = self._waits.get(upstream.questions[0], ([], []))
        earlier = bisect_right(begins, begin + slack)
        return earlier > 0 and untils[earlier - 1] >= begin - before_ns - slack

    def _passed_on(self, upstream: Lookup, slack: int) -> bool:
        """Whether a client had the same answer at once, and the question of one of the two was not captured."""
        rows = self._answers.get(upstream.questions[0], [])
        low = bisect_left(rows, upstream.came_ns - slack, key=answered)
        high = bisect_right(rows, upstream.came_ns + slack + PASSED_ON_NS, key=answered)
        dated = upstream.first_query_ns is not None
        return any(u.data <= upstream.data and not (dated and u.first_query_ns is not None) for u in rows[low:high])

    def _refreshes(self, upstream: Lookup) -> bool:
        """Whether a cache that had just served a client with what was soon to expire may have asked again."""
        question = upstream.questions[0]
        slack = upstream.doubt.ns + self._lan_doubt_ns
        served = self._cached.between([question], upstream.begin_ns - REFRESH_NS - slack, upstream.begin_ns + slack)
        return any(lookup.record_ttl * NEARLY_OVER <= upstream.record_ttl for lookup in served)


def _each_once(lookups: Iterable[Lookup]) -> list[Lookup]:
    """Leave out what another interface of the same file, on the same side of the router, showed as well."""
    once: list[Lookup] = []
    seen: dict[object, list[Lookup]] = defaultdict(list)
    for lookup in lookups:
        e, point = lookup.exchange, lookup.point
        like = seen[point.same_clock, point.label, e.client, e.server, e.id, e.name, e.qtype]
        if not any(other.point is not point and abs(other.begin_ns - lookup.begin_ns) <= COPY_NS for other in like):
            like.append(lookup)
            once.append(lookup)
    return once


def _given(lookups: Iterable[Lookup], questions: set[Question]) -> dict[Question, set[str]]:
    """What whole answers to these questions held, anybody's."""
    given: dict[Question, set[str]] = {question: set() for question in questions}
    if given:
        for lookup in lookups:
            if lookup.cut is None:
                for question in questions.intersection(lookup.questions):
                    given[question] |= lookup.data
    return given


def _by_address(lookups: Iterable[Lookup], reached: Callable[[Lookup], str]) -> dict[tuple[str, str], list[Lookup]]:
    rows: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for lookup in sorted(lookups, key=answered):
        for address in lookup.data:
            rows[reached(lookup), address].append(lookup)
    return rows
