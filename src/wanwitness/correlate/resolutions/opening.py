"""The connection whose address is asked about, and the others that its host opened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wanwitness.correlate.clocks.timeline import Uncertainty
from wanwitness.model import FrameRef


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection as its opener's side saw it begin. Times are ns on the reference clock."""

    address: str
    frame: FrameRef
    """The SYN, else the first frame."""
    at_ns: int
    """When the SYN was sent; where it was not captured, the last moment at which it can have been."""
    doubt: Uncertainty
    """How far that may be wrong."""
    since_ns: int | None
    """The first moment at which the SYN can have been sent; None where nothing tells."""
    link: str | None
    """The link that the connection left by."""

    @property
    def seen(self) -> bool:
        """Whether the SYN was captured."""
        return self.since_ns == self.at_ns


@dataclass(frozen=True, slots=True)
class Connect:
    """One connection that a host opened."""

    at_ns: int
    """When it was opened, on the reference clock."""
    address: str
    frame: FrameRef
    failed_ns: int | None = None
    """When it came to nothing, or was put off, so that the host may try again with what it knows; None where it did
    not."""


class Connects:
    """Every connection of each host, in order of time.

    Args:
        opened: by whom each connection was opened; any name does that the same host always has.
    """

    def __init__(self, opened: Iterable[tuple[str, Connect]]) -> None:
        self._rows: dict[tuple[str, str], list[Connect]] = defaultdict(list)
        for host, connect in opened:
            self._rows[host, connect.address].append(connect)
        for rows in self._rows.values():
            rows.sort(key=_at)

    def between(
        self, hosts: Iterable[str], addresses: Iterable[str], since_ns: int, until_ns: int, *, but: FrameRef | None
    ) -> list[Connect]:
        """Return a host's connections to some addresses from one moment until before another, `but` aside."""
        return [
            connect
            for host in hosts
            for address in addresses
            if (rows := self._rows.get((host, address)))
            for connect in rows[bisect_left(rows, since_ns, key=_at) : bisect_left(rows, until_ns, key=_at)]
            if connect.frame != but
        ]

    def first(self, hosts: Sequence[str], addresses: Iterable[str], since_ns: int) -> Connect | None:
        """Return a host's first connection to some addresses from one moment on."""
        found = [
            rows[place]
            for host in hosts
            for address in addresses
            if (rows := self._rows.get((host, address))) and (place := bisect_left(rows, since_ns, key=_at)) < len(rows)
        ]
        return min(found, key=_at, default=None)

    def last(self, hosts: Sequence[str], address: str, until_ns: int) -> Connect | None:
        """Return a host's last connection to an address until one moment."""
        found = [
            rows[place - 1]
            for host in hosts
            if (rows := self._rows.get((host, address))) and (place := bisect_right(rows, until_ns, key=_at))
        ]
        return max(found, key=_at, default=None)


def _at(connect: Connect) -> int:
    return connect.at_ns
