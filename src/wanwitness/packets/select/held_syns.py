"""Handshakes of flows that nobody has asked for yet, held back in columns.

Most flows of a site are not mail's, and their handshakes are no use but for two things: a flow on an odd port may turn
out to speak SMTP, and a host that opened another connection to a mail server's address shortly before may have looked
the address up for that one. So a SYN is held until somebody asks for it, and forgotten when enough others came behind
it: not after some time, since frames whose times are out of order would make a difference to where windows end.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import opaque
from wanwitness.model import FrameRef, Oddity
from wanwitness.oddities import LetGo
from wanwitness.packets.header_fields import ACK, SYN
from wanwitness.packets.packets import Packets

HANDSHAKE_NS = 60_000_000_000
"""How long before a flow speaks SMTP its handshake may have been: the banner comes at once or never."""
RECENT_NS = 5_000_000_000
"""How long before a connection to a mail server another to its address counts (DESIGN, section 3)."""
MOST_HELD = 1 << 17
"""SYNs held, the oldest make room: a flood must not fill the memory."""
_BEFORE = 40
"""Bytes kept before the transport header: an IP header, by which copies of a packet are known."""
_LONGEST_HEADER = 60
"""Bytes of a TCP header with all its options (RFC 9293, section 3.1)."""


class SynSender(NamedTuple):
    """A packet that wants the SYNs before it."""

    key: int
    """Of the flow, or of the pair of addresses."""
    place: int
    """How many SYNs came before it."""
    ts_ns: int


@dataclass(slots=True, eq=False)
class _Chunk:
    """One window's SYNs."""

    rows: Packets
    """`data` holds their headers alone."""
    flow: NDArray[np.uint64]
    pair: NDArray[np.uint64]
    place: NDArray[np.int64]
    """How many came before, of all that were ever held."""
    kept: NDArray[np.bool_]
    """Not given out yet."""
    latest_ns: int
    """The latest of their times."""

    def opens(self, row: int) -> bool:
        """Whether this SYN asks for a connection, and does not answer one."""
        return bool(self.rows.flags[row] & (SYN | ACK) == SYN)


class HeldSyns:
    """Holds the SYNs of one capture point; each is given out once."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._chunks: deque[_Chunk] = deque()
        self._newest: _Chunk | None = None
        self.count = 0
        """How many were ever held."""
        self._forgotten = LetGo("odd-syns-held", most=most)

    def hold(self, rows: Packets, flow: NDArray[np.uint64], pair: NDArray[np.uint64]) -> None:
        """Keep the next window's SYNs that have no payload.

        Args:
            rows: n packets.
            flow: shape (n,), each one's connection.
            pair: shape (n,), each one's source and destination address.
        """
        place = np.arange(self.count, self.count + len(rows))
        latest = int(rows.ts_ns.max()) if len(rows) else 0
        self._newest = _Chunk(_with_own_data(rows), flow, pair, place, np.ones(len(rows), np.bool_), latest)
        self.count += len(rows)
        if len(rows):
            self._chunks.append(self._newest)

    def trim(self) -> None:
        """Forget what is beyond the bound; those of the last minute might still have been asked for."""
        newest = self._newest
        if newest is not None and len(newest.rows):
            for chunk in self._chunks:
                self._tell_forgotten(chunk, newest)
        while self._chunks and int(self._chunks[0].place[-1]) < self.count - self._most:
            self._chunks.popleft()

    def _tell_forgotten(self, chunk: _Chunk, newest: _Chunk) -> None:
        """Count which SYNs of a chunk those that came last have displaced: each displaces the one `most` before it."""
        row = np.flatnonzero(chunk.place + self._most >= newest.place[0])
        by = chunk.place[row] + self._most - newest.place[0]
        row, by = row[by < len(newest.rows)], by[by < len(newest.rows)]
        lost = chunk.kept[row] & (newest.rows.ts_ns[by] - chunk.rows.ts_ns[row] <= HANDSHAKE_NS)
        if lost.any():
            first = by[np.argmax(lost)]
            frame = FrameRef(int(newest.rows.capture[first]), int(newest.rows.number[first]))
            self._forgotten.add(frame, int(lost.sum()))

    def oddities(self) -> list[Oddity]:
        """Tell how many were forgotten that a flow might still have asked for."""
        return self._forgotten.rows()

    def give(
        self, flows: Iterable[SynSender], pairs: Iterable[SynSender], alone: Iterable[SynSender] = ()
    ) -> tuple[list[Packets], NDArray[np.bool_]]:
        """Give out the SYNs, answers included, of these flows, and those that opened a connection of these pairs.

        Whose flow is asked for asks for its pair in turn, unless it is asked for `alone`.

        Returns:
            Those of earlier windows, and which ones of the window held last.
        """
        assert self._newest is not None
        opening: list[SynSender] = list(pairs)
        chosen: dict[int, list[int]] = defaultdict(list)
        for chunk, row in self._asked(flows, HANDSHAKE_NS, lambda chunk: chunk.flow):
            chosen[id(chunk)].append(row)
            if chunk.opens(row):
                opening.append(SynSender(int(chunk.pair[row]), int(chunk.place[row]), int(chunk.rows.ts_ns[row])))
        for chunk, row in self._asked(alone, HANDSHAKE_NS, lambda chunk: chunk.flow):
            chosen[id(chunk)].append(row)
        for chunk, row in self._asked(opening, RECENT_NS, lambda chunk: chunk.pair):
            if chunk.opens(row):
                chosen[id(chunk)].append(row)
        earlier = []
        for chunk in self._chunks if chosen else ():
            if id(chunk) in chosen:
                rows = np.unique(np.array(chosen[id(chunk)]))
                rows = rows[chunk.kept[rows]]
                chunk.kept[rows] = False
                if chunk is not self._newest and len(rows):
                    earlier.append(chunk.rows.take(rows))
        return earlier, ~self._newest.kept

    def _asked(
        self, askers: Iterable[SynSender], span_ns: int, keys: Callable[[_Chunk], NDArray[np.uint64]]
    ) -> list[tuple[_Chunk, int]]:
        by_key: dict[int, list[SynSender]] = defaultdict(list)
        for asker in askers:
            by_key[asker.key].append(asker)
        if not by_key:
            return []
        asked = np.array(list(by_key), np.uint64)
        earliest = min(asker.ts_ns for own in by_key.values() for asker in own) - span_ns
        found = []
        for chunk in self._chunks:
            if chunk.latest_ns < earliest:
                continue
            for row in np.flatnonzero(np.isin(keys(chunk), asked)).tolist():
                place, ts_ns = int(chunk.place[row]), int(chunk.rows.ts_ns[row])
                if any(
                    place < asker.place <= place + self._most and asker.ts_ns - ts_ns <= span_ns
                    for asker in by_key[int(keys(chunk)[row])]
                ):
                    found.append((chunk, row))
        return found


def _with_own_data(rows: Packets) -> Packets:
    """The same packets without the window's bytes: their headers alone, at equal distances."""
    size = _BEFORE + _LONGEST_HEADER
    data = rows.data if len(rows.data) >= size else np.pad(rows.data, (0, size - len(rows.data)))
    at = np.clip(rows.l4 - _BEFORE, 0, len(data) - size)
    return rows.moved(opaque(data, size)[at].view(np.uint8), np.arange(len(rows)) * size - at)
