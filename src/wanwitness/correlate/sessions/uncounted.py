"""Connections in which nothing was said, and that are no sessions: counted, and looked up where they may decide.

Whether an answer was used for a session depends on the other connections that the host opened to the same server. A
connection that is no session is one of these like any other. Of very many not even rows are kept
(`streams/beyond.py`): of them it is known that there were some in a minute, and wherever in that minute one of them
would matter, it is taken to have been there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import FrameRef, Outcome, UncountedSessions
from wanwitness.packets.addresses import text as texts
from wanwitness.reading.point import Point
from wanwitness.streams.beyond import Beyond
from wanwitness.streams.handshakes import Handshakes, kinds, streams
from wanwitness.streams.hashed import Numbers, host, hosts, mixed, words

from .assumptions import MOST_LOOKED_AT, MOST_SERVERS

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


@dataclass(frozen=True, slots=True)
class _Group:
    """Connections of which not even rows were kept; a row of `BEYOND`, on the reference clock."""

    role: str | None
    client: str | None
    """None where it may be any."""
    server: str | None
    """None where it may be any."""
    kind: int
    first_ns: int
    last_ns: int
    first: FrameRef
    count: int


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
        self._listed = [point for point in points if len(point.rows.listed)]
        self._left = [
            _Left(point, point.rows.uncounted, _aligned(point.rows.uncounted, timeline, "first"))
            for point in sorted(points, key=lambda point: point.role != "lan")
            if len(point.rows.uncounted)
        ]
        self._beyond = [group for point in points for group in _groups(point, timeline)]

    def _of(self, *roles: str) -> list[_Left]:
        return [left for left in self._left if left.point.role in roles]

    def sessions(self) -> list[UncountedSessions]:
        """Return how many there are by server and hour, each counted where the LAN saw it, else on a link."""
        counts, told = self._counted_beyond()
        counted = np.empty(0, np.uint64)
        for left in self._left:
            fresh = np.flatnonzero(~np.isin(left.table["key"], counted))
            counted = np.union1d(counted, left.table["key"][fresh])
            some = Counter(dict(self._counted(left, fresh)))
            counts.update({row: count for row, count in some.items() if row[0] not in told})
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

    @staticmethod
    def _counted(left: _Left, places: Places) -> Iterator[tuple[_Counted, int]]:
        """Some rows of a point, by server, hour, reason and outcome."""
        table = left.table[places]
        hours, ended = left.at_ns[places] // HOUR_NS * HOUR_NS, kinds(table)
        groups = [*words(table["resp"]), hours, ended]
        order = np.lexsort(groups)
        differs = np.zeros(max(len(order) - 1, 0), np.bool_)
        for column in groups:
            differs |= column[order][1:] != column[order][:-1]
        begins = np.flatnonzero(np.r_[True, differs]) if len(order) else order
        for place, count in zip(order[begins].tolist(), np.diff(np.r_[begins, len(order)]).tolist(), strict=True):
            yield (texts(table["resp"][place].tobytes()), int(hours[place]), *_KINDS[ended[place]]), count

    def _counted_beyond(self) -> tuple[Counter[_Counted], set[str | None]]:
        """Count all connections to the servers of which not even rows were kept, and tell those servers.

        Which of them both sides saw, nobody knows: each server's are counted on the side that saw more of them, and a
        server that the router chose in another's place is that. What is listed is not counted again.
        """
        if not self._beyond:
            return Counter(), set()
        chosen = self._servers_inside()
        sides: dict[str | None, dict[bool, Counter[_Counted]]] = {}

        def side(server: str | None, *, inside: bool) -> Counter[_Counted]:
            return sides.setdefault(server, {True: Counter(), False: Counter()})[inside]

        def named(server: str | None, *, inside: bool) -> str | None:
            return server if inside or server is None else chosen.get(server, server)

        for group in self._beyond:
            inside = group.role == "lan"
            server = named(group.server, inside=inside)
            hour = group.first_ns // HOUR_NS * HOUR_NS
            side(server, inside=inside)[server, hour, *_KINDS[group.kind]] += group.count
        told = set(sides)
        for inside in (True, False):
            counted = np.empty(0, np.uint64)
            for left in self._of(*(("lan",) if inside else ("wan",))):
                fresh = np.flatnonzero(~np.isin(left.table["key"], counted))
                counted = np.union1d(counted, left.table["key"][fresh])
                for (outer, hour, reason, outcome), count in self._counted(left, fresh):
                    server = named(outer, inside=inside)
                    if server in told:
                        side(server, inside=inside)[server, hour, reason, outcome] += count
        listed: dict[str | None, dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
        for point in self._listed:
            inside = point.role == "lan"
            for key, resp in zip(point.rows.listed["key"].tolist(), map(bytes, point.rows.listed["resp"]), strict=True):
                listed[named(texts(resp), inside=inside)][inside].add(key)
        found: Counter[_Counted] = Counter()
        for server, both in sides.items():
            ours = listed[server]
            most = max((True, False), key=lambda inside: both[inside].total() + len(ours[inside]))
            again = len(ours[True] | ours[False]) - len(ours[most])  # of them this side has no rows either
            for row, count in both[most].most_common():
                found[row] += count - min(again, count)
                again -= min(again, count)
        return +found, told | {outer for outer, inner in chosen.items() if inner in told}

    def _servers_inside(self) -> dict[str, str]:
        """The server on the LAN side of each that links show, by the connections of which rows were kept."""
        pairs: Counter[tuple[bytes, bytes]] = Counter()
        lans = [left.table for left in self._of("lan")] + [p.rows.listed for p in self._listed if p.role == "lan"]
        wans = [left.table for left in self._of("wan")] + [p.rows.listed for p in self._listed if p.role == "wan"]
        for lan in lans:
            for wan in wans:
                _, ours, theirs = np.intersect1d(lan["key"], wan["key"], return_indices=True)
                pairs.update(zip(map(bytes, wan["resp"][theirs]), map(bytes, lan["resp"][ours]), strict=True))
        return {texts(outer): texts(inner) for (outer, inner), _ in reversed(pairs.most_common())}

    def spans_beyond(self) -> list[tuple[int, int]]:
        """Return when those of the LAN began of which no rows were kept, from when until when; no two touch."""
        spans: list[tuple[int, int]] = []
        for begin, end in sorted((group.first_ns, group.last_ns) for group in self._beyond if group.role == "lan"):
            if spans and begin <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((begin, end))
        return spans

    def unpaired(self) -> Places:
        """Return when those of the LAN were opened, ns, that no link's capture shows."""
        outside = np.concatenate([np.empty(0, np.uint64), *(left.table["key"] for left in self._of("wan"))])
        times = [left.at_ns[~np.isin(left.table["key"], outside)] for left in self._of("lan")]
        return np.concatenate([np.empty(0, np.int64), *times])

    def connects(self) -> UncountedConnects:
        """Return them as connections of who opened them: a client, or the router."""
        rows = [(left, places, _whose(left, places, name)) for name, left, places in self._opened]
        return UncountedConnects(rows, self._timeline, self._beyond)

    def openings(self, addresses: Iterable[str], *, by_client: bool, routers: Iterable[str] = ()) -> list[NoSession]:
        """Return those of the clients or of the router to some addresses, in order of time.

        Args:
            addresses: of servers.
            by_client: whether the clients' are asked for.
            routers: the router's addresses; what comes to the site's own server from elsewhere is nobody's here.
            Where not even rows were kept of the LAN's, none is known to be the router's own.
        """
        wanted, own = _column(addresses), _column(routers)
        found = []
        inside_known = not self.spans_beyond()
        for name, left, places in self._opened:
            if (name is None) != by_client or (name == ROUTER and not inside_known):
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


def _groups(point: Point, timeline: Timeline) -> Iterator[_Group]:
    rows: Beyond = point.rows.beyond
    for orig, resp, kind, first_ns, last_ns, first, last, count in zip(
        map(bytes, rows["orig"]),
        map(bytes, rows["resp"]),
        *(rows[name].tolist() for name in ("kind", "first_ns", "last_ns", "first", "last", "count")),
        strict=True,
    ):
        client, server = (texts(ip) if any(ip) else None for ip in (orig, resp))
        frames = FrameRef(*first), FrameRef(*last)
        times = timeline.aligned(frames[0], first_ns), timeline.aligned(frames[1], last_ns)
        yield _Group(point.role, client, server, kind, min(times), max(times), frames[0], count)


def servers(points: Iterable[Point]) -> set[str]:
    """Return the addresses of the servers, as far as they are so few that questions about them are all read."""
    points = list(points)
    tables = [point.rows.uncounted for point in points]
    columns = [table["resp"] for table in (*tables, *(point.rows.beyond for point in points))]
    every = np.unique(np.concatenate([np.empty((0, 16), np.uint8), *columns]), axis=0)
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
    ("one-sided", "unknown"),
)
"""By the places in `KINDS`, why a connection is not listed, and the outcome that it would have, as
`verdict/outcome.py` judges."""


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
        beyond: those of which no rows were kept.
    """

    def __init__(
        self, rows: Sequence[tuple[_Left, Places, Numbers]], timeline: Timeline, beyond: Iterable[_Group] = ()
    ) -> None:
        self._timeline = timeline
        self._beyond: dict[str | None, list[_Group]] = defaultdict(list)
        for group in sorted(beyond, key=lambda group: group.first_ns):
            self._beyond[group.server].append(group)
        self._longest_ns = max((g.last_ns - g.first_ns for own in self._beyond.values() for g in own), default=0)
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

    def beyond(self, name: str, address: str, since_ns: int, until_ns: int) -> tuple[int, FrameRef, bool] | None:
        """Return when one may have been opened in that time of which no row was kept, the frame of one of them, and
        whether it came to nothing; None where there was none.
        """
        outside = name in (ROUTER, FORWARDER)
        for server in (address, None):
            groups = self._beyond.get(server, [])
            begin = bisect_left(groups, since_ns - self._longest_ns, key=lambda group: group.first_ns)
            for group in groups[begin : bisect_left(groups, until_ns, key=lambda group: group.first_ns)]:
                side = (group.role != "lan") if outside else group.role == "lan" and group.client in (None, name)
                if side and group.last_ns >= since_ns:
                    return max(group.first_ns, since_ns), group.first, group.kind < 2
        return None

    def connection(self, number: int) -> tuple[int, FrameRef, int | None]:
        """Return when one was opened, its frame, and when it came to nothing, where it was not answered."""
        table, row = self._places[number].tolist()
        one = self._tables[table][row]
        failed = None
        if one["refused"]["number"] >= 0 or not one["packets_resp"]:
            (stream,) = streams(self._tables[table][row : row + 1])
            failed = self._timeline.ended(stream)
        return int(self._at_ns[number]), FrameRef(*one["first"].tolist()), failed
