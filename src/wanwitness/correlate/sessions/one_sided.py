"""Who opened a connection that only a link's capture shows."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal

from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.correlate.crossings.assumptions import PROXY_START_NS
from wanwitness.correlate.crossings.pairing import Pairing
from wanwitness.model import Stream

from .directions import INITIAL_HOPS
from .uncounted import Uncounted


class OneSided:
    """Tells the router's own connections from others that no LAN capture shows, if they left the site.

    Args:
        covered: when the LAN side was captured.
        pairing: what of the LAN's connections has its WAN side.
        uncounted: the connections that are no sessions.
    """

    def __init__(self, covered: Coverage, pairing: Pairing, uncounted: Uncounted) -> None:
        self._covered, self._timeline = covered, pairing.timeline
        outward = [mail.stream for mail in pairing.uncrossed if pairing.went_out(mail)]
        times = [self._timeline.aligned(stream.first, stream.start_ns) for stream in outward]
        self._unpaired = sorted([*times, *uncounted.unpaired().tolist()])
        """When the LAN's connections were opened that went out, and that no WAN capture shows."""
        self._spans = uncounted.spans_beyond()
        passed_on = {pair.wan.stream.ttl_orig for pair in pairing.pairs if pair.opener == "client"}
        self._clients_hops = passed_on.difference(INITIAL_HOPS, (None,))
        """The hops that the clients' packets have left on the links."""

    def may_be_a_clients(self, stream: Stream) -> bool:
        """Whether a stream's packets have as many hops left as those of the LAN's hosts: the router passed them on, or
        gives its own so many.

        Then it is one of theirs, of which a burst of losses took the LAN side whole, or the router's own.
        """
        return stream.ttl_orig in self._clients_hops

    def opened_by(self, stream: Stream) -> Literal["router", "stranger"]:
        """Say who opened a stream of a link's point: the router, if the LAN side was captured then.

        Where the LAN shows connections of that time that went out nobody knows where, it may be one of those as well.
        """
        frame = stream.syn or stream.first
        start_ns = self._timeline.aligned(stream.first, stream.start_ns)
        near = bisect_left(self._unpaired, start_ns - PROXY_START_NS)
        alone = near == len(self._unpaired) or self._unpaired[near] > start_ns + PROXY_START_NS
        last = bisect_left(self._spans, (start_ns + PROXY_START_NS + 1,)) - 1
        alone &= last < 0 or self._spans[last][1] < start_ns - PROXY_START_NS
        # Of a connection that came to nothing one lost packet may hide the LAN side; but it had a hop more there.
        passed_on = not stream.payload_orig + stream.payload_resp and stream.ttl_orig not in INITIAL_HOPS
        own = self._timeline.tied(frame) and self._covered.covers(start_ns) and alone and not passed_on
        return "router" if own else "stranger"
