"""The work area in which a window is decoded: full columns, one row a frame, which the layers fill in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.packets.left_out import HEADERS_CUT, HEADERS_SHORT, REASONS, LeftOut
from wanwitness.packets.packets import Packets

Rows = NDArray[np.int64]
"""Row numbers of a window's frames, rising."""
Offsets = NDArray[np.int64]
Carrier = Callable[[NDArray[np.uint8], Offsets, Offsets], tuple[Offsets, NDArray[np.int32]]]


@dataclass(slots=True)
class Work:
    """A window on its way from frames to packets. A layer takes rows and returns those that it understood."""

    frames: Frames
    packets: Packets
    """One row a frame; what it says of a frame holds once the last layer has understood it."""
    end: NDArray[np.int64]
    """Where the captured bytes of the layer at hand end in the data."""
    stop: NDArray[np.int64]
    """Where they ended on the wire, as that layer says: `end`, or beyond it."""
    wire: NDArray[np.int64]
    """Where the frame ended on the wire, as the capture says."""
    noted: list[tuple[Rows, int]] = field(default_factory=list)
    """Rows and the reason why they are left out."""
    apart: list[tuple[Rows, Offsets, Offsets, Offsets]] = field(default_factory=list)
    """Rows that are IP fragments, where their IP header and their part of the payload begin, and where that ends."""
    carried: list[tuple[Rows, Offsets, NDArray[np.int32]]] = field(default_factory=list)
    """Rows that are a tunnel's packets, where the inner frame begins, and its link type."""

    @classmethod
    def begin(cls, frames: Frames) -> Self:
        """Return the work area with all that the frames themselves say."""
        n = len(frames)
        begin = frames.offset
        packets = Packets(
            data=frames.data,
            capture=np.full(n, -1, np.int32),
            interface=frames.interface,
            number=frames.number,
            ts_ns=frames.ts_ns,
            record=frames.record,
            vlan=np.full(n, -1, np.int32),
            src_mac=np.zeros(n, np.uint64),
            dst_mac=np.zeros(n, np.uint64),
            protocol=np.zeros(n, np.uint8),
            version=np.zeros(n, np.uint8),
            src=np.zeros((n, 16), np.uint8),
            dst=np.zeros((n, 16), np.uint8),
            ttl=np.zeros(n, np.uint8),
            sport=np.zeros(n, np.int32),
            dport=np.zeros(n, np.int32),
            seq=np.zeros(n, np.int64),
            ack=np.zeros(n, np.int64),
            flags=np.zeros(n, np.uint8),
            l4=np.zeros(n, np.int64),
            payload=np.zeros(n, np.int64),
            payload_length=np.zeros(n, np.int64),
            payload_missing=np.zeros(n, np.int64),
        )
        wire = begin + np.maximum(frames.length, frames.caplen)
        return cls(frames, packets, begin + frames.caplen, wire.copy(), wire)

    def set_apart(self, rows: Rows, ip: Offsets, begin: Offsets, stop: Offsets) -> None:
        """Leave IP fragments to the reassembly."""
        if len(rows):
            self.apart.append((rows, ip, begin, stop))

    def carry(self, rows: Rows, begin: Offsets, read: Carrier) -> NDArray[np.bool_]:
        """Have what a tunnel's packets carry decoded later; return for which rows that is so.

        Args:
            rows: shape (n,).
            begin: a full column: where the tunnel's header begins.
            read: tells of each row where the inner frame begins, and its link type or -1.
        """
        end = self.end[rows]
        inner, linktype = read(self.frames.data, begin[rows], end)
        good: NDArray[np.bool_] = (linktype >= 0) & (inner < end)
        if good.any():
            self.carried.append((rows[good], inner[good], linktype[good]))
        return good

    def note(self, rows: Rows, reason: int) -> None:
        """Put down why these rows are left out."""
        if len(rows):
            self.noted.append((rows, reason))

    def check(self, rows: Rows, good: NDArray[np.bool_], reason: int) -> Rows:
        """Return the rows that are good, and note the others; `good` is parallel to `rows`."""
        if good.all():
            return rows
        self.note(rows[~good], reason)
        return rows[good]

    def with_header(self, rows: Rows, at: NDArray[np.int64], size: int | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows have `size` captured bytes from `at` on, and note the others."""
        behind = at + size
        whole = behind <= self.end[rows]
        if not whole.all():
            short = behind > np.minimum(self.stop[rows], self.wire[rows])
            self.note(rows[short], HEADERS_SHORT)
            self.note(rows[~whole & ~short], HEADERS_CUT)
        return whole

    def finish(self, decoded: Rows, unknown: dict[int, int]) -> tuple[Packets, LeftOut]:
        """Return the decoded rows as packets, and what was noted."""
        kept = np.zeros(len(self.frames), np.bool_)
        kept[decoded] = True
        rows = np.concatenate([rows for rows, _ in self.noted] or [np.empty(0, np.int64)])
        reasons = np.repeat(
            np.array([reason for _, reason in self.noted], np.uint8), [len(rows) for rows, _ in self.noted]
        )
        order = np.argsort(rows, kind="stable")
        rows, reasons = rows[order], reasons[order]
        taken = [rows for rows, *_ in (*self.apart, *self.carried)]
        elsewhere = len(np.unique(np.concatenate(taken))) if taken else 0  # a frame may carry several
        frames = self.frames
        left_out = LeftOut(
            number=frames.number[rows],
            record=frames.record[rows],
            interface=frames.interface[rows],
            reason=reasons,
            damage=np.array([reason.damage for reason in REASONS])[reasons],
            decoded=kept[rows],
            other=len(frames) - len(decoded) - int((~kept[rows]).sum()) - sum(unknown.values()) - elsewhere,
            unknown=unknown,
        )
        return (self.packets if len(decoded) == len(frames) else self.packets.take(kept)), left_out
