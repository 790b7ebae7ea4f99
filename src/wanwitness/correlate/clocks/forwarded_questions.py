"""Which upstream questions a forwarder may have put for which of its clients' questions.

Where the clock is right, an upstream question and its answer lie in time between a client's question for the same name
and the answer to that, and the upstream answer holds all that the client was told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wanwitness.model import DnsExchange

from .assumptions import MOST_NEAR

Question = tuple[str, str]


class Asked(NamedTuple):
    """An answered question of a known clock, on the reference clock."""

    exchange: DnsExchange
    begin_ns: int
    end_ns: int


class ForwardedPair(NamedTuple):
    """An upstream question, and a client's that it may have been put for."""

    upstream: DnsExchange
    asked: Asked
    low_ns: int
    """The clock is ahead of the reference by at least this, and by at most `high_ns`, if the upstream exchange lies
    inside the client's.
    """
    high_ns: int

    @property
    def at_ns(self) -> int:
        """When the clock saw it answered."""
        assert self.upstream.answer_ns is not None
        return self.upstream.answer_ns


def without_upstream(lan: Iterable[Asked], wan: Iterable[Asked]) -> list[Asked]:
    """Return the LAN's answered questions for which no capture with a known clock shows an upstream answer
    meanwhile.
    """
    answers: dict[Question, list[int]] = defaultdict(list)
    for upstream in wan:
        if upstream.exchange.addresses:
            answers[upstream.exchange.name, upstream.exchange.qtype].append(upstream.end_ns)
    for times in answers.values():
        times.sort()
    rest = []
    for asked in lan:
        if not asked.exchange.addresses:
            continue
        times = [t for question in _questions(asked.exchange) for t in _from(answers.get(question, []), asked.begin_ns)]
        if not times or min(times) > asked.end_ns:
            rest.append(asked)
    return rest


def _from(times: Sequence[int], begin: int) -> Sequence[int]:
    place = bisect_left(times, begin)
    return times[place : place + 1]


def upstream_questions(lan: Sequence[Asked], wan: Iterable[DnsExchange]) -> list[UpstreamQuestion]:
    """Return those upstream questions of an unknown clock that may have been put for some of the LAN's.

    Args:
        lan: the LAN's questions, in order of time.
        wan: the upstream questions, in the order in which they were written down.
    """
    asked: dict[Question, _Askings] = defaultdict(_Askings)
    for one in lan:
        for question in _questions(one.exchange):
            asked[question].add(one)
    return [item for upstream in wan if (item := _item(upstream, asked)) is not None]


class _Alike:
    """Questions for one name that got the same addresses, in order of time."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._ends: list[int] = []
        """By when the last of them so far was answered."""
        self.longest = 0
        """How long the slowest of them took."""

    def add(self, one: Asked) -> None:
        self.asked.append(one)
        self._ends.append(max(one.end_ns, self._ends[-1] if self._ends else one.end_ns))
        self.longest = max(self.longest, one.end_ns - one.begin_ns)

    def places(self, ends_from: int, begins_until: int) -> tuple[int, int]:
        """Return from where to where all stand that began until one time and were answered from another time on, and
        maybe some more.
        """
        stop = bisect_right(self.asked, begins_until, key=lambda one: one.begin_ns)
        return bisect_left(self._ends, ends_from), stop


class _Askings:
    """The clients' questions for one name, by the addresses in their answers.

    An upstream answer has all that a client was told, so one of a client's addresses is enough to look for it by.
    """

    def __init__(self) -> None:
        self._by_address: dict[str, dict[frozenset[str], _Alike]] = defaultdict(dict)

    def add(self, one: Asked) -> None:
        held = _data(one.exchange)
        self._by_address[min(held, default="")].setdefault(held, _Alike()).add(one)

    def told(self, data: frozenset[str]) -> list[_Alike]:
        """Return those whose answers are within an upstream one's."""
        groups = (self._by_address.get(address, {}).items() for address in ("", *sorted(data)))
        return [alike for group in groups for held, alike in group if held <= data]


class UpstreamQuestion:
    """An upstream question, and the clients' questions that it may have been put for: many, where a name is much asked
    for.
    """

    __slots__ = ("_answer_ns", "_groups", "_query_ns", "upstream")

    def __init__(self, upstream: DnsExchange, query_ns: int, answer_ns: int, groups: list[_Alike]) -> None:
        self.upstream, self._groups = upstream, groups
        self._query_ns, self._answer_ns = query_ns, answer_ns

    @property
    def at_ns(self) -> int:
        """When the clock saw it answered."""
        return self._answer_ns

    @property
    def count(self) -> int:
        """How many pairs it makes, at most."""
        return sum(len(group.asked) for group in self._groups)

    def pairs(self) -> list[ForwardedPair]:
        """Return every pair that it may make."""
        return self._pairs(one for group in self._groups for one in group.asked)

    def near(self, low: int, high: int) -> list[ForwardedPair] | None:
        """Return the pairs that allow an offset between two; None where they are too many to tell anything."""
        ends_from, begins_until = self._answer_ns - high, self._query_ns - low
        spans = [(group, *group.places(ends_from, begins_until)) for group in self._groups]
        if sum(max(stop - start, 0) for _, start, stop in spans) > MOST_NEAR:
            return None
        near = self._pairs(one for group, start, stop in spans for one in group.asked[start:stop])
        return overlapping(near, low, high)

    def _pairs(self, asked: Iterable[Asked]) -> list[ForwardedPair]:
        took = self._answer_ns - self._query_ns
        pairs = [
            ForwardedPair(self.upstream, one, self._answer_ns - one.end_ns, self._query_ns - one.begin_ns)
            for one in asked
            if took <= one.end_ns - one.begin_ns
        ]
        if len(self._groups) > 1:
            pairs.sort(key=lambda pair: pair.asked.begin_ns)
        return pairs


def _item(upstream: DnsExchange, asked: Mapping[Question, _Askings]) -> UpstreamQuestion | None:
    query_ns, answer_ns, data = upstream.query_ns, upstream.answer_ns, _data(upstream)
    askings = asked.get((upstream.name, upstream.qtype))
    if query_ns is None or answer_ns is None or not data or askings is None:
        return None
    groups = [group for group in askings.told(data) if group.longest >= answer_ns - query_ns]
    return UpstreamQuestion(upstream, query_ns, answer_ns, groups) if groups else None


def overlapping(pairs: Iterable[ForwardedPair], low: int, high: int) -> list[ForwardedPair]:
    """Return the pairs that allow some offset between two."""
    return [pair for pair in pairs if pair.low_ns <= high and pair.high_ns >= low]


def _questions(exchange: DnsExchange) -> list[Question]:
    return [(name, exchange.qtype) for name in (exchange.name, *(target for _, target, _ in exchange.cnames))]


def _data(exchange: DnsExchange) -> frozenset[str]:
    return frozenset(record.address for record in exchange.addresses)
