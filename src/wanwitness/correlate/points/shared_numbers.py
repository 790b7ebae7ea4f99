"""By what two capture points recognise a connection, even where a scanner uses one sequence number for all that it
opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from wanwitness.model import Stream
from wanwitness.reading.point import Point
from wanwitness.streams.handshakes import OpenedConnection

from .assumptions import MOST_WITH_ONE_ISN


class SharedNumbers:
    """Tells connections apart by their initial sequence number, and by server and port where many have one.

    Strangers choose their numbers as they like: the router must not seem to pass on the connections of one who uses a
    single number for all.

    Args:
        points: the capture points.
    """

    def __init__(self, points: Iterable[Point]) -> None:
        self._shared: set[int | None] = set()
        for point in points:
            counts = Counter(stream.isn_orig for stream in point.rows.opened())
            self._shared |= {isn for isn, count in counts.items() if count > MOST_WITH_ONE_ISN}

    def key(self, stream: Stream | OpenedConnection) -> Hashable:
        """Return by what both sides of the router recognise a connection whose sequence number is known."""
        if stream.isn_orig not in self._shared:
            return stream.isn_orig
        return stream.isn_orig, stream.resp, stream.orig.port
