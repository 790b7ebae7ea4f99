"""Groups of files read to their end: frames counted, decoded and given to their capture points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.ingest.columns import distinct
from wanwitness.model import Capture, FrameRef, Oddity
from wanwitness.packets import LeftOut, Packets
from wanwitness.packets.capture_rules import matching
from wanwitness.packets.decode import Decoder
from wanwitness.packets.decode.fragments import Joined
from wanwitness.packets.select import Prefilter

from .counting import count_frames, count_packets
from .frame_oddities import FrameOddities
from .input_file import File, PointKey
from .intake import PointIntake
from .merge import in_time_order
from .not_understood import why
from .point import PointRows, Sighting
from .point_reader import PointReader
from .progress import Progress
from .registry import Registry

DECODED_AT_ONCE = 1 << 16
"""Frames: what is decoded takes several times the memory of what is not."""

_NEVER = -(1 << 63)


@dataclass(slots=True)
class Part:
    """Some groups of files, read to their end."""

    first: int
    """Index of its first capture among all."""
    captures: list[Capture]
    keys: list[PointKey]
    """Of each capture."""
    rows: dict[PointKey, PointRows]
    oddities: list[Oddity]
    """What was odd about the frames themselves."""
    file_of: dict[int, int]
    """Capture index to the file's order."""
    sightings: dict[PointKey, frozenset[Sighting]]
    """Who sent mail and DNS, by which MACs."""


def read_part(
    groups: Iterable[Sequence[File]],
    first: int,
    window_frames: int | None,
    progress: Progress | None = None,
    place: int = 0,
) -> Part:
    """Read groups of files that share no capture point with other files; `place` is where progress is noted."""
    reader = PartReader(first)
    files: list[File] = []
    read = 0
    for group in groups:
        for file, frames in in_time_order(group, window_frames):
            reader.feed(file, frames)
            if progress is not None:
                read += int(frames.record[-1]) - file.read
                file.read = int(frames.record[-1])
                progress.note(place, read, reader.connections)
        reader.finish_group()
        for file in group:
            reader.register(file)
        files += group
    return reader.close(files)


class PartReader:
    """Gives frames to their capture points while files are read.

    Args:
        first: index of the first capture among all.
    """

    def __init__(self, first: int) -> None:
        self._registry = Registry(first)
        self._oddities = FrameOddities(self._registry)
        self._spoken = np.zeros(1 << 16, np.bool_)
        """Shape (65536,): the ports that SMTP was spoken on, at whatever point."""
        self._prefilter = Prefilter(self._spoken)
        self._decoder = Decoder()
        self._points: dict[PointKey, PointIntake] = {}
        self._fed: dict[PointKey, PointIntake] = {}
        """Those that may hold something back: of thousands of files each may have points of its own."""
        """Those that have had packets."""
        self._taken: File | None = None
        """The file whose frames were taken last."""
        self._latest_ns = _NEVER
        """The latest time of the frames behind the last one that was decoded."""

    def feed(self, file: File, frames: Frames) -> None:
        """Take a window of a file."""
        interfaces = file.capture.interfaces
        self.register(file)
        linktypes, places = file.described.linktypes(interfaces), file.described.places
        count_frames(self._registry, file, frames)
        if not file.by_packets:
            sifted = self._prefilter.sift(frames, linktypes)
            passed = self._passed(frames, np.searchsorted(frames.number, sifted.number))
            if len(file.understood) < len(interfaces):  # what is sifted out is sound
                file.understood.update(distinct(frames.interface[~np.isin(frames.number, sifted.number)]))
            frames = sifted
        else:
            passed = self._passed(frames, np.arange(len(frames)))
        for begin in range(0, len(frames), DECODED_AT_ONCE):
            some = slice(begin, begin + DECODED_AT_ONCE)
            windows = self._decoder.decode(frames.take(some), linktypes, file, places, passed[some])
            for owner, packets, left_out, joined in windows:
                self._take(owner, packets, left_out, joined)

    def _passed(self, frames: Frames, kept: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each kept frame the latest time up to it, since the kept one before, ns; shape (kept,).

        What is behind the last kept frame counts for the next window's first.
        """
        if not len(kept):
            self._latest_ns = max(self._latest_ns, int(frames.ts_ns.max()))
            return np.empty(0, np.int64)
        times = frames.ts_ns[: kept[-1] + 1]
        passed: NDArray[np.int64] = np.maximum.reduceat(times, np.r_[0, kept[:-1] + 1])
        passed[0] = max(int(passed[0]), self._latest_ns)
        behind = frames.ts_ns[kept[-1] + 1 :]
        self._latest_ns = int(behind.max()) if len(behind) else _NEVER
        return passed

    @property
    def connections(self) -> int:
        """SMTP connections that have come to their end so far."""
        return sum(point.reader.connections for point in self._points.values())

    def register(self, file: File) -> None:
        """Give what has appeared of the file by now its captures."""
        self._registry.register(file)

    def finish_group(self) -> None:
        """Take what was still waited for: the files of these capture points have ended."""
        for owner, packets, left_out, joined in self._decoder.finish():
            self._take(owner, packets, left_out, joined)
        self._release()
        self._latest_ns = _NEVER

    def _take(self, file: File, packets: Packets, left_out: LeftOut, joined: Sequence[Joined]) -> None:
        """Take decoded frames of a file."""
        if file is not self._taken:
            self._release()
            self._taken = file
        interfaces = file.capture.interfaces
        rule = matching(packets, file.rules, interfaces) if file.rules else np.full(len(packets), -1, np.int64)
        table = file.described.table(len(interfaces), len(file.rules), file.captures_of)
        captures = table[packets.interface, rule]
        count_packets(self._registry, file, captures, packets)
        self._oddities.add_left_out(table, left_out)
        self._oddities.add_joined(table, joined)
        if len(file.understood) < len(interfaces):
            file.understood.update(distinct(packets.interface))
        packets, numbers = packets.with_captures(captures), [packet.frame.number for packet in joined]
        for key, own in self._registry.by_point(captures).items():
            # A conversation may have a capture for each direction: those of a point stay in the file's order.
            mine = np.isin(captures, own) if len(own) > 1 else captures == own[0]
            point = self._fed[key] = self._point(key)
            for copy in point.take(packets.take(mine), file.order, numbers):
                self._oddities.add_copy(copy)

    def _point(self, key: PointKey) -> PointIntake:
        if key not in self._points:
            self._points[key] = PointIntake(self._registry, self._spoken)
        return self._points[key]

    def _release(self) -> None:
        for point in self._fed.values():
            point.release()
        self._fed.clear()

    def close(self, files: Sequence[File]) -> Part:
        """Close all points: the files were read to their end.

        Raises:
            UsageError: a rule names an interface that its file has not.
        """
        for file in files:
            file.check_interfaces()
            self._registry.describe(file)
            self._count_not_understood(file)
            self._oddities.add_file(file)
        rows = {key: point.finish() for key, point in self._points.items()}
        return self._part(files, rows, self._oddities.rows())

    def so_far(self, files: Sequence[File]) -> Part:
        """Return what has been read until now, as if the captures ended here, and go on reading.

        What is odd is not told of: it would be told again and again.
        """
        self._release()
        for file in files:
            self._registry.describe(file)
        return self._part(files, {key: point.so_far() for key, point in self._points.items()}, [])

    def begin_of_last(self, most: int) -> int | None:
        """Return since when no capture point has more than so many DNS messages, ns; None where none has more."""
        begins = [point.reader.begin_of_last(most) for point in self._points.values()]
        return max((begin for begin in begins if begin is not None), default=None)

    def forget(self, streams: AbstractSet[FrameRef], before_ns: int) -> None:
        """Let go of what nobody needs any more, and of what is odd.

        Args:
            streams: the first frames of streams that are over.
            before_ns: what else was captured before this time.
        """
        self._oddities.forget()
        for point in self._points.values():
            point.reader.forget(streams, before_ns)

    def _part(self, files: Sequence[File], rows: dict[PointKey, PointRows], oddities: list[Oddity]) -> Part:
        for key in self._registry.keys:
            if key not in rows:  # no packet of it was there
                rows[key] = PointReader().finish()
        file_of = {index: file.order for file in files for index in file.indexes.values()}
        seen = {key: point.sightings() for key, point in self._points.items()}
        registry = self._registry
        return Part(registry.first, registry.captures, registry.keys, rows, oddities, file_of, seen)

    def _count_not_understood(self, file: File) -> None:
        for (interface, _), index in file.indexes.items():
            row = self._registry[index]
            if interface not in file.understood and row.packets and not row.left_out:
                row.left_out[why(file.item.path, interface)] = row.packets
