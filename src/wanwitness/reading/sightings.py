"""Which MACs an address was seen with at a capture point, of mail and DNS."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wanwitness.packets import ARP, IPCP, Packets, addresses
from wanwitness.packets.ports import DNS_PORT

from .point import Part, Sighting

MOST_KEPT = 1 << 14
"""Rows kept; a link has few, and hostile traffic must not fill the memory."""
_BITS = 20
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
_PARTS: tuple[Part, ...] = ("other", "asks", "answers")


class Sightings:
    """Collects them; each is looked at once, so that what was seen before costs no more than a few products.

    Two that meet in one of a million cells by chance are taken for one: the first counts, however windows are cut.
    """

    def __init__(self) -> None:
        self._known = np.zeros(1 << _BITS, np.bool_)
        self._rows: dict[Sighting, None] = {}

    def feed(self, packets: Packets) -> None:
        """Take wanted packets of the point."""
        if not len(packets) or len(self._rows) >= MOST_KEPT:
            return
        part = np.where(packets.dport == DNS_PORT, 1, np.where(packets.sport == DNS_PORT, 2, 0))
        part[(packets.protocol == ARP) | (packets.protocol == IPCP)] = 0
        cells = _cells(packets, part)
        fresh = np.flatnonzero(~self._known[cells])
        if not len(fresh):
            return
        fresh = fresh[np.unique(cells[fresh], return_index=True)[1]]
        self._known[cells[fresh]] = True
        for row in np.sort(fresh).tolist():
            if packets.protocol[row] not in (ARP, IPCP):
                macs = int(packets.src_mac[row]), int(packets.dst_mac[row])
                self._rows[Sighting(addresses.text(packets.src[row].tobytes()), *macs, _PARTS[part[row]])] = None

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
