"""What is odd about the frames themselves, and about the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import cooked
from wanwitness.model import Oddity, Sentence, printable
from wanwitness.oddities import MAX_ODDITIES, ODD
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
        self._counts: Counter[tuple[int, Sentence]] = Counter()
        """By capture and reason, kept or not."""

    def add_copy(self, copy: Copy) -> None:
        """Note a packet that was captured twice."""
        index, number = copy.frame.capture, copy.original.number
        why = ODD("odd-copy-of", frame=number)
        if copy.original.capture != index:
            path = printable(self._registry[copy.original.capture].path)
            why = ODD("odd-copy-elsewhere", frame=number, path=path)
        self._add(ODD("odd-copy"), Oddity(index, copy.frame.number, None, why))

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
            why = ODD("odd-joined-of", frames=tuple(map(str, packet.others)))
            self._add(ODD("odd-joined"), Oddity(index, packet.frame.number, packet.frame.record, why))

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
            left_out.whys(),
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
            reason = ODD("odd-damage", why=damage.reason, number=damage.bytes)
            self._rows.append(Oddity(index, None, damage.offset, reason))
        if (unfinished := file.capture.unfinished) is not None:
            reason = ODD("odd-unfinished", why=unfinished.reason, number=unfinished.bytes)
            self._rows.append(Oddity(index, None, unfinished.offset, reason))
        if file.capture.beyond is not None:
            number, first = file.capture.beyond
            self._rows.append(Oddity(index, first, None, ODD("odd-interfaces", number=number, most=cooked.MOST)))
        if file.unclaimed:
            reason = ODD("odd-unclaimed", number=file.unclaimed)
            self._rows.append(Oddity(index, None, None, reason))

    def rows(self) -> list[Oddity]:
        """Return the rows; where there were too many of a reason, one says how many more."""
        more = {key: count - MAX_ODDITIES for key, count in self._counts.items() if count > MAX_ODDITIES}
        return self._rows + [
            Oddity(index, None, None, ODD("odd-more-frames", why=reason, number=count))
            for (index, reason), count in more.items()
        ]

    def forget(self) -> None:
        """Let go of the rows; they stay counted."""
        self._rows.clear()

    def _add(self, reason: Sentence, row: Oddity) -> None:
        self._counts[row.capture, reason] += 1
        if self._counts[row.capture, reason] <= MAX_ODDITIES:
            self._rows.append(row)


def _first(captures: NDArray[np.int32]) -> int | None:
    """The first capture that there is."""
    return next((index for index in captures.tolist() if index >= 0), None)
