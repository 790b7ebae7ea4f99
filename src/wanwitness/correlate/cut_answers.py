"""DNS answers that the snap length cut off: they were given and captured, and nobody knows what they held."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.model import FrameRef

from .point import Point
from .resolved import Resolved
from .timeline import Timeline


class CutAnswers:
    """Those that reached the LAN's hosts, by address and time."""

    def __init__(self, points: Sequence[Point], timeline: Timeline) -> None:
        self._rows: dict[str, list[tuple[int, FrameRef]]] = defaultdict(list)
        for point in points:
            if point.role == "lan":
                for host, frame, ts_ns in point.rows.log.cut_answers():
                    self._rows[host].append((timeline.aligned(frame, ts_ns), frame))
        for rows in self._rows.values():
            rows.sort()

    def instead(self, found: Resolved, host: Iterable[str], at_ns: int) -> tuple[Resolved, tuple[FrameRef, ...]]:
        """Return what holds for a LAN host's connection without an answer, and the latest that were cut off before."""
        resolution = found.resolution
        unheard = resolution is not None and resolution.link is None and resolution.steps[0].answer_frame is None
        if found.because != "no-dns-seen" and not (unheard and found.because == "resolver-link-unknown"):
            return found, ()
        since_ns = resolution.answered_ns if resolution is not None else 0
        frames = tuple(
            rows[place - 1][1]
            for address in sorted(host)
            if (rows := self._rows.get(address, [])) and (place := bisect_right(rows, at_ns, key=lambda row: row[0]))
            if rows[place - 1][0] >= since_ns
        )
        if resolution is not None:
            return found, frames
        return (Resolved(None, None, "resolver-link-unknown", frames) if frames else found), frames
