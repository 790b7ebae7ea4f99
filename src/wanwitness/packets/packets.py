"""Packets: decoded headers of a window as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

ARP, IPCP = 255, 254
"""`protocol` of an ARP packet and of one of PPP's IPCP; the other values are IANA's protocol numbers."""


@dataclass(frozen=True, slots=True)
class Packets:
    """Packets whose headers were understood, in file order. All columns but `data` have one row a packet."""

    data: NDArray[np.uint8]
    """The window's bytes, shared with the frames; the offsets below point into it."""
    capture: NDArray[np.int32]
    """Index of the capture point; -1 until `capture_rules.assign` has told."""
    interface: NDArray[np.int32]
    """Index into the file's interfaces."""
    number: NDArray[np.int64]
    """1-based frame number within the file."""
    ts_ns: NDArray[np.int64]
    """Capture time, nanoseconds since the epoch."""
    record: NDArray[np.int64]
    """Where the frame's record begins in the file."""
    vlan: NDArray[np.int32]
    """Outermost VLAN id; -1 without a tag."""
    src_mac: NDArray[np.uint64]
    """Link-layer source as a 48-bit number, 0 where the link has none; of an ARP packet, its sender hardware address.
    """
    dst_mac: NDArray[np.uint64]
    """Link-layer destination likewise (of an ARP packet, the frame's)."""
    protocol: NDArray[np.uint8]
    """IP protocol number: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6; or `ARP` or `IPCP`."""
    version: NDArray[np.uint8]
    """4 or 6 (ARP and IPCP: 4)."""
    src: NDArray[np.uint8]
    """Shape (n, 16): source address, IPv4 as ::ffff:a.b.c.d; of ARP, the sender's."""
    dst: NDArray[np.uint8]
    """Shape (n, 16): destination address; of ARP, the target's."""
    ttl: NDArray[np.uint8]
    """TTL or hop limit."""
    sport: NDArray[np.int32]
    """Source port; of ICMP and ICMPv6 the type, of ARP the operation, of IPCP the code."""
    dport: NDArray[np.int32]
    """Destination port; of ICMP and ICMPv6 the code."""
    seq: NDArray[np.int64]
    """TCP sequence number, 0 for others."""
    ack: NDArray[np.int64]
    """TCP acknowledgement number, 0 for others."""
    flags: NDArray[np.uint8]
    """TCP flags as on the wire: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128; 0 for others."""
    l4: NDArray[np.int64]
    """Where the transport header begins in `data`."""
    payload: NDArray[np.int64]
    """Where the transport payload begins in `data` (behind TCP options; behind the 4 ICMP bytes type to checksum)."""
    payload_length: NDArray[np.int64]
    """Payload bytes captured, link-layer padding left out."""
    payload_missing: NDArray[np.int64]
    """Payload bytes that the IP length says were on the wire but the snap length cut off."""

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """Return the rows picked by a mask, by indexes or by a slice; `data` is shared, not copied."""
        names = [f.name for f in fields(self) if f.name != "data"]
        if isinstance(rows, slice):
            return replace(self, **{name: getattr(self, name)[rows] for name in names})
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
            if len(rows) == len(self):
                return self
        return replace(self, **{name: getattr(self, name).take(rows, axis=0) for name in names})

    def moved(self, data: NDArray[np.uint8], by: NDArray[np.int64] | int) -> Self:
        """Return the same packets with their bytes elsewhere: `by` is added to the offsets."""
        return replace(self, data=data, l4=self.l4 + by, payload=self.payload + by)

    def with_captures(self, capture: NDArray[np.int32]) -> Self:
        """Return the same packets with their capture points told."""
        return replace(self, capture=capture)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return packets, whose data may be in several places, behind one another."""
        if len(parts) == 1:
            return parts[0]
        places = {id(part.data): part.data for part in parts}
        begins = dict(zip(places, np.cumsum([0, *map(len, places.values())]).tolist(), strict=False))
        data = np.concatenate(list(places.values())) if len(places) > 1 else parts[0].data
        moved = [part.moved(data, begins[id(part.data)]) for part in parts]
        names = [f.name for f in fields(cls) if f.name != "data"]
        return replace(moved[0], **{name: np.concatenate([getattr(part, name) for part in moved]) for name in names})

    def rows(self) -> Sequence[tuple[Any, ...]]:
        """Return (capture, number, ts_ns, protocol, sport, dport, seq, ack, flags, ttl, src, dst, payload,
        payload_length, payload_missing, l4) of each packet as plain Python values, addresses as 16 bytes.
        """
        src, dst = self.src.tobytes(), self.dst.tobytes()
        addresses = range(0, 16 * len(self), 16)
        return list(
            zip(
                self.capture.tolist(),
                self.number.tolist(),
                self.ts_ns.tolist(),
                self.protocol.tolist(),
                self.sport.tolist(),
                self.dport.tolist(),
                self.seq.tolist(),
                self.ack.tolist(),
                self.flags.tolist(),
                self.ttl.tolist(),
                (src[i : i + 16] for i in addresses),
                (dst[i : i + 16] for i in addresses),
                self.payload.tolist(),
                self.payload_length.tolist(),
                self.payload_missing.tolist(),
                self.l4.tolist(),
                strict=True,
            )
        )
