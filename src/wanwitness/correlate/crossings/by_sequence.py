"""Pairs the LAN side and the WAN side of one connection by its sequence numbers.

Plain NAT rewrites addresses and ports and leaves sequence numbers alone, so a connection is found on the other side by
its initial sequence number, 32 bits chosen at random (RFC 9293 section 3.4.1), and confirmed by the server's. Without
the SYN, the first payloads' sequence numbers serve. Some firewalls rewrite sequence numbers too (pf's "modulate
state"): then the SYN's TCP timestamp (RFC 7323) is left, and every segment keeps its place relative to it.

Where several connections have the same number (some devices begin each with the same one), they are told apart by all
else that a router leaves alone, and by time once the clocks are known; where that does not decide, the pair says so.
Such a number alone shows nothing (`drawn_numbers.py`).

A stream with the server's packets alone is the way back of a connection that left by another link. Two streams of one
SYN that both stayed unanswered went by two links, and none of them is the one that the session left by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Direction, Endpoint, Stream
from wanwitness.model.nat64 import same_host
from wanwitness.reading.point import MailStream

from .assignment import Comparison, assign
from .assumptions import CROWD, FIRST_MARKS, LAN_HOPS, LEG_NS, NEAREST, PASSING_NS
from .drawn_numbers import DrawnNumbers
from .pair import Method, Opener, Pair, Wan

SECOND = 1_000_000_000

Mark = tuple[Direction, int, int]
_Ends = tuple[int, Endpoint]
_Key = tuple[str | int, int] | Mark
"""A sequence number, the time stamp of a SYN to a port, or a payload's place: what the two sides may have in common."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What sequence numbers tell."""

    pairs: list[Pair]
    back_only: dict[MailStream, Wan]
    """LAN stream (its identity) to the WAN stream that only carried the server's packets; how it left is not known."""
    accounted: set[MailStream]
    """Identities of the streams that belong to a LAN stream: pairs' both ways, repeats by other links, copies."""
    turned_back: set[MailStream]
    """Identities of the LAN streams that the router led to a server on the LAN (a hairpin)."""


def by_sequence(lans: Sequence[MailStream], wans: Sequence[Wan], timeline: Timeline | None = None) -> Sequenced:
    """Pair streams whose sequence numbers agree; each WAN stream is used once.

    Args:
        lans: the LAN's streams.
        wans: the links' streams.
        timeline: the clocks, if they are known already: then the time counts too.
    """
    numbers = DrawnNumbers(([lan.stream for lan in lans], [wan.stream for _, wan in wans]))
    legs, turned_back = _legs(lans, wans, numbers)
    fits = _fits([lan for lan in lans if lan not in legs], wans, timeline, numbers)
    by_lan: dict[MailStream, list[Comparison]] = defaultdict(list)
    callers: dict[MailStream, int] = defaultdict(int)
    for fit in fits:
        by_lan[fit.lan].append(fit)
        callers[fit.wan[1]] += 1
    pairs = {pair.lan: pair for pair in assign(fit for fit in fits if fit.wan[1].stream.packets_orig)}
    used = {pair.wan for pair in pairs.values()}
    back_only: dict[MailStream, Wan] = {}
    for key, own in by_lan.items():
        left = sorted((fit for fit in own if fit.wan[1] not in used), key=lambda fit: fit.rank)
        back = next((fit.wan for fit in left if not fit.wan[1].stream.packets_orig), None)
        if key not in pairs:
            if back is not None:
                used.add(back[1])
                back_only[key] = back
            continue
        # What nobody else could have is this connection once more: tried by another link, or captured twice.
        used |= {fit.wan[1] for fit in left if callers[fit.wan[1]] == 1 or not fit.wan[1].stream.packets_resp}
        if back is not None and not pairs[key].wan.stream.packets_resp:
            used.add(back[1])
            pairs[key] = replace(pairs[key], wan_return=back[1], return_point=back[0])
    return Sequenced(list(pairs.values()), back_only, used | legs, turned_back)


def _legs(
    lans: Sequence[MailStream], wans: Iterable[Wan], numbers: DrawnNumbers
) -> tuple[set[MailStream], set[MailStream]]:
    """The LAN streams that show a connection of another LAN stream once more, a few hops on; and those others, where
    the router led them back to a server on the LAN.
    """
    by_isn: dict[int, list[Stream]] = defaultdict(list)
    outside: dict[int, int] = defaultdict(int)
    for lan in lans:
        if lan.stream.isn_orig is not None:
            by_isn[lan.stream.isn_orig].append(lan.stream)
    for _, wan in wans:
        if wan.stream.isn_orig is not None and wan.stream.packets_orig:
            outside[wan.stream.isn_orig] += 1
    legs: set[MailStream] = set()
    turned_back: set[MailStream] = set()
    mail_of = {lan.stream: lan for lan in lans}
    for isn, streams in by_isn.items():
        if outside[isn] >= len(streams) > 1:
            continue  # each has its own on the other side: it is a number that they share by chance
        streams.sort(key=lambda stream: -(stream.ttl_orig or 0))
        for one, two in pairwise(streams):
            if _goes_on(one, two) and (numbers.drawn(one) or (one.orig.port, one.resp) == (two.orig.port, two.resp)):
                legs.add(mail_of[two])
                if one.resp != two.resp:
                    turned_back.add(mail_of[one])
    return legs, turned_back


def _goes_on(one: Stream, two: Stream) -> bool:
    """Whether a router on the LAN passed `one` on as `two`."""
    if one.ttl_orig is None or two.ttl_orig is None or not 1 <= one.ttl_orig - two.ttl_orig <= LAN_HOPS:
        return False
    known = [(one.isn_resp, two.isn_resp), (one.tsval_orig, two.tsval_orig)]
    if any(a != b for a, b in known if a is not None and b is not None):
        return False
    return abs(one.start_ns - two.start_ns) <= LEG_NS and one.orig != two.orig


def _fits(
    lans: Sequence[MailStream], wans: Sequence[Wan], timeline: Timeline | None, numbers: DrawnNumbers
) -> list[Comparison]:
    by_key: dict[_Key, _Crowd] = defaultdict(lambda: _Crowd(timeline))
    marks: dict[Stream, list[Mark]] = {}
    """WAN stream (its identity) to its first payloads."""
    # A stream whose opening was captured is found by that, so most often no payloads are needed.
    unopened = any(_lacks_opening(lan.stream) for lan in lans)
    for wan in wans:
        stream = wan[1].stream
        own = marks[stream] = _payload_marks(stream)
        for key in (*_numbers(stream), *(own if unopened or _lacks_opening(stream) else ())):
            by_key[key].add(wan)
    fits: list[Comparison] = []
    for lan in lans:
        own = _payload_marks(lan.stream)
        near = {
            wan[1]: wan
            for key in (*_numbers(lan.stream), *own)
            if key in by_key
            for wan in by_key[key].near(lan.stream)
        }
        for wan in near.values():
            theirs = marks[wan[1].stream]
            one, two = lan.stream, wan[1].stream
            fit = _fit(lan, wan, own, theirs, timeline) if numbers.show(one, two, {*own} & {*theirs}) else None
            if fit is not None:
                fits.append(fit)
    return fits


class _Crowd:
    """The WAN streams that have a number in common.

    Where they are many (a scanner uses one number for all that it opens), only some are compared with a LAN stream:
    those nearest in time, and of those with its client's port and server, which most routers leave alone, too. Where
    several of them fit, the pair says so, as always.

    Args:
        timeline: the clocks, if they are known already.
    """

    def __init__(self, timeline: Timeline | None) -> None:
        self._timeline = timeline
        self._wans: list[Wan] = []
        self._times: list[int] = []
        self._alike: dict[_Ends, list[int]] | None = None
        """By the client's port and the server's address, places in order of time; None where more came since."""

    def add(self, wan: Wan) -> None:
        self._wans.append(wan)
        self._alike = None

    def near(self, stream: Stream) -> Sequence[Wan]:
        """Return those that are to be compared with a stream."""
        if len(self._wans) <= CROWD:
            return self._wans
        if self._alike is None:
            self._wans.sort(key=lambda wan: self._at(wan[1].stream))
            self._times = [self._at(wan[1].stream) for wan in self._wans]
            self._alike = defaultdict(list)
            for place, (_, mail) in enumerate(self._wans):
                self._alike[_ends(mail.stream)].append(place)
        alike = self._alike.get(_ends(stream), ())
        at = bisect_left(self._times, self._at(stream))
        begin = max(bisect_left(alike, at) - NEAREST, 0)
        places = {*alike[begin : begin + 2 * NEAREST], *range(max(at - NEAREST, 0), min(at + NEAREST, len(self._wans)))}
        return [self._wans[place] for place in sorted(places)]

    def _at(self, stream: Stream) -> int:
        return stream.start_ns if self._timeline is None else self._timeline.aligned(stream.first, stream.start_ns)


def _ends(stream: Stream) -> _Ends:
    return stream.orig.port, stream.resp


def _lacks_opening(stream: Stream) -> bool:
    return stream.isn_orig is None or stream.isn_resp is None


def _numbers(stream: Stream) -> list[_Key]:
    """What the opening of a connection is found by."""
    numbers = ("orig", stream.isn_orig), ("resp", stream.isn_resp), (stream.resp.port, stream.tsval_orig)
    return [(kind, number) for kind, number in numbers if number is not None]


def _payload_marks(stream: Stream) -> list[Mark]:
    """The first payloads of each direction."""
    marks: list[Mark] = []
    wanted: dict[Direction, int] = {"orig": FIRST_MARKS, "resp": FIRST_MARKS}
    for mark in stream.marks:
        if mark.length and wanted[mark.direction]:
            wanted[mark.direction] -= 1
            marks.append((mark.direction, mark.seq, mark.length))
            if len(marks) == 2 * FIRST_MARKS:
                break
    return marks


def _relative(marks: Iterable[Mark], stream: Stream) -> set[Mark]:
    """The first payloads of each direction, their places counted from that direction's first."""
    first: dict[Direction, int] = {}
    for direction, seq, _ in marks:
        first.setdefault(direction, seq)
    isn = {"orig": stream.isn_orig, "resp": stream.isn_resp}
    return {
        (direction, (seq - (first[direction] if (base := isn[direction]) is None else base)) & 0xFFFFFFFF, length)
        for direction, seq, length in marks
    }


def _fit(
    lan: MailStream, wan: Wan, mine: list[Mark], theirs: list[Mark], timeline: Timeline | None
) -> Comparison | None:
    """How well two streams fit, whose first payloads are `mine` and `theirs`."""
    one, two = lan.stream, wan[1].stream
    score, method = _score(one, two, mine, theirs)
    if score <= 0:
        return None
    apart, time_tells = _apart(one, two, timeline)
    if time_tells and apart > PASSING_NS:
        return None
    mismatches = 0.0
    for side, other in ((one.isn_orig, two.isn_orig), (one.isn_resp, two.isn_resp)):
        mismatches += 4 * (side is None or side != other)
    if one.tsval_orig is not None and two.tsval_orig is not None:
        mismatches += one.tsval_orig != two.tsval_orig
    for random, theirs_too in zip(lan.dialogue.tls_randoms, wan[1].dialogue.tls_randoms, strict=True):
        mismatches += random is not None and theirs_too is not None and random != theirs_too
    mismatches += not same_host(one.resp.ip, two.resp.ip)
    mismatches += one.orig.port != two.orig.port
    mismatches += (one.packets_resp > 0) != (two.packets_resp > 0)
    mismatches += (one.payload_orig > 0) != (two.payload_orig > 0)
    mismatches += (one.refused is None) != (two.refused is None)
    if (mine, one.isn_orig, one.isn_resp) != (theirs, two.isn_orig, two.isn_resp):
        near, far = _relative(mine, one), _relative(theirs, two)
        mismatches += bool(near and far and not (near <= far or far <= near))
    opener: Opener = "client" if same_host(one.resp.ip, two.resp.ip) else "router"
    return Comparison(lan, wan, method, score, mismatches, len(one.gaps) + len(two.gaps), opener, apart)


def _apart(one: Stream, two: Stream, timeline: Timeline | None) -> tuple[int, bool]:
    """How far apart in time both sides saw the same packet, ns, at least; and whether their clocks can be compared."""
    if timeline is None:
        return abs(one.start_ns - two.start_ns), False
    times = {mark[:4]: timeline.aligned(mark.frame, mark.ts_ns) for mark in one.marks}
    both = [abs(timeline.aligned(mark.frame, mark.ts_ns) - times[mark[:4]]) for mark in two.marks if mark[:4] in times]
    if not both:
        starts = timeline.aligned(one.first, one.start_ns), timeline.aligned(two.first, two.start_ns)
        return abs(starts[0] - starts[1]), False
    return max(0, min(both) - timeline.apart(one, two)), timeline.tied(two.first)


def _score(lan: Stream, wan: Stream, mine: list[Mark], theirs: list[Mark]) -> tuple[float, Method]:
    """How sure it is, 0 to 1, that two streams are one. Each equal 32-bit number leaves chance one in four billion."""
    equal = unequal = 0
    for one, two in ((lan.isn_orig, wan.isn_orig), (lan.isn_resp, wan.isn_resp)):
        if one is not None and two is not None:
            equal += one == two
            unequal += one != two
    if unequal:
        return _relative_score(lan, wan, mine, theirs), "relative-sequence"
    common = set(mine) & set(theirs)
    if not equal and not common:
        return 0.0, "isn"
    score = 1 - 0.5 ** (2 * equal + min(len(common), 3) + 2)
    if lan.tsval_orig is not None and wan.tsval_orig is not None:
        score = score if lan.tsval_orig == wan.tsval_orig else score * 0.9
    if not same_host(lan.resp.ip, wan.resp.ip):
        score *= 0.99  # rewritten destination: possible, and second to an equal one
    return score, "isn" if equal else "payload"


def _relative_score(lan: Stream, wan: Stream, mine: list[Mark], theirs: list[Mark]) -> float:
    """How sure it is that the router rewrote the sequence numbers of one connection to one server."""
    if not same_host(lan.resp.ip, wan.resp.ip) or lan.tsval_orig is None or lan.tsval_orig != wan.tsval_orig:
        return 0.0
    one, two = _relative(mine, lan), _relative(theirs, wan)
    common = len(one & two)
    if min(len(one), len(two)) > common:
        return 0.0
    return 0.95 * (1 - 0.5 ** (2 + common))
