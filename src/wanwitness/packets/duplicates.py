"""The same packet captured twice: a mirror port that shows both directions, or two ports, gives a packet once for each.

A sender gives every IPv4 packet another identification, also a retransmission (RFC 6864 frees only those that are never
fragmented from it, which mostly have 0 then). So what is equal in addresses, identification and all bytes behind the IP
header, and comes again within milliseconds, is one packet; the TTL may differ, since a router may lie between the two
ports. Without an identification all IP bytes must be equal, and the time is shorter.

The earliest is used, since a packet was there when it was first seen: a later one's time may come after what the packet
brought about. A capture that wrote frames out of order may have the earliest behind the other. So the last few frames
of a window are held until the next, and what is used depends on frame numbers and times, never on where windows end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers
from wanwitness.model import FrameRef

from .decode import layouts
from .flow_key import row_keys
from .packets import Packets

WITHIN_NS = 10_000_000
"""A switch delays a copy by its queue; no host retransmits so soon (RFC 6298, section 2.4: 1 s; Linux: 200 ms)."""
WITHIN_NS_UNNAMED = 2_000_000
REACH_FRAMES = 64
"""How far behind a later copy the earliest may stand in the file: a capture's queues hold a burst of packets."""
_TCP, _UDP = 6, 17
_V4, _V6 = layouts.IPV4.itemsize, layouts.IPV6.itemsize
_PLAIN = 0x45
"""IPv4's first byte without options."""
_BEFORE = 60
"""Bytes of the longest IP header or TCP header."""
_CHECKSUM = {_TCP: 16, _UDP: 6}
"""Where in the header the checksum is: a digest of the whole packet that is there already."""
_NOTHING = np.empty(0, np.int64)
_SLOTS = 2
"""Values of the upper bits for each key, at least."""
_IDENT = 4
"""Where in IPv4's header the identification is."""


class Copy(NamedTuple):
    """A frame that holds the same packet as another."""

    frame: FrameRef
    original: FrameRef


class Ready(NamedTuple):
    """Packets that nothing captured later can be an earlier copy of."""

    used: list[Packets]
    copies: list[Packets]
    """What is not used, since it is the same as what is."""


class _Seen(NamedTuple):
    ts_ns: int
    file: int
    """The file's number: only within one do frame numbers tell what stands near."""
    frame: FrameRef
    named: bool
    body: bytes


class _Known(NamedTuple):
    """What has been seen of a packet."""

    last: _Seen
    used: _Seen
    """The one of its copies that is used."""


class Copies:
    """Finds the copies among one capture point's packets, window by window."""

    def __init__(self) -> None:
        self._recent: dict[int, _Known] = {}
        self._held: Packets | None = None
        """The file's last frames, with bytes of their own."""
        self._held_copies: Packets | None = None
        """Copies among these."""
        self._now_ns = -(1 << 63)
        """The latest time so far."""

    def without(self, packets: Packets, file: int) -> tuple[Ready, list[Copy]]:
        """Take a window of one file, whatever captures of this point it has there.

        Returns:
            The packets that stand before the window's last frames, and what the copies are copies of.
        """
        if not len(packets):
            return Ready([], []), []
        held, self._held = self._held, None
        before = [] if held is None else [held]
        copies = self._find(packets, file, set() if held is None else set(held.number.tolist()))
        unused = [copy.frame.number for copy in copies]
        last = int(packets.number.max())
        parts, copied = [*before, packets], [] if self._held_copies is None else [self._held_copies]
        if unused:
            found = [(part, np.isin(part.number, unused)) for part in parts]
            parts = [part.take(~these) for part, these in found]
            copied += [part.take(these) for part, these in found]
        ready, self._held = _until(last - REACH_FRAMES, parts)
        ready_copies, self._held_copies = _until(last - REACH_FRAMES, copied)
        return Ready(ready, ready_copies), copies

    def release(self) -> Ready:
        """Return what is held: the file ends, or another one's frames come next."""
        ready = Ready(*([] if held is None else [held] for held in (self._held, self._held_copies)))
        self._held = self._held_copies = None
        return ready

    def _find(self, packets: Packets, file: int, held: set[int]) -> list[Copy]:
        rows = np.flatnonzero((packets.protocol == _TCP) | (packets.protocol == _UDP))
        if not len(rows):
            return []
        ident, keys = _identity(packets, rows)
        known = np.array(list(self._recent), np.uint64)
        asked, former = _again(keys, known)
        here = set(packets.number.tolist()) | held if len(asked) else held
        now = np.maximum.accumulate(np.maximum(packets.ts_ns[rows], self._now_ns))
        used: dict[int, _Seen] = {}
        copies = []
        for index, at in zip(asked.tolist(), former.tolist(), strict=True):
            this = _seen(packets, file, int(rows[index]), int(ident[index]))
            if at >= 0:
                before = _seen(packets, file, int(rows[at]), int(ident[at]))
                first = used.get(at, before)
            else:
                before, first = self._recent[int(keys[index])]
            within = WITHIN_NS if this.named else WITHIN_NS_UNNAMED
            if abs(this.ts_ns - before.ts_ns) > within or this.body != before.body:
                continue
            # Of what stands farther away than frames are out of order, time tells: so it does where windows end.
            if not _in_reach(before, this) and int(now[index]) - before.ts_ns > WITHIN_NS:
                continue
            if this.ts_ns < first.ts_ns and _in_reach(first, this) and first.frame.number in here:
                copies.append(Copy(first.frame, this.frame))
            else:
                copies.append(Copy(this.frame, before.frame))
                used[index] = first
        self._now_ns = int(now[-1])
        self._remember(packets, file, rows, ident, keys, used)
        return copies

    def _remember(
        self,
        packets: Packets,
        file: int,
        rows: NDArray[np.int64],
        ident: NDArray[np.int64],
        keys: NDArray[np.uint64],
        used: dict[int, _Seen],
    ) -> None:
        """Keep the last of what the next window may hold copies of."""
        now, last = self._now_ns, int(packets.number[rows].max())
        self._recent = {
            key: known
            for key, known in self._recent.items()
            if now - known.last.ts_ns <= WITHIN_NS or _stands_near(known.last, file, last + 1)
        }
        # Times alone do not tell: out of order, the latest may be later than that of the next window's.
        near = (now - packets.ts_ns[rows] <= WITHIN_NS) | (packets.number[rows] > last - REACH_FRAMES)
        for index in np.flatnonzero(near).tolist():
            this = _seen(packets, file, int(rows[index]), int(ident[index]))
            self._recent[int(keys[index])] = _Known(this, used.get(index, this))


def _again(keys: NDArray[np.uint64], known: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows whose key was there before or is known, and the row where it was last, else -1."""
    # Mostly no two keys are alike: only those are ordered whose upper bits are another's too.
    both = np.concatenate([keys, known])
    upper = (both >> np.uint64(64 - (_SLOTS * len(both)).bit_length())).view(np.int64)
    ordered = np.sort(both[np.bincount(upper)[upper] > 1])
    doubled = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(doubled):
        return _NOTHING, _NOTHING
    rows = np.flatnonzero(np.isin(keys, doubled))
    rows = rows[np.argsort(keys[rows], kind="stable")]
    former = np.full(len(rows), -1, np.int64)
    former[1:] = np.where(keys[rows[1:]] == keys[rows[:-1]], rows[:-1], -1)
    asked = (former >= 0) | np.isin(keys[rows], known)
    order = np.argsort(rows[asked])
    return rows[asked][order], former[asked][order]


def _in_reach(first: _Seen, other: _Seen) -> bool:
    return _stands_near(first, other.file, other.frame.number)


def _stands_near(first: _Seen, file: int, number: int) -> bool:
    return first.file == file and 0 < number - first.frame.number <= REACH_FRAMES


def _until(number: int, parts: list[Packets]) -> tuple[list[Packets], Packets | None]:
    """Return the packets up to a frame, and those behind it with bytes of their own, if there are any."""
    halves = [_parted(part, part.number > number) for part in parts]
    tail = [_with_own_data(late) for _, late in halves if len(late)]
    return [ready for ready, _ in halves if len(ready)], Packets.joined(tail) if tail else None


def _parted(packets: Packets, late: NDArray[np.bool_]) -> tuple[Packets, Packets]:
    """Return the packets that are not late, uncopied where they are the first, and those that are."""
    first = len(late) - int(late.sum())
    return packets.take(slice(first) if late[first:].all() else ~late), packets.take(late)


def _with_own_data(packets: Packets) -> Packets:
    """The same packets without the rest of the window's bytes."""
    begin = max(0, int(packets.l4.min()) - _BEFORE)
    end = max(int((packets.payload + packets.payload_length).max()), int(packets.l4.max()) + _BEFORE)
    return packets.moved(packets.data[begin:end].copy(), -begin)


def _identity(packets: Packets, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the IPv4 identification (0 where there is none) and a key that is equal for copies."""
    packets = packets.take(rows) if len(rows) < len(packets) else packets
    data, l4 = packets.data, packets.l4
    ident, checksum = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    plain = np.flatnonzero((packets.version == 4) & (l4 >= _V4))
    plain = plain[data[l4[plain] - _V4] == _PLAIN]
    ident[plain] = headers(data, l4[plain] + _IDENT - _V4, np.dtype(">u2"))
    for protocol, place in _CHECKSUM.items():
        mine = np.flatnonzero(packets.protocol == protocol)
        checksum[mine] = headers(data, l4[mine] + place, np.dtype("u2"))
    columns: list[NDArray[Any]] = [ident, checksum, packets.sport, packets.dport, packets.seq, packets.ack]
    columns.append(packets.payload_length)
    for side in (packets.src, packets.dst):
        columns.extend(side.view(np.int64).T)
    return ident, row_keys(columns)


def _seen(packets: Packets, file: int, row: int, ident: int) -> _Seen:
    l4 = int(packets.l4[row])
    header = 0 if ident else _V4 if packets.version[row] == 4 else _V6
    end = int(packets.payload[row] + packets.payload_length[row])
    addresses = packets.src[row].tobytes() + packets.dst[row].tobytes()
    return _Seen(
        int(packets.ts_ns[row]),
        file,
        FrameRef(int(packets.capture[row]), int(packets.number[row])),
        bool(ident),
        addresses + packets.data[max(0, l4 - header) : end].tobytes(),
    )
