"""Linux's `any` device: one interface of a file whose frames came through several.

Each frame of LINKTYPE_LINUX_SLL2 names the interface that it came through by Linux's number of it, the one that
`ip link` shows. So each of these numbers is an interface of its own here, as if the file had described it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Interface

from .columns import headers
from .frames import Frames

LINUX_SLL2 = 276
"""tcpdump.org/linktypes."""
_IFINDEX_AT, _IFINDEX = 4, np.dtype(">u4")
MOST = 256
"""Interfaces that are told apart; what a damaged or hostile file has beyond them stays the device's, and is counted."""


class Cooked:
    """Numbers a file's interfaces anew where some of those it describes show several, in order of appearance."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], int] = {}
        """Described interface and Linux's number (0: none) to our number; empty while all are as described."""
        self.beyond: tuple[int, int] | None = None
        """How many frames came through interfaces beyond those that are told apart, and the first one's number."""

    def tell_apart(self, frames: Frames, described: Sequence[Interface]) -> Frames:
        """Return a window's frames with the interfaces that they came through.

        Args:
            frames: the next window.
            described: the interfaces that the file has described so far.
        """
        cooked = np.array([interface.linktype == LINUX_SLL2 for interface in described])
        if not cooked.any():
            return frames
        for index in np.flatnonzero(~cooked).tolist():
            self._place(index, 0)
        plain = np.array([self._places.get((index, 0), -1) for index in range(len(described))], np.int32)
        numbers = plain[frames.interface]
        rows = np.flatnonzero(cooked[frames.interface])
        names = frames.interface[rows].astype(np.int64) << 32 | self._ifindex(frames, rows)
        while len(rows):
            if len(self._places) >= MOST:
                known = np.array([device << 32 | ifindex for device, ifindex in self._places])
                beyond = ~np.isin(names, known) & (names << 32 != 0)
                names = np.where(beyond, names >> 32 << 32, names)
                self._count(frames.number[rows[beyond]])
            place = self._place(*divmod(int(names[0]), 1 << 32))
            same = names == names[0]
            numbers[rows[same]] = place
            rows, names = rows[~same], names[~same]
        return replace(frames, interface=numbers)

    def finish(self, described: Sequence[Interface]) -> None:
        """Take in the interfaces that no frame came through: the file has ended."""
        if any(interface.linktype == LINUX_SLL2 for interface in described):
            seen = {device for device, _ in self._places}
            for index in range(len(described)):
                if index not in seen:
                    self._place(index, 0)

    def interfaces(self, described: Sequence[Interface]) -> list[Interface]:
        """Return all interfaces; before the first window those that the file describes."""
        if not self._places:
            return list(described)
        alone = all(interface.linktype == LINUX_SLL2 for interface in described)
        return [
            _interface(described[device], device, ifindex, index, alone)
            for index, (device, ifindex) in enumerate(self._places)
        ]

    def _place(self, device: int, ifindex: int) -> int:
        return self._places.setdefault((device, ifindex), len(self._places))

    def _count(self, beyond: NDArray[np.int64]) -> None:
        if len(beyond):
            before, first = self.beyond or (0, int(beyond[0]))
            self.beyond = before + len(beyond), first

    @staticmethod
    def _ifindex(frames: Frames, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        ifindex = np.zeros(len(rows), np.int64)
        whole = frames.caplen[rows] >= _IFINDEX_AT + _IFINDEX.itemsize
        ifindex[whole] = headers(frames.data, frames.offset[rows[whole]] + _IFINDEX_AT, _IFINDEX)
        return ifindex


def _interface(described: Interface, device: int, ifindex: int, index: int, alone: bool) -> Interface:
    """Return one interface; `alone`: the file has no interfaces but such devices, so the bare number is clear."""
    if not ifindex:
        return replace(described, index=index, called=(str(device),))
    device_names = [str(device), *([described.name] if described.name else [])]
    called = [*device_names, *(f"{name}/{ifindex}" for name in device_names)]
    if alone:
        called = [str(ifindex), *called[1:]]
    name = f"{described.name}/{ifindex}" if described.name else str(ifindex)
    return replace(described, index=index, name=name, ifindex=ifindex, called=tuple(called))
