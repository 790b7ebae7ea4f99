"""Frames that claimed to be IP, ARP or IPCP, or may be it, and could not be understood, or not fully."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Sentence
from wanwitness.oddities import ODD


class Reason(NamedTuple):
    """Why a frame was left out."""

    why: Sentence
    damage: bool
    """Whether the frame contradicts itself; otherwise it may be sound, and only cannot be used."""


REASONS = (
    Reason(ODD("odd-headers-cut"), damage=False),
    Reason(ODD("odd-headers-short"), damage=True),
    Reason(ODD("odd-ip-version"), damage=True),
    Reason(ODD("odd-ip-header"), damage=True),
    Reason(ODD("odd-ip-length"), damage=True),
    Reason(ODD("odd-extensions"), damage=True),
    Reason(ODD("odd-fragment"), damage=False),
    Reason(ODD("odd-first-fragment"), damage=False),
    Reason(ODD("odd-fragments-differ"), damage=True),
    Reason(ODD("odd-tunnels"), damage=True),
    Reason(ODD("odd-tcp-header"), damage=True),
    Reason(ODD("odd-udp-length"), damage=True),
    Reason(ODD("odd-tags"), damage=False),
)
"""`LeftOut.reason` is an index into these."""
(
    HEADERS_CUT,
    HEADERS_SHORT,
    BAD_VERSION,
    BAD_IHL,
    BAD_TOTAL_LENGTH,
    EXTENSIONS,
    FRAGMENT,
    FIRST_FRAGMENT,
    CONFLICT,
    TOO_DEEP,
    BAD_TCP_OFFSET,
    BAD_UDP_LENGTH,
    TOO_MANY_TAGS,
) = range(len(REASONS))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a window had that is not among its packets. Columns have one row a frame, in file order."""

    number: NDArray[np.int64]
    """1-based frame number within the file."""
    record: NDArray[np.int64]
    """Where the frame's record begins in the file."""
    interface: NDArray[np.int32]
    """Index into the file's interfaces."""
    reason: NDArray[np.uint8]
    """Index into `REASONS`."""
    damage: NDArray[np.bool_]
    """Whether the frame contradicts itself (the reason's `damage`)."""
    decoded: NDArray[np.bool_]
    """The frame is among the packets all the same, and the row a remark on it."""
    other: int
    """Frames of protocols that are not looked at, of known link types; they have no row."""
    unknown: Mapping[int, int]
    """Frames of unknown link types, by link type; they have no row."""
    parts: int = 0
    """IP fragments that are in a packet with another frame's number; they have no row."""

    def __len__(self) -> int:
        return len(self.number)

    def joined(self, *others: LeftOut) -> LeftOut:
        """Return this and others together, in file order."""
        every = (self, *others)
        number = np.concatenate([one.number for one in every])
        order = np.argsort(number, kind="stable")
        unknown: Counter[int] = Counter()
        for one in every:
            unknown.update(one.unknown)
        return LeftOut(
            number=number[order],
            record=np.concatenate([one.record for one in every])[order],
            interface=np.concatenate([one.interface for one in every])[order],
            reason=np.concatenate([one.reason for one in every])[order],
            damage=np.concatenate([one.damage for one in every])[order],
            decoded=np.concatenate([one.decoded for one in every])[order],
            other=sum(one.other for one in every),
            unknown=dict(unknown),
            parts=sum(one.parts for one in every),
        )

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int, bool]], parts: int = 0) -> LeftOut:
        """Return rows of (number, record, interface, reason, decoded)."""
        number, record, interface, reason, decoded = zip(*rows, strict=True) if rows else ((),) * 5
        codes = np.array(reason, np.uint8)
        return cls(
            number=np.array(number, np.int64),
            record=np.array(record, np.int64),
            interface=np.array(interface, np.int32),
            reason=codes,
            damage=np.array([reason.damage for reason in REASONS])[codes],
            decoded=np.array(decoded, np.bool_),
            other=0,
            unknown={},
            parts=parts,
        )

    def counts(self) -> dict[Sentence, int]:
        """Return how many frames were left out, by the reason."""
        counts = np.bincount(self.reason[~self.decoded], minlength=len(REASONS)).tolist()
        return {reason.why: count for reason, count in zip(REASONS, counts, strict=True) if count}

    def whys(self) -> list[Sentence]:
        """Return each row's reason."""
        return [REASONS[code].why for code in self.reason.tolist()]
