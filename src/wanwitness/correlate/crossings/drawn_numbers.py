"""Which initial sequence numbers were drawn at random, so that two streams with the same one are one connection.

A scanner has one number for all that it opens, and so have some devices: then connections of the site and of strangers
may have that number in common, and nothing else. Strangers choose their numbers as they like; the router must not seem
to have passed their connections on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set

from wanwitness.model import Stream
from wanwitness.model.nat64 import same_host

from .assumptions import MOST_WITH_ONE_NUMBER


class DrawnNumbers:
    """Tells whether what two streams have in common shows that they are one connection.

    Args:
        sides: the streams of the LAN, and those of the links.
    """

    def __init__(self, sides: Iterable[Iterable[Stream]]) -> None:
        self._orig: set[int | None] = set()
        """Numbers of clients that many have."""
        self._resp: set[int | None] = set()
        """Those of servers."""
        for streams in sides:
            orig, resp = defaultdict[int | None, set[object]](set), defaultdict[int | None, set[object]](set)
            for stream in streams:
                ends = stream.orig.ip, stream.resp
                for found, isn in ((orig, stream.isn_orig), (resp, stream.isn_resp)):
                    if isn is not None:
                        found[isn].add(ends)
            self._orig |= {isn for isn, ends in orig.items() if len(ends) > MOST_WITH_ONE_NUMBER}
            self._resp |= {isn for isn, ends in resp.items() if len(ends) > MOST_WITH_ONE_NUMBER}

    def drawn(self, stream: Stream) -> bool:
        """Whether its client drew its number, as far as that is known."""
        return stream.isn_orig not in self._orig

    def show(self, one: Stream, two: Stream, common: Set[tuple[str, int, int]]) -> bool:
        """Whether two streams with a number in common are one: it was drawn, or they have more in common.

        Args:
            one: of the LAN.
            two: of a link.
            common: the payloads that both have.
        """
        if self.drawn(one) and self.drawn(two):
            return True
        if one.orig == two.orig or (one.resp.port == two.resp.port and same_host(one.resp.ip, two.resp.ip)):
            return True  # a router rewrites one of the ends, or both, and then the server's number tells
        if one.isn_resp in self._resp or two.isn_resp in self._resp:
            return False
        answered = one.isn_resp is not None and one.isn_resp == two.isn_resp
        return answered or any(direction == "resp" for direction, _, _ in common)
