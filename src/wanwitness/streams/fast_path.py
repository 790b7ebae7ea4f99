"""Packets of one connection that follow one another without a flaw, found in the columns of a window.

Nearly all packets of nearly all connections come once, in order and whole, and what they say is told from sums over
columns. `Connection` takes such a run at once; the first packet with anything else about it, and all of its connection
behind that, go the plain way. What comes out is the same.

A packet is without a flaw where its sequence number is the one that is due (where the connection stood, and what was
sent since: bytes, SYN and FIN), it acknowledges no more than was sent, has ACK and no RST, its bytes were all captured,
its checksum is right, it holds no mere padding (`padding.py`), and not much time went by before it. A SYN is one only
where it opens, or answers that. A wrong checksum is no flaw where its sender leaves them to its network card, as its
first one shows (`bad_checksums.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef
from wanwitness.packets import Packets
from wanwitness.packets.flow_key import flow_keys
from wanwitness.packets.header_fields import ACK, FIN, RST, SYN

from .packet import Packed
from .padding import maybe_padded

WORTHWHILE = 32
"""From so many packets of a window on, working on its columns is faster than packet by packet."""
LONGEST_PAUSE_NS = 30_000_000_000
"""After a longer silence, by the time that has gone by, `Tracker` decides whether it still is the same connection."""
MAX_LAG = 1 << 24
"""Bytes by which an acknowledgement may be behind."""
NUMBERS = 1 << 32


class Standing(NamedTuple):
    """Where a connection stands before a window."""

    forward: bool
    """The window's first packet of it comes from `orig`."""
    orig: int
    """Sequence number of what `orig` sends next."""
    resp: int
    ended_orig: bool
    """Its FIN has come."""
    ended_resp: bool
    wrong_orig: bool
    """Its checksums are wrong, and that means nothing."""
    wrong_resp: bool
    opens: bool
    """That first packet is the SYN that opens it: nothing of `resp` is known."""


_frame: partial[Any] = partial(tuple.__new__, FrameRef)
"""What `FrameRef` does, without a call of Python code for each."""


@dataclass(frozen=True, slots=True)
class FastWindow:
    """What runs say of their packets, a list each with one item a row."""

    frames: list[FrameRef]
    ts_ns: list[int]
    ttl: list[int]
    seq: list[int]
    ack: list[int]
    start: list[int]
    """Where the payload begins in `data`."""
    length: list[int]
    from_orig: list[bool]
    """Of rows in runs."""
    data: memoryview
    several_captures: bool

    def payload(self, row: int) -> bytes:
        """The payload of a row."""
        start = self.start[row]
        return self.data[start : start + self.length[row]].tobytes()


class InOrderRun(NamedTuple):
    """Some packets of one connection, by their rows in the window."""

    window: FastWindow
    src: Packed
    """Of the first packet."""
    dst: Packed
    standing: Standing
    rows: list[int]
    last_ns: int
    """The latest time of any."""
    packets: tuple[int, int]
    """How many came from `orig` and from `resp`."""
    acked: tuple[int, int]
    """How far each was acknowledged at most: sequence numbers from its standing on, negative before it."""
    answer: int | None
    """Row of the SYN of `resp`."""
    payload: list[int]
    """Rows with payload."""
    fins: list[int]
    """Rows with a FIN."""
    wrong: tuple[bool, bool]
    """Whether `orig` or `resp` had wrong checksums, which mean nothing."""


Stands = Callable[[Packed, Packed, int, int, int], Standing | None]
"""Given the source, destination, sequence number and flags of a packet, and how much time has gone by, tells where its
connection stands; None where it takes no runs."""


def find_runs(
    packets: Packets, wrong: NDArray[np.bool_], passed_ns: NDArray[np.int64], stands: Stands
) -> tuple[list[InOrderRun], NDArray[np.bool_]]:
    """Return the runs of a window of one capture point, in the order of their first packets, and who is in none.

    Args:
        packets: TCP packets, in order.
        wrong: which of them have a wrong checksum.
        passed_ns: how much time has gone by at each.
        stands: called once for each connection.
    """
    count = len(packets)
    alone = np.ones(count, np.bool_)
    if count < WORTHWHILE:
        return [], alone
    keys = flow_keys(packets.src, packets.dst, packets.sport, packets.dport)
    rows = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.r_[True, np.diff(keys[rows]) != 0])
    sizes = np.diff(np.r_[begins, count])
    ends, standings = _stand(packets, passed_ns, rows[begins], stands)
    known = np.array([standing is not None for standing in standings], np.bool_)
    if not known.any():
        return [], alone
    rows = rows[np.repeat(known, sizes)]
    stood = np.array([standing for standing in standings if standing is not None], np.int64)
    table = _Table(packets, wrong, passed_ns, rows, sizes[known], stood)
    kept = table.kept()
    alone[rows[kept]] = False
    from_orig = np.zeros(count, np.bool_)
    from_orig[rows] = table.out
    window = FastWindow(
        list(map(_frame, zip(packets.capture.tolist(), packets.number.tolist(), strict=True))),
        packets.ts_ns.tolist(),
        packets.ttl.tolist(),
        packets.seq.tolist(),
        packets.ack.tolist(),
        packets.payload.tolist(),
        packets.payload_length.tolist(),
        from_orig.tolist(),
        packets.data.data,
        several_captures=bool((packets.capture != packets.capture[0]).any()),
    )
    connections = [(*end, s) for end, s in zip(ends, standings, strict=True) if s is not None]
    return sorted(table.runs(kept, connections, window), key=lambda run: run.rows[0]), alone


def _stand(
    packets: Packets, passed_ns: NDArray[np.int64], firsts: NDArray[np.intp], stands: Stands
) -> tuple[list[tuple[Packed, Packed]], list[Standing | None]]:
    """Return the ends of the connections of these rows, and where they stand."""
    src, dst = packets.src[firsts].tobytes(), packets.dst[firsts].tobytes()
    ends: list[tuple[Packed, Packed]] = []
    standings: list[Standing | None] = []
    for at, sport, dport, seq, flags, payload, passed in zip(
        range(0, len(src), 16),
        packets.sport[firsts].tolist(),
        packets.dport[firsts].tolist(),
        packets.seq[firsts].tolist(),
        packets.flags[firsts].tolist(),
        packets.payload_length[firsts].tolist(),
        passed_ns[firsts].tolist(),
        strict=True,
    ):
        ends.append(((src[at : at + 16], sport), (dst[at : at + 16], dport)))
        # A SYN with payload (RFC 7413) is none of a run.
        standings.append(None if payload and flags & SYN else stands(*ends[-1], seq, flags, passed))
    return ends, standings


class _Table:
    """The packets of a window by connection: one row each, those of a connection behind one another in order."""

    def __init__(
        self,
        packets: Packets,
        wrong: NDArray[np.bool_],
        passed_ns: NDArray[np.int64],
        rows: NDArray[np.intp],
        sizes: NDArray[np.intp],
        standings: NDArray[np.int64],
    ) -> None:
        self._rows = rows
        self._begins = np.cumsum(sizes) - sizes
        self._group = np.repeat(np.arange(len(sizes)), sizes)
        firsts = rows[self._begins][self._group]
        forward, next_orig, next_resp, *ended, wrong_orig, wrong_resp, opens = standings.T
        src, dst = _words(packets.src), _words(packets.dst)
        same = _alike(src, packets.sport, rows, firsts) & _alike(dst, packets.dport, rows, firsts)
        # Connections with one key by chance or malice are told apart by their ends.
        crossed = (src[rows] == dst[firsts]).all(1) & (dst[rows] == src[firsts]).all(1)
        crossed &= (packets.sport[rows] == packets.dport[firsts]) & (packets.dport[rows] == packets.sport[firsts])
        self.out: NDArray[np.bool_] = same == (forward != 0)[self._group]
        """Whether `orig` sent it."""
        self._flags = packets.flags[rows]
        self._length = packets.payload_length[rows]
        self._ts_ns = packets.ts_ns[rows]
        seq, ack = packets.seq[rows], packets.ack[rows]
        syn, fin = self._flags & SYN != 0, self._flags & FIN != 0
        fills = self._length + syn + fin  # how many sequence numbers it takes (RFC 9293 section 3.4)
        sent_orig, sent_resp = self._before(fills * self.out), self._before(fills * ~self.out)

        # Where a connection opens, the first packet of `resp` tells its numbers; it must be the answer to the SYN.
        opens = opens != 0
        self._answers = self._firsts_of_resp()
        answered = self._answers < len(rows)
        next_resp = np.where(opens & answered, seq[np.minimum(self._answers, len(rows) - 1)], next_resp)
        places = np.arange(len(rows))
        opening = opens[self._group] & (places == self._begins[self._group])
        answering = opens[self._group] & (places == self._answers[self._group])
        unanswered = opens[self._group] & self.out & (places < self._answers[self._group])

        # What each number has to be; an acknowledgement may lag.
        due_seq = np.where(self.out, next_orig[self._group] + sent_orig, next_resp[self._group] + sent_resp)
        due_ack = np.where(self.out, next_resp[self._group] + sent_resp, next_orig[self._group] + sent_orig)
        lag = (due_ack - ack) % NUMBERS
        good = (same | crossed) & ((due_seq - seq) % NUMBERS == 0) & (lag <= MAX_LAG)
        good &= (self._flags & (RST | ACK) == ACK) & ~unanswered & (syn == answering) & ~(answering & (lag != 0))
        good |= opening & (same | crossed)
        good &= (packets.payload_missing[rows] == 0) & ~(syn & (self._length > 0))
        # Where the first checksum of an end is wrong, its others mean nothing either.
        offloads_orig = (wrong_orig != 0) | (opens & wrong[rows[self._begins]])
        offloads_resp = (wrong_resp != 0) | (opens & answered & wrong[rows[np.minimum(self._answers, len(rows) - 1)]])
        self._wrong = wrong[rows]
        good &= ~self._wrong | np.where(self.out, offloads_orig[self._group], offloads_resp[self._group])
        good &= ~maybe_padded(packets, rows)
        ended_orig = (self._before(fin & self.out) > 0) | (ended[0] != 0)[self._group]
        ended_resp = (self._before(fin & ~self.out) > 0) | (ended[1] != 0)[self._group]
        good &= ~(np.where(self.out, ended_orig, ended_resp) & (fills > 0))
        pause = np.abs(np.diff(passed_ns[rows], prepend=0)) > LONGEST_PAUSE_NS
        good &= ~pause | (places == self._begins[self._group])
        self._good = good
        self._acked = np.where(self.out, sent_resp, sent_orig) - lag
        """How far it acknowledges the other end, from that one's standing on."""
        self._fin = fin

    def kept(self) -> NDArray[np.bool_]:
        """Which packets, in the table's order, come before all flaws of their connection."""
        kept: NDArray[np.bool_] = self._good & (self._before(~self._good) == 0)
        return kept

    def runs(
        self, kept: NDArray[np.bool_], connections: list[tuple[Packed, Packed, Standing]], window: FastWindow
    ) -> Iterator[InOrderRun]:
        """Yield each connection's run."""
        group, out, rows = self._group[kept], self.out[kept], self._rows[kept]
        sizes = np.bincount(group, minlength=len(connections))
        which = np.flatnonzero(sizes)
        if not len(which):
            return
        begins = (np.cumsum(sizes) - sizes)[which]
        ends = begins + sizes[which]
        acks = self._flags[kept] & ACK != 0
        nothing = -NUMBERS
        acked_orig = np.maximum.reduceat(np.where(acks & ~out, self._acked[kept], nothing), begins)
        acked_resp = np.maximum.reduceat(np.where(acks & out, self._acked[kept], nothing), begins)
        from_orig = np.add.reduceat(out.astype(np.int64), begins)
        last_ns = np.maximum.reduceat(self._ts_ns[kept], begins)
        answers = self._rows[np.minimum(self._answers[which], len(self._rows) - 1)]
        loaded, payload = _spans(self._length[kept] > 0, rows, begins, ends)
        ended, fins = _spans(self._fin[kept], rows, begins, ends)
        wrong_orig = np.logical_or.reduceat(self._wrong[kept] & out, begins).tolist()
        wrong_resp = np.logical_or.reduceat(self._wrong[kept] & ~out, begins).tolist()
        listed = rows.tolist()
        for at, (index, begin, end, first, answer) in enumerate(
            zip(which.tolist(), begins.tolist(), ends.tolist(), from_orig.tolist(), answers.tolist(), strict=True)
        ):
            src, dst, standing = connections[index]
            yield InOrderRun(
                window,
                src,
                dst,
                standing,
                listed[begin:end],
                int(last_ns[at]),
                (first, end - begin - first),
                (int(acked_orig[at]), int(acked_resp[at])),
                answer if standing.opens and first < end - begin else None,
                loaded[slice(*payload[at])],
                ended[slice(*fins[at])],
                (wrong_orig[at], wrong_resp[at]),
            )

    def _before(self, amounts: NDArray[Any]) -> NDArray[np.int64]:
        """The sum of what stands before each row within its connection."""
        sums: NDArray[np.int64] = np.cumsum(amounts, dtype=np.int64) - amounts
        sums -= sums[self._begins][self._group]
        return sums

    def _firsts_of_resp(self) -> NDArray[np.int64]:
        """The place of the first packet of each connection's `resp`; behind all places where there is none."""
        places = np.flatnonzero(~self.out)
        firsts = np.full(len(self._begins), len(self._rows), np.int64)
        firsts[self._group[places[::-1]]] = places[::-1]
        return firsts


def _words(addresses: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Addresses, shape (n, 16), as two numbers each."""
    return np.ascontiguousarray(addresses).view(np.uint64)


def _alike(
    addresses: NDArray[np.uint64], ports: NDArray[np.int32], rows: NDArray[np.intp], others: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Whether the ends of rows are those of others."""
    alike: NDArray[np.bool_] = (addresses[rows] == addresses[others]).all(1) & (ports[rows] == ports[others])
    return alike


def _spans(
    chosen: NDArray[np.bool_], rows: NDArray[np.intp], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the chosen rows, and which of them each span from begin to end has."""
    before = np.r_[0, np.cumsum(chosen)]
    return rows[chosen].tolist(), list(zip(before[begins].tolist(), before[ends].tolist(), strict=True))
