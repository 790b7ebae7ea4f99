"""Who opened a connection that only a link's capture shows."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from wanwitness.model import Link, Stream

from .coverage import Coverage
from .dialogues import PROXY_START_NS
from .pairing import Pairing
from .point import Point

INITIAL_HOPS = frozenset((32, 64, 128, 255))
"""The hops that operating systems give a packet: a router that passes one on takes one away."""


class Unclaimed:
    """Tells the router's own connections from others that no LAN capture shows.

    Args:
        points: the capture points, their roles known.
        links: with what the captures show of them.
        covered: when the LAN side was captured.
        pairing: what of the LAN's connections has its WAN side.
    """

    def __init__(self, points: Iterable[Point], links: Iterable[Link], covered: Coverage, pairing: Pairing) -> None:
        self._covered, self._timeline = covered, pairing.timeline
        self._own = _own_addresses(points, links)
        outward = [mail.stream for mail in pairing.uncrossed if pairing.went_out(mail)]
        self._unpaired = sorted(self._timeline.aligned(stream.first, stream.start_ns) for stream in outward)
        """When the LAN's connections were opened that went out, and that no WAN capture shows."""

    def opened_by(self, point: Point, stream: Stream) -> Literal["router", "stranger", "outside"]:
        """Say who opened a stream of a link's point: the router, if the LAN side was captured then.

        Where the LAN shows connections of that time that went out nobody knows where, it may be one of those as well.
        """
        if stream.resp.ip in self._own[point.label]:
            return "outside"
        frame = stream.syn or stream.first
        start_ns = self._timeline.aligned(stream.first, stream.start_ns)
        near = bisect_left(self._unpaired, start_ns - PROXY_START_NS)
        alone = near == len(self._unpaired) or self._unpaired[near] > start_ns + PROXY_START_NS
        # Of a connection that came to nothing one lost packet may hide the LAN side; but it had a hop more there.
        passed_on = not stream.payload_orig + stream.payload_resp and stream.ttl_orig not in INITIAL_HOPS
        own = self._timeline.tied(frame) and self._covered.covers(start_ns) and alone and not passed_on
        return "router" if own else "stranger"


def _own_addresses(points: Iterable[Point], links: Iterable[Link]) -> dict[str, set[str]]:
    """The router's addresses by link: configured or given ones, and those that name servers were asked from."""
    own: dict[str, set[str]] = defaultdict(set)
    for link in links:
        given = {row.value for row in link.shown if row.what == "address" and row.source != "inferred"}
        own[link.name] |= given if "addresses" in link.filled else {*given, *link.addresses}
    for point in points:
        if point.role == "wan":
            own[point.label] |= {exchange.client.ip for exchange in point.rows.dns}
    return own
