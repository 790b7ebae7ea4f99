"""Connections in which nothing was said, and that are no sessions: counted, and looked up where they may decide.

That a host connected to a server before says whose an answer was. So what is no session takes none's verdict from it:
it is a connection of its host like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import FrameRef, Outcome, UncountedSessions
from wanwitness.packets.addresses import text as texts
from wanwitness.reading.point import Point
from wanwitness.streams.handshakes import ENDINGS, Handshakes, words

from .assumptions import MOST_LOOKED_AT, MOST_SERVERS
from .listed import Numbers, host, hosts, mixed

HOUR_NS = 3600 * 1_000_000_000
ROUTER, FORWARDER = "router", "forwarder"
"""The names that the router's connections go by: those for itself, and those for a client whose destination it chose.
What asks a name for the ones need not be what asks for the others."""

_Counted = tuple[str | None, int, str, Outcome]
"""Server, hour, reason and outcome."""
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Left:
    """What was not chosen of one point."""

    point: Point
    table: Handshakes
    at_ns: Places
    """When each was opened, on the reference clock."""


class NoSession(NamedTuple):
    """A connection that is no session."""

    at_ns: int
    """When it was opened, on the reference clock."""
    by: str
    """The client, or `ROUTER` or `FORWARDER`."""
    address: str
    frame: FrameRef


class Uncounted:
    """What was not chosen, on the reference clock.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
    """

    def __init__(self, points: Iterable[Point], timeline: Timeline) -> None:
        self._timeline, points = timeline, list(points)
        self.servers = servers(points)
        """Their servers, as far as these are few."""
        self._left = [
            _Left(point, point.rows.uncounted, _aligned(point.rows.uncounted, timeline, "first"))
            for point in sorted(points, key=lambda point: point.role != "lan")
            if len(point.rows.uncounted)
        ]

    def _of(self, *roles: str) -> list[_Left]:
        return [left for left in self._left if left.point.role in roles]

    def sessions(self) -> list[UncountedSessions]:
        """Return how many there are by server and hour, each counted where the LAN saw it, else on a link."""
        counts: Counter[_Counted] = Counter()
        counted = np.empty(0, np.uint64)
        for left in self._left:
            fresh = np.flatnonzero(~np.isin(left.table["key"], counted))
            counted = np.union1d(counted, left.table["key"][fresh])
            table = left.table[fresh]
            hours = left.at_ns[fresh] // HOUR_NS * HOUR_NS
            kinds = _kinds(table)
            groups = [*words(table["resp"]), hours, kinds]
            order = np.lexsort(groups)
            differs = np.zeros(max(len(order) - 1, 0), np.bool_)
            for column in groups:
                differs |= column[order][1:] != column[order][:-1]
            begins = np.flatnonzero(np.r_[True, differs]) if len(order) else order
            for place, count in zip(order[begins].tolist(), np.diff(np.r_[begins, len(order)]).tolist(), strict=True):
                server = texts(table["resp"][place].tobytes())
                counts[server, int(hours[place]), *_KINDS[kinds[place]]] += count
        if len(counts) > MOST_SERVERS:
            kept = dict(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_SERVERS])
            rest: Counter[_Counted] = Counter()
            for row, count in counts.items():
                if row not in kept:
                    rest[None, *row[1:]] += count
            counts = Counter(kept) + rest
        return [
            UncountedSessions(*row, count)
            for row, count in sorted(counts.items(), key=lambda one: (one[0][1], one[0][0] or "~", one[0][2:]))
        ]

    def unpaired(self) -> Places:
        """Return when those of the LAN were opened, ns, that no link's capture shows."""
        outside = np.concatenate([np.empty(0, np.uint64), *(left.table["key"] for left in self._of("wan"))])
        times = [left.at_ns[~np.isin(left.table["key"], outside)] for left in self._of("lan")]
        return np.concatenate([np.empty(0, np.int64), *times])

    def connects(self) -> UncountedConnects:
        """Return them as connections of who opened them: a client, or the router."""
        rows = [(left, places, _whose(left, places, name)) for name, left, places in self._opened]
        return UncountedConnects(rows, self._timeline)

    def openings(self, addresses: Iterable[str], *, by_client: bool, routers: Iterable[str] = ()) -> list[NoSession]:
        """Return those of the clients or of the router to some addresses, in order of time.

        Args:
            addresses: of servers.
            by_client: whether the clients' are asked for.
            routers: the router's addresses; what comes to the site's own server from elsewhere is nobody's here.
        """
        wanted, own = _column(addresses), _column(routers)
        found = []
        for name, left, places in self._opened:
            if (name is None) != by_client:
                continue
            some = places[np.isin(hosts(left.table["resp"][places]), wanted)]
            if name == ROUTER:
                some = some[np.isin(hosts(left.table["orig"][some]), own)]
            table = left.table[some]
            ends = zip(table["orig"], table["resp"], table["first"].tolist(), left.at_ns[some].tolist(), strict=True)
            for orig, resp, first, at_ns in ends:
                by = name or texts(orig.tobytes())
                found.append(NoSession(at_ns, by, texts(resp.tobytes()), FrameRef(*first)))
        return sorted(found)

    @property
    def _opened(self) -> Iterator[tuple[str | None, _Left, Places]]:
        """The rows of each point by who opened them: the client itself (None), or the router."""
        inside = self._of("lan")
        keys = np.concatenate([np.empty(0, np.uint64), *(left.table["key"] for left in inside)])
        served = np.concatenate([np.empty(0, np.uint64), *(hosts(left.table["resp"]) for left in inside)])
        order = np.argsort(keys, kind="stable")
        keys, served = keys[order], served[order]
        for left in inside:
            yield None, left, np.arange(len(left.table))
        for left in self._of("wan"):
            place = np.minimum(np.searchsorted(keys, left.table["key"]), max(len(keys) - 1, 0))
            known = keys[place] == left.table["key"] if len(keys) else np.zeros(len(left.table), np.bool_)
            elsewhere = known & (served[place] != hosts(left.table["resp"])) if len(keys) else known
            yield ROUTER, left, np.flatnonzero(~known)
            yield FORWARDER, left, np.flatnonzero(elsewhere)


def servers(points: Iterable[Point]) -> set[str]:
    """Return the addresses of the servers, as far as they are so few that questions about them are all read."""
    tables = [point.rows.uncounted for point in points]
    every = np.unique(np.concatenate([np.empty((0, 16), np.uint8), *(table["resp"] for table in tables)]), axis=0)
    return {texts(row.tobytes()) for row in every} if len(every) <= MOST_LOOKED_AT else set()


def _whose(left: _Left, places: Places, name: str | None) -> Numbers:
    return hosts(left.table["orig"][places]) if name is None else np.repeat(_named(name), len(places))


def _column(ips: Iterable[str]) -> Numbers:
    return np.concatenate([np.empty(0, np.uint64), *(host(ip) for ip in set(ips))])


def _aligned(table: Handshakes, timeline: Timeline, which: str) -> Places:
    frames, times = table[which].tolist(), table[f"{which}_ns"].tolist()
    return np.array([timeline.aligned(FrameRef(*frame), ns) for frame, ns in zip(frames, times, strict=True)], np.int64)


_KINDS: tuple[tuple[str, Outcome], ...] = (
    ("unanswered", "unanswered"),
    ("refused", "refused"),
    ("nothing-said", "no-mail"),
    ("nothing-said", "aborted"),
    ("nothing-said", "unknown"),
)
"""Why a connection is not listed, and the outcome that it would have."""


def _kinds(table: Handshakes) -> NDArray[np.int64]:
    """The places in `_KINDS`, as `verdict/outcome.py` judges."""
    ended = np.isin(table["ended"], [ENDINGS.index("fin"), ENDINGS.index("rst")]) & (table["ended_by"] > 0)
    kinds = np.where(ended, np.where(table["ended_by"] == 1, 2, 3), 4)
    unanswered = (table["packets_resp"] == 0) & (table["synack"]["number"] < 0)
    kinds[unanswered & (table["ended"] != ENDINGS.index("fin"))] = 0
    kinds[table["refused"]["number"] >= 0] = 1
    return kinds


def _named(name: str) -> Numbers:
    """Who a connection is of: an address, or one of the router's names."""
    try:
        return host(name)
    except ValueError:
        return mixed(np.array([int.from_bytes(name.encode()[:8])], np.uint64))


class UncountedConnects:
    """Looks up those of one host to one address; there may be millions, so none is an object before it is asked for.

    Args:
        rows: of each point the rows, and whose they are.
        timeline: the clocks.
    """

    def __init__(self, rows: Sequence[tuple[_Left, Places, Numbers]], timeline: Timeline) -> None:
        self._timeline = timeline
        self._tables = [left.table for left, _, _ in rows]
        ends = [mixed(whose, hosts(left.table["resp"][some])) for left, some, whose in rows]
        times = [left.at_ns[some] for left, some, _ in rows]
        places = [np.c_[np.full(len(some), number), some] for number, (_, some, _) in enumerate(rows)]
        self._ends = np.concatenate([np.empty(0, np.uint64), *ends])
        self._at_ns = np.concatenate([np.empty(0, np.int64), *times])
        self._places = np.concatenate([np.empty((0, 2), np.int64), *places])
        order = np.lexsort([self._at_ns, self._ends])
        self._ends, self._at_ns, self._places = self._ends[order], self._at_ns[order], self._places[order]
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def between(self, name: str, address: str, since_ns: int, until_ns: int) -> range:
        """Return the numbers of those from one moment until before another, in order of time."""
        if not len(self._ends):
            return range(0)
        if (name, address) not in self._found:
            ends = mixed(_named(name), host(address))[0]
            low, high = np.searchsorted(self._ends, ends), np.searchsorted(self._ends, ends, "right")
            self._found[name, address] = int(low), int(high)
        begin, end = self._found[name, address]
        some = self._at_ns[begin:end]
        low, high = np.searchsorted(some, since_ns), np.searchsorted(some, until_ns)
        return range(begin + int(low), begin + max(int(high), int(low)))

    def connection(self, number: int) -> tuple[int, FrameRef, int | None]:
        """Return when one was opened, its frame, and when it came to nothing, where it was not answered."""
        table, row = self._places[number].tolist()
        one = self._tables[table][row]
        failed = None
        if one["refused"]["number"] >= 0 or not one["packets_resp"]:
            failed = self._timeline.aligned(FrameRef(*one["last"].tolist()), int(one["last_ns"]))
        return int(self._at_ns[number]), FrameRef(*one["first"].tolist()), failed
