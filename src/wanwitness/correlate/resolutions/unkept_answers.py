"""Answers that were captured, and are not kept, since there are too many: what may rest on one of them is not judged.

A link that accuses is not believed where any such answer came before the connection, for a host may keep what it was
given; one that does not is doubted where a later one did.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Session
from wanwitness.model.resolved import Resolved
from wanwitness.reading.point import Point

from .assumptions import MOST_NS


class UnkeptAnswers:
    """Those of all capture points.

    Args:
        points: the capture points.
        timeline: their clocks.
    """

    def __init__(self, points: Sequence[Point], timeline: Timeline) -> None:
        self._points, self._timeline = points, timeline
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def instead(self, found: Resolved, session: Session) -> Resolved | None:
        """Return what holds for a connection in the place of what was found; None where that stays."""
        if found.because not in (None, "no-dns-seen", "ambiguous-answer"):
            return None
        resolution = found.resolution
        accuses = resolution is None or found.link != session.transport_link
        since_ns = None if accuses or resolution is None else resolution.answered_ns
        until_ns = session.start_ns + MOST_NS  # whatever the clocks say
        addresses = {stream.resp.ip for stream in session.streams}
        spans = [span for address in addresses for span in self._of(address)]
        if any(begin <= until_ns and (since_ns is None or end > since_ns) for begin, end in spans):
            return Resolved(resolution, None, "resolver-link-unknown", found.frames)
        return None

    def _of(self, address: str) -> list[tuple[int, int]]:
        """When the first and the last answer came that may have held an address, at each point."""
        if address not in self._spans:
            self._spans[address] = [
                (self._timeline.aligned(*first), self._timeline.aligned(*last))
                for point in self._points
                for first, last in point.rows.log.answers_beyond(address)
            ]
        return self._spans[address]
