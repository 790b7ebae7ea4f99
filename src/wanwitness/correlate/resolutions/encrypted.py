"""DNS that cannot be read, where it may have given a session its address. Then that is said, and nothing is guessed.

It may have given the address in three cases:

- The host shows no plain answer, or only one that had expired, and has used such DNS since.
- The router's own upstream questions are of this kind, so that the way of a client's answer cannot be followed.
- The router seems to have used a plain answer that it had kept, for itself or for a client, and has put such a question
  since that answer came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import EncryptedDns
from wanwitness.model.resolved import Resolved
from wanwitness.protocols.encrypted import SELDOM_NS
from wanwitness.reading.point import Point


class EncryptedUse:
    """Every host's encrypted DNS, by address and time."""

    def __init__(self, points: Sequence[Point], timeline: Timeline) -> None:
        lan = _by_client((p for p in points if p.role == "lan"), timeline)
        hosts_servers = {use.server for uses in lan.values() for _, use in uses}
        self._lan = lan
        self._router = {
            client: own
            for client, uses in _by_client((p for p in points if p.role == "wan"), timeline).items()
            # what a LAN host asked itself is seen there as well, and is none of the router's
            if (own := [(at, use) for at, use in uses if use.server not in hosts_servers])
        }

    def instead(self, found: Resolved, host: Iterable[str], at_ns: int) -> tuple[Resolved, tuple[EncryptedDns, ...]]:
        """Return what holds for a LAN host's connection, given its plain answer, and the DNS that cannot be read."""
        resolution = found.resolution
        if found.because == "resolver-link-unknown":
            return found, self.by_router(at_ns)
        if found.because != "no-dns-seen" and (resolution is None or not resolution.expired):
            return found, ()
        since = None if resolution is None else resolution.answered_ns
        uses = [self._lan.get(address, ()) for address in sorted(host)]
        if since is not None:  # a resolver that was tried in vain gave no later address
            uses = [[row for row in rows if row[1].answered] for rows in uses]
        unread = tuple(use for rows in uses for use in _latest(rows, at_ns, since))
        if not unread:
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
        unread = self.since(None, resolution.answered_ns, opening_ns)
        if not unread:
            return found
        frames = tuple(use.frame for use in unread)
        return Resolved(resolution, None, "resolver-link-unknown", (*found.frames, *frames))

    def since(self, forwarder: str | None, begin_ns: int, end_ns: int) -> list[EncryptedDns]:
        """Return the router's uses between two moments, or those of a host of the LAN that forwards."""
        rows = [*self._router.values(), self._lan.get(forwarder or "", ())]
        return [use for uses in rows for use in _latest(uses, end_ns, begin_ns) if use.answered]

    def during(self, forwarder: str, begin_ns: int, end_ns: int) -> bool:
        """Return whether the router, or a host of the LAN that forwards, may have asked so between two moments.

        What came soon after a packet that was noted is not noted.
        """
        return bool(self.since(forwarder, begin_ns - SELDOM_NS, end_ns))

    def by_router(self, at_ns: int) -> tuple[EncryptedDns, ...]:
        """Return the router's latest own use by each of its addresses."""
        return tuple(use for _, uses in sorted(self._router.items()) for use in _latest(uses, at_ns, None))


Uses = Sequence[tuple[int, EncryptedDns]]


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
