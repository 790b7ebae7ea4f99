"""Which streams of the two sides of the router are one connection, and how the clocks stand to each other.

The one needs the other: what was surely paired ties the clocks, and tied clocks let more be paired. So the surest keys
come first, and each is tried on the streams that those before it left unpaired: sequence numbers, which need no clock;
the randoms of TLS; what a proxy repeated; and last what little is left to compare of an opening.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from wanwitness.correlate.clocks.align import align
from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Capture
from wanwitness.reading.point import MailStream, Point

from .by_dialogue import by_dialogue, by_words
from .by_handshake import by_opening
from .by_sequence import Sequenced, by_sequence
from .by_tls_random import by_randoms
from .drawn_numbers import DrawnNumbers
from .pair import Pair, Wan


class Pairing:
    """The streams of both sides, paired as far as that can be told.

    Args:
        points: the capture points, their roles known.
        captures: all captures.
    """

    def __init__(self, points: Sequence[Point], captures: Sequence[Capture]) -> None:
        self._points, self._captures = points, captures
        lans = [mail for _, mail in _each_once((p, mail) for p in points if p.role == "lan" for mail in p.rows.mail)]
        wans = _each_once((p, mail) for p in points if p.role == "wan" for mail in p.rows.mail)
        self._clear: list[Pair] = []
        """Pairs of the same packets that leave nothing open: these tie the clocks."""
        self.timeline: Timeline
        """The clocks, tied by all that was paired."""
        self._sequenced = self._by_sequence(lans, wans)
        self.pairs: list[Pair] = []
        self._alone, self._rest = _left(lans, wans, self._sequenced.accounted | self._sequenced.back_only.keys())
        self._take(self._sequenced.pairs)
        self._by_randoms()
        self._by_words()
        self._by_dialogue()
        self._take(by_opening(self._alone, self._rest, self.timeline))
        uncrossed = self._sequenced.back_only.keys() | set(self._alone)
        self.uncrossed = [mail for mail in lans if mail in uncrossed]
        """The LAN's streams of which no WAN capture shows more than the server's packets."""
        self.unclaimed = _whole_once(self._rest)
        """The links' streams that no LAN capture shows."""

    def way_back(self, uncrossed: MailStream) -> Wan | None:
        """Return the WAN stream that carried the server's packets of a LAN stream, and these alone."""
        return self._sequenced.back_only.get(uncrossed)

    def went_out(self, uncrossed: MailStream) -> bool:
        """Whether the router did not lead it to a server on the LAN."""
        return uncrossed not in self._sequenced.turned_back

    def _by_sequence(self, lans: Sequence[MailStream], wans: Sequence[Wan]) -> Sequenced:
        found = by_sequence(lans, wans)
        self._clear = [pair for pair in found.pairs if pair.clear]
        self._align()
        if len(self._clear) < len(found.pairs):  # now that the clocks are known the time counts too
            found = by_sequence(lans, wans, self.timeline)
            self._clear = [pair for pair in found.pairs if pair.clear]
            self._align()
        return found

    def _by_randoms(self) -> None:
        found = by_randoms(self._alone, self._rest, self.timeline)
        if found:
            self._take(found)
            self._clear += [pair for pair in found if pair.clear and pair.opener == "client"]
            self._align()

    def _by_words(self) -> None:
        """Where nothing else tells the offset of a clock, take it from what a proxy repeated word for word; but not
        where packets were lost, for then words may only seem to be rare.
        """
        adrift = [wan for wan in self._rest if self.timeline.clock(wan[1].stream.first.capture) is None]
        lost = any(mail.stream.gaps for mail in (*self._alone, *(mail for _, mail in self._rest)))
        words = by_words(self._alone, adrift) if adrift and not lost else []
        if words:
            self._align(words)

    def _by_dialogue(self) -> None:
        proxied = by_dialogue(self._alone, self._rest, self.timeline)
        if proxied:
            self._align(proxied)
            self._take(proxied)

    def _align(self, proxied: Sequence[Pair] = ()) -> None:
        crossed = [
            (pair.lan.stream, way.stream)
            for pair in self._clear
            for way in (pair.wan, pair.wan_return)
            if way is not None
        ]
        said = [(pair.lan.dialogue, pair.wan.dialogue) for pair in proxied if pair.clear]
        self.timeline = align(self._points, self._captures, crossed, said)

    def _take(self, pairs: Sequence[Pair]) -> None:
        self.pairs += pairs
        taken = {mail for pair in pairs for mail in (pair.lan, pair.wan)}
        self._alone, self._rest = _left(self._alone, self._rest, taken)


def _left(
    lans: Iterable[MailStream], wans: Iterable[Wan], taken: Collection[MailStream]
) -> tuple[list[MailStream], list[Wan]]:
    """What of both sides has no other side yet."""
    return [mail for mail in lans if mail not in taken], [wan for wan in wans if wan[1] not in taken]


def _whole_once(wans: Iterable[Wan]) -> list[Wan]:
    """Leave out what another link shows whole as well, a router or more farther off.

    No connection has both its ends' packets on two links: the roles of the captures, or their links, are others than
    was said, which the case tells. It is one session all the same.
    """
    wans = list(wans)
    numbers = DrawnNumbers([[wan.stream for _, wan in wans]])
    nearest: dict[tuple[int, int], Wan] = {}
    for wan in wans:
        key, stream = _whole(wan, numbers), wan[1].stream
        if key is not None and (key not in nearest or (stream.ttl_orig or 0) > (nearest[key][1].stream.ttl_orig or 0)):
            nearest[key] = wan
    found = []
    for wan in wans:
        key = _whole(wan, numbers)
        if key is None or nearest[key][0].label == wan[0].label:
            found.append(wan)
    return found


def _whole(wan: Wan, numbers: DrawnNumbers) -> tuple[int, int] | None:
    """Both ends' sequence numbers, where they were drawn and the ends were heard."""
    stream = wan[1].stream
    if stream.isn_orig is None or stream.isn_resp is None or not numbers.drawn(stream):
        return None
    return (stream.isn_orig, stream.isn_resp) if stream.packets_orig and stream.packets_resp else None


def _each_once(seen: Iterable[Wan]) -> list[Wan]:
    """Leave out what a second capture of the same side wrote down as well."""
    once: dict[object, Wan] = {}
    for point, mail in seen:
        stream = mail.stream
        place: object = (point.label, stream.orig, stream.resp, stream.isn_orig, stream.isn_resp)
        if stream.isn_orig is None or place not in once or once[place][0] is point:
            once[mail if stream.isn_orig is None or place in once else place] = (point, mail)
    return list(once.values())
