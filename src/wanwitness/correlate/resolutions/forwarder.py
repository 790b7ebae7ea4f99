"""Which upstream questions a forwarder may have put for the sake of which client's question.

An upstream question fits a client's if it has the same name and type, was put while the client waited, and brought the
same data. If any of those that fit has the client's TTL, the others do not count; nor do those with another id, where
the forwarder is seen to keep ids.

Several clients may ask the same at the same time. Then each upstream question was caused by one of them, and the others
were answered along with it, or by an upstream answer that was not captured. So where a client would have caused none,
upstream questions that seem to have stayed unanswered are taken into account as well; and so they are where all that
it may have caused are answers to questions that were not captured, for anybody may send such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from wanwitness.correlate.clocks.timeline import AlignedTime
from wanwitness.correlate.crossings.bipartite import Matching, groups

from .assumptions import FORWARDER_PATIENCE_NS, PASSED_ON_NS, PROMPT_NS, UNSEEN_NS
from .crowds import Crowds
from .forwarder_timing import ForwardedQuestion, ForwarderTiming
from .lookup import SECOND, Lookup, answered, begun, earliest, tolerance
from .majority import Majority
from .seen import OfForwarders
from .time_index import Index, Sources

Likeness = Callable[[Lookup, Lookup], bool]


class Forwarding:
    """Who may have asked for whom.

    Args:
        asked: the clients' answered questions to forwarders.
        sources: what their forwarders were brought, by the answer's time.
        unanswered: the forwarders' questions whose answers were not captured, by the time at which they were put.
        crowds: when too much was under way; a client's look-up of then is none of these.
        before: what was seen of forwarders before.
    """

    def __init__(
        self, asked: Iterable[Lookup], sources: Sources, unanswered: Index, crowds: Crowds, before: OfForwarders
    ) -> None:
        self.crowds = crowds
        self.sources = sources
        """Where to look for what forwarders asked: answered look-ups by their answer's time."""
        self.open_questions = unanswered
        """Those of the forwarders whose answers were not captured, by the time at which they were put."""
        self.fitting: dict[Lookup, list[Lookup]] = {}
        """Client's look-up to all that fit it."""
        self.causes: dict[Lookup, list[Lookup]] = {}
        """Client's look-up to the questions that it may have caused: put while it waited."""
        self.joined: dict[Lookup, list[Lookup]] = {}
        """Client's look-up to those that were under way when it came."""
        self.callers: dict[Lookup, list[Lookup]] = defaultdict(list)
        """Forwarder's question to the clients' that may have caused it."""
        asked = [lookup for lookup in asked if not crowds.holds(lookup)]
        self._asked = Index(asked, begun)
        fitting = [(lookup, self._fitting(lookup)) for lookup in asked]
        plain = [_forwarded(*pair) for pair in self._plain(fitting)]
        kept_ids = [
            (lookup.came_ns, any(_same_id(lookup, u) for u in upstreams)) for lookup, upstreams in fitting if upstreams
        ]
        self.seen = before.joined(plain, kept_ids)
        """What was seen of forwarders by now."""
        self._keeps_ttls = Majority((one.came_ns, one.same_ttl) for one in self.seen.forwarded)
        self._haste = ForwarderTiming(self.seen.forwarded)
        # One equal id among thousands is chance; that most are equal is how some forwarders work.
        keeps_ids = Majority(self.seen.kept_ids)
        for lookup, upstreams in fitting:
            alike = [_same_id] if keeps_ids.by_then(lookup.came_ns) else []
            self._narrow(lookup, upstreams, [*alike, _same_data, same_ttl])
        self.seen = self.seen.outrun(chain.from_iterable(map(self._outran, asked)))
        self.unanswered: dict[Lookup, list[Lookup]] = {}
        """Client's look-up to questions that it may have caused, whose answers were not captured."""
        edges = {lookup: self.causes[lookup] for lookup, _ in fitting}
        self._matchings = _matchings(edges)
        for lookup, _ in fitting:
            surely = not self.may_cause_none(lookup) and any(u.first_query_ns is not None for u in self.fitting[lookup])
            self.unanswered[lookup] = [] if surely else self.put_meanwhile(lookup)
        if any(self.unanswered.values()):
            edges = {left: [*rights, *self.unanswered[left]] for left, rights in edges.items()}
            self._matchings = _matchings(edges)

    def asks_unseen(self, at_ns: int) -> bool:
        """Whether a forwarder had been seen by then to answer before the one came that it is seen to have asked: it
        asks several at once, and some of them unseen.
        """
        outran_ns = self.seen.outran_ns
        return outran_ns is not None and outran_ns <= at_ns

    def keeps_ttls(self, at_ns: int) -> bool:
        """Whether forwarders pass TTLs on, as far as was seen by then."""
        return self._keeps_ttls.by_then(at_ns)

    def was_caused(self, upstream: Lookup) -> bool:
        """Whether a client of the LAN may have caused it."""
        return bool(self.callers[upstream]) or self.crowds.holds(upstream)

    def may_cause(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether `lookup` caused it in some assignment of all upstream questions to clients."""
        return self._matchings[lookup][0].may_pair(lookup, upstream)

    def may_cause_none(self, lookup: Lookup) -> bool:
        """Whether some sharing-out leaves nothing that `lookup` caused."""
        return self._matchings[lookup][0].may_stay_alone(lookup)

    def undisputed(self, lookup: Lookup) -> bool:
        """Whether no other client may have caused what `lookup` may have."""
        return self._matchings[lookup][1] == 1

    def put_meanwhile(self, lookup: Lookup) -> list[Lookup]:
        """Questions put while `lookup` waited, whose answers were not captured, if there were any, or were cut off."""
        found = self.open_questions.near(lookup, earliest(lookup), answered(lookup))
        inside = (u for u in found if self.began_inside(lookup, u) and u.begin.may_precede(lookup.came))
        return [u for u in inside if u.cut_ns is None or u.cut_ns <= answered(lookup) + tolerance(lookup, u)]

    def _fitting(self, lookup: Lookup) -> list[Lookup]:
        """Answers to the same question, with the same addresses at least, that came while `lookup` waited."""
        assert lookup.answer_ns is not None
        end = lookup.answer_ns
        begin = end - PASSED_ON_NS if lookup.first_query_ns is None else lookup.first_query_ns
        fitting = []
        for upstream in self.sources.near(lookup, begin, end):
            slack = tolerance(lookup, upstream)
            if begin - slack <= answered(upstream) <= end + slack and lookup.data <= upstream.data:
                fitting.append(upstream)
        return fitting

    def _narrow(self, lookup: Lookup, upstreams: list[Lookup], alike: Iterable[Likeness]) -> None:
        """Note which upstream look-ups may have answered `lookup`: of all that fit, those most alike.

        One whose question was not captured gives way to those whose was.
        """
        upstreams = [u for u in upstreams if u.first_query_ns is not None] or upstreams
        self.fitting[lookup] = upstreams
        # Where the client's question was not captured, much may overlap with it; but little came just before its
        # answer.
        for likeness in (*alike, self.passed_at_once) if lookup.first_query_ns is None else alike:
            upstreams = [u for u in upstreams if likeness(lookup, u)] or upstreams
        causes, joined = self.causes[lookup], self.joined[lookup] = [], []
        for upstream in upstreams:
            if self.began_inside(lookup, upstream):
                causes.append(upstream)
                self.callers[upstream].append(lookup)
            else:
                joined.append(upstream)

    def put_at_once(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether it was put soon enough after `lookup` for its forwarder to have put it on at once."""
        if lookup.first_query_ns is None or upstream.first_query_ns is None:
            return False
        slack = tolerance(lookup, upstream)
        return -slack <= upstream.first_query_ns - lookup.first_query_ns <= self._haste.asking_ns(lookup) + slack

    def unanswered_at_once(self, lookup: Lookup) -> list[Lookup]:
        """Upstream questions that were put as soon after `lookup`, and whose answers were not captured."""
        near = self.open_questions.near(lookup, lookup.begin_ns, lookup.begin_ns + SECOND)
        return [u for u in near if self.put_at_once(lookup, u)]

    def waited_as_if_asked(self, lookup: Lookup, fastest_ns: int) -> bool:
        """Whether a client waited as long as if the forwarder had asked somebody, though nobody is seen to be asked.

        Args:
            fastest_ns: the shortest time that an answer took beyond the router.
        """
        if lookup.query_ns is None:
            return False
        waited = answered(lookup) - lookup.query_ns - self._haste.handling_ns(lookup)
        return waited >= max(fastest_ns, PROMPT_NS)

    def passed_at_once(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether its answer came shortly enough before that to `lookup` for its forwarder to have passed it on at
        once.
        """
        slack = tolerance(lookup, upstream)
        return -slack <= answered(lookup) - answered(upstream) <= self._haste.answering_ns(lookup) + slack

    def cut_at_once(self, lookup: Lookup, cut: Lookup, first: Lookup) -> bool:
        """Whether an answer that was cut off may have come before the first whole one, and yet shortly enough before
        that to `lookup`.
        """
        if cut.cut_ns is None or cut.cut_ns > answered(first) + tolerance(cut, first):
            return False
        return answered(lookup) - cut.cut_ns <= self._haste.answering_ns(lookup) + tolerance(lookup, cut)

    def passed_too_soon(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether its answer came too shortly before that to `lookup` for its forwarder to have passed it on."""
        slack = tolerance(lookup, upstream)
        return answered(lookup) - answered(upstream) < self._haste.soonest_ns(lookup) - slack

    def answered_along(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether another client that may have caused `upstream` had its answer at the same moment, when that came."""
        others = (other for other in self.callers[upstream] if other is not lookup)
        together = any(abs(answered(other) - answered(lookup)) <= PROMPT_NS for other in others)
        return together and self.passed_at_once(lookup, upstream)

    def was_outrun(self, upstream: Lookup) -> bool:
        """Whether a client that it was put for had waited for a fresh answer, and had it before this one came.

        Where nothing captured brought that, the forwarder had asked somebody else too, unseen, and that answer is what
        it used and kept.
        """
        return any(
            self.put_at_once(lookup, upstream)
            and not self.fitting[lookup]
            and lookup.came.surely_before(upstream.came)
            and same_ttl(lookup, upstream)
            and self.waited_as_if_asked(lookup, PROMPT_NS)
            for lookup in self._asked.near(upstream, upstream.begin_ns - UNSEEN_NS, upstream.begin_ns)
        )

    def _outran(self, lookup: Lookup) -> Iterator[int]:
        """When came what was put for nobody else than `lookup`, if a fresh answer had reached it before that."""
        if self.fitting[lookup] or not self.waited_as_if_asked(lookup, PROMPT_NS):
            return
        for u in self.sources.near(lookup, answered(lookup), lookup.begin_ns + FORWARDER_PATIENCE_NS):
            later = lookup.came.surely_before(u.came) and same_ttl(lookup, u)
            if later and self.put_at_once(lookup, u) and not self.was_caused(u):
                yield answered(u)

    @staticmethod
    def _plain(fitting: Iterable[tuple[Lookup, Sequence[Lookup]]]) -> Iterator[tuple[Lookup, Lookup]]:
        """What is all that fits, and wholly captured on both sides."""
        for lookup, upstreams in fitting:
            if len(upstreams) == 1 and lookup.first_query_ns is not None and upstreams[0].first_query_ns is not None:
                yield lookup, upstreams[0]

    def began_inside(self, lookup: Lookup, upstream: Lookup) -> bool:
        """Whether it was put after `lookup` was."""
        return AlignedTime(earliest(lookup), lookup.doubt).may_precede(upstream.begin)


def _matchings(edges: Mapping[Lookup, Sequence[Lookup]]) -> dict[Lookup, tuple[Matching[Lookup], int]]:
    """For each left node, the matching of its connected component, and how many left nodes that has."""
    found: dict[Lookup, tuple[Matching[Lookup], int]] = {}
    for group in groups(edges):
        matching = Matching({left: edges[left] for left in group})
        found.update(dict.fromkeys(group, (matching, len(group))))
    return found


def _forwarded(lookup: Lookup, upstream: Lookup) -> ForwardedQuestion:
    asking_ns, answering_ns = upstream.begin_ns - lookup.begin_ns, lookup.came_ns - upstream.came_ns
    return ForwardedQuestion(
        lookup.came_ns, lookup.exchange.server.ip, asking_ns, answering_ns, same_ttl(lookup, upstream)
    )


def _same_id(lookup: Lookup, upstream: Lookup) -> bool:
    return lookup.exchange.id == upstream.exchange.id


def _same_data(lookup: Lookup, upstream: Lookup) -> bool:
    return lookup.data == upstream.data


def same_ttl(lookup: Lookup, upstream: Lookup) -> bool:
    """Return whether the TTL was passed on, less the second that a cache's clock may have moved on."""
    address = min(lookup.data)
    return (upstream.exchange.ttl_of(address) or 0) - (lookup.ttl or 0) in (0, 1)
