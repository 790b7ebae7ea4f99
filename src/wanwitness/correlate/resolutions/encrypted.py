"""DNS that cannot be read, where it may have given a session its address. Then that is said, and nothing is guessed.

It may have given the address in three cases:

- The host shows no plain answer, or only one that had expired, and has used such DNS since.
- The router's own upstream questions are of this kind, so that the way of a client's answer cannot be followed.
- The router seems to have used a plain answer that it had kept, for itself or for a client, and has put such a question
  since that answer came.

Where there is more such DNS than is kept, what is not may have been at any moment between its first and its last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.coverage.drops import ALWAYS, Drops
from wanwitness.model import EncryptedDns, Link
from wanwitness.model.resolved import Resolved
from wanwitness.protocols.encrypted import SELDOM_NS
from wanwitness.protocols.unkept_uses import Asking
from wanwitness.reading.point import Point


class EncryptedUse:
    """Every host's encrypted DNS, by address and time.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        links: with the router's own addresses: what is asked of these, by strangers, are no questions of the router's.
    """

    def __init__(self, points: Sequence[Point], timeline: Timeline, links: Iterable[Link]) -> None:
        inside = [point for point in points if point.role == "lan"]
        outside = [point for point in points if point.role == "wan"]
        self._lan = _by_client(inside, timeline)
        unkept = defaultdict(list)
        for hosts, span in _unkept(inside, timeline):
            unkept[hosts.client].append((hosts, span))
        self._lan_unkept = {client: _Unkept.of(rows) for client, rows in unkept.items()}
        # What a LAN host asked itself is seen on the link as well, and is none of the router's.
        not_its = {use.server for uses in self._lan.values() for _, use in uses}
        not_its |= {hosts.server for rows in unkept.values() for hosts, _ in rows if hosts.server is not None}
        not_its |= {address for link in links for address in link.addresses}
        self._router = {
            client: own
            for client, uses in _by_client(outside, timeline).items()
            if (own := [(at, use) for at, use in uses if use.server not in not_its])
        }
        self._router_unkept = _Unkept.of(
            (hosts, span) for hosts, span in _unkept(outside, timeline) if hosts.server not in not_its
        )

    def instead(self, found: Resolved, host: Iterable[str], at_ns: int) -> tuple[Resolved, tuple[EncryptedDns, ...]]:
        """Return what holds for a LAN host's connection, given its plain answer, and the DNS that cannot be read."""
        resolution = found.resolution
        if found.because == "resolver-link-unknown":
            return found, self.by_router(at_ns)
        if found.because != "no-dns-seen" and (resolution is None or not resolution.expired):
            return found, ()
        since = None if resolution is None else resolution.answered_ns
        host = sorted(host)
        uses = [self._lan.get(address, ()) for address in host]
        if since is not None:  # a resolver that was tried in vain gave no later address
            uses = [[row for row in rows if row[1].answered] for rows in uses]
        unread = tuple(use for rows in uses for use in _latest(rows, at_ns, since))
        if not unread and not self._may_be_unkept(host, since, at_ns):
            return found, ()
        frames = tuple(use.frame for use in unread)
        return Resolved(resolution, None, "resolver-link-unknown", (*found.frames, *frames)), unread

    def unread_by_router(self, found: Resolved, opening_ns: int) -> Resolved:
        """Return what holds for a connection of the router's own, given the plain answer that it may have kept.

        Where it asked in a way that cannot be read since, that may have given the address.
        """
        resolution = found.resolution
        if found.because is not None or resolution is None or found.own:
            return found
        if not self.during(None, resolution.answered_ns, opening_ns):
            return found
        uses = self._since(None, resolution.answered_ns - SELDOM_NS, opening_ns)
        frames = tuple(use.frame for use in uses)
        return Resolved(resolution, None, "resolver-link-unknown", (*found.frames, *frames))

    def since(self, forwarder: str | None, begin_ns: int, end_ns: int) -> bool:
        """Return whether the router may have asked so between two moments, or a host of the LAN that forwards."""
        return (
            bool(self._since(forwarder, begin_ns, end_ns))
            or self._router_unkept.may_be(begin_ns, end_ns)
            or (forwarder is not None and self._may_be_unkept((forwarder,), begin_ns, end_ns))
        )

    def _since(self, forwarder: str | None, begin_ns: int, end_ns: int) -> list[EncryptedDns]:
        rows = [*self._router.values(), self._lan.get(forwarder or "", ())]
        return [use for uses in rows for use in _latest(uses, end_ns, begin_ns) if use.answered]

    def during(self, forwarder: str | None, begin_ns: int, end_ns: int) -> bool:
        """Return whether the router, or a host of the LAN that forwards, may have asked so between two moments.

        What came soon after a packet that was noted is not noted.
        """
        return self.since(forwarder, begin_ns - SELDOM_NS, end_ns)

    def unkept(self, client: Iterable[str], at_ns: int) -> bool:
        """Return whether uses before a moment are not kept that may be this LAN host's, or the router's."""
        return self._may_be_unkept(client, None, at_ns) or self._router_unkept.may_be(None, at_ns)

    def _may_be_unkept(self, hosts: Iterable[str], since_ns: int | None, at_ns: int) -> bool:
        rows = [row for host in (*hosts, None) if (row := self._lan_unkept.get(host)) is not None]
        return any(row.may_be(since_ns, at_ns) for row in rows)

    def by_router(self, at_ns: int) -> tuple[EncryptedDns, ...]:
        """Return the router's latest own use by each of its addresses."""
        return tuple(use for _, uses in sorted(self._router.items()) for use in _latest(uses, at_ns, None))


Uses = Sequence[tuple[int, EncryptedDns]]


class _Unkept(NamedTuple):
    """When there were uses that are not kept, on the reference clock."""

    at_all: Drops
    answered: Drops

    @classmethod
    def of(cls, spans: Iterable[tuple[Asking, tuple[int, int]]]) -> _Unkept:
        """Put the spans of several hosts together."""
        rows = list(spans)
        return cls(Drops(span for _, span in rows), Drops(span for hosts, span in rows if hosts.answered))

    def may_be(self, since_ns: int | None, at_ns: int) -> bool:
        """Whether there may have been one until a moment; since another, one that was answered."""
        if since_ns is None:
            return self.at_all.between(ALWAYS[0], at_ns)
        return self.answered.between(since_ns + 1, at_ns)


def _unkept(points: Iterable[Point], timeline: Timeline) -> list[tuple[Asking, tuple[int, int]]]:
    return [
        (hosts, (timeline.aligned(first.frame, first.ts_ns), timeline.aligned(last.frame, last.ts_ns)))
        for point in points
        for hosts, (first, last) in point.rows.encrypted_unkept.spans.items()
    ]


def _by_client(points: Iterable[Point], timeline: Timeline) -> dict[str, list[tuple[int, EncryptedDns]]]:
    uses: dict[str, list[tuple[int, EncryptedDns]]] = defaultdict(list)
    for point in points:
        for use in point.rows.encrypted_dns:
            uses[use.client].append((timeline.aligned(use.frame, use.ts_ns), use))
    for rows in uses.values():
        rows.sort(key=lambda row: row[0])
    return uses


def _latest(uses: Uses, at_ns: int, since_ns: int | None) -> list[EncryptedDns]:
    place = bisect_right(uses, at_ns, key=lambda row: row[0])
    if not place or (since_ns is not None and uses[place - 1][0] <= since_ns):
        return []
    return [uses[place - 1][1]]
