"""Pairs two sides of a connection by the randoms of its TLS handshake.

A ClientHello and a ServerHello hold 32 bytes chosen at random (RFC 8446 sections 4.1.2 and 4.1.3), and whatever does
not terminate TLS passes them on unchanged: a router, however much it rewrites, and a proxy that only relays bytes. So
no clock is needed, and they are the one key to connections that say nothing in the clear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.reading.point import MailStream

from .assignment import Comparison, assign
from .assumptions import CERTAIN_BY_RANDOM, MOST_WITH_ONE_RANDOM
from .opener import opener_of
from .pair import Method, Pair, Wan


def by_randoms(lans: Iterable[MailStream], wans: Iterable[Wan], timeline: Timeline) -> list[Pair]:
    """Pair streams with a hello in common; each is used once.

    Args:
        lans: the LAN's streams.
        wans: the links' streams.
        timeline: the clocks, as far as they are known.
    """
    by_random: dict[bytes, list[Wan]] = defaultdict(list)
    for wan in wans:
        for random in _randoms(wan[1]):
            by_random[random].append(wan)
    keys = {random: own for random, own in by_random.items() if len(own) <= MOST_WITH_ONE_RANDOM}
    fits: list[Comparison] = []
    for lan in lans:
        own = _randoms(lan)
        for wan in {wan[1]: wan for random in own for wan in keys.get(random, ())}.values():
            differ = len(own ^ _randoms(wan[1])) // 2
            opener = opener_of(lan.stream, wan[1].stream, timeline)
            apart = abs(lan.stream.start_ns - wan[1].stream.start_ns)
            method: Method = "dialogue" if opener == "router" else "payload"
            fits.append(Comparison(lan, wan, method, CERTAIN_BY_RANDOM, differ, 0, opener, apart))
    return assign(fits)


def _randoms(mail: MailStream) -> set[bytes]:
    return {random for random in mail.dialogue.tls_randoms if random is not None}
