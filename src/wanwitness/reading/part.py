"""Frames counted, decoded and given to their capture points."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from glob import has_magic

import numpy as np
from numpy.typing import NDArray

from wanwitness.errors import UsageError
from wanwitness.ingest import Frames
from wanwitness.ingest.columns import distinct
from wanwitness.model import Capture, CaptureRule, FrameRef, Oddity, printable
from wanwitness.packets import LeftOut, Packets
from wanwitness.packets.capture_rules import UNTAGGED, display_filter, matching, names_interface, tells_packets
from wanwitness.packets.checksums import TCP, UDP
from wanwitness.packets.checksums import wrong as wrong_checksums
from wanwitness.packets.decode import Decoder
from wanwitness.packets.decode.fragments import Joined
from wanwitness.packets.decode.link import LINK_LAYERS
from wanwitness.packets.decode.linktypes import linktype_name
from wanwitness.packets.duplicates import REACH_FRAMES, Copies, Copy
from wanwitness.packets.select import Prefilter, Selector

from .input_file import File, PointKey
from .merge import in_time_order
from .not_understood import why
from .point import PointRows, Sighting
from .point_reader import PointReader
from .progress import Progress
from .sightings import Sightings
from .vlans import vlans

MAX_ODDITIES = 10_000
"""Rows kept of one reason in one capture; the count stays exact."""
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
    """Keeps the captures and points while files are read.

    Args:
        first: index of the first capture among all.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._captures: list[Capture] = []
        self._keys: list[PointKey] = []
        self._readers: dict[PointKey, PointReader] = {}
        self._spoken = np.zeros(1 << 16, np.bool_)
        self._sieve = Prefilter(self._spoken)
        self._selectors: dict[PointKey, Selector] = defaultdict(partial(Selector, spoken=self._spoken))
        self._copies: dict[PointKey, Copies] = defaultdict(Copies)
        self._sightings: dict[PointKey, Sightings] = defaultdict(Sightings)
        self._spoilt: dict[PointKey, NDArray[np.int64]] = defaultdict(lambda: np.empty(0, np.int64))
        """The numbers of the file's frames whose TCP checksum is wrong, as far as they may still be held."""
        self._taken: File | None = None
        """The file whose frames were taken last."""
        self._oddities: list[Oddity] = []
        self._odd: Counter[tuple[int, str]] = Counter()
        self._decoder = Decoder()
        self._latest_ns = _NEVER
        """The latest time of the frames behind the last one that was decoded."""

    def feed(self, file: File, frames: Frames) -> None:
        """Take a window of a file."""
        interfaces = file.capture.interfaces
        self.register(file)
        linktypes, places = file.described.linktypes(interfaces), file.described.places
        if file.places is None:
            self._count_frames(file, frames)
        else:
            self._count_by_vlan(file, frames, vlans(frames, linktypes[frames.interface]))
        if not file.by_packets:
            sifted = self._sieve.sift(frames, linktypes)
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
        """The latest time of each kept frame and of those between the one before and it; of what is behind the last,
        the next window's first hears.
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
        return sum(reader.connections for reader in self._readers.values())

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
        capture = table[packets.interface, rule]
        self._count_packets(file, capture, packets)
        self._note(file, table, left_out)
        self._note_joined(table, joined)
        if len(file.understood) < len(interfaces):
            file.understood.update(distinct(packets.interface))
        packets, numbers = packets.with_captures(capture), [packet.frame.number for packet in joined]
        for key, own in self._captures_of_points(capture).items():
            # A conversation may have a capture for each direction: those of a point stay in the file's order.
            mine = np.isin(capture, own) if len(own) > 1 else capture == own[0]
            self._give(key, file, packets.take(mine), numbers)

    def _captures_of_points(self, capture: NDArray[np.int32]) -> dict[PointKey, list[int]]:
        """The captures that are there, by their points."""
        found: dict[PointKey, list[int]] = defaultdict(list)
        for index in distinct(capture):
            if index >= 0:
                found[self._keys[index - self._first]].append(index)
        return found

    def _give(self, key: PointKey, file: File, packets: Packets, joined: Sequence[int]) -> None:
        wanted = self._selectors[key].select(packets)
        self._sightings[key].feed(wanted)
        spoilt = self._count_checksums(wanted, joined)
        self._spoilt[key] = np.r_[self._spoilt[key], spoilt]
        ready, copies = self._copies[key].without(wanted, file.order)
        for copy in copies:
            self._note_copy(copy)
        self._read(key, ready)
        if len(wanted):
            late = self._spoilt[key] > wanted.number.max() - REACH_FRAMES
            self._spoilt[key] = self._spoilt[key][late]

    def _read(self, key: PointKey, ready: Sequence[Packets]) -> None:
        for packets in ready:
            self._readers[key].feed(packets, self._spoilt[key])

    def _release(self) -> None:
        """Read what was held in case an earlier copy follows."""
        for key, copies in self._copies.items():
            self._read(key, copies.release())
        self._spoilt.clear()

    def _count_checksums(self, packets: Packets, joined: Sequence[int]) -> NDArray[np.int64]:
        """Count wrong ones, and return the numbers of the frames whose TCP checksum is wrong.

        Of a packet that came in fragments, the IP header is not the one that was sent.
        """
        whole = ~np.isin(packets.number, joined) if joined else np.ones(len(packets), np.bool_)
        ip, transport = wrong_checksums(packets)
        tcp, udp = transport & (packets.protocol == TCP), transport & (packets.protocol == UDP)
        for index in distinct(packets.capture):
            sums, mine = self._captures[index - self._first].checksums, whole & (packets.capture == index)
            sums.checked += int(mine.sum())
            sums.ip += int((ip & mine).sum())
            sums.tcp += int((tcp & mine).sum())
            sums.udp += int((udp & mine).sum())
        spoilt: NDArray[np.int64] = packets.number[tcp]
        return spoilt

    def _note_copy(self, copy: Copy) -> None:
        index, reason = copy.frame.capture, "the same packet was captured before"
        self._odd[index, reason] += 1
        if self._odd[index, reason] <= MAX_ODDITIES:
            other = self._captures[copy.original.capture - self._first]
            where = "" if copy.original.capture == index else f" of {other.path}"
            text = f"{reason}, in frame {copy.original.number}{where}; it is used once"
            self._oddities.append(Oddity(index, copy.frame.number, None, text))

    def register(self, file: File) -> None:
        """Give every (interface, rule) of the file, also those that only now appeared, its capture."""
        interfaces, rules = file.capture.interfaces, file.rules
        begun, told = file.registered
        file.registered = len(interfaces), len(rules)
        if file.registered == (begun, told):
            return
        file.described.linktypes(interfaces)
        several = file.described.several
        # Files may have thousands of sections, each with an interface: only what is new is looked at.
        for interface in interfaces[0 if len(rules) > told else begun :]:
            fresh: list[tuple[int, CaptureRule | None]] = [(-1, None)]
            if rules or file.places is not None:
                since = told if interface.index < begun else 0
                fresh = [(n, rules[n]) for n in range(since, len(rules)) if names_interface(rules[n], interface)]
            for number, rule in fresh:
                place = (interface.index, number)
                if place in file.indexes:
                    continue
                file.indexes[place] = self._first + len(self._captures)
                file.captures_of[interface.index].append((number, file.indexes[place]))
                role, link = (rule.role, rule.link) if rule else (None, None)
                self._captures.append(
                    Capture(
                        file.item.path,
                        interface.index_in_section,
                        interface.name,
                        None if rule is None or rule.vlan == UNTAGGED else rule.vlan,
                        interface.linktype,
                        role,
                        link,
                        "configured" if role else "inferred",
                        several,
                        # The rules that VLANs were found by speak of nothing else, and none of another's.
                        display_filter(*((rules, number) if file.item.rules else ([rule], 0))) if rule else "",
                        ifindex=interface.ifindex,
                        description=interface.description,
                    )
                )
                key = file.point(interface, rule)
                self._keys.append(key)
                self._readers.setdefault(key, PointReader())

    def _count_frames(self, file: File, frames: Frames) -> None:
        """Count for the captures that are whole interfaces."""
        cut = frames.caplen < frames.length
        for interface, rows in _by_interface(frames.interface):
            captures = file.captures_of.get(interface, ())
            for rule, index in captures:
                if rule >= 0 and tells_packets(file.rules[rule]):
                    continue
                row = self._captures[index - self._first]
                row.snaplen_cut += int(cut[rows].sum())
                _count_not_understood(row, len(rows))
                _count(row, frames.ts_ns[rows])
            if not captures and file.rules and not file.by_packets:
                file.unclaimed += len(rows)

    def _count_by_vlan(self, file: File, frames: Frames, vlan: NDArray[np.int32]) -> None:
        """Count for the captures that are VLANs of an interface; new ones begin here."""
        seen, first = np.unique(np.c_[frames.interface, vlan], axis=0, return_index=True)
        for interface, number in seen[np.argsort(first)].tolist():  # as they came, wherever windows end
            rule = file.find_vlan(file.capture.interfaces[interface], number)
            if (interface, rule) not in file.indexes:
                self.register(file)
            row = self._captures[file.indexes[interface, rule] - self._first]
            mine = (frames.interface == interface) & (vlan == number)
            row.snaplen_cut += int((mine & (frames.caplen < frames.length)).sum())
            _count_not_understood(row, int(mine.sum()))
            _count(row, frames.ts_ns[mine])

    def _count_packets(self, file: File, capture: NDArray[np.int32], packets: Packets) -> None:
        """Count for the captures that are some packets of an interface."""
        for (_, rule), index in file.indexes.items() if file.places is None and file.by_packets else ():
            if rule >= 0 and tells_packets(file.rules[rule]):
                _count(self._captures[index - self._first], packets.ts_ns[capture == index])
        if file.by_packets or file.places is not None:
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
                row = self._captures[index - self._first]
                row.left_out[reason] = row.left_out.get(reason, 0) + 1
            self._odd[index, reason] += 1
            if self._odd[index, reason] <= MAX_ODDITIES:
                self._oddities.append(Oddity(index, number, record, reason))

    def close(self, files: Sequence[File]) -> Part:
        """Close all points: the files were read to their end."""
        for file in files:
            _check_interfaces(file)
            self._close_file(file)
        for (index, reason), count in self._odd.items():
            if count > MAX_ODDITIES:
                self._oddities.append(Oddity(index, None, None, f"{reason}: {count - MAX_ODDITIES} more frames"))
        return self._part(files, {key: reader.finish() for key, reader in self._readers.items()}, self._oddities)

    def so_far(self, files: Sequence[File]) -> Part:
        """Return what has been read until now, as if the captures ended here, and go on reading.

        What is odd is not told of: it would be told again and again.
        """
        self._release()
        for file in files:
            self._tell(file)
        rows = {key: reader.so_far() for key, reader in self._readers.items()}
        return self._part(files, rows, [])

    def begin_of_last(self, most: int) -> int | None:
        """Return since when no capture point has more than so many DNS messages, ns; None where none has more."""
        begins = [reader.begin_of_last(most) for reader in self._readers.values()]
        return max((begin for begin in begins if begin is not None), default=None)

    def forget(self, streams: AbstractSet[FrameRef], before_ns: int) -> None:
        """Let go of what nobody needs any more, and of what is odd.

        Args:
            streams: the first frames of streams that are over.
            before_ns: what else was captured before this time.
        """
        self._oddities.clear()
        for reader in self._readers.values():
            reader.forget(streams, before_ns)

    def _part(self, files: Sequence[File], rows: dict[PointKey, PointRows], oddities: list[Oddity]) -> Part:
        for key, selector in self._selectors.items():
            rows[key].ports = frozenset(np.flatnonzero(selector.ports).tolist())
        file_of = {index: file.order for file in files for index in file.indexes.values()}
        seen = {key: frozenset(sightings.rows()) for key, sightings in self._sightings.items()}
        return Part(self._first, self._captures, self._keys, rows, oddities, file_of, seen)

    def _tell(self, file: File) -> None:
        """Have the captures of a file say what is known of it by now."""
        dropped = {interface.index: interface.dropped for interface in file.capture.interfaces}
        several = file.described.several
        sections = len({interface.section for interface in file.capture.interfaces}) > 1
        for (interface, _), index in file.indexes.items():
            row = self._captures[index - self._first]
            described = file.capture.interfaces[interface]
            row.section = described.section if sections else None
            row.tls_keys = file.capture.tls_keys
            row.bytes, row.dropped, row.several_interfaces = file.capture.size, dropped[interface], several
            row.damage = list(file.capture.damage)

    def _close_file(self, file: File) -> None:
        self._tell(file)
        for (interface, _), index in file.indexes.items():
            row = self._captures[index - self._first]
            if interface not in file.understood and row.packets and not row.left_out:
                row.left_out[why(file.item.path, interface)] = row.packets
        for damage in file.capture.damage:
            first = min(file.indexes.values(), default=None)
            if first is not None:
                reason = f"{damage.reason}; {damage.bytes} bytes left out"
                self._oddities.append(Oddity(first, None, damage.offset, reason))
        if (unfinished := file.capture.unfinished) is not None and file.indexes:
            reason = f"{unfinished.reason}; {unfinished.bytes} bytes of its last record were there"
            self._oddities.append(Oddity(min(file.indexes.values()), None, unfinished.offset, reason))
        if file.unclaimed and file.indexes:
            reason = f"{file.unclaimed} frames belong to no capture point that the site file or --lan/--wan names"
            self._oddities.append(Oddity(min(file.indexes.values()), None, None, reason))


def _by_interface(interface: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give each interface of a window with the places of its frames, in order."""
    if not len(interface):
        return
    if (interface == interface[0]).all():  # mostly
        yield int(interface[0]), np.arange(len(interface))
        return
    order = np.argsort(interface, kind="stable")
    indexes, begins = np.unique(interface[order], return_index=True)
    yield from zip(indexes.tolist(), np.split(order, begins[1:]), strict=True)


def _check_interfaces(file: File) -> None:
    """Raise where a rule for this very file names an interface that it has not; a glob may meet other files."""
    interfaces = file.capture.interfaces
    for rule in file.rules:
        if has_magic(rule.file) or any(names_interface(rule, interface) for interface in interfaces):
            continue
        names = ", ".join(printable(interface.name or str(interface.index)) for interface in interfaces)
        raise UsageError(f"{file.item.path}: there is no interface {rule.interface!r}; it has {names or 'none'}")


def _count_not_understood(row: Capture, frames: int) -> None:
    if row.linktype not in LINK_LAYERS and frames:
        reason = f"link type {linktype_name(row.linktype)} is not understood"
        row.left_out[reason] = row.left_out.get(reason, 0) + frames


def _count(row: Capture, times: NDArray[np.int64]) -> None:
    row.packets += len(times)
    if len(times):
        first, last = int(times.min()), int(times.max())
        row.first_ns = first if row.first_ns is None else min(row.first_ns, first)
        row.last_ns = last if row.last_ns is None else max(row.last_ns, last)
        row.begin_ns = int(times[0]) if row.begin_ns is None else row.begin_ns
        row.end_ns = int(times[-1])
