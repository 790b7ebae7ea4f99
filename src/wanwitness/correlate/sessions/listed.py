"""Which connections in which nothing was said become sessions, where there are very many.

An outsider can make any number, with made-up addresses too, and so can one infected host of the site. The choice must
be the same on both sides of the router, or sessions would lose their other side. So it is made over all capture points
at once, and by what translation leaves alone: the client's initial sequence number; of numbers that many share (a
scanner uses one for all), by the server and the client's port as well. A connection that one side shows with words is
kept on every side.

The site's own come first, then hosts that were answered or that asked for names, then strangers. Each host takes its
turn, and so does each of its servers, so that one that scans leaves room to the others. The rest is counted, and still
stands between other connections and their answers (`uncounted.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate.points.assumptions import MOST_WITH_ONE_ISN
from wanwitness.model import Site, Stream
from wanwitness.packets import addresses
from wanwitness.reading.point import Point, PointRows, in_order
from wanwitness.reading.point_reader import without_words
from wanwitness.streams.handshakes import MOST_HANDSHAKES, OWN_NETWORKS, Handshakes, no_handshakes, within
from wanwitness.streams.hashed import Numbers, hosts, mixed, turns, words


def choose_handshakes(points: Sequence[Point], site: Site) -> list[Point]:
    """Return the points with the streams of those that become sessions, and with the others in `uncounted`.

    Args:
        points: the capture points; their roles need not be known.
        site: its networks, and the router's addresses.
    """
    several = [point for point in points if len(point.rows.handshakes)]
    if not several:
        return list(points)
    tables = [point.rows.handshakes for point in several]
    shared = _shared(tables)
    spoken = _Spoken((mail.stream for point in points for mail in point.rows.mail), shared)
    networks = [*OWN_NETWORKS, *site.lan, *(address for link in site.links for address in link.addresses)]
    known = _known_hosts(points)
    tables = [_keyed(table, shared) for table in tables]
    urgency = np.concatenate([_urgency(table, networks, known) for table in tables])
    chosen = _chosen([table["key"] for table in tables], urgency, spoken.keys)
    rows_of: dict[Point, PointRows] = {}
    for point, table in zip(several, tables, strict=True):
        kept = np.isin(table["key"], chosen) | spoken.answer(table)
        mail = sorted([*point.rows.mail, *without_words(table[kept])], key=in_order)
        rows_of[point] = replace(
            point.rows, mail=mail, handshakes=no_handshakes(), listed=table[kept], uncounted=table[~kept]
        )
    return [replace(point, rows=rows_of.get(point, point.rows)) for point in points]


def _shared(tables: Iterable[Handshakes]) -> Numbers:
    """The sequence numbers that many connections of one point begin with."""
    found = [np.empty(0, np.uint64)]
    for table in tables:
        numbers, counts = np.unique(table["isn_orig"].astype(np.uint64), return_counts=True)
        found.append(numbers[counts > MOST_WITH_ONE_ISN])
    return np.unique(np.concatenate(found))


def _keyed(table: Handshakes, shared: Numbers) -> Handshakes:
    """Return the table with a key for each connection that both sides of the router know it by."""
    keyed = table.copy()
    keyed["key"] = _keys(table, shared)
    return keyed


def _keys(table: Handshakes, shared: Numbers) -> Numbers:
    isn = table["isn_orig"].astype(np.uint64)
    alone = mixed(isn)
    ends = mixed(isn, *words(table["resp"]), _numbers(table["resp_port"]), _numbers(table["orig_port"]))
    return np.where(np.isin(isn, shared), ends, alone)


def _numbers(column: NDArray[np.integer]) -> Numbers:
    return column.astype(np.uint64)


class _Spoken:
    """The connections that are sessions in any case, for one point at least shows more than a handshake, or few."""

    def __init__(self, streams: Iterable[Stream], shared: Numbers) -> None:
        rows, resp, self._returned = [], [], []
        for stream in streams:
            if stream.isn_orig is not None:
                rows.append((stream.isn_orig, stream.resp.port, stream.orig.port))
                resp.append(addresses.packed(stream.resp.ip))
            elif stream.isn_resp is not None:
                self._returned.append(stream.isn_resp)
        numbers = np.array(rows, np.uint64).reshape(len(rows), 3)
        isn, ports = numbers[:, 0], numbers[:, 1:]
        servers = words(np.frombuffer(b"".join(resp), np.uint8).reshape(len(rows), 16))
        ends = mixed(isn, *servers, ports[:, 0], ports[:, 1])
        self.keys = np.unique(np.where(np.isin(isn, shared), ends, mixed(isn)))

    def answer(self, table: Handshakes) -> NDArray[np.bool_]:
        """Which rows may have had their answers by a way that shows nothing else of them."""
        return np.isin(table["isn_resp"], np.array(self._returned, np.int64))


def _known_hosts(points: Iterable[Point]) -> Numbers:
    """Those that were answered, or asked for names."""
    ips: set[str] = set()
    for point in points:
        ips |= {mail.stream.orig.ip for mail in point.rows.mail if mail.stream.packets_resp}
        ips |= {ip for _, ip in point.rows.log.clients}
    return hosts(np.frombuffer(b"".join(map(addresses.packed, ips)), np.uint8).reshape(len(ips), 16))


def _urgency(table: Handshakes, networks: Iterable[str], known: Numbers) -> Numbers:
    """What is chosen first: less is more urgent."""
    clients, servers = hosts(table["orig"]), hosts(table["resp"])
    degree = np.where(within(table["orig"], networks), 0, np.where(np.isin(clients, known), 1, 2))
    turn = turns(clients, turns(mixed(clients, servers), table["key"]))
    return (degree.astype(np.uint64) << np.uint64(40)) + turn


def _chosen(keys: Sequence[Numbers], urgency: Numbers, spoken: Numbers) -> Numbers:
    """Return the keys of those that become sessions, each as urgent as the side that tells most makes it."""
    order = np.lexsort([urgency, np.concatenate(keys)])
    every, begins = np.unique(np.concatenate(keys)[order], return_index=True)
    most = np.zeros(len(every), np.int64)
    for own in keys:
        one, counts = np.unique(own, return_counts=True)
        place = np.searchsorted(every, one)
        most[place] = np.maximum(most[place], counts)
    free = np.isin(every, spoken)
    order = np.lexsort([every, urgency[order][begins]])
    order = order[~free[order]]
    return np.concatenate([spoken, every[order[np.cumsum(most[order]) <= MOST_HANDSHAKES]]])
