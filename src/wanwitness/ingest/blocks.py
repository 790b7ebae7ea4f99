"""pcapng's blocks: their types, what of a block can be checked by itself, and where sound ones begin again."""

from __future__ import annotations

from struct import Struct, error

import numpy as np
from numpy.typing import NDArray

from wanwitness.oddities import ODD

from .reader import BrokenFileError, Order, Piece
from .recovery import CERTAIN, LONGEST, at_every_byte, next_sound

SECTION = 0x0A0D0D0A
"""A palindrome, so that it is known before the byte order is."""
INTERFACE, PACKET_OBSOLETE, PACKET_SIMPLE, NAMES, STATISTICS, PACKET = range(1, 7)
SECRETS = 10
"""Decryption secrets (section 4.7)."""
PACKETS = (PACKET, PACKET_SIMPLE, PACKET_OBSOLETE)
ORDERS: dict[bytes, Order] = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
"""The byte-order magic 0x1A2B3C4D as it stands behind the section block's length (section 4.1)."""
SHORTEST_BLOCK, SHORTEST_SECTION = 12, 28
_KNOWN = (SECTION, INTERFACE, *PACKETS, NAMES, STATISTICS)


def interface_of(kind: int, body: memoryview, order: Order) -> int:
    """Return the interface of a packet block.

    Raises:
        BrokenFileError: the packet is longer than its block.
    """
    if kind == PACKET_SIMPLE:
        interface, needed = 0, 4
    else:
        width = "I" if kind == PACKET else "HH"
        interface, *_, caplen, _length = Struct(f"{order}{width}4I").unpack_from(body)
        needed = 20 + caplen
    if needed > len(body):
        raise BrokenFileError(ODD("file-block-packet", bytes=needed - 20))
    return interface


class BlockSearch:
    """Finds sound blocks behind broken ones: of a known type, with their length at both ends.

    Args:
        order: the section's byte order.
        described: interfaces that the section has described so far.
    """

    def __init__(self, order: Order, described: int):
        self._order, self._described = order, described
        self._one, self._two = Struct(f"{order}I"), Struct(f"{order}II")

    def first(self, piece: Piece, start: int, ended: bool) -> tuple[int, bool]:
        """Return the first place as `next_sound` does."""
        return next_sound(piece, start, ended, SHORTEST_BLOCK - 1, self._plausible, self._step)

    def _plausible(self, data: NDArray[np.uint8]) -> NDArray[np.bool_]:
        count = max(0, len(data) - SHORTEST_BLOCK + 1)
        kind, size = (at_every_byte(data, count, offset, f"{self._order}u4") for offset in (0, 4))
        plausible: NDArray[np.bool_] = (size >= SHORTEST_BLOCK) & (size <= LONGEST) & (size & 3 == 0)
        plausible &= np.isin(kind, _KNOWN)
        plausible |= kind == SECTION  # in either byte order
        return plausible

    def _step(self, piece: Piece, at: int, begin: int) -> int | None:
        if at + SHORTEST_BLOCK > len(piece):
            return at
        kind, size = self._two.unpack_from(piece, at)
        if kind == SECTION:
            return self._section(piece, at)
        if not SHORTEST_BLOCK <= size <= LONGEST or size & 3:
            return None
        behind: int = at + size
        if behind > len(piece):
            return behind
        if self._one.unpack_from(piece, behind - 4)[0] != size:
            return None
        if kind in PACKETS:
            try:
                interface = interface_of(kind, memoryview(piece)[at + 8 : behind - 4], self._order)
            except (ValueError, error):
                return None
            new = self._two.unpack_from(piece, begin)[0] == INTERFACE  # then the chain describes one more, or several
            if interface >= self._described and not new:
                return None
        return behind

    @staticmethod
    def _section(piece: Piece, at: int) -> int | None:
        order = ORDERS.get(bytes(piece[at + 8 : at + 12]))
        if order is None:
            return None
        (size,) = Struct(f"{order}I").unpack_from(piece, at + 4)
        behind: int = at + size
        if not SHORTEST_SECTION <= size <= LONGEST or size & 3:
            return None
        if behind > len(piece):
            return behind
        return CERTAIN if Struct(f"{order}I").unpack_from(piece, behind - 4)[0] == size else None
