"""What was seen of hosts and forwarders: of sessions that are let go of, what habits are learnt from is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple, TypeVar

from wanwitness.model import FrameRef

from .assumptions import MOST_LEARNT
from .forwarder_timing import ForwardedQuestion
from .habits import Use
from .opening import Connect

_KEPT = 2 * MOST_LEARNT
"""Those that are looked at still stand among them, and habits are learnt anew but now and then."""
_Row = TypeVar("_Row")


class OpenedBy(NamedTuple):
    """A connection, with the name of who opened it."""

    host: str
    connect: Connect


@dataclass(frozen=True, slots=True)
class OfForwarders:
    """What was seen of forwarders."""

    forwarded: Sequence[ForwardedQuestion] = ()
    kept_ids: Sequence[tuple[int, bool]] = ()
    """When clients had their answers, and whether the forwarder's questions for those had the same ids."""
    until_ns: int | None = None
    """What was answered until then is no more looked at."""
    outran_ns: int | None = None
    """When a client first had its answer before the one that its forwarder is seen to have asked gave any."""

    def joined(self, forwarded: Iterable[ForwardedQuestion], kept_ids: Iterable[tuple[int, bool]]) -> OfForwarders:
        """Return this with what was seen since."""
        since = self.until_ns
        fresh = (one for one in forwarded if since is None or one.came_ns >= since)
        ids = (one for one in kept_ids if since is None or one[0] >= since)
        return OfForwarders([*self.forwarded, *fresh], [*self.kept_ids, *ids], since, self.outran_ns)

    def outrun(self, came_ns: Iterable[int]) -> OfForwarders:
        """Return this with when answers came that others had outrun."""
        known = () if self.outran_ns is None else (self.outran_ns,)
        return replace(self, outran_ns=min((*known, *came_ns), default=None))

    def until(self, until_ns: int) -> OfForwarders:
        """Return what was seen by a time, from which on look-ups are looked at still."""
        until_ns = until_ns if self.until_ns is None else max(until_ns, self.until_ns)
        forwarded = sorted(one for one in self.forwarded if one.came_ns < until_ns)
        ids = sorted(one for one in self.kept_ids if one[0] < until_ns)
        return OfForwarders(forwarded[-_KEPT:], ids[-_KEPT:], until_ns, self.outran_ns)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of hosts, and of forwarders."""

    learnt_ns: int | None = None
    """Until when what is seen of hosts' habits changes what is said of the connections before (reference clock)."""
    clients: Sequence[Use] = ()
    """Connections of the LAN's hosts, as they follow answers."""
    router: Sequence[Use] = ()
    """Those of the router."""
    opened: Sequence[OpenedBy] = ()
    """All of them, each by who opened it."""
    forwarders: OfForwarders = field(default_factory=OfForwarders)
    lost: tuple[int, int] = 0, 0
    """How many uses of clients and of the router there were before those."""

    def and_of(self, now: Seen, gone: Collection[FrameRef], until_ns: int) -> Seen:
        """Return this with what is let go of.

        Args:
            now: what is seen by now, this included.
            gone: the first frames of the connections that are let go of.
            until_ns: look-ups that were answered before are.
        """
        clients, lost_clients = _latest(self.clients, (use for use in now.clients if use.frame in gone))
        router, lost_router = _latest(self.router, (use for use in now.router if use.frame in gone))
        fresh = (one for one in now.opened if one.connect.frame in gone)
        opened = sorted(chain(self.opened, fresh), key=lambda one: one.connect.at_ns)[-_KEPT:]
        lost = self.lost[0] + lost_clients, self.lost[1] + lost_router
        return Seen(now.learnt_ns, clients, router, opened, now.forwarders.until(until_ns), lost)


def _latest(before: Iterable[Use], fresh: Iterable[Use]) -> tuple[list[Use], int]:
    """Return the latest of these, and how many others there are."""
    rows = sorted(chain(before, fresh), key=lambda use: use.at_ns)
    lost = max(0, len(rows) - _KEPT)
    return rows[lost:], lost
