"""Answers that the snap length cut off: they were given and captured, and nobody knows what they held.

One that came after the answer that a connection seems to rest on may have given the same address by another link, so
that the resolver's link is not known. Which may have is told by other answers to the same question
(`Lookups.may_have_given`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import FrameRef
from wanwitness.model.resolved import Resolved
from wanwitness.reading.point import Point

from .lookup import Lookup
from .lookups import Lookups
from .opening import Opening

Row = tuple[int, FrameRef]
"""When it came, on the reference clock, and its frame."""


class CutAnswers:
    """Those that reached the LAN's hosts.

    Args:
        points: the capture points, their roles known.
        timeline: their clocks.
        lookups: what the answers to other questions tell of them.
    """

    def __init__(self, points: Sequence[Point], timeline: Timeline, lookups: Lookups) -> None:
        self._lookups = lookups
        self._cut: dict[str, list[tuple[Lookup, Row]]] = defaultdict(list)
        for lookup in lookups.cut:
            cut = lookup.cut
            if cut is not None and cut.answer is not None and lookup.cut_ns is not None:
                self._cut[cut.client.ip].append((lookup, (lookup.cut_ns, cut.answer)))
        self._illegible: dict[str, list[Row]] = defaultdict(list)
        for point in points:
            if point.role == "lan":
                for host, frame, ts_ns in point.rows.log.illegible_answers():
                    self._illegible[host].append((timeline.aligned(frame, ts_ns), frame))
        self._rows: dict[tuple[str, str], list[Row]] = {}
        """By host and the address that they may have given, in order of time."""

    def instead(self, found: Resolved, host: Iterable[str], opening: Opening) -> tuple[Resolved, tuple[FrameRef, ...]]:
        """Return what holds for a LAN host's connection, given its whole answer, and the latest cut off before."""
        resolution = found.resolution
        unheard = resolution is not None and resolution.link is None and resolution.steps[0].answer_frame is None
        supposed = unheard and found.because == "resolver-link-unknown"
        if found.because not in (None, "no-dns-seen", "ambiguous-answer") and not supposed:
            return found, ()
        since_ns = resolution.answered_ns if resolution is not None else 0
        frames = tuple(
            rows[place - 1][1]
            for address in sorted(host)
            if (rows := self._giving(address, opening.address))
            and (place := bisect_right(rows, opening.at_ns, key=lambda row: row[0]))
            if rows[place - 1][0] > since_ns
        )
        if not frames:
            return found, ()
        shown = (*resolution.frames, *frames) if resolution is not None else frames
        return Resolved(resolution, None, "resolver-link-unknown", shown), frames

    def _giving(self, host: str, address: str) -> list[Row]:
        """What may have given a host this address."""
        if (host, address) not in self._rows:
            legible = self._cut.get(host, ())
            rows = [row for lookup, row in legible if self._lookups.may_have_given(lookup, address)]
            self._rows[host, address] = sorted([*rows, *self._illegible.get(host, ())])
        return self._rows[host, address]
