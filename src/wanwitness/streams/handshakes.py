"""Connections in which nothing was said, as columns: of these a scan or a flood makes any number.

A row takes a fiftieth of what a session does. What few there are become streams again; of more, whoever knows all
capture points chooses (`correlate/uncounted.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Direction, Endpoint, FrameRef, Mark, Stream
from wanwitness.packets import addresses

MOST_HANDSHAKES = 5_000
"""Connections without a word that become sessions, of a capture point and of a case: nobody reads more, and an outsider
can make any number. The others are counted by server and hour."""
REPEAT_NS = 300 * 1_000_000_000
"""A SYN with the same numbers within this time is the same SYN; Linux gives up after 127 s."""
ENDINGS: tuple[Literal["fin", "rst", "idle", "eof"], ...] = ("fin", "rst", "idle", "eof")
_ENDED_BY: tuple[Direction | None, ...] = (None, "orig", "resp")
_AT_ONCE = 4096
_FRAME = np.dtype([("capture", "i4"), ("number", "i8")])
"""A frame; -1 and -1 where there is none."""
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
        ("ended", "u1"),
        ("ended_by", "u1"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("synack_ns", "i8"),
        ("first", _FRAME),
        ("last", _FRAME),
        ("synack", _FRAME),
        ("refused", _FRAME),
        ("end", _FRAME),
        ("key", "u8"),
    ]
)
"""A connection a row, with the fields of `Stream`. Addresses are 16 bytes, times ns as written; -1 stands for what
there was none of; `ended` and `ended_by` are places in `ENDINGS` and in who may have ended it; `key` is what both sides
of the router know the connection by, 0 where that was not asked."""

Handshakes = NDArray[np.void]
"""An array of `HANDSHAKES`."""


def no_handshakes() -> Handshakes:
    """Return an empty table."""
    return np.empty(0, HANDSHAKES)


def is_handshake(stream: Stream) -> bool:
    """Whether nothing was said in a stream, so that a row holds all of it."""
    if stream.payload_orig or stream.payload_resp or stream.syn is None or stream.syn != stream.first:
        return False
    if stream.gaps or stream.overlaps or stream.isn_orig is None or stream.syn_ns != stream.first_ns:
        return False
    return stream.marks == _marks(stream) and (stream.synack is None) == (stream.isn_resp is None)


def _marks(stream: Stream) -> list[Mark]:
    assert stream.syn is not None and stream.isn_orig is not None
    marks = [Mark("orig", stream.isn_orig, 0, True, stream.first_ns, stream.first)]
    if stream.synack is not None and stream.isn_resp is not None and stream.synack_ns is not None:
        marks.append(Mark("resp", stream.isn_resp, 0, True, stream.synack_ns, stream.synack))
    return marks


class HandshakeTable:
    """Collects them; `rows` gives all."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._parts: list[Handshakes] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, stream: Stream) -> None:
        """Take a stream that `is_handshake`."""
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
                ENDINGS.index(stream.ended),
                _ENDED_BY.index(stream.ended_by),
                stream.first_ns,
                stream.last_ns,
                _or_none(stream.synack_ns),
                stream.first,
                stream.last,
                stream.synack or (-1, -1),
                stream.refused or (-1, -1),
                stream.end_frame or (-1, -1),
                0,
            )
        )
        self._count += 1
        if len(self._rows) >= _AT_ONCE:
            self._pack()

    def _pack(self) -> None:
        self._parts.append(np.array(self._rows, HANDSHAKES))
        self._rows = []

    def rows(self) -> Handshakes:
        """Return all, in order of time; a SYN that was given up early, and was repeated then, is one."""
        if self._rows:
            self._pack()
        table = np.concatenate([no_handshakes(), *self._parts])
        self._parts = []
        return _joined(table) if len(table) > 1 else table


def _or_none(number: int | None) -> int:
    return -1 if number is None else number


def _joined(table: Handshakes) -> Handshakes:
    """Take the rows of one SYN together that nobody had answered before it was repeated."""
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
        for name in ("packets_orig", "packets_resp"):
            whole[name] = np.add.reduceat(table[name], begins)
        table = whole
    return table[np.lexsort([table["first"]["number"], table["first"]["capture"], table["first_ns"]])]


def words(column: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return a column of 16 bytes as two of numbers."""
    halves = np.ascontiguousarray(column).view(np.uint64)
    return halves[:, 0], halves[:, 1]


def streams(table: Handshakes) -> Iterator[Stream]:
    """Give the rows as the streams that they were."""
    for row in table.tolist():
        (orig, resp, orig_port, resp_port, isn_orig, isn_resp, tsval, ident, ttl, from_orig, from_resp, *rest) = row
        (ended, ended_by, first_ns, last_ns, synack_ns, first, last, synack, refused, end, _) = rest
        stream = Stream(
            Endpoint(addresses.text(bytes(orig)), orig_port),
            Endpoint(addresses.text(bytes(resp)), resp_port),
            first_ns=first_ns,
            last_ns=last_ns,
            first=FrameRef(*first),
            last=FrameRef(*last),
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
            ended=ENDINGS[ended],
            ended_by=_ENDED_BY[ended_by],
            end_frame=_frame(end),
            refused=_frame(refused),
        )
        stream.marks = _marks(stream)
        yield stream


def _known(number: int) -> int | None:
    return None if number < 0 else number


def _frame(place: Iterable[int]) -> FrameRef | None:
    frame = FrameRef(*place)
    return None if frame.number < 0 else frame
