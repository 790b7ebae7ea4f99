"""What a LAN host must have been answered, where the LAN's capture lacks the answer.

Where the forwarder put a question upstream for the client, the client got what that brought. Where it put none, it
answered from its cache, with what that held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wanwitness.correlate.coverage.blind_spots import BlindSpots
from wanwitness.model import AddressRecord

from .assumptions import FORWARDER_PATIENCE_NS
from .forwarder_timing import put_together, surely_first
from .lookup import SECOND, Lookup, Question, Trace, answered, presumed, tolerance, untraced
from .time_index import Index
from .trace import Tracer

Presumption = tuple[Lookup, Trace]
"""A look-up as it must have been, and the way of its answer."""


class InferredAnswers:
    """The LAN's look-ups whose answers were not captured, with what they must have been.

    Args:
        lan: the LAN's look-ups.
        traces: the way of those that were captured.
        blind: when a link's capture may lack an answer that the LAN's lacks as well.
    """

    def __init__(self, lan: Sequence[Lookup], traces: Tracer, blind: BlindSpots) -> None:
        self._traces, self._blind = traces, blind
        self._direct, self._forwarding = traces.direct, traces.forwarding
        self.brought_ns: dict[Lookup, int] = {}
        """By look-up whose answer was not captured, when that came, where the forwarder's own question for it shows
        that.
        """
        self.silent: list[Lookup] = []
        """Questions that a resolver beyond the router did not answer, for all that is seen."""
        found = list(self._presume(lan))
        self.lookups = [lookup for lookup, _ in found]
        self._trace_of = dict(found)

    def trace(self, lookup: Lookup) -> Trace | None:
        """Return the way of an answer that is presumed; None of any other."""
        return self._trace_of.get(lookup)

    def _presume(self, lan: Sequence[Lookup]) -> Iterator[Presumption]:
        alive = {lookup.exchange.server.ip for lookup in lan if lookup.exchange.answer is not None}
        heard = sorted((lookup for lookup in lan if lookup.data and lookup.answer_ns is not None), key=answered)
        known, given = Index(heard, answered), _given(heard)
        for lookup in lan:
            if lookup.exchange.answer is not None or lookup.exchange.rcode not in (None, "NOERROR"):
                continue  # what was cut off of a refusal gave no address
            direct = self._direct.upstream(lookup)
            claimed: list[Lookup] = []
            silent: list[Lookup] = []
            if direct is not None:
                brought = [u for u in direct if u.data]
            elif lookup.exchange.server.ip in self._direct.servers:
                continue
            elif self._forwarding.crowds.holds(lookup):
                yield from self._unheard(lookup, given)
                continue
            else:
                brought, claimed = self._brought_later(lookup)
                silent = self._forwarding.unanswered_at_once(lookup)
            if brought:
                first = min(brought, key=answered)
                found = presumed(lookup, answered(first), first.exchange.addresses, first)
                same = [u for u in brought if self._traces.label(u) == self._traces.label(first)]
                plain = len(same) == len(brought) or self._won(first, brought)
                plain = plain and {self._traces.label(u) for u in silent} <= {self._traces.label(first)}
                self.brought_ns[lookup] = answered(found)
                yield found, self._traces.by(first, *same) if plain else untraced("ambiguous-answer")
            elif lookup.exchange.cut or (direct is not None and lookup.exchange.server.ip in alive):
                if lookup.exchange.cut or not self._was_none(lookup):
                    yield from self._unheard(lookup, given)
                else:
                    self.silent.append(lookup)
            elif direct is None and lookup.exchange.server.ip in alive:
                yield from self._cached(lookup, known, {self._traces.label(u) for u in claimed})

    def _was_none(self, lookup: Lookup) -> bool:
        """Whether no answer came: neither side shows one, and the links lack nothing as far as can be seen."""
        return self._blind.surely_saw(lookup.begin_ns, lookup.begin_ns + FORWARDER_PATIENCE_NS)

    def _won(self, first: Lookup, brought: Sequence[Lookup]) -> bool:
        """Whether the forwarder asked several at once, and used the first answer."""
        return put_together(brought) and surely_first(first, brought)

    @staticmethod
    def _unheard(lookup: Lookup, given: Mapping[Question, Mapping[str, AddressRecord]]) -> Iterator[Presumption]:
        """A question whose answer neither side captured whole: it may have given any address of that name.

        Where the snap length cut it off, or it was one of a crowd, no more is supposed, though the forwarder's
        cache may have given it.
        """
        records: dict[str, AddressRecord] = {}
        for question in lookup.questions:
            records |= given.get(question, {})
        if records:
            yield presumed(lookup, lookup.begin_ns, records.values(), lookup), untraced("resolver-link-unknown")

    def _brought_later(self, lookup: Lookup) -> tuple[list[Lookup], list[Lookup]]:
        """What the forwarder asked upstream that no answered question can have caused, and that an unanswered one may
        have.
        """
        until = lookup.begin_ns + FORWARDER_PATIENCE_NS
        found = [
            u
            for u in self._forwarding.sources.near(lookup, lookup.begin_ns, until)
            if -(slack := tolerance(lookup, u)) <= u.begin_ns - lookup.begin_ns <= SECOND + slack
        ]
        if lookup.cut_ns is not None:  # the answer that was cut off held nothing that was brought after it
            found = [u for u in found if answered(u) <= lookup.cut_ns + tolerance(lookup, u)]
        was_caused = self._forwarding.was_caused
        spare = [u for u in found if not was_caused(u)]
        at_once = [u for u in spare if self._forwarding.put_at_once(lookup, u)]
        return at_once or spare, [u for u in found if was_caused(u)]

    def _cached(self, lookup: Lookup, known: Index, others: set[str]) -> Iterator[Presumption]:
        """An answer from the cache that was not captured: it held what the last one did, until that expired.

        If the forwarder did ask, and no answer to that was captured either, then nobody knows what came of it; nor if
        it asked others, for others it seems, by another link.
        """
        asked = [
            u
            for u in self._forwarding.open_questions.near(lookup, lookup.begin_ns, lookup.until_ns)
            if -tolerance(lookup, u) <= u.begin_ns - lookup.begin_ns <= lookup.until_ns - lookup.begin_ns
        ]
        before = known.between(lookup.questions, 0, lookup.begin_ns)
        earlier = [u for u in before if u.exchange.server == lookup.exchange.server]
        if not earlier:
            return
        last = max(earlier, key=answered)
        spent = -(-(lookup.begin_ns - answered(last)) // SECOND)
        left = [replace(record, ttl=max(0, record.ttl - spent)) for record in last.exchange.addresses]
        found = presumed(lookup, lookup.begin_ns, left, last)
        trace = self._traces.trace(last)
        good = trace.link is not None and found.ttl and not asked and others <= {trace.link}
        yield found, replace(trace, from_cache=True) if good else untraced("resolver-link-unknown")


def _given(lookups: Iterable[Lookup]) -> dict[Question, dict[str, AddressRecord]]:
    """By question, the addresses that were ever given."""
    given: dict[Question, dict[str, AddressRecord]] = defaultdict(dict)
    for lookup in lookups:
        given[lookup.exchange.name, lookup.exchange.qtype].update((r.address, r) for r in lookup.exchange.addresses)
    return given
