"""From which MACs the packets of each host came that asks DNS or opens connections.

A source MAC shows no host: a router puts its own there, and so does many a Wi-Fi repeater. But a packet that came from
another MAC than the one that is claimed as its source's own speaks against the claim.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef, Oddity
from wanwitness.oddities import ODD
from wanwitness.packets import Packets
from wanwitness.packets.flow_key import row_keys
from wanwitness.packets.header_fields import ACK, SYN
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS

TCP = 6
_SERVED = np.isin(np.arange(1 << 16), [DNS_PORT, *MAIL_PORTS])
MOST_SENDERS = 20_000
"""Pairs of an address and a MAC that are remembered, the first: a flood must not fill the memory."""
MOST_OF_ONE = 1_000
"""Addresses of one MAC: it forwards for strangers, who must not take the place of the site's own hosts."""


class Senders:
    """Collects source MACs; `macs` maps the address, 16 bytes, to them. It is empty where there is no MAC.

    Args:
        most: pairs that are remembered.
        most_of_one: of these, pairs of one MAC.
    """

    def __init__(self, most: int = MOST_SENDERS, most_of_one: int = MOST_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        self.macs: dict[bytes, set[int]] = {}
        self._known = np.empty(0, np.uint64)
        self._count = 0
        self._addresses: Counter[int] = Counter()
        """Of each MAC, how many are remembered."""
        self._lost = 0
        self._first_lost: FrameRef | None = None

    def feed(self, packets: Packets) -> None:
        """Take a window: what goes to a name server or a mail server, and what opens a connection."""
        asks = _SERVED[packets.dport & 0xFFFF]
        tcp = packets.protocol == TCP
        if tcp.any():
            asks |= tcp & (packets.flags & (SYN | ACK) == SYN)
        rows = np.flatnonzero(asks)
        if len(rows):
            lost = self._take(packets.src[rows], packets.src_mac[rows])
            if len(lost):
                self._lost += len(lost)
                first = rows[lost[0]]
                frame = FrameRef(int(packets.capture[first]), int(packets.number[first]))
                self._first_lost = self._first_lost or frame

    def oddities(self) -> list[Oddity]:
        """Tell of how many packets the sender is not remembered."""
        if self._first_lost is None:
            return []
        reason = ODD("odd-senders", number=self._lost)
        return [Oddity(self._first_lost.capture, self._first_lost.number, None, reason)]

    def _take(self, src: NDArray[np.uint8], mac: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Take packets, and return the places of those whose pair is not remembered."""
        keys = row_keys([*src.view(np.uint64).T, mac])
        new = np.setdiff1d(np.unique(keys), self._known, assume_unique=True)  # with indexes it would sort them all
        if not len(new):
            return np.empty(0, np.int64)
        place = np.minimum(np.searchsorted(new, keys), len(new) - 1)
        found = np.flatnonzero(new[place] == keys)
        first = np.full(len(new), len(keys))
        np.minimum.at(first, place[found], found)
        learnt = [row for row in np.sort(first).tolist() if self._remember(src[row].tobytes(), int(mac[row]))]
        self._known = np.union1d(self._known, keys[learnt])
        if len(learnt) == len(new):
            return np.empty(0, np.int64)
        lost: NDArray[np.int64] = found[~np.isin(keys[found], keys[learnt])]
        return lost

    def _remember(self, address: bytes, mac: int) -> bool:
        if self._count >= self._most or (mac and self._addresses[mac] >= self._most_of_one):
            return False
        self._count += 1
        self._addresses[mac] += 1
        macs = self.macs.setdefault(address, set())
        if mac:
            macs.add(mac)
        return True
