"""The connection whose address is asked about, and the others that its host opened."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wanwitness.correlate.clocks.timeline import AlignedTime, Uncertainty
from wanwitness.correlate.sessions.uncounted import UncountedConnects
from wanwitness.model import FrameRef

from .assumptions import NEAREST


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
    def at(self) -> AlignedTime:
        """`at_ns`, to be compared with other clocks' times."""
        return AlignedTime(self.at_ns, self.doubt)

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


_NEVER_NS = 1 << 62


class Connects:
    """Every connection of each host, in order of time.

    Args:
        opened: each connection with the name of who opened it: any name, as long as a host always has the same.
        uncounted: those that are no sessions, by the same names.
    """

    def __init__(self, opened: Iterable[tuple[str, Connect]], uncounted: UncountedConnects) -> None:
        self._rows: dict[tuple[str, str], list[Connect]] = defaultdict(list)
        for host, connect in opened:
            self._rows[host, connect.address].append(connect)
        for rows in self._rows.values():
            rows.sort(key=_at)
        self._uncounted = uncounted

    def between(
        self, hosts: Iterable[str], addresses: Iterable[str], since_ns: int, until_ns: int, *, but: FrameRef | None
    ) -> list[Connect]:
        """Return a host's connections to some addresses from one moment until before another, `but` aside, in order of
        time.

        Of very many that are no sessions, only the first and the last; of those that are but counted, one.
        """
        found = [
            connect
            for host in hosts
            for address in addresses
            for connect in self._between(host, address, since_ns, until_ns)
            if connect.frame != but
        ]
        return sorted(found, key=lambda connect: (connect.at_ns, connect.frame))

    def first(self, hosts: Sequence[str], addresses: Iterable[str], since_ns: int) -> Connect | None:
        """Return a host's first connection to some addresses from one moment on."""
        found = [
            connect
            for host in hosts
            for address in addresses
            for connect in self._between(host, address, since_ns, _NEVER_NS, first=True)
        ]
        return min(found, key=_at, default=None)

    def last(self, hosts: Sequence[str], address: str, until_ns: int) -> Connect | None:
        """Return a host's last connection to an address until one moment."""
        found = [
            connect for host in hosts for connect in self._between(host, address, -_NEVER_NS, until_ns + 1, last=True)
        ]
        return max(found, key=_at, default=None)

    def _between(
        self, host: str, address: str, since_ns: int, until_ns: int, *, first: bool = False, last: bool = False
    ) -> list[Connect]:
        """Return those of one host to one address; the first or the last alone where no more is asked for."""
        rows = self._rows.get((host, address), [])
        low, high = bisect_left(rows, since_ns, key=_at), bisect_left(rows, until_ns, key=_at)
        found = rows[low : min(high, low + 1) if first else high] if not last else rows[max(low, high - 1) : high]
        numbers: Sequence[int] = self._uncounted.between(host, address, since_ns, until_ns)
        if not (first or last):
            beyond = self._uncounted.beyond(host, address, since_ns, until_ns)
            if beyond is not None:
                at_ns, frame, failed = beyond
                found = sorted([*found, Connect(at_ns, address, frame, at_ns if failed else None)], key=_at)
        if not numbers:
            return found
        if first or last:
            numbers = numbers[:1] if first else numbers[-1:]
        elif len(numbers) > 2 * NEAREST:
            numbers = [*numbers[:NEAREST], *numbers[-NEAREST:]]
        for number in numbers:
            at_ns, frame, failed_ns = self._uncounted.connection(number)
            found.append(Connect(at_ns, address, frame, failed_ns))
        return sorted(found, key=_at)


def _at(connect: Connect) -> int:
    return connect.at_ns
