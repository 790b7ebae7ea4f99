"""Where the captures are blind: a link that none of them shows, for always or for a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.crossings.pairing import Pairing
from wanwitness.model import Capture, Site, Span, Stream
from wanwitness.model.private import is_private
from wanwitness.reading.point import Point

from .assumptions import UNLIKELY
from .covered import Coverage, coverage_of
from .drops import Drops, drops_of
from .packet_loss import loss


class BlindSpots:
    """Answers whether something may have crossed the router unseen.

    Args:
        always: whether there is a link that no capture shows.
        links: when each of the others was captured.
        holed: whether one of their captures plainly lacks packets.
        outside: when one of their captures says so itself.
        leaky: whether the LAN's captures plainly lack packets, or may lack whole connections.
        inside: when they say so themselves.
    """

    def __init__(
        self, always: bool, links: Sequence[Coverage], holed: bool, outside: Drops, leaky: bool, inside: Drops
    ) -> None:
        self._links, self._holed, self._outside = links, holed, outside
        self._leaky, self._inside = leaky, inside
        self.always = always
        """Whether there is a link that no capture shows."""
        self.inside_at_all = leaky or bool(inside)
        """Whether the LAN's captures lack anything."""

    def inside(self, begin_ns: int, end_ns: int) -> bool:
        """Whether a question of the LAN may have come between these two moments and not have been captured."""
        return self._leaky or self._inside.between(begin_ns, end_ns)

    def between(self, begin_ns: int, end_ns: int) -> bool:
        """Whether it may have between these two moments on the reference clock."""
        return self.always or not all(link.may_cover(begin_ns, end_ns) for link in self._links)

    def surely_saw(self, begin_ns: int, end_ns: int) -> bool:
        """Whether every link was captured from the one moment to the other, without a loss as far as can be seen."""
        unseen = self._holed or self._outside.between(begin_ns, end_ns)
        return not unseen and not self.between(begin_ns, end_ns)


def blindness(
    points: Sequence[Point],
    captures: Sequence[Capture],
    site: Site,
    coverage: Sequence[Span],
    pairing: Pairing,
    lan: Coverage,
) -> BlindSpots:
    """Tell it by the links that the site file names, by answered connections that crossed unseen, and by the times.

    A short connection may be unseen because all its packets are missing: where that is likely enough in a case of so
    many connections, it tells of no link. Nor does one that a proxy may have ended, where packets are missing: without
    the words that were lost it is not recognised in the connection that the router opened while it lasted. What began
    just before the links' captures ended, or before they have been read on, may be on none of them yet.

    Args:
        points: the capture points, their roles known.
        captures: all captures.
        site: what the site file says.
        coverage: what time the captures cover.
        pairing: which connections both sides show, and which only one does.
        lan: when the LAN was captured.
    """
    pairs, timeline = pairing.pairs, pairing.timeline
    lost = loss(pairs)
    links: dict[str, list[Point]] = {}
    for point in points:
        if point.role == "wan":
            links.setdefault(point.label, []).append(point)
    covered = [coverage_of(seen, captures, timeline, coverage) for seen in links.values()]
    uncaught = [
        mail.stream
        for mail in pairing.uncrossed
        if pairing.went_out(mail)
        and mail.stream.packets_resp
        and len(pairs) * lost.outside ** (mail.stream.packets_orig + mail.stream.packets_resp) < UNLIKELY
        and not is_private(mail.stream.resp.ip)
    ]
    proxied = any(pair.opener != "client" for pair in pairs)
    times = {s: (timeline.aligned(s.first, s.start_ns), _crossed(s, timeline, proxied)) for s in uncaught}
    gone = [s for s in uncaught if all(link.covers(moment) for link in covered for moment in times[s])]
    passed = [(moment, timeline.ended(s)) for s in uncaught for moment in times[s]]
    covered = [link.without(passed) for link in covered]
    unseen = _unopened(gone, (mail.stream for _, mail in pairing.unclaimed), timeline) if lost.any else bool(gone)
    outside = [point for seen in links.values() for point in seen]
    streams = [mail.stream for point in outside for mail in point.rows.mail]
    holed = any(stream.gaps and stream.packets_orig and stream.packets_resp for stream in streams)
    return BlindSpots(
        unseen or any(link.name not in links for link in site.links),
        covered,
        holed,
        drops_of(outside, captures, timeline),
        lost.inside > 0 or _unheard(pairing, lan),
        drops_of((point for point in points if point.role == "lan"), captures, timeline),
    )


def _crossed(stream: Stream, timeline: Timeline, proxied: bool) -> int:
    """Return by when a connection has surely crossed the router: the server has spoken.

    Where a proxy may have spoken in its place, and connected later, that is when the connection was over.
    """
    spoken = (mark for mark in stream.marks if mark.direction == "resp" and mark.length)
    if not proxied and (first := next(spoken, None)) is not None:
        return timeline.aligned(first.frame, first.ts_ns)
    return timeline.ended(stream)


def _unheard(pairing: Pairing, lan: Coverage) -> bool:
    """Whether a connection to a server of the LAN's hosts left by a link, and the LAN, captured then, shows none of it.

    It is the router's own, or one of theirs of which a burst of losses took all.
    """
    servers = {pair.lan.stream.resp for pair in pairing.pairs}
    streams = (mail.stream for _, mail in pairing.unclaimed)
    return any(s.resp in servers and lan.covers(pairing.timeline.aligned(s.first, s.start_ns)) for s in streams)


def _unopened(gone: Iterable[Stream], unclaimed: Iterable[Stream], timeline: Timeline) -> bool:
    """Whether there are more of them than connections that the router opened in their time, each of which may stand for
    one.
    """
    rows = sorted((timeline.aligned(s.first, s.start_ns), timeline.doubt_of(s).ns) for s in unclaimed)
    left, widest = [at_ns for at_ns, _ in rows], max((doubt_ns for _, doubt_ns in rows), default=0)
    for stream in sorted(gone, key=lambda s: timeline.ended(s)):  # who ends first has least choice
        slack = timeline.doubt_of(stream).ns + widest
        place = bisect_left(left, timeline.aligned(stream.first, stream.start_ns) - slack)
        if place == len(left) or left[place] > timeline.ended(stream) + slack:
            return True
        del left[place]
    return False
