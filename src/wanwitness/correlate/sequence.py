"""Pairs the LAN side and the WAN side of one connection by its sequence numbers.

Plain NAT rewrites addresses and ports and leaves sequence numbers alone, so a connection is found on the other side by
its initial sequence number, 32 bits chosen at random (RFC 9293 section 3.4.1), and confirmed by the server's. Without
the SYN, the first payloads' sequence numbers and lengths serve. Some firewalls rewrite sequence numbers too (pf's
"modulate state"): then the SYN's TCP timestamp (RFC 7323) is left, and every segment keeps its place relative to it.

A stream with the server's packets alone is the way back of a connection that left by another link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from wanwitness.model import Direction, Endpoint, Stream
from wanwitness.protocols.point import MailStream

from .pair import Method, Pair, Wan, opening_frames

Mark = tuple[Direction, int, int]


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What sequence numbers tell."""

    pairs: list[Pair]
    back_only: dict[int, Wan]
    """LAN stream (its identity) to the WAN stream that only carried the server's packets; how it left is not known."""
    accounted: set[int]
    """Identities of the WAN streams that belong to a LAN stream: pairs' both ways, repeats by other links, copies."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    order: int
    lan: MailStream
    wan: Wan
    method: Method

    @property
    def rank(self) -> tuple[float, int, bool, int, int]:
        """Best first. What is equal otherwise, as with fixed sequence numbers, is told apart by port and time."""
        one, two = self.lan.stream, self.wan[1].stream
        both_ways = (two.packets_orig > 0) + (two.packets_resp > 0)
        return -self.score, -both_ways, one.orig.port != two.orig.port, abs(one.start_ns - two.start_ns), self.order


def by_sequence(lans: Iterable[MailStream], wans: Iterable[Wan]) -> Sequenced:
    """Pair streams whose sequence numbers agree; each WAN stream is used once."""
    wans = list(wans)
    by_number: dict[tuple[str, int], list[Wan]] = defaultdict(list)
    by_mark: dict[Mark, list[Wan]] = defaultdict(list)
    by_timestamp: dict[tuple[Endpoint, int], list[Wan]] = defaultdict(list)
    for wan in wans:
        stream = wan[1].stream
        for number in _numbers(stream):
            by_number[number].append(wan)
        for mark in _payload_marks(stream):
            by_mark[mark].append(wan)
        if stream.tsval_orig is not None:
            by_timestamp[stream.resp, stream.tsval_orig].append(wan)
    candidates: list[_Candidate] = []
    for order, lan in enumerate(lans):
        stream = lan.stream
        near: dict[int, Wan] = {}
        for found in (
            *(by_number.get(number, ()) for number in _numbers(stream)),
            *(by_mark.get(mark, ()) for mark in _payload_marks(stream)),
            by_timestamp.get((stream.resp, stream.tsval_orig), ()) if stream.tsval_orig is not None else (),
        ):
            near.update((id(wan[1]), wan) for wan in found)
        for wan in near.values():
            score, method = _score(stream, wan[1].stream)
            if score > 0:
                candidates.append(_Candidate(score, order, lan, wan, method))
    return _assign(sorted(candidates, key=lambda c: c.rank))


def _numbers(stream: Stream) -> list[tuple[str, int]]:
    return [(side, isn) for side, isn in (("orig", stream.isn_orig), ("resp", stream.isn_resp)) if isn is not None]


def _payload_marks(stream: Stream) -> list[Mark]:
    """The first payloads of each direction."""
    marks: list[Mark] = []
    for direction in ("orig", "resp"):
        marks += [(m.direction, m.seq, m.length) for m in stream.marks if m.length and m.direction == direction][:3]
    return marks


def relative_marks(stream: Stream) -> list[Mark]:
    """The first payloads of each direction, their places counted from that direction's first."""
    marks = _payload_marks(stream)
    first: dict[Direction, int] = {}
    for direction, seq, _ in marks:
        first.setdefault(direction, seq)
    isn = {"orig": stream.isn_orig, "resp": stream.isn_resp}
    return [
        (direction, (seq - (first[direction] if (base := isn[direction]) is None else base)) & 0xFFFFFFFF, length)
        for direction, seq, length in marks
    ]


def _score(lan: Stream, wan: Stream) -> tuple[float, Method]:
    """How sure it is, 0 to 1, that two streams are one. Each equal 32-bit number leaves chance one in four billion."""
    equal = unequal = 0
    for one, two in ((lan.isn_orig, wan.isn_orig), (lan.isn_resp, wan.isn_resp)):
        if one is not None and two is not None:
            equal += one == two
            unequal += one != two
    if unequal:
        return _relative_score(lan, wan), "relative-sequence"
    common = set(_payload_marks(lan)) & set(_payload_marks(wan))
    if not equal and not common:
        return 0.0, "isn"
    score = 1 - 0.5 ** (2 * equal + min(len(common), 3) + 2)
    if lan.tsval_orig is not None and wan.tsval_orig is not None:
        score = score if lan.tsval_orig == wan.tsval_orig else score * 0.9
    if lan.resp != wan.resp:
        score *= 0.99  # rewritten destination: possible, and second to an equal one
    return score, "isn" if equal else "payload"


def _relative_score(lan: Stream, wan: Stream) -> float:
    """How sure it is that the router rewrote the sequence numbers of one connection to one server."""
    if lan.resp != wan.resp or lan.tsval_orig is None or lan.tsval_orig != wan.tsval_orig:
        return 0.0
    one, two = set(relative_marks(lan)), set(relative_marks(wan))
    common = len(one & two)
    if min(len(one), len(two)) > common:
        return 0.0
    return 0.95 * (1 - 0.5 ** (2 + common))


def _assign(candidates: list[_Candidate]) -> Sequenced:
    """Take the best pairs first, each stream once; a second WAN stream may carry the way back."""
    by_lan: dict[int, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_lan[id(candidate.lan)].append(candidate)
    used: set[int] = set()
    best: dict[int, _Candidate] = {}
    for candidate in candidates:
        key, wan = id(candidate.lan), candidate.wan[1]
        if wan.stream.packets_orig and key not in best and id(wan) not in used:
            used.add(id(wan))
            best[key] = candidate
    pairs: list[Pair] = []
    back_only: dict[int, Wan] = {}
    for key, own in by_lan.items():
        left = [c for c in own if id(c.wan[1]) not in used]
        back = next((c for c in left if not c.wan[1].stream.packets_orig), None)
        chosen = best.get(key)
        if chosen is None:
            if back is not None:
                used.add(id(back.wan[1]))
                back_only[key] = back.wan
            continue
        if back is not None and chosen.wan[1].stream.packets_resp:
            back = None
        used |= {id(c.wan[1]) for c in left}
        others = [c.score for c in left if c is not back]
        pairs.append(
            Pair(
                chosen.lan,
                chosen.wan[1],
                chosen.wan[0],
                chosen.method,
                round(chosen.score, 4),
                round(max(others), 4) if others else None,
                opening_frames(chosen.lan.stream) + opening_frames(chosen.wan[1].stream),
                back.wan[1] if back else None,
                back.wan[0] if back else None,
            )
        )
    return Sequenced(pairs, back_only, used)
