"""Connections in which nothing was said, as columns: of these a scan or a flood makes any number.

A row takes a fiftieth of what a session does. What few there are become streams again; of more, whoever knows all
capture points chooses (`correlate/sessions/listed.py`). Of very many not even rows are kept, and they are only counted
(`beyond.py`). Which ones, is settled by what both sides of the router show alike, and not by when they came: those of
hosts that are near go first, each host in its turn, in the order of a number drawn from the initial sequence number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from copy import deepcopy
from ipaddress import ip_network
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Direction, Endpoint, FrameRef, Mark, Stream
from wanwitness.packets import addresses

from .beyond import BEYOND, FRAME, Beyond, BeyondTable
from .hashed import hosts, mixed, turns, words

MOST_HANDSHAKES = 5_000
"""Connections without a word that become sessions, of a capture point and of a case: nobody reads more, and an outsider
can make any number. The others are counted by server and hour."""
MOST_ROWS = 200_000
"""Rows that a table of them holds, 35 MB, and at most twice as many while it is being filled: they decide where one
connection stands between another and its answer, and nobody's mail makes so many."""
OWN_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
"""RFC 1918, RFC 4193, RFC 4291: nobody comes from there through the Internet."""
_NEAR = np.isin(np.arange(256), [first - gone for first in (64, 128, 255) for gone in range(8)])
"""By the hops that are left, whether the sender is fewer than 8 routers away, as on the site and its routers."""
REPEAT_NS = 300 * 1_000_000_000
"""A SYN with the same numbers within this time is the same SYN; Linux gives up after 127 s."""
ENDINGS: tuple[Literal["fin", "rst", "idle", "eof"], ...] = ("fin", "rst", "idle", "eof")
_ENDED_BY: tuple[Direction | None, ...] = (None, "orig", "resp")
_AT_ONCE = 4096
HANDSHAKES = np.dtype(
    [
        ("orig", "u1", 16),
        ("resp", "u1", 16),
        ("orig_port", "u2"),
        ("resp_port", "u2"),
        ("isn_orig", "u4"),
        ("isn_resp", "i8"),
        ("tsval", "i8"),
        ("ident", "i8"),
        ("ttl", "i2"),
        ("packets_orig", "u4"),
        ("packets_resp", "u4"),
        ("payload", "i8"),
        ("ended", "u1"),
        ("ended_by", "u1"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("synack_ns", "i8"),
        ("first", FRAME),
        ("last", FRAME),
        ("end_ns", "i8"),
        ("latest", FRAME),
        ("synack", FRAME),
        ("refused", FRAME),
        ("end", FRAME),
        ("key", "u8"),
    ]
)
"""A connection a row, with the fields of `Stream`. Addresses are 16 bytes, times ns as written; -1 stands for what is
absent; `payload` is how many bytes the client said, where their content was not kept; `ended` and `ended_by` are places
in `ENDINGS` and in who may have ended it; `key` is what both sides of the router know the connection by, 0 where that
was not asked.
"""

Handshakes = NDArray[np.void]
"""An array of `HANDSHAKES`."""


def no_handshakes() -> Handshakes:
    """Return an empty table."""
    return np.empty(0, HANDSHAKES)


def is_handshake(stream: Stream) -> bool:
    """Whether nothing was said in a stream, so that a row holds all of it.

    What came with a SYN that was not answered was not said to anybody (RFC 7413), and is left out.
    """
    if _heard(stream) or stream.payload_resp or stream.gaps or stream.overlaps or not is_row(stream):
        return False
    return [mark for mark in stream.marks if mark.syn or not stream.payload_orig] == _marks(stream)


def is_row(stream: Stream) -> bool:
    """Whether a row holds all of a stream but what was said."""
    if stream.syn is None or stream.syn != stream.first or stream.isn_orig is None or stream.syn_ns != stream.first_ns:
        return False
    return (stream.synack is None) == (stream.isn_resp is None)


def _heard(stream: Stream) -> int:
    """How many bytes the client said to a server that may have heard them."""
    return stream.payload_orig - (stream.payload_syn if stream.synack is None else 0)


def _marks(stream: Stream) -> list[Mark]:
    assert stream.syn is not None and stream.isn_orig is not None
    marks = [Mark("orig", stream.isn_orig, 0, True, stream.first_ns, stream.first)]
    if stream.synack is not None and stream.isn_resp is not None and stream.synack_ns is not None:
        marks.append(Mark("resp", stream.isn_resp, 0, True, stream.synack_ns, stream.synack))
    return marks


class HandshakeTable:
    """Collects them; `rows` gives all, or the most urgent of very many, and `beyond` the count of the others.

    Args:
        most: how many rows it keeps.
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most, self._beyond = most, BeyondTable()
        self._rows: list[tuple[object, ...]] = []
        self._parts: list[Handshakes] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, stream: Stream) -> None:
        """Take a stream that `is_handshake`; or one that `is_row`, whose content is then forgotten."""
        self._rows.append(
            (
                np.frombuffer(addresses.packed(stream.orig.ip), np.uint8),
                np.frombuffer(addresses.packed(stream.resp.ip), np.uint8),
                stream.orig.port,
                stream.resp.port,
                stream.isn_orig,
                _or_none(stream.isn_resp),
                _or_none(stream.tsval_orig),
                _or_none(stream.ident_orig),
                _or_none(stream.ttl_orig),
                stream.packets_orig,
                stream.packets_resp,
                _heard(stream),
                ENDINGS.index(stream.ended),
                _ENDED_BY.index(stream.ended_by),
                stream.first_ns,
                stream.last_ns,
                _or_none(stream.synack_ns),
                stream.first,
                stream.last,
                _or_none(stream.end_ns),
                stream.latest or (-1, -1),
                stream.synack or (-1, -1),
                stream.refused or (-1, -1),
                stream.end_frame or (-1, -1),
                0,
            )
        )
        self._count += 1
        if len(self._rows) >= _AT_ONCE:
            self._pack()

    def count(self, rows: Beyond) -> None:
        """Take some of which no row is to be kept."""
        self._beyond.add(rows)

    def copy(self) -> HandshakeTable:
        """Return a table of the same rows, which takes others without this one's knowing."""
        other = HandshakeTable(self._most)
        other._beyond = deepcopy(self._beyond)
        other._rows, other._parts, other._count = list(self._rows), list(self._parts), self._count
        return other

    def forget(self, streams: AbstractSet[FrameRef]) -> None:
        """Let go of those that have these first frames."""
        self._pack()
        gone = [(first.capture, first.number) for first in streams]
        capture, number = np.array(gone, np.int64).reshape(-1, 2).T
        for place, part in enumerate(self._parts):
            first = part["first"]
            key = first["capture"].astype(np.int64) << 40 | first["number"]
            self._parts[place] = part[~np.isin(key, capture << 40 | number)]
        self._parts = [part for part in self._parts if len(part)]

    def _pack(self) -> None:
        self._parts.append(np.array(self._rows, HANDSHAKES))
        self._rows = []
        if sum(map(len, self._parts)) >= 2 * self._most:
            self._parts = [self._bounded()]

    def _bounded(self) -> Handshakes:
        table = np.concatenate([no_handshakes(), *self._parts])
        table = _joined(table) if len(table) > 1 else table
        if len(table) <= self._most:
            return table
        near = are_near(table["orig"], table["ttl"])
        order = in_turn(table["orig"], near, *(table[name] for name in ("isn_orig", "resp", "resp_port", "orig_port")))
        self._beyond.add(_counted(table[order[self._most :]], near[order[self._most :]]))
        return table[np.sort(order[: self._most])]

    def rows(self) -> Handshakes:
        """Return all that are kept, in order of time; a SYN that was given up early, and was repeated then, is one."""
        if self._rows:
            self._pack()
        self._parts = [self._bounded()]
        return self._parts[0]

    def beyond(self) -> Beyond:
        """Return how many more there were, behind `rows`."""
        return self._beyond.rows


class OpenedConnection(NamedTuple):
    """What of a connection tells where on the site it was seen; named as in `Stream`."""

    orig: Endpoint
    resp: Endpoint
    isn_orig: int
    isn_resp: int | None
    ttl_orig: int | None
    first: FrameRef
    start_ns: int


def openings(table: Handshakes) -> Iterator[OpenedConnection]:
    """Give what the rows tell of where they were seen, at a fraction of what streams cost."""
    names = ["orig_port", "resp_port", "isn_orig", "isn_resp", "ttl", "first", "first_ns"]
    ips = [list(map(addresses.text, map(bytes, table[side]))) for side in ("orig", "resp")]
    for orig, resp, row in zip(*ips, table[names].tolist(), strict=True):
        orig_port, resp_port, isn_orig, isn_resp, ttl, first, first_ns = row
        ends = Endpoint(orig, orig_port), Endpoint(resp, resp_port)
        yield OpenedConnection(*ends, isn_orig, _known(isn_resp), _known(ttl), FrameRef(*first), first_ns)


def are_near(hosts: NDArray[np.uint8], ttl: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which hosts are of the site or its routers, by their addresses and hops left, -1 if unknown."""
    return within(hosts, OWN_NETWORKS) | _NEAR[ttl]


def in_turn(
    speakers: NDArray[np.uint8],
    near: NDArray[np.bool_],
    isn: NDArray[np.integer],
    resp: NDArray[np.uint8],
    *ports: NDArray[np.integer],
) -> NDArray[np.int64]:
    """Return the places of connections in the order in which they are kept, the same on both sides of the router.

    Who is near goes first, and each host takes its turn, in the order of a number drawn from what translation leaves
    alone. It makes no difference in which parts they come: who is among the first of all is among the first of his
    part, too.

    Args:
        speakers: who opened each.
        near: whether that is near.
        isn: its initial sequence number.
        resp: the server.
        ports: the server's and the client's.
    """
    key = mixed(isn.astype(np.uint64))
    place = mixed(key, *words(resp), *(port.astype(np.uint64) for port in ports))
    order: NDArray[np.int64] = np.lexsort([place, key, turns(hosts(speakers), key, place), ~near])
    return order


KINDS = ("unanswered", "refused", "ended-by-orig", "ended-by-resp", "open", "one-sided")
"""How they ended; `one-sided` where the client spoke, and nobody knows whether it was heard."""


def kinds(table: Handshakes) -> NDArray[np.int64]:
    """Return the places in `KINDS`."""
    ended = np.isin(table["ended"], [ENDINGS.index("fin"), ENDINGS.index("rst")]) & (table["ended_by"] > 0)
    found = np.where(ended, np.where(table["ended_by"] == 1, 2, 3), 4)
    unanswered = (table["packets_resp"] == 0) & (table["synack"]["number"] < 0)
    found[unanswered & (table["ended"] != ENDINGS.index("fin"))] = 0
    found[table["payload"] > 0] = 5
    found[table["refused"]["number"] >= 0] = 1
    return found


def within(column: NDArray[np.uint8], networks: Iterable[str]) -> NDArray[np.bool_]:
    """Return which addresses of a column of 16 bytes are in any of the networks."""
    found = np.zeros(len(column), np.bool_)
    for text in networks:
        network = ip_network(text, strict=False)
        whole = np.frombuffer(addresses.packed(str(network.network_address)), np.uint8)
        bits = network.prefixlen + (96 if network.version == 4 else 0)
        mask = np.frombuffer(((1 << 128) - (1 << 128 - bits)).to_bytes(16), np.uint8)
        found |= ((column ^ whole) & mask == 0).all(axis=1)
    return found


def _counted(table: Handshakes, near: NDArray[np.bool_]) -> Beyond:
    """The rows as a count."""
    counted = np.zeros(len(table), BEYOND)
    counted["orig"][near] = table["orig"][near]
    for name, of in (("resp", "resp"), ("first_ns", "first_ns"), ("last_ns", "first_ns"), ("first", "first")):
        counted[name] = table[of]
    counted["last"], counted["kind"], counted["count"] = table["first"], kinds(table), 1
    return counted


def _or_none(number: int | None) -> int:
    return -1 if number is None else number


def _joined(table: Handshakes) -> Handshakes:
    """Merge the rows of one SYN, where nobody had answered it before it was repeated."""
    ends = [*words(table["orig"]), *words(table["resp"]), table["orig_port"], table["resp_port"], table["isn_orig"]]
    order = np.lexsort([table["first"]["number"], table["first"]["capture"], table["first_ns"], *ends])
    table = table[order]
    same = table["first_ns"][1:] - table["last_ns"][:-1] <= REPEAT_NS
    same &= (table["packets_resp"][:-1] == 0) & (table["refused"]["number"][:-1] < 0)
    for column in ends:
        ordered = column[order]
        same &= ordered[1:] == ordered[:-1]
    if same.any():
        begins = np.flatnonzero(np.r_[True, ~same])
        behind = np.r_[begins[1:], len(table)] - 1
        whole = table[behind]
        for name in ("first_ns", "first", "tsval", "ident", "ttl"):
            whole[name] = table[name][begins]
        for name in ("packets_orig", "packets_resp", "payload"):
            whole[name] = np.add.reduceat(table[name], begins)
        table = whole
    return table[np.lexsort([table["first"]["number"], table["first"]["capture"], table["first_ns"]])]


def streams(table: Handshakes) -> Iterator[Stream]:
    """Give the rows as the streams that they were."""
    for row in table.tolist():
        (orig, resp, orig_port, resp_port, isn_orig, isn_resp, tsval, ident, ttl, from_orig, from_resp, *rest) = row
        (payload, ended, ended_by, first_ns, last_ns, synack_ns, first, last, end_ns, latest, *more, _) = rest
        synack, refused, end = more
        stream = Stream(
            Endpoint(addresses.text(bytes(orig)), orig_port),
            Endpoint(addresses.text(bytes(resp)), resp_port),
            first_ns=first_ns,
            last_ns=last_ns,
            first=FrameRef(*first),
            last=FrameRef(*last),
            end_ns=_known(end_ns),
            latest=_frame(latest),
            syn=FrameRef(*first),
            syn_ns=first_ns,
            isn_orig=isn_orig,
            synack=_frame(synack),
            synack_ns=_known(synack_ns),
            isn_resp=_known(isn_resp),
            tsval_orig=_known(tsval),
            ident_orig=_known(ident),
            ttl_orig=_known(ttl),
            packets_orig=from_orig,
            packets_resp=from_resp,
            payload_orig=payload,
            ended=ENDINGS[ended],
            ended_by=_ENDED_BY[ended_by],
            end_frame=_frame(end),
            refused=_frame(refused),
        )
        stream.marks = _marks(stream)
        for frame in (stream.synack, stream.refused, stream.end_frame, stream.last):
            if frame is not None:
                stream.note_capture(frame.capture)
        yield stream


def _known(number: int) -> int | None:
    return None if number < 0 else number


def _frame(place: Iterable[int]) -> FrameRef | None:
    frame = FrameRef(*place)
    return None if frame.number < 0 else frame
