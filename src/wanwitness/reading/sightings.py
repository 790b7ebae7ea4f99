"""Which MACs an address was seen with at a capture point, of mail and DNS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef, Oddity
from wanwitness.oddities import ODD
from wanwitness.packets import ARP, IPCP, Packets, addresses
from wanwitness.packets.ports import DNS_PORT

from .point import ANY_MAC, Part, Sighting

MOST_KEPT = 1 << 14
"""Rows kept, the first; a link has few, and hostile traffic must not fill the memory."""
MOST_OF_ONE = 1 << 10
"""Rows of one MAC and part: it forwards for strangers, who must not take the place of the link's own hosts."""
_BITS = 20
_FEW = 1024
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
_PARTS: tuple[Part, ...] = ("other", "asks", "answers")


class Sightings:
    """Collects them; each is looked at once, so that what was seen before costs no more than a few products.

    They are known by a hash of 20 bits: of two that collide, the first counts, however windows are cut.
    """

    def __init__(self) -> None:
        self._few: NDArray[np.int64] | None = np.empty(0, np.int64)
        """The cells that are known, in order; a capture may have thousands of points, most with a few."""
        self._many = np.empty(0, np.bool_)
        """All cells, once there are more."""
        self._rows: dict[Sighting, None] = {}
        self._of_mac: Counter[tuple[int, Part]] = Counter()
        self.lost: set[tuple[int, Part]] = set()
        """The MACs of which not all rows are kept, in this part; `ANY_MAC` where there were too many rows of all."""
        self._lost = 0
        self._first_lost: FrameRef | None = None

    def feed(self, packets: Packets) -> None:
        """Take wanted packets of the point."""
        if not len(packets):
            return
        part = np.where(packets.dport == DNS_PORT, 1, np.where(packets.sport == DNS_PORT, 2, 0))
        part[(packets.protocol == ARP) | (packets.protocol == IPCP)] = 0
        cells = _cells(packets, part)
        fresh = np.flatnonzero(~self._knows(cells))
        if not len(fresh):
            return
        fresh = fresh[np.unique(cells[fresh], return_index=True)[1]]
        self._learn(cells[fresh])
        for row in np.sort(fresh).tolist():
            if packets.protocol[row] not in (ARP, IPCP):
                macs = int(packets.src_mac[row]), int(packets.dst_mac[row])
                seen = Sighting(addresses.text(packets.src[row].tobytes()), *macs, _PARTS[part[row]])
                if self._has_room(seen):
                    self._rows[seen] = None
                else:
                    self._lost += 1
                    frame = FrameRef(int(packets.capture[row]), int(packets.number[row]))
                    self._first_lost = self._first_lost or frame

    def _has_room(self, seen: Sighting) -> bool:
        kind = seen.src_mac, seen.part
        if len(self._rows) >= MOST_KEPT:
            self.lost.add((ANY_MAC, seen.part))
            return False
        self._of_mac[kind] += 1
        if self._of_mac[kind] > MOST_OF_ONE:
            self.lost.add(kind)
            return False
        return True

    def oddities(self) -> list[Oddity]:
        """Tell how many are not kept."""
        if self._first_lost is None:
            return []
        reason = ODD("odd-senders-lost", number=self._lost)
        return [Oddity(self._first_lost.capture, self._first_lost.number, None, reason)]

    def _knows(self, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self._few is None:
            return self._many[cells]
        if not len(self._few):
            return np.zeros(len(cells), np.bool_)
        place = np.minimum(np.searchsorted(self._few, cells), len(self._few) - 1)
        known: NDArray[np.bool_] = self._few[place] == cells
        return known

    def _learn(self, cells: NDArray[np.int64]) -> None:
        if self._few is not None and len(self._few) + len(cells) <= _FEW:
            self._few = np.union1d(self._few, cells)
            return
        if self._few is not None:
            self._many = np.zeros(1 << _BITS, np.bool_)
            self._many[self._few] = True
            self._few = None
        self._many[cells] = True

    def rows(self) -> Iterable[Sighting]:
        """Return them in the order in which they were seen."""
        return self._rows


def _cells(packets: Packets, part: NDArray[np.int64]) -> NDArray[np.int64]:
    halves = np.ascontiguousarray(packets.src).view(np.uint64)
    link = (packets.protocol == ARP) | (packets.protocol == IPCP)
    columns = (halves[:, 0], halves[:, 1], packets.src_mac, packets.dst_mac, (part + 4 * link).astype(np.uint64) + 1)
    mixed = np.zeros(len(packets), np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=True):
        mixed = (mixed ^ column) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(64 - _BITS)).astype(np.int64)
