"""The clock of a capture that shares no connection with the LAN: told by the questions that the router forwarded.

Each upstream question lies, on a right clock, inside a client's question for the same. One such pair allows many
offsets; the offset that lets by far the most upstream questions lie inside a client's is taken. A clock that is right
as it stands needs less proof, since most captures of a site are made by one machine, or by machines that agree. From
there the offset is followed from question to question, for as far as a clock may drift in between. Where it is lost,
because the clock was set, it is looked for again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wanwitness.model import DnsExchange

from .band import MAX_DRIFT

SECOND = 1_000_000_000
MOST = 300
"""Questions looked at on each side: enough to be sure, and few enough for every pair of them."""
SOME = 40
"""Questions looked at where the clock may drift while they are put."""
ENOUGH = 3
"""Upstream questions that must agree on an offset that is not nothing."""
NEAR_NS = 100_000_000
"""Offsets closer together than this are one candidate; a forwarder's delay is less."""
LOST = 5
"""So many upstream questions in a row without a client's at the offset followed show that it holds no more."""

Question = tuple[str, str]


class Asked(NamedTuple):
    """An answered question of a known clock, on the reference clock."""

    exchange: DnsExchange
    begin_ns: int
    end_ns: int


class Forwarded(NamedTuple):
    """An upstream question, and a client's that it may have been put for."""

    upstream: DnsExchange
    asked: Asked
    low_ns: int
    """The clock is at least so far ahead of the reference then, if the one lies inside the other."""
    high_ns: int

    @property
    def at_ns(self) -> int:
        """When the clock saw it answered."""
        assert self.upstream.answer_ns is not None
        return self.upstream.answer_ns


def unexplained(lan: Iterable[Asked], wan: Iterable[Asked]) -> list[Asked]:
    """Return the LAN's answered questions during which no known clock saw an upstream answer to the same."""
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


def forwarded(lan: Sequence[Asked], wan: Iterable[DnsExchange]) -> tuple[list[Forwarded], bool]:
    """Return which upstream questions of an unknown clock were put for which of the LAN's; none if that stays open.

    Args:
        lan: the LAN's questions, in order of time.
        wan: the upstream questions, in the order in which they were written down.

    The second value says whether any question of the LAN's may have been forwarded there at all.
    """
    asked: dict[Question, list[tuple[Asked, frozenset[str]]]] = defaultdict(list)
    for one in lan:
        for question in _questions(one.exchange):
            asked[question].append((one, _data(one.exchange)))
    items = [pairs for upstream in wan if (pairs := _pairs(upstream, asked))]
    return list(_followed(items)), bool(items)


def _pairs(upstream: DnsExchange, asked: dict[Question, list[tuple[Asked, frozenset[str]]]]) -> list[Forwarded]:
    query_ns, answer_ns, data = upstream.query_ns, upstream.answer_ns, _data(upstream)
    if query_ns is None or answer_ns is None or not data:
        return []
    return [
        Forwarded(upstream, one, answer_ns - one.end_ns, query_ns - one.begin_ns)
        for one, held in asked.get((upstream.name, upstream.qtype), ())
        if answer_ns - query_ns <= one.end_ns - one.begin_ns and held <= data
    ]


def _followed(items: Sequence[Sequence[Forwarded]]) -> Iterator[Forwarded]:
    begin = 0
    while begin < len(items):
        found = _sought(items[begin : begin + MOST], 0) or _sought(items[begin : begin + SOME], MAX_DRIFT)
        if found is None:
            begin += SOME // 2
            continue
        at_ns, low, high = found
        missed, after = 0, begin + 1
        for place in range(begin, len(items)):
            drift = round(MAX_DRIFT * abs(items[place][0].at_ns - at_ns) / SECOND)
            fitting = [p for p in items[place] if p.low_ns <= high + drift and p.high_ns >= low - drift]
            if not fitting:
                missed += place >= after
                if missed == LOST:
                    break
                continue
            missed, after = 0, place + 1
            least, most = min(p.low_ns for p in fitting), max(p.high_ns for p in fitting)
            yield fitting[0]._replace(low_ns=least, high_ns=most)
            at_ns, low, high = fitting[0].at_ns, max(low - drift, least), min(high + drift, most)
        begin = after


def _sought(items: Sequence[Sequence[Forwarded]], drift: float) -> tuple[int, int, int] | None:
    """Find the offset on which most of the items agree; return when it holds, and between what it lies.

    Args:
        drift: by how much it may change, ns per second.
    """
    middle = items[len(items) // 2][0].at_ns
    intervals = []
    for pairs in items:
        smear = round(drift * abs(pairs[0].at_ns - middle) / SECOND)
        intervals += [(pair.low_ns - smear, pair.high_ns + smear) for pair in pairs]
    region = _most_agreed(intervals, len(items))
    return None if region is None else (middle, region[1], region[2])


def _questions(exchange: DnsExchange) -> list[Question]:
    return [(name, exchange.qtype) for name in (exchange.name, *(target for _, target, _ in exchange.cnames))]


def _data(exchange: DnsExchange) -> frozenset[str]:
    return frozenset(record.address for record in exchange.addresses)


def _most_agreed(intervals: Sequence[tuple[int, int]], questions: int) -> tuple[int, int, int] | None:
    """Find the offset that most intervals hold, if it stands out: how many agree, from, until."""
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    regions: list[tuple[int, int, int]] = []
    depth = 0
    for place, (at, closing) in enumerate(ends):
        if closing and not ends[place - 1][1]:
            regions.append((depth, ends[place - 1][0], at))
        depth += -1 if closing else 1
    if not regions:
        return None
    right = max((region for region in regions if region[1] <= 0 <= region[2]), default=None)
    if right is not None and 2 * right[0] >= questions:
        return right
    best = max(regions)
    rest = [agreed for agreed, low, high in regions if low > best[2] + NEAR_NS or high < best[1] - NEAR_NS]
    if best[0] < ENOUGH or best[0] < 2 * max(rest, default=0):
        return None
    return best
