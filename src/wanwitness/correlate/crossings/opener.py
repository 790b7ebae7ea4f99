"""Who opened the connection that the WAN side shows."""

from __future__ import annotations

from collections import Counter

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Direction, Stream
from wanwitness.model.nat64 import same_host

from .assumptions import MOST_MARKS, ROUTER_HOPS
from .pair import Opener


def opener_of(lan: Stream, wan: Stream, timeline: Timeline) -> Opener:
    """Tell the client, whose sequence numbers the router rewrote, from a proxy.

    A proxy answers the client's SYN before the server has answered its own, with packets of its own making: their time
    stamps and hops are not the client's. What a router passes on has a hop less.
    """
    if not same_host(lan.resp.ip, wan.resp.ip) or lan.resp.port != wan.resp.port:
        return "router"
    signs: set[Opener] = set()
    if lan.synack is not None and wan.synack is not None and timeline.tied(wan.synack):
        assert lan.synack_ns is not None and wan.synack_ns is not None
        later = timeline.aligned(lan.synack, lan.synack_ns) - timeline.aligned(wan.synack, wan.synack_ns)
        if abs(later) > timeline.apart(lan, wan):
            signs.add("client" if later > 0 else "router")
    if lan.tsval_orig is not None and wan.tsval_orig is not None:
        signs.add("client" if lan.tsval_orig == wan.tsval_orig else "router")
    if lan.ttl_orig is not None and wan.ttl_orig is not None and lan.ttl_orig != wan.ttl_orig:
        signs.add("client" if lan.ttl_orig == wan.ttl_orig + 1 else "router")
    if not same_places(lan, wan):
        signs.add("router")
    return next(iter(signs)) if len(signs) == 1 else "either"


def has_fewer_hops(lan: Stream, wan: Stream) -> bool:
    """Whether the client's packets may have been passed on: each router takes a hop, and a proxy begins anew."""
    return lan.ttl_orig is not None and wan.ttl_orig is not None and 1 <= lan.ttl_orig - wan.ttl_orig <= ROUTER_HOPS


def same_places(one: Stream, two: Stream) -> bool:
    """Whether the first payloads may be the same: in either direction their sequence numbers differ by one amount.

    It needs no SYN; as many payloads may differ by another amount as there are gaps.
    """
    lost = len(one.gaps) + len(two.gaps)
    directions: tuple[Direction, ...] = ("orig", "resp")
    for direction in directions:
        ours = [(m.seq, m.length) for m in one.marks if m.length and m.direction == direction][:MOST_MARKS]
        theirs = [(m.seq, m.length) for m in two.marks if m.length and m.direction == direction][:MOST_MARKS]
        shifts = Counter(
            (there - here) & 0xFFFFFFFF for here, length in ours for there, other in theirs if length == other
        )
        if max(shifts.values(), default=0) < min(len(ours), len(theirs)) - lost:
            return False
    return True
