"""What the captures missed: told by connections whose opening one side of the router shows, and the other lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wanwitness.correlate.crossings.pair import Pair


class Loss(NamedTuple):
    """The share of the packets that crossed the router and were not captured."""

    inside: float
    """On the LAN."""
    outside: float
    """On the links."""

    @property
    def any(self) -> bool:
        """Whether any is known to be missing."""
        return self.inside > 0 or self.outside > 0


def loss(pairs: Iterable[Pair]) -> Loss:
    """Estimate it by SYN and SYN-ACK: every connection has one of each, and no network card joins or splits them."""
    either = near = far = 0
    for pair in pairs:
        lan, wan = pair.lan.stream, pair.wan.stream
        if pair.method == "dialogue":
            continue
        for inside, outside, both in (
            (lan.syn, wan.syn, True),
            (lan.synack, wan.synack, lan.packets_resp > 0 and wan.packets_resp > 0),
        ):
            if both and (inside is not None or outside is not None):
                either += 1
                near += inside is not None
                far += outside is not None
    return Loss(1 - near / either, 1 - far / either) if either else Loss(0.0, 0.0)
