"""What a capture point's packets go through before the protocols read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.packets import Packets
from wanwitness.packets.duplicates import REACH_FRAMES, Copies, Copy, Ready
from wanwitness.packets.select import Selector

from .counting import count_checksums
from .point import PointRows, Sighting
from .point_reader import PointReader
from .registry import Registry
from .sightings import Sightings

_NONE = np.empty(0, np.int64)


class PointIntake:
    """Takes one capture point's packets: those that are wanted are read, each once.

    Args:
        registry: has the captures, for which checksums are counted.
        spoken: shape (65536,): the ports that SMTP was spoken on, whatever point saw it.
    """

    def __init__(self, registry: Registry, spoken: NDArray[np.bool_]) -> None:
        self._registry = registry
        self._selector = Selector(spoken=spoken)
        self._sightings = Sightings()
        self._copies = Copies()
        self._wrong = _NONE
        """The numbers of the file's frames whose TCP checksum is wrong, as far as they may still be held."""
        self.reader = PointReader()

    def take(self, packets: Packets, file: int, joined: Sequence[int]) -> list[Copy]:
        """Take a window of one file, and return the copies in it.

        Args:
            packets: the point's own.
            file: the file's number.
            joined: numbers of the frames that ended a packet that came in fragments.
        """
        wanted = self._selector.select(packets)
        self._sightings.feed(wanted)
        self._wrong = np.r_[self._wrong, count_checksums(self._registry, wanted, joined)]
        ready, copies = self._copies.without(wanted, file)
        self._read(ready)
        if len(wanted):
            self._wrong = self._wrong[self._wrong > wanted.number.max() - REACH_FRAMES]
        return copies

    def release(self) -> None:
        """Read what was held in case an earlier copy follows: the file ends, or another one's frames come next."""
        self._read(self._copies.release())
        self._wrong = _NONE

    def finish(self) -> PointRows:
        """Return the rows: there are no more packets."""
        rows = self._completed(self.reader.finish())
        rows.noted += self._sightings.oddities() + self._selector.oddities()
        return rows

    def so_far(self) -> PointRows:
        """Return the rows as if the captures ended here."""
        return self._completed(self.reader.so_far())

    def sightings(self) -> frozenset[Sighting]:
        """Return who sent mail and DNS, by which MACs."""
        return frozenset(self._sightings.rows())

    def _read(self, ready: Ready) -> None:
        self.reader.copied(ready.copies)
        for packets in ready.used:
            self.reader.feed(packets, self._wrong)

    def _completed(self, rows: PointRows) -> PointRows:
        rows.sightings_lost = frozenset(self._sightings.lost)
        rows.ports = frozenset(np.flatnonzero(self._selector.ports).tolist())
        return rows
