"""The clock of a capture that shares no connection with the LAN: told by the questions that the router forwarded.

The offset that lets by far the most upstream questions lie inside a client's (`forwarded_questions`) is taken. A clock
that is right as it stands needs less proof, since most captures of a site are made by one machine, or by machines that
agree. From there the offset is followed from question to question, for as far as a clock may drift in between. Where
it is lost, because the clock was set, it is looked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wanwitness.model import DnsExchange

from .agreement import Interval, agreed_near, most_agreed
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
from .forwarded_questions import Asked, ForwardedPair, UpstreamQuestion, overlapping, upstream_questions

SECOND = 1_000_000_000
Questions = Sequence[UpstreamQuestion]


def forwarded(lan: Sequence[Asked], wan: Iterable[DnsExchange]) -> tuple[list[ForwardedPair], bool]:
    """Return which upstream questions of an unknown clock were put for which of the LAN's; none if that stays open.

    Args:
        lan: the LAN's questions, in order of time.
        wan: the upstream questions, in the order in which they were written down.

    The second value says whether any question of the LAN's may have been forwarded there at all.
    """
    questions = upstream_questions(lan, wan)
    return list(_followed(questions)), bool(questions)


class _Track(NamedTuple):
    """Where the offset that is followed lies, and by what it changes."""

    at_ns: int
    low: int
    high: int
    slowest: float
    fastest: float
    """What it changes by, ns per second."""
    still: bool
    """Whether it is taken not to change, as long as that explains most questions."""

    def reach(self, at_ns: int, wander: float = 0.0) -> Interval:
        """Return between what it is at another time, if it changes by so much more or less."""
        passed = (at_ns - self.at_ns) / SECOND
        drifts = [passed * (self.slowest - wander), passed * (self.fastest + wander)]
        return self.low + round(min(drifts)), self.high + round(max(drifts))

    def expected(self, at_ns: int) -> Interval | None:
        """Return between what it is at another time if it goes on as it did; None where that tells little."""
        low, high = (self.low, self.high) if self.still else self.reach(at_ns)
        return (low, high) if high - low <= self.high - self.low + NEAR_NS else None

    def on(self, at_ns: int, low: int, high: int) -> _Track:
        """Return the way from there on, once it is known where it is at another time."""
        passed = (at_ns - self.at_ns) / SECOND
        if not passed:
            return self._replace(low=low, high=high)
        least, most = sorted([(low - self.high) / passed, (high - self.low) / passed])
        slowest, fastest = max(self.slowest, least - WANDER), min(self.fastest, most + WANDER)
        if slowest > fastest:  # it runs otherwise by now
            slowest, fastest = least - WANDER, most + WANDER
        return _Track(at_ns, low, high, slowest, fastest, self.still)


def _followed(questions: Questions) -> Iterator[ForwardedPair]:
    """Yield the pairs that one offset allows, as it is followed from question to question."""
    begin = failures = 0
    while begin < len(questions):
        way = _start(questions, begin)
        if way is None:
            # Each look costs as much as there are pairs; where many told nothing, few more are taken.
            failures += 1
            begin += MOST_DRIFTING // 2 << max(failures - PATIENT_LOOKS, 0)
            continue
        blocks: list[Questions] = []
        told, end = _along(way, _kept(_blocks(questions, begin), blocks))
        if told:  # what was put before the way was known so well is looked at once more
            first, way = told[0].block, told[0].way
            told = [*_along(way, blocks[:first][::-1])[0][::-1], *told]
        for block in told:
            yield from block.pairs
        begin += sum(len(block) for block in blocks[: max(end, 1)])


def _start(questions: Questions, begin: int) -> _Track | None:
    """Find the offset from which on it is followed: one that does not change if there is one, else one that may."""
    found = _sought(_few(questions, begin, MOST_QUESTIONS), 0)
    still = found is not None
    found = found or _sought(_few(questions, begin, MOST_DRIFTING), MAX_DRIFT)
    return None if found is None else _Track(*found, -MAX_DRIFT, MAX_DRIFT, still)


def _few(questions: Questions, begin: int, most: int) -> Questions:
    """Return some questions from one on: the fewer, the more pairs each makes, so that few are enough to stand out."""
    pairs, stop = 0, begin
    while stop < min(begin + most, len(questions)) and (pairs < MOST_PAIRS or stop < begin + 2 * ENOUGH_AGREE):
        pairs += questions[stop].count
        stop += 1
    return questions[begin:stop]


def _kept(blocks: Iterable[Questions], kept: list[Questions]) -> Iterator[Questions]:
    """Pass blocks on, and keep those that were wanted: a way that is soon lost costs no more than that."""
    for block in blocks:
        kept.append(block)
        yield block


def _blocks(questions: Questions, begin: int) -> Iterator[Questions]:
    """Part the questions from `begin` on, in order, into such as were put at about one time."""
    block: list[UpstreamQuestion] = []
    for question in (questions[n] for n in range(begin, len(questions))):
        if block and (len(block) == MOST_DRIFTING or abs(question.at_ns - block[0].at_ns) > BLOCK_NS):
            yield block
            block = []
        block.append(question)
    if block:
        yield block


class _BlockResult(NamedTuple):
    """What a block told."""

    block: int
    """Its number."""
    pairs: list[ForwardedPair]
    way: _Track
    """The way from there on."""


def _along(way: _Track, blocks: Iterable[Questions]) -> tuple[list[_BlockResult], int]:
    """Follow an offset from block to block; return what was found, and at which block it was lost."""
    told: list[_BlockResult] = []
    missed = lost = 0
    number = -1
    for number, block in enumerate(blocks):
        at_ns = block[len(block) // 2].at_ns
        low, high = way.reach(at_ns, WANDER)
        looked_at = [question.near(low - FEW_TOLD_NS, high + FEW_TOLD_NS) for question in block]
        near = [own for own in looked_at if own]
        if not near:
            lost = lost if missed else number
            missed += sum(own is not None for own in looked_at)
            if missed >= LOST_AFTER:
                return told, lost
            continue
        missed = 0
        intervals = [(pair.low_ns, pair.high_ns) for pairs in near for pair in pairs]
        few = high - low <= way.high - way.low + NEAR_NS
        found = agreed_near(intervals, len(near), way.expected(at_ns), few=few)
        if found is not None:
            way = way.on(at_ns, *found)
            told.append(_BlockResult(number, [_any(own) for pairs in near if (own := overlapping(pairs, *found))], way))
    return told, number + 1


def _any(pairs: Sequence[ForwardedPair]) -> ForwardedPair:
    """Return what holds of an upstream question, for whichever of some others it was put."""
    return pairs[0]._replace(low_ns=min(p.low_ns for p in pairs), high_ns=max(p.high_ns for p in pairs))


def _sought(questions: Questions, drift: float) -> tuple[int, int, int] | None:
    """Find the offset on which most of the questions agree; return when it holds, and between what it lies.

    Args:
        drift: by how much it may change, ns per second.
    """
    middle = questions[len(questions) // 2].at_ns
    intervals = []
    for question in questions:
        smear = round(drift * abs(question.at_ns - middle) / SECOND)
        intervals += [(pair.low_ns - smear, pair.high_ns + smear) for pair in question.pairs()]
    agreed = most_agreed(intervals, len(questions))
    if agreed is None:
        return None
    low, high = agreed
    if not drift:
        middle = next(question.at_ns for question in questions if question.near(low, high) != [])
    return middle, low, high
