"""From which MACs the packets of each host came that asks DNS or opens connections.

A source MAC shows no host: a router puts its own there, and so does many a Wi-Fi repeater. But a packet that came from
another MAC than the one that is claimed as its source's own speaks against the claim.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.packets import Packets
from wanwitness.packets.flow_key import row_keys
from wanwitness.packets.header_fields import ACK, SYN
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS

TCP = 6
_SERVED = np.isin(np.arange(1 << 16), [DNS_PORT, *MAIL_PORTS])
_MOST = 20_000
"""Pairs of an address and a MAC that are remembered; a flood must not fill the memory."""


class Senders:
    """Collects source MACs; `macs` maps the address, 16 bytes, to them. It is empty where there is no MAC."""

    def __init__(self) -> None:
        self.macs: dict[bytes, set[int]] = {}
        self._known = np.empty(0, np.uint64)

    def feed(self, packets: Packets) -> None:
        """Take a window: what goes to a name server or a mail server, and what opens a connection."""
        asks = _SERVED[packets.dport & 0xFFFF]
        tcp = packets.protocol == TCP
        if tcp.any():
            asks |= tcp & (packets.flags & (SYN | ACK) == SYN)
        rows = np.flatnonzero(asks)
        if len(rows):
            self._take(packets.src[rows], packets.src_mac[rows])

    def _take(self, src: NDArray[np.uint8], mac: NDArray[np.uint64]) -> None:
        keys = row_keys([*src.view(np.uint64).T, mac])
        some = np.unique(keys)  # with indexes it would sort them all
        new = np.setdiff1d(some, self._known, assume_unique=True)
        new = new[: max(0, _MOST - len(self._known))]
        if not len(new):
            return
        self._known = np.union1d(self._known, new)
        place = np.minimum(np.searchsorted(new, keys), len(new) - 1)
        found = np.flatnonzero(new[place] == keys)
        first = np.empty(len(new), np.int64)
        first[place[found]] = found
        for row in first.tolist():
            macs = self.macs.setdefault(src[row].tobytes(), set())
            if mac[row]:
                macs.add(int(mac[row]))
