"""What is odd about the frames themselves, and about the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Oddity
from wanwitness.model.oddity_log import MAX_ODDITIES
from wanwitness.packets import LeftOut
from wanwitness.packets.decode.fragments import Joined
from wanwitness.packets.duplicates import Copy

from .input_file import File
from .registry import Registry


class FrameOddities:
    """Collects oddities of frames, so many rows of one reason in one capture; the count stays exact.

    Args:
        registry: has the captures.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._rows: list[Oddity] = []
        self._counts: Counter[tuple[int, str]] = Counter()
        """By capture and reason, kept or not."""

    def add_copy(self, copy: Copy) -> None:
        """Note a packet that was captured twice."""
        index, reason = copy.frame.capture, "the same packet was captured before"
        other = self._registry[copy.original.capture]
        where = "" if copy.original.capture == index else f" of {other.path}"
        text = f"{reason}, in frame {copy.original.number}{where}; it is used once"
        self._add(reason, Oddity(index, copy.frame.number, None, text))

    def add_joined(self, captures: NDArray[np.int32], joined: Sequence[Joined]) -> None:
        """Note packets that were put together from their IP fragments.

        Args:
            captures: by interface and rule, -1 for none; shape (interfaces, rules + 1).
            joined: the packets.
        """
        for packet in joined:
            index = _first(captures[packet.frame.interface])
            if index is None or not packet.others:
                continue
            reason, others = "put together from IP fragments", ", ".join(map(str, packet.others))
            text = f"{reason}; the others are in frames {others}"
            self._add(reason, Oddity(index, packet.frame.number, packet.frame.record, text))

    def add_left_out(self, captures: NDArray[np.int32], left_out: LeftOut) -> None:
        """Note frames that could not be used, and count for their captures those that make the exit status 3.

        Args:
            captures: by interface and rule, -1 for none; shape (interfaces, rules + 1).
            left_out: the frames.
        """
        for number, record, interface, reason, damage, decoded in zip(
            left_out.number.tolist(),
            left_out.record.tolist(),
            left_out.interface.tolist(),
            left_out.texts(),
            left_out.damage.tolist(),
            left_out.decoded.tolist(),
            strict=True,
        ):
            index = _first(captures[interface])
            if index is None:
                continue
            if not damage and not decoded:
                row = self._registry[index]
                row.left_out[reason] = row.left_out.get(reason, 0) + 1
            self._add(reason, Oddity(index, number, record, reason))

    def add_file(self, file: File) -> None:
        """Note what is odd about a file that was read to its end."""
        index = min(file.indexes.values(), default=None)
        if index is None:
            return
        for damage in file.capture.damage:
            reason = f"{damage.reason}; {damage.bytes} bytes left out"
            self._rows.append(Oddity(index, None, damage.offset, reason))
        if (unfinished := file.capture.unfinished) is not None:
            reason = f"{unfinished.reason}; {unfinished.bytes} bytes of its last record were there"
            self._rows.append(Oddity(index, None, unfinished.offset, reason))
        if file.unclaimed:
            reason = f"{file.unclaimed} frames belong to no capture point that the site file or --lan/--wan names"
            self._rows.append(Oddity(index, None, None, reason))

    def rows(self) -> list[Oddity]:
        """Return the rows; where there were too many of a reason, one says how many more."""
        more = {key: count - MAX_ODDITIES for key, count in self._counts.items() if count > MAX_ODDITIES}
        told = [Oddity(index, None, None, f"{reason}: {count} more frames") for (index, reason), count in more.items()]
        return self._rows + told

    def forget(self) -> None:
        """Let go of the rows; they stay counted."""
        self._rows.clear()

    def _add(self, reason: str, row: Oddity) -> None:
        self._counts[row.capture, reason] += 1
        if self._counts[row.capture, reason] <= MAX_ODDITIES:
            self._rows.append(row)


def _first(captures: NDArray[np.int32]) -> int | None:
    """The first capture that there is."""
    return next((index for index in captures.tolist() if index >= 0), None)
