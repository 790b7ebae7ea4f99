"""Stages 1 to 4 for every capture file: packets in order of time to their capture points, rows out.

Files of one capture point are one stream, in order of time whatever order they are named in, so that a connection may
begin in one file and end in the next.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from glob import has_magic
from itertools import accumulate
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate import Point
from wanwitness.errors import CaptureError, UsageError
from wanwitness.ingest import CaptureFile, Frames
from wanwitness.inputs import STDIN, Input
from wanwitness.model import Capture, CaptureRule, Interface, Oddity, printable
from wanwitness.packets import LeftOut, Packets, Selector, decode
from wanwitness.packets.link import LINK_LAYERS
from wanwitness.packets.points import matching, names_interface
from wanwitness.protocols.point import PointReader, PointRows

MAX_ODDITIES = 10_000
"""Rows kept of one reason in one capture; the count stays exact."""
PEEK_BYTES = 1 << 16
WORTH_PROCESSES = 32 << 20
"""Bytes of captures from which on several processes read them faster than one."""

PointKey = tuple[str, ...]


@dataclass(slots=True)
class Readings:
    """All captures read."""

    captures: list[Capture]
    points: list[Point]
    frames: list[Oddity]
    """What was odd about the frames themselves."""

    @property
    def oddities(self) -> list[Oddity]:
        """Everything odd, about DNS messages as far as they were read."""
        found = self.frames + [oddity for point in self.points for oddity in point.rows.oddities]
        return sorted(found, key=lambda o: (o.capture, o.frame or 0, o.reason))


def read(inputs: Sequence[Input], window_frames: int | None = None) -> Readings:
    """Read every file to its end.

    Args:
        inputs: the files and what they saw.
        window_frames: frames in a window, at most; any number gives the same rows.

    Raises:
        UsageError: a file is missing.
        CaptureError: a file is no capture, or there is no packet in any of them.
    """
    files = [_File(order, item, CaptureFile(item.path)) for order, item in enumerate(inputs)]
    groups = _groups(files)
    if _worth_processes(groups):
        parts = _side_by_side(groups, window_frames)
        if parts is not None:
            return _finish(files, parts)
        files = [_File(order, item, CaptureFile(item.path)) for order, item in enumerate(inputs)]
        groups = _groups(files)
    return _finish(files, [_read(groups, 0, window_frames)])


@dataclass(slots=True)
class _Part:
    """Some groups of files, read to their end."""

    first: int
    """Index of its first capture among all."""
    captures: list[Capture]
    keys: list[PointKey]
    """Of each capture."""
    rows: dict[PointKey, PointRows]
    oddities: list[Oddity]
    file_of: dict[int, int]
    """Capture index to the file's order."""


def _read(groups: Iterable[Sequence[_File]], first: int, window_frames: int | None) -> _Part:
    session = _Reading(first)
    files: list[_File] = []
    for group in groups:
        for file, frames in _in_time_order(group, window_frames):
            session.feed(file, frames)
        files += group
        session.register(group)
    return session.close(files)


def _worth_processes(groups: Sequence[Sequence[_File]]) -> bool:
    files = [file for group in groups for file in group]
    return (
        len(groups) > 1
        and (os.cpu_count() or 1) > 1
        and "fork" in multiprocessing.get_all_start_methods()
        and all(file.item.path != STDIN and Path(file.item.path).is_file() for file in files)
        and sum(file.capture.size for file in files) >= WORTH_PROCESSES
    )


def _side_by_side(groups: Sequence[Sequence[_File]], window_frames: int | None) -> list[_Part] | None:
    """Read the groups in several processes, the largest in this one.

    Each is told beforehand which numbers its captures have. None where a file turned out to have more of them than its
    begin told, or a capture point in common with another group's: then one process must read them all.
    """
    firsts = list(accumulate((sum(file.expected for file in group) for group in groups), initial=0))
    sizes = [sum(file.capture.size for file in group) for group in groups]
    largest = sizes.index(max(sizes))
    others = sorted((n for n in range(len(groups)) if n != largest), key=lambda n: -sizes[n])
    workers = min(len(others), (os.cpu_count() or 1) - 1)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        tasks = {n: pool.submit(_read, [groups[n]], firsts[n], window_frames) for n in others}
        own = _read([groups[largest]], firsts[largest], window_frames)
        parts = [own if n == largest else tasks[n].result() for n in range(len(groups))]
    keys = [key for part in parts for key in part.rows]
    as_told = all(len(part.captures) == end - part.first for part, end in zip(parts, firsts[1:], strict=True))
    return parts if as_told and len(keys) == len(set(keys)) else None


@dataclass(slots=True, eq=False)
class _File:
    """A file with its rules, and the capture that each (interface, rule) is."""

    order: int
    item: Input
    capture: CaptureFile
    indexes: dict[tuple[int, int], int] = field(default_factory=dict)
    unclaimed: int = 0

    @property
    def expected(self) -> int:
        """How many captures it is, as far as its begin tells."""
        rules = self.item.rules
        interfaces = self.capture.interfaces
        return sum(names_interface(r, i) for r in rules for i in interfaces) if rules else len(interfaces)

    def keys(self) -> set[PointKey]:
        """The capture points its frames may belong to."""
        if self.item.rules:
            return {_configured(rule.role, rule.link) for rule in self.item.rules}
        return {_inferred(self.item.path, self.capture.interfaces, i) for i in self.capture.interfaces}


def _configured(role: str, link: str | None) -> PointKey:
    return (role, link or "")


def _inferred(path: str, interfaces: Sequence[Interface], interface: Interface) -> PointKey:
    return ("", stem(path), *((interface.name or str(interface.index),) if len(interfaces) > 1 else ()))


def stem(path: str) -> str:
    """Return a file's name without suffixes, and without the running number and date of a rotated set.

    >>> stem("captures/wan1.pcap"), stem("office_00003_20121121143000.pcapng.gz"), stem("lan.pcap7")
    ('wan1', 'office', 'lan')
    """
    name = re.sub(r"(?i)(\.(gz|xz|bz2|zst|lz4))$", "", PurePath(path).name)
    name = re.sub(r"(?i)\.(pcap|pcapng|cap|dmp|ntar)\d*$", "", name) or name
    return (
        re.sub(r"_\d{5}(_\d{14})?$|[-_.]\d{4}-?\d{2}-?\d{2}([-_T.]?\d{2}[-_:.]?\d{2}([-_:.]?\d{2})?)?$", "", name)
        or name
    )


def _groups(files: Iterable[_File]) -> list[list[_File]]:
    """Files that share a capture point, together."""
    groups: list[tuple[set[PointKey], list[_File]]] = []
    for file in files:
        keys, members = file.keys(), [file]
        rest = []
        for other_keys, others in groups:
            if other_keys & keys:
                keys, members = keys | other_keys, others + members
            else:
                rest.append((other_keys, others))
        groups = [*rest, (keys, members)]
    return [sorted(members, key=lambda file: file.order) for _, members in groups]


def _in_time_order(files: Sequence[_File], window_frames: int | None) -> Iterator[tuple[_File, Frames]]:
    """Merge the windows of files by time; a file is opened when its first frame's time has come."""
    if len(files) == 1:
        for frames in files[0].capture.windows(window_frames):
            yield files[0], frames
        return
    sources = [source for file in files if (source := _Windows(file, window_frames)).begin is not None]
    while sources:
        source = min(sources, key=lambda s: (s.begin, s.file.order))
        limit = min((s.begin for s in sources if s is not source and s.begin is not None), default=None)
        yield source.file, source.until(limit)
        if source.begin is None:
            sources.remove(source)


class _Windows:
    """One file's windows, cut where another file's time comes."""

    def __init__(self, file: _File, window_frames: int | None) -> None:
        self.file = file
        self._windows = file.capture.windows
        self._iterator: Iterator[Frames] | None = None
        self._window_frames = window_frames
        self._held: Frames | None = None
        self.begin: int | None = None
        """Time of the next frame; None at the file's end."""
        if file.item.path == STDIN:
            self._advance()
        else:
            first = next(file.capture.windows(1, PEEK_BYTES), None)
            self.begin = int(first.ts_ns[0]) if first is not None else None
            if first is None:
                self._advance()  # for the damage

    def until(self, limit: int | None) -> Frames:
        """Return the next frames whose times do not go beyond `limit`, one at least."""
        if self._held is None:
            self._advance()
        frames = self._held
        assert frames is not None
        count = len(frames)
        if limit is not None:
            late = np.flatnonzero(frames.ts_ns > limit)
            count = max(1, int(late[0])) if len(late) else count
        if count == len(frames):
            self._advance()
            return frames
        self._held = frames.take(slice(count, None))
        self.begin = int(self._held.ts_ns[0])
        return frames.take(slice(0, count))

    def _advance(self) -> None:
        if self._iterator is None:
            self._iterator = self._windows(self._window_frames)
        self._held = next(self._iterator, None)
        self.begin = int(self._held.ts_ns[0]) if self._held is not None else None


class _Reading:
    """Keeps the captures and points while files are read."""

    def __init__(self, first: int) -> None:
        self._first = first
        """Index of the first capture among all."""
        self._captures: list[Capture] = []
        self._keys: list[PointKey] = []
        self._readers: dict[PointKey, PointReader] = {}
        self._selectors: dict[PointKey, Selector] = defaultdict(Selector)
        self._oddities: list[Oddity] = []
        self._odd: Counter[tuple[int, str]] = Counter()

    def feed(self, file: _File, frames: Frames) -> None:
        """Take a window of a file."""
        interfaces = file.capture.interfaces
        self.register([file])
        linktypes = np.array([interface.linktype for interface in interfaces], np.int32)
        packets, left_out = decode(frames, linktypes)
        if file.item.rules:
            rule = matching(packets, file.item.rules, interfaces)
        else:
            rule = np.full(len(packets), -1, np.int64)
        table = self._table(file, len(interfaces))
        capture = table[packets.interface, rule]
        self._count_frames(file, frames, capture, packets)
        self._note(file, table, left_out)
        packets = packets.with_captures(capture)
        for index in np.unique(capture).tolist():
            if index >= 0:
                mine = packets if (capture == index).all() else packets.take(capture == index)
                self._give(index, mine)

    def _give(self, index: int, packets: Packets) -> None:
        key = self._keys[index - self._first]
        wanted = self._selectors[key].select(packets)
        if len(wanted):
            self._readers[key].feed(wanted)

    def register(self, files: Iterable[_File]) -> None:
        """Give every (interface, rule) of the files, also those that only now appeared, its capture."""
        for file in files:
            self._register(file)

    def _register(self, file: _File) -> None:
        interfaces = file.capture.interfaces
        several = len(interfaces) > 1
        for interface in interfaces:
            rules: list[tuple[int, CaptureRule | None]] = [(-1, None)]
            if file.item.rules:
                rules = [(n, r) for n, r in enumerate(file.item.rules) if names_interface(r, interface)]
            for number, rule in rules:
                place = (interface.index, number)
                if place in file.indexes:
                    continue
                file.indexes[place] = self._first + len(self._captures)
                role, link = (rule.role, rule.link) if rule else (None, None)
                self._captures.append(
                    Capture(
                        file.item.path,
                        interface.index,
                        interface.name,
                        rule.vlan if rule else None,
                        interface.linktype,
                        role,
                        link,
                        "configured" if rule else "inferred",
                        several,
                    )
                )
                key = _configured(rule.role, rule.link) if rule else _inferred(file.item.path, interfaces, interface)
                self._keys.append(key)
                self._readers.setdefault(key, PointReader())

    @staticmethod
    def _table(file: _File, interfaces: int) -> NDArray[np.int32]:
        """Capture by (interface, rule), -1 where there is none; the last column is for no rule."""
        table = np.full((interfaces, len(file.item.rules) + 1), -1, np.int32)
        for (interface, rule), index in file.indexes.items():
            table[interface, rule] = index
        return table

    def _count_frames(self, file: _File, frames: Frames, capture: NDArray[np.int32], packets: Packets) -> None:
        cut = frames.caplen < frames.length
        for (interface, rule), index in file.indexes.items():
            row = self._captures[index - self._first]
            if rule >= 0 and _selective(file, rule):
                times, cut_here = packets.ts_ns[capture == index], 0
            else:
                mine = frames.interface == interface
                times, cut_here = frames.ts_ns[mine], int((cut & mine).sum())
                if row.linktype not in LINK_LAYERS and len(times):
                    reason = f"link type {row.linktype} is not understood"
                    row.left_out[reason] = row.left_out.get(reason, 0) + len(times)
            row.packets += len(times)
            row.snaplen_cut += cut_here
            if len(times):
                first, last = int(times.min()), int(times.max())
                row.first_ns = first if row.first_ns is None else min(row.first_ns, first)
                row.last_ns = last if row.last_ns is None else max(row.last_ns, last)
        file.unclaimed += int((capture < 0).sum())

    def _note(self, file: _File, table: NDArray[np.int32], left_out: LeftOut) -> None:
        for number, record, interface, reason, damage, decoded in zip(
            left_out.number.tolist(),
            left_out.record.tolist(),
            left_out.interface.tolist(),
            left_out.texts(),
            left_out.damage.tolist(),
            left_out.decoded.tolist(),
            strict=True,
        ):
            captures = [index for index in table[interface].tolist() if index >= 0]
            if not captures:
                continue
            index = captures[0]
            if not damage and not decoded:
                row = self._captures[index - self._first]
                row.left_out[reason] = row.left_out.get(reason, 0) + 1
            self._odd[index, reason] += 1
            if self._odd[index, reason] <= MAX_ODDITIES:
                self._oddities.append(Oddity(index, number, record, reason))

    def close(self, files: Sequence[_File]) -> _Part:
        """Close all points: the files were read to their end."""
        for file in files:
            _check_interfaces(file)
            self._close_file(file)
        for (index, reason), count in self._odd.items():
            if count > MAX_ODDITIES:
                self._oddities.append(Oddity(index, None, None, f"{reason}: {count - MAX_ODDITIES} more frames"))
        rows = {key: reader.finish() for key, reader in self._readers.items()}
        file_of = {index: file.order for file in files for index in file.indexes.values()}
        return _Part(self._first, self._captures, self._keys, rows, self._oddities, file_of)

    def _close_file(self, file: _File) -> None:
        dropped = {interface.index: interface.dropped for interface in file.capture.interfaces}
        several = len(file.capture.interfaces) > 1
        for (interface, _), index in file.indexes.items():
            row = self._captures[index - self._first]
            row.bytes, row.dropped, row.several_interfaces = file.capture.size, dropped[interface], several
            row.damage = list(file.capture.damage)
        for damage in file.capture.damage:
            first = min(file.indexes.values(), default=None)
            if first is not None:
                reason = f"{damage.reason}; {damage.bytes} bytes left out"
                self._oddities.append(Oddity(first, None, damage.offset, reason))
        if file.unclaimed and file.indexes:
            reason = f"{file.unclaimed} frames belong to no capture point that the site file or --lan/--wan names"
            self._oddities.append(Oddity(min(file.indexes.values()), None, None, reason))


def _finish(files: Sequence[_File], parts: Sequence[_Part]) -> Readings:
    """Put the rows together."""
    captures = [capture for part in parts for capture in part.captures]
    if not any(capture.packets for capture in captures):
        paths = ", ".join(dict.fromkeys(file.item.path for file in files))
        raise CaptureError(
            f"{paths}: no packets to look at; check that the capture ran on the right interface, and that its "
            "filter, and the site file's rules, let mail and DNS through"
        )
    captures_of: dict[PointKey, list[int]] = defaultdict(list)
    for index, key in enumerate(key for part in parts for key in part.keys):
        captures_of[key].append(index)
    clock = _clocks(captures_of.values(), {index: order for part in parts for index, order in part.file_of.items()})
    rows = {key: found for part in parts for key, found in part.rows.items()}
    points = []
    for key, indexes in captures_of.items():
        first = captures[indexes[0]]
        points.append(
            Point(
                name=key[-1] if not key[0] else stem(first.path),
                captures=indexes,
                paths=[captures[index].path for index in indexes],
                rows=rows[key],
                role=first.role,
                link=first.link,
                role_source=first.role_source,
                same_clock=clock[indexes[0]],
            )
        )
    return Readings(captures, points, [oddity for part in parts for oddity in part.oddities])


def _check_interfaces(file: _File) -> None:
    """Raise where a rule for this very file names an interface that it has not; a glob may meet other files."""
    interfaces = file.capture.interfaces
    for rule in file.item.rules:
        if has_magic(rule.file) or any(names_interface(rule, interface) for interface in interfaces):
            continue
        names = ", ".join(printable(interface.name or str(interface.index)) for interface in interfaces)
        raise UsageError(f"{file.item.path}: there is no interface {rule.interface!r}; it has {names or 'none'}")


def _selective(file: _File, rule: int) -> bool:
    r = file.item.rules[rule]
    return r.vlan is not None or r.mac is not None or bool(r.addresses)


def _clocks(points: Iterable[Sequence[int]], file_of: dict[int, int]) -> dict[int, int]:
    """Number the clocks: one a file, and one for all the files of a capture point."""
    parent = {order: order for order in file_of.values()}

    def root(order: int) -> int:
        while parent[order] != order:
            order = parent[order]
        return order

    for indexes in points:
        for index in indexes[1:]:
            one, two = sorted((root(file_of[indexes[0]]), root(file_of[index])))
            parent[two] = one
    return {index: root(order) for index, order in file_of.items()}
