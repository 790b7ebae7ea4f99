"""Frames counted, decoded and given to their capture points."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from glob import has_magic

import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate import Point
from wanwitness.errors import CaptureError, UsageError
from wanwitness.ingest import CaptureFile, Frames
from wanwitness.inputs import Input
from wanwitness.model import Capture, CaptureRule, Oddity, printable
from wanwitness.packets import Decoder, LeftOut, Packets, Selector
from wanwitness.packets.copies import Copies, Copy
from wanwitness.packets.fragments import Joined
from wanwitness.packets.link import LINK_LAYERS
from wanwitness.packets.linktypes import linktype_name
from wanwitness.packets.points import display_filter, matching, names_interface
from wanwitness.protocols.point import PointReader

from .file import File, PointKey, configured, groups, inferred, stem
from .order import in_time_order

MAX_ODDITIES = 10_000
"""Rows kept of one reason in one capture; the count stays exact."""


@dataclass(slots=True)
class Readings:
    """All captures read."""

    captures: list[Capture]
    points: list[Point]
    oddities: list[Oddity]


def read(inputs: Sequence[Input], window_frames: int | None = None) -> Readings:
    """Read every file to its end.

    Args:
        inputs: the files and what they saw.
        window_frames: frames in a window, at most; any number gives the same rows.

    Raises:
        UsageError: a file is missing.
        CaptureError: a file is no capture, or there is no packet in any of them.
    """
    session = _Reading()
    files = [File(order, item, CaptureFile(item.path)) for order, item in enumerate(inputs)]
    for group in groups(files):
        for file, frames in in_time_order(group, window_frames):
            session.feed(file, frames)
        session.finish_group()
    return session.finish(files)


class _Reading:
    """Keeps the captures and points while files are read."""

    def __init__(self) -> None:
        self._captures: list[Capture] = []
        self._keys: list[PointKey] = []
        self._readers: dict[PointKey, PointReader] = {}
        self._selectors: dict[PointKey, Selector] = defaultdict(Selector)
        self._copies: dict[PointKey, Copies] = defaultdict(Copies)
        self._oddities: list[Oddity] = []
        self._odd: Counter[tuple[int, str]] = Counter()
        self._decoder = Decoder()

    def feed(self, file: File, frames: Frames) -> None:
        """Take a window of a file."""
        interfaces = file.capture.interfaces
        self._register(file)
        linktypes = np.array([interface.linktype for interface in interfaces], np.int32)
        places = [interface.name or str(interface.index) for interface in interfaces]
        self._count_frames(file, frames)
        for owner, packets, left_out, joined in self._decoder.decode(frames, linktypes, file, places):
            self._take(owner, packets, left_out, joined)

    def finish_group(self) -> None:
        """Take what was still waited for: the files of these capture points have ended."""
        for owner, packets, left_out, joined in self._decoder.finish():
            self._take(owner, packets, left_out, joined)

    def _take(self, file: File, packets: Packets, left_out: LeftOut, joined: Sequence[Joined]) -> None:
        """Take decoded frames of a file."""
        interfaces = file.capture.interfaces
        if file.item.rules:
            rule = matching(packets, file.item.rules, interfaces)
        else:
            rule = np.full(len(packets), -1, np.int64)
        table = self._table(file, len(interfaces))
        capture = table[packets.interface, rule]
        self._count_packets(file, capture, packets)
        self._note(file, table, left_out)
        self._note_joined(table, joined)
        packets = packets.with_captures(capture)
        for index in np.unique(capture).tolist():
            if index >= 0:
                mine = packets if (capture == index).all() else packets.take(capture == index)
                self._give(index, mine)

    def _give(self, index: int, packets: Packets) -> None:
        key = self._keys[index]
        wanted, copies = self._copies[key].without(self._selectors[key].select(packets))
        for copy in copies:
            self._note_copy(copy)
        if len(wanted):
            self._readers[key].feed(wanted)

    def _note_copy(self, copy: Copy) -> None:
        index, reason = copy.frame.capture, "the same packet was captured before"
        self._odd[index, reason] += 1
        if self._odd[index, reason] <= MAX_ODDITIES:
            where = "" if copy.original.capture == index else f" of {self._captures[copy.original.capture].path}"
            text = f"{reason}, in frame {copy.original.number}{where}; it is used once"
            self._oddities.append(Oddity(index, copy.frame.number, None, text))

    def _register(self, file: File) -> None:
        """Give every (interface, rule) of the file, also those that only now appeared, its capture."""
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
                file.indexes[place] = len(self._captures)
                role, link = (rule.role, rule.link) if rule else (None, None)
                self._captures.append(
                    Capture(
                        file.item.path,
                        interface.index_in_section,
                        interface.name,
                        rule.vlan if rule else None,
                        interface.linktype,
                        role,
                        link,
                        "configured" if rule else "inferred",
                        several,
                        display_filter(file.item.rules, number) if rule else "",
                    )
                )
                key = configured(rule.role, rule.link) if rule else inferred(file.item.path, interfaces, interface)
                self._keys.append(key)
                self._readers.setdefault(key, PointReader())

    @staticmethod
    def _table(file: File, interfaces: int) -> NDArray[np.int32]:
        """Capture by (interface, rule), -1 where there is none; the last column is for no rule."""
        table = np.full((interfaces, len(file.item.rules) + 1), -1, np.int32)
        for (interface, rule), index in file.indexes.items():
            table[interface, rule] = index
        return table

    def _count_frames(self, file: File, frames: Frames) -> None:
        """Count for the captures that are whole interfaces."""
        cut = frames.caplen < frames.length
        for (interface, rule), index in file.indexes.items():
            if rule >= 0 and _selective(file, rule):
                continue
            row = self._captures[index]
            mine = frames.interface == interface
            times = frames.ts_ns[mine]
            row.snaplen_cut += int((cut & mine).sum())
            if row.linktype not in LINK_LAYERS and len(times):
                reason = f"link type {linktype_name(row.linktype)} is not understood"
                row.left_out[reason] = row.left_out.get(reason, 0) + len(times)
            _count(row, times)

    def _count_packets(self, file: File, capture: NDArray[np.int32], packets: Packets) -> None:
        """Count for the captures that are some packets of an interface."""
        for (_, rule), index in file.indexes.items():
            if rule >= 0 and _selective(file, rule):
                _count(self._captures[index], packets.ts_ns[capture == index])
        file.unclaimed += int((capture < 0).sum())

    def _note_joined(self, table: NDArray[np.int32], joined: Sequence[Joined]) -> None:
        for packet in joined:
            captures = [index for index in table[packet.frame.interface].tolist() if index >= 0]
            if not captures or not packet.others:
                continue
            index, reason = captures[0], "put together from IP fragments"
            self._odd[index, reason] += 1
            if self._odd[index, reason] <= MAX_ODDITIES:
                others = ", ".join(map(str, packet.others))
                text = f"{reason}; the others are in frames {others}"
                self._oddities.append(Oddity(index, packet.frame.number, packet.frame.record, text))

    def _note(self, file: File, table: NDArray[np.int32], left_out: LeftOut) -> None:
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
                row = self._captures[index]
                row.left_out[reason] = row.left_out.get(reason, 0) + 1
            self._odd[index, reason] += 1
            if self._odd[index, reason] <= MAX_ODDITIES:
                self._oddities.append(Oddity(index, number, record, reason))

    def finish(self, files: Sequence[File]) -> Readings:
        """Close all points and put the rows together."""
        for file in files:
            self._register(file)
            _check_interfaces(file)
            self._close_file(file)
        if not any(capture.packets for capture in self._captures):
            paths = ", ".join(dict.fromkeys(file.item.path for file in files))
            raise CaptureError(
                f"{paths}: no packets to look at; check that the capture ran on the right interface, and that its "
                "filter, and the site file's rules, let mail and DNS through"
            )
        for (index, reason), count in self._odd.items():
            if count > MAX_ODDITIES:
                self._oddities.append(Oddity(index, None, None, f"{reason}: {count - MAX_ODDITIES} more frames"))
        points = self._points(files)
        for point in points:
            self._oddities += point.rows.oddities
        self._oddities.sort(key=lambda o: (o.capture, o.frame or 0, o.reason))
        return Readings(self._captures, points, self._oddities)

    def _close_file(self, file: File) -> None:
        dropped = {interface.index: interface.dropped for interface in file.capture.interfaces}
        several = len(file.capture.interfaces) > 1
        sections = len({interface.section for interface in file.capture.interfaces}) > 1
        for (interface, _), index in file.indexes.items():
            row = self._captures[index]
            described = file.capture.interfaces[interface]
            row.section = described.section if sections else None
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

    def _points(self, files: Sequence[File]) -> list[Point]:
        file_of = {index: file.order for file in files for index in file.indexes.values()}
        captures_of: dict[PointKey, list[int]] = defaultdict(list)
        for index, key in enumerate(self._keys):
            captures_of[key].append(index)
        clock = _clocks(captures_of.values(), file_of)
        points = []
        for key, indexes in captures_of.items():
            first = self._captures[indexes[0]]
            points.append(
                Point(
                    name=printable(stem(first.path) if key[0] else key[-1]),
                    captures=indexes,
                    paths=[self._captures[index].path for index in indexes],
                    rows=self._readers[key].finish(),
                    role=first.role,
                    link=first.link,
                    role_source=first.role_source,
                    same_clock=clock[indexes[0]],
                )
            )
        return points


def _check_interfaces(file: File) -> None:
    """Raise where a rule for this very file names an interface that it has not; a glob may meet other files."""
    interfaces = file.capture.interfaces
    for rule in file.item.rules:
        if has_magic(rule.file) or any(names_interface(rule, interface) for interface in interfaces):
            continue
        names = ", ".join(printable(interface.name or str(interface.index)) for interface in interfaces)
        raise UsageError(f"{file.item.path}: there is no interface {rule.interface!r}; it has {names or 'none'}")


def _selective(file: File, rule: int) -> bool:
    r = file.item.rules[rule]
    return r.vlan is not None or r.mac is not None or bool(r.addresses)


def _count(row: Capture, times: NDArray[np.int64]) -> None:
    row.packets += len(times)
    if len(times):
        first, last = int(times.min()), int(times.max())
        row.first_ns = first if row.first_ns is None else min(row.first_ns, first)
        row.last_ns = last if row.last_ns is None else max(row.last_ns, last)


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
