"""A TCP packet as this room takes it where its columns do not do."""

from __future__ import annotations

from typing import NamedTuple

from wanwitness.model import FrameRef

Packed = tuple[bytes, int]
"""An address of 16 bytes, and a port."""
Key = tuple[Packed, Packed]
"""A connection's ends, the lesser first."""


class Packet(NamedTuple):
    """One packet of a connection."""

    frame: FrameRef
    ts_ns: int
    src: Packed
    dst: Packed
    seq: int
    ack: int
    flags: int
    """As on the wire."""
    ttl: int
    payload: bytes
    """The bytes captured."""
    missing: int
    """Bytes behind them that the snap length cut off."""
    tsval: int | None
    """Of a SYN, its time stamp option; of other packets it is not read."""
    ident: int | None
    """Of a SYN, what its IP header is told apart by."""
    wrong_sum: bool
    """Its TCP checksum is known to be wrong."""

    @property
    def length(self) -> int:
        """Payload bytes that were sent."""
        return len(self.payload) + self.missing
