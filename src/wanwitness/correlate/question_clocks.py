"""The clock of a capture that shares no connection with the LAN: told by the questions that the router forwarded.

Each upstream question lies, on a right clock, inside a client's question for the same. One such pair allows many
offsets; the offset that lets by far the most upstream questions lie inside a client's is taken. A clock that is right
as it stands needs less proof, since most captures of a site are made by one machine, or by machines that agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.model import Clock, DnsExchange

MOST = 300
"""Questions looked at on each side: enough to be sure, and few enough for every pair of them."""
ENOUGH = 3
"""Upstream questions that must agree on an offset that is not nothing."""
NEAR_NS = 100_000_000
"""Offsets closer together than this are one candidate; a forwarder's delay is less."""

Offset = tuple[DnsExchange, int]
"""An exchange, and its own clock's offset from the reference."""
Question = tuple[str, str]


def unexplained(lan: Iterable[Offset], wan: Iterable[Offset]) -> list[Offset]:
    """Return the LAN's answered questions during which no known clock saw an upstream answer to the same."""
    answers: dict[Question, list[int]] = defaultdict(list)
    for exchange, ahead in wan:
        if exchange.answer_ns is not None and exchange.addresses:
            answers[exchange.name, exchange.qtype].append(exchange.answer_ns - ahead)
    for times in answers.values():
        times.sort()
    rest = []
    for exchange, ahead in lan:
        if exchange.query_ns is None or exchange.answer_ns is None or not exchange.addresses:
            continue
        begin, end = exchange.query_ns - ahead, exchange.answer_ns - ahead
        times = [t for question in _questions(exchange) for t in _from(answers.get(question, []), begin)]
        if not times or min(times) > end:
            rest.append((exchange, ahead))
    return rest


def _from(times: Sequence[int], begin: int) -> Sequence[int]:
    place = bisect_left(times, begin)
    return times[place : place + 1]


def offset(lan: Sequence[Offset], wan: Iterable[DnsExchange]) -> tuple[Clock | None, bool]:
    """Return the WAN clock minus the reference clock, or None where the questions do not tell.

    The second value says whether any question of the LAN's may have been forwarded there at all.
    """
    asked: dict[Question, list[tuple[int, int, frozenset[str]]]] = defaultdict(list)
    for exchange, ahead in lan[:MOST]:
        assert exchange.query_ns is not None and exchange.answer_ns is not None
        for question in _questions(exchange):
            asked[question].append((exchange.query_ns - ahead, exchange.answer_ns - ahead, _data(exchange)))
    intervals: list[tuple[int, int]] = []
    forwarded = 0
    for upstream in wan:
        if upstream.query_ns is None or upstream.answer_ns is None or not upstream.addresses:
            continue
        before = len(intervals)
        for begin, end, data in asked.get((upstream.name, upstream.qtype), ()):
            low, high = upstream.answer_ns - end, upstream.query_ns - begin
            if low <= high and data <= _data(upstream):
                intervals.append((low, high))
        forwarded += len(intervals) > before
        if forwarded == MOST:
            break
    return _most_agreed(intervals, forwarded), forwarded > 0


def _questions(exchange: DnsExchange) -> list[Question]:
    return [(name, exchange.qtype) for name in (exchange.name, *(target for _, target, _ in exchange.cnames))]


def _data(exchange: DnsExchange) -> frozenset[str]:
    return frozenset(record.address for record in exchange.addresses)


def _most_agreed(intervals: Sequence[tuple[int, int]], questions: int) -> Clock | None:
    """Find the offset that most intervals hold, if it stands out."""
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    regions: list[tuple[int, int, int]] = []  # how many agree, from, until
    depth = 0
    for place, (at, closing) in enumerate(ends):
        if closing and not ends[place - 1][1]:
            regions.append((depth, ends[place - 1][0], at))
        depth += -1 if closing else 1
    if not regions:
        return None
    right = max((region for region in regions if region[1] <= 0 <= region[2]), default=None)
    if right is not None and 2 * right[0] >= questions:
        return _clock(right)
    best = max(regions)
    rest = [agreed for agreed, low, high in regions if low > best[2] + NEAR_NS or high < best[1] - NEAR_NS]
    if best[0] < ENOUGH or best[0] < 2 * max(rest, default=0):
        return None
    return _clock(best)


def _clock(region: tuple[int, int, int]) -> Clock:
    agreed, low, high = region
    return Clock((low + high) // 2, (high - low + 1) // 2, agreed)
