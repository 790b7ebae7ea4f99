"""Pairs connections of which little more than the opening is left to compare.

A connection that was refused, not answered or greeted with an error has said too little to be known by its words. Its
sequence numbers and its time stamp are no key either where the router rewrote them, or where the client sent no time
stamp (Windows sends none). What remains is the server, the time, the hops, and two numbers of 16 bits: the client's
port, and the SYN's Identification (20 bits of flow label in IPv6). One of these two must be the same at least, and the
SYN must have been sent as often. A connection with several candidates names them all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Stream
from wanwitness.model.nat64 import same_host
from wanwitness.reading.point import MailStream

from .assignment import Comparison, assign
from .assumptions import PASSING_SYN_NS
from .opener import has_fewer_hops, same_places
from .pair import Pair, Wan

SURE = {1: 0.9, 2: 0.99}
"""How sure a pair is by how many of the numbers are the same, if nothing else fits."""


def by_opening(lans: Iterable[MailStream], wans: Iterable[Wan], timeline: Timeline) -> list[Pair]:
    """Pair streams whose openings agree; each stream is used once.

    Args:
        lans: the LAN's streams.
        wans: the links' streams.
        timeline: the clocks; a capture whose clock they do not tell has no pair.
    """
    by_port: dict[int, list[tuple[int, Wan]]] = defaultdict(list)
    widest = 0
    for wan in wans:
        stream = wan[1].stream
        if stream.syn is not None and timeline.tied(stream.syn):
            by_port[stream.resp.port].append((timeline.aligned(stream.syn, stream.start_ns), wan))
            widest = max(widest, timeline.doubt_of(stream).ns)
    for rows in by_port.values():
        rows.sort(key=lambda row: row[0])
    fits: list[Comparison] = []
    for lan in lans:
        one = lan.stream
        if one.syn is None or one.resp.port not in by_port:
            continue
        at = timeline.aligned(one.syn, one.start_ns)
        for other, wan in _near(by_port[one.resp.port], at, timeline.doubt_of(one).ns + widest):
            two, slack = wan[1].stream, timeline.apart(one, wan[1].stream)
            alike = _alike(one, two)
            if alike and -slack <= other - at <= PASSING_SYN_NS + slack and _may_be(one, two):
                fits.append(
                    Comparison(lan, wan, "relative-sequence", SURE[alike], 2 - alike, 0, "client", abs(other - at))
                )
    return assign(fits)


def _near(rows: Sequence[tuple[int, Wan]], at: int, widest: int) -> Sequence[tuple[int, Wan]]:
    low = bisect_left(rows, at - widest, key=lambda row: row[0])
    return rows[low : bisect_right(rows, at + PASSING_SYN_NS + widest, key=lambda row: row[0])]


def _alike(one: Stream, two: Stream) -> int:
    """How many of the client's numbers are the same."""
    return (one.orig.port == two.orig.port) + (one.ident_orig is not None and one.ident_orig == two.ident_orig)


def _may_be(one: Stream, two: Stream) -> bool:
    """Whether a router may have passed `one` on as `two`: a hop or a few less, and all that was sent alike."""
    if not has_fewer_hops(one, two):
        return False
    answered = (one.packets_resp > 0, one.payload_resp > 0) == (two.packets_resp > 0, two.payload_resp > 0)
    alike = one.packets_orig == two.packets_orig and answered and (one.refused is None) == (two.refused is None)
    return alike and same_host(one.resp.ip, two.resp.ip) and same_places(one, two)
