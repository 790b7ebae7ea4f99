"""The same packet captured twice: a mirror port that shows both directions, or two ports, gives a packet once for each.

A sender gives every IPv4 packet another identification, also a retransmission (RFC 6864 frees only those that are never
fragmented from it, which mostly have 0 then). So what is equal in addresses, identification and all bytes behind the IP
header, and comes again within milliseconds, is one packet; the TTL may differ, since a router may lie between the two
ports. Without an identification all IP bytes must be equal, and the time is shorter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers
from wanwitness.model import FrameRef

from . import layouts
from .flow import flow_keys
from .packets import Packets

WITHIN_NS = 10_000_000
"""A switch delays a copy by its queue; no host retransmits so soon (RFC 6298, section 2.4: 1 s; Linux: 200 ms)."""
WITHIN_NS_UNNAMED = 2_000_000
_TCP, _UDP = 6, 17
_V4, _V6 = layouts.IPV4.itemsize, layouts.IPV6.itemsize
_PLAIN = 0x45
"""IPv4's first byte without options."""
_CHECKSUM = {_TCP: 16, _UDP: 6}
"""Where in the header the checksum is: a digest of the whole packet that is there already."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Copy(NamedTuple):
    """A frame that holds the same packet as another."""

    frame: FrameRef
    original: FrameRef


class _Seen(NamedTuple):
    ts_ns: int
    frame: FrameRef
    named: bool
    body: bytes


class Copies:
    """Finds the copies among one capture point's packets, window by window."""

    def __init__(self) -> None:
        self._recent: dict[int, _Seen] = {}

    def without(self, packets: Packets) -> tuple[Packets, list[Copy]]:
        """Return the packets of a window that are no copies, and what the others are copies of."""
        rows = np.flatnonzero((packets.protocol == _TCP) | (packets.protocol == _UDP))
        if not len(rows):
            return packets, []
        ident, keys = _identity(packets, rows)
        known = np.array(list(self._recent), np.uint64)
        order = np.argsort(keys, kind="stable")
        again = np.zeros(len(rows), np.bool_)
        again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
        former = np.full(len(rows), -1, np.int64)
        former[order[1:]] = order[:-1]
        asked = np.flatnonzero(again | np.isin(keys, known)) if len(known) else np.flatnonzero(again)
        copies, kept = [], np.ones(len(packets), np.bool_)
        for index in asked.tolist():
            this = _seen(packets, int(rows[index]), int(ident[index]))
            if again[index]:
                before = _seen(packets, int(rows[former[index]]), int(ident[former[index]]))
            else:
                before = self._recent[int(keys[index])]
            within = WITHIN_NS if this.named else WITHIN_NS_UNNAMED
            if abs(this.ts_ns - before.ts_ns) <= within and this.body == before.body:
                copies.append(Copy(this.frame, before.frame))
                kept[rows[index]] = False
        self._remember(packets, rows, ident, keys)
        return (packets.take(kept) if copies else packets), copies

    def _remember(
        self, packets: Packets, rows: NDArray[np.int64], ident: NDArray[np.int64], keys: NDArray[np.uint64]
    ) -> None:
        """Keep the last of what the next window may hold copies of."""
        now = int(packets.ts_ns[rows[-1]])
        self._recent = {key: seen for key, seen in self._recent.items() if abs(now - seen.ts_ns) <= WITHIN_NS}
        for index in np.flatnonzero(np.abs(now - packets.ts_ns[rows]) <= WITHIN_NS).tolist():
            self._recent[int(keys[index])] = _seen(packets, int(rows[index]), int(ident[index]))


def _identity(packets: Packets, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the IPv4 identification (0 where there is none) and a key that is equal for copies."""
    data, l4 = packets.data, packets.l4[rows]
    ident = np.zeros(len(rows), np.int64)
    plain = np.flatnonzero((packets.version[rows] == 4) & (l4 >= _V4))
    plain = plain[data[l4[plain] - _V4] == _PLAIN]
    ident[plain] = headers(data, l4[plain] - _V4, layouts.IPV4)["id"]
    checksum = np.zeros(len(rows), np.int64)
    for protocol, place in _CHECKSUM.items():
        mine = np.flatnonzero(packets.protocol[rows] == protocol)
        checksum[mine] = headers(data, l4[mine] + place, np.dtype(">u2"))
    key = flow_keys(packets.src[rows], packets.dst[rows], packets.sport[rows], packets.dport[rows])
    for column in (ident, checksum, packets.seq[rows], packets.ack[rows], packets.payload_length[rows]):
        key = (key ^ column.astype(np.uint64)) * _ODD
        key ^= key >> np.uint64(29)
    return ident, key


def _seen(packets: Packets, row: int, ident: int) -> _Seen:
    l4 = int(packets.l4[row])
    header = 0 if ident else _V4 if packets.version[row] == 4 else _V6
    end = int(packets.payload[row] + packets.payload_length[row])
    addresses = packets.src[row].tobytes() + packets.dst[row].tobytes()
    return _Seen(
        int(packets.ts_ns[row]),
        FrameRef(int(packets.capture[row]), int(packets.number[row])),
        bool(ident),
        addresses + packets.data[max(0, l4 - header) : end].tobytes(),
    )
