"""The clock of a capture that shares no connection with the LAN: told by the questions that the router forwarded.

Each upstream question lies, on a right clock, inside a client's question for the same. One such pair allows many
offsets; the offset that lets by far the most upstream questions lie inside a client's is taken. A clock that is right
as it stands needs less proof, since most captures of a site are made by one machine, or by machines that agree. From
there the offset is followed from question to question, for as far as a clock may drift in between. Where it is lost,
because the clock was set, it is looked for again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wanwitness.model import DnsExchange

from .assumptions import (
    BLOCK_NS,
    ENOUGH_AGREE,
    FEW_TOLD_NS,
    LOST_AFTER,
    MAX_DRIFT,
    MOST_DRIFTING,
    MOST_PAIRS,
    MOST_QUESTIONS,
    NEAR_NS,
    PATIENT_LOOKS,
    WANDER,
)

SECOND = 1_000_000_000

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
    """The clock is at least so far ahead of the reference then, if the one lies inside the other."""
    high_ns: int

    @property
    def at_ns(self) -> int:
        """When the clock saw it answered."""
        assert self.upstream.answer_ns is not None
        return self.upstream.answer_ns


def without_upstream(lan: Iterable[Asked], wan: Iterable[Asked]) -> list[Asked]:
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


def forwarded(lan: Sequence[Asked], wan: Iterable[DnsExchange]) -> tuple[list[ForwardedPair], bool]:
    """Return which upstream questions of an unknown clock were put for which of the LAN's; none if that stays open.

    Args:
        lan: the LAN's questions, in order of time.
        wan: the upstream questions, in the order in which they were written down.

    The second value says whether any question of the LAN's may have been forwarded there at all.
    """
    asked: dict[Question, _Askings] = defaultdict(_Askings)
    for one in lan:
        for question in _questions(one.exchange):
            asked[question].add(one)
    items = [item for upstream in wan if (item := _item(upstream, asked)) is not None]
    return list(_followed(items)), bool(items)


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

    def between(self, ends_from: int, begins_until: int) -> Sequence[Asked]:
        """Return those that began until a time, and some of which, if any, were answered from another on."""
        stop = bisect_right(self.asked, begins_until, key=lambda one: one.begin_ns)
        return self.asked[bisect_left(self._ends, ends_from) : stop]


class _Askings:
    """A client's questions for one name, by what they were answered.

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


class _Item:
    """An upstream question, and the clients' that it may have been put for; these are many where a name is in use."""

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

    def near(self, low: int, high: int) -> list[ForwardedPair]:
        """Return the pairs that allow an offset between two."""
        ends_from, begins_until = self._answer_ns - high, self._query_ns - low
        near = self._pairs(one for group in self._groups for one in group.between(ends_from, begins_until))
        return _overlapping(near, low, high)

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


def _item(upstream: DnsExchange, asked: Mapping[Question, _Askings]) -> _Item | None:
    query_ns, answer_ns, data = upstream.query_ns, upstream.answer_ns, _data(upstream)
    askings = asked.get((upstream.name, upstream.qtype))
    if query_ns is None or answer_ns is None or not data or askings is None:
        return None
    groups = [group for group in askings.told(data) if group.longest >= answer_ns - query_ns]
    return _Item(upstream, query_ns, answer_ns, groups) if groups else None


class _Way(NamedTuple):
    """Where the offset followed is, and by what it changes."""

    at_ns: int
    low: int
    high: int
    slowest: float
    fastest: float
    """What it changes by, ns per second."""
    still: bool
    """Whether it is taken not to change, as long as that explains most questions."""

    def reach(self, at_ns: int, wander: float = 0.0) -> tuple[int, int]:
        """Return between what it is at another time, if it changes by so much more or less."""
        passed = (at_ns - self.at_ns) / SECOND
        drifts = [passed * (self.slowest - wander), passed * (self.fastest + wander)]
        return self.low + round(min(drifts)), self.high + round(max(drifts))

    def expected(self, at_ns: int) -> tuple[int, int] | None:
        """Return between what it is at another time if it goes on as it did; None where that tells little."""
        low, high = (self.low, self.high) if self.still else self.reach(at_ns)
        return (low, high) if high - low <= self.high - self.low + NEAR_NS else None

    def on(self, at_ns: int, low: int, high: int) -> _Way:
        """Return the way from there on, once it is known where it is at another time."""
        passed = (at_ns - self.at_ns) / SECOND
        if not passed:
            return self._replace(low=low, high=high)
        least, most = sorted([(low - self.high) / passed, (high - self.low) / passed])
        slowest, fastest = max(self.slowest, least - WANDER), min(self.fastest, most + WANDER)
        if slowest > fastest:  # it runs otherwise by now
            slowest, fastest = least - WANDER, most + WANDER
        return _Way(at_ns, low, high, slowest, fastest, self.still)


Items = Sequence[_Item]
Near = Sequence[Sequence[ForwardedPair]]
"""Of each upstream question those pairs that are near enough to the offset followed."""


def _followed(items: Items) -> Iterator[ForwardedPair]:
    begin = failures = 0
    while begin < len(items):
        way = _start(items, begin)
        if way is None:
            # Each look costs as much as there are pairs; where many told nothing, few more are taken.
            failures += 1
            begin += MOST_DRIFTING // 2 << max(failures - PATIENT_LOOKS, 0)
            continue
        blocks: list[Items] = []
        told, end = _along(way, _kept(_blocks(items, begin), blocks))
        if told:  # what was put before the way was known so well is looked at once more
            first, way = told[0].block, told[0].way
            told = [*_along(way, blocks[:first][::-1])[0][::-1], *told]
        for block in told:
            yield from block.pairs
        begin += sum(len(block) for block in blocks[: max(end, 1)])


def _start(items: Items, begin: int) -> _Way | None:
    """Find the offset from which on it is followed: one that does not change if there is one, else one that may."""
    found = _sought(_few(items, begin, MOST_QUESTIONS), 0)
    still = found is not None
    found = found or _sought(_few(items, begin, MOST_DRIFTING), MAX_DRIFT)
    return None if found is None else _Way(*found, -MAX_DRIFT, MAX_DRIFT, still)


def _few(items: Items, begin: int, most: int) -> Items:
    """Return some items from one on: the fewer, the more pairs each makes, so that few are enough to stand out."""
    pairs, stop = 0, begin
    while stop < min(begin + most, len(items)) and (pairs < MOST_PAIRS or stop < begin + 2 * ENOUGH_AGREE):
        pairs += items[stop].count
        stop += 1
    return items[begin:stop]


def _kept(blocks: Iterable[Items], kept: list[Items]) -> Iterator[Items]:
    """Pass blocks on, and keep those that were wanted: a way that is soon lost costs no more than that."""
    for block in blocks:
        kept.append(block)
        yield block


def _blocks(items: Items, begin: int) -> Iterator[Items]:
    """Part the items from `begin` on, in order, into such as were put at about one time."""
    block: list[_Item] = []
    for item in (items[n] for n in range(begin, len(items))):
        if block and (len(block) == MOST_DRIFTING or abs(item.at_ns - block[0].at_ns) > BLOCK_NS):
            yield block
            block = []
        block.append(item)
    if block:
        yield block


class _Told(NamedTuple):
    """What a block told."""

    block: int
    """Its number."""
    pairs: list[ForwardedPair]
    way: _Way
    """The way from there on."""


def _along(way: _Way, blocks: Iterable[Items]) -> tuple[list[_Told], int]:
    """Follow an offset from block to block; return what was found, and at which block it was lost."""
    told: list[_Told] = []
    missed = lost = 0
    number = -1
    for number, block in enumerate(blocks):
        at_ns = block[len(block) // 2].at_ns
        low, high = way.reach(at_ns, WANDER)
        near = [own for item in block if (own := item.near(low - FEW_TOLD_NS, high + FEW_TOLD_NS))]
        if not near:
            lost = lost if missed else number
            missed += len(block)
            if missed >= LOST_AFTER:
                return told, lost
            continue
        missed = 0
        found = _agreed_near(near, way.expected(at_ns), high - low <= way.high - way.low + NEAR_NS)
        if found is not None:
            way = way.on(at_ns, *found)
            told.append(_Told(number, [_any(own) for pairs in near if (own := _overlapping(pairs, *found))], way))
    return told, number + 1


def _overlapping(pairs: Iterable[ForwardedPair], low: int, high: int) -> list[ForwardedPair]:
    return [pair for pair in pairs if pair.low_ns <= high and pair.high_ns >= low]


def _any(pairs: Sequence[ForwardedPair]) -> ForwardedPair:
    """Return what holds of an upstream question, for whichever of some others it was put."""
    return pairs[0]._replace(low_ns=min(p.low_ns for p in pairs), high_ns=max(p.high_ns for p in pairs))


def _agreed_near(items: Near, expected: tuple[int, int] | None, few: bool) -> tuple[int, int] | None:
    """Find the offset on which the items of a block agree, if it stands out.

    Args:
        items: the pairs of each that are near enough to the offset followed.
        expected: between what it is if it goes on as it did; None where that tells little.
        few: whether it cannot be far from that, so that even one item tells.
    """
    intervals = [(pair.low_ns, pair.high_ns) for pairs in items for pair in pairs]
    regions = _regions(intervals)
    if expected is not None:
        likely = max((r for r in regions if r[1] <= expected[1] and r[2] >= expected[0]), default=None)
        if likely is not None and 2 * likely[0] >= len(items):
            return likely[1:]
    agreed, low, high = max(regions)
    rest = [(one, two) for one, two in intervals if one > high or two < low]
    if agreed < (1 if few else ENOUGH_AGREE) or agreed < 2 * max((r[0] for r in _regions(rest)), default=0):
        return None
    return low, high


def _sought(items: Items, drift: float) -> tuple[int, int, int] | None:
    """Find the offset on which most of the items agree; return when it holds, and between what it lies.

    Args:
        drift: by how much it may change, ns per second.
    """
    middle = items[len(items) // 2].at_ns
    intervals = []
    for item in items:
        smear = round(drift * abs(item.at_ns - middle) / SECOND)
        intervals += [(pair.low_ns - smear, pair.high_ns + smear) for pair in item.pairs()]
    region = _most_agreed(intervals, len(items))
    if region is None:
        return None
    _, low, high = region
    if not drift:
        middle = next(item.at_ns for item in items if item.near(low, high))
    return middle, low, high


def _questions(exchange: DnsExchange) -> list[Question]:
    return [(name, exchange.qtype) for name in (exchange.name, *(target for _, target, _ in exchange.cnames))]


def _data(exchange: DnsExchange) -> frozenset[str]:
    return frozenset(record.address for record in exchange.addresses)


def _most_agreed(intervals: Sequence[tuple[int, int]], questions: int) -> tuple[int, int, int] | None:
    """Find the offset that most intervals hold, if it stands out: how many agree, from, until."""
    regions = _regions(intervals)
    if not regions:
        return None
    right = max((region for region in regions if region[1] <= 0 <= region[2]), default=None)
    if right is not None and 2 * right[0] >= questions:
        return right
    best = max(regions)
    rest = [agreed for agreed, low, high in regions if low > best[2] + NEAR_NS or high < best[1] - NEAR_NS]
    if best[0] < ENOUGH_AGREE or best[0] < 2 * max(rest, default=0):
        return None
    return best


def _regions(intervals: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return where more intervals overlap than beside it: how many, from, until."""
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    regions: list[tuple[int, int, int]] = []
    depth = 0
    for place, (at, closing) in enumerate(ends):
        if closing and not ends[place - 1][1]:
            regions.append((depth, ends[place - 1][0], at))
        depth += -1 if closing else 1
    return regions
