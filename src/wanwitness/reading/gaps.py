"""What time the captures cover: when each saw traffic, where it has gaps, and what it lost.

Silence is no gap: a link may have nothing to say. A gap is what plainly ought to be there: a file that is missing from
a numbered set, bytes of a file that could not be read, and what whoever captured wrote down (`recorded.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

from wanwitness.language import ENGLISH, Catalogue
from wanwitness.model import Capture, FrameRef, Oddity, Sentence, Span, printable

from .recorded import recorded_spans

sentence = Catalogue(
    "reading",
    {
        "packets-seen": ("{n} packet", "{n} packets"),
        "packets-lost": (
            "the capturing side lost {n} packet, somewhere in this time",
            "the capturing side lost {n} packets, somewhere in this time",
        ),
        "packets-lost-somewhere": (
            "the capturing side lost {n} packet, somewhere in this time, of this interface or another that the device "
            "shows",
            "the capturing side lost {n} packets, somewhere in this time, of this interface or another that the device "
            "shows",
        ),
        "files-missing": (
            "{n} file is missing from the numbered set between {one} and {two}",
            "{n} files are missing from the numbered set between {one} and {two}",
        ),
        "bytes-unread": "{bytes} bytes from {offset} on could not be read: {reason}",
    },
)

_NUMBERED = re.compile(
    r"(?i)^(?P<set>.+)_(?P<number>\d{5})(_\d{14})?\.[^/]+$"  # dumpcap -b, editcap -c and -i
    r"|^(?P<set2>.+\.(pcap|pcapng|cap|dmp|ntar))(?P<number2>\d*)(\.(gz|xz|bz2|zst|lz4))?$"  # tcpdump -C
)


class _Place(NamedTuple):
    """A file's place in a numbered set."""

    set: tuple[str, str]
    """Folder and name without number and date."""
    number: int


def place(path: str) -> _Place | None:
    """Return a file's place in a numbered set, None where its name has no number.

    >>> place("wan/orange_00003_20121121143000.pcapng.gz")
    _Place(set=('wan', 'orange'), number=3)
    >>> place("lan.pcap").number, place("lan.pcap7").number, place("lan-7.dump")
    (0, 7, None)
    """
    folder, name = str(PurePath(path).parent), PurePath(path).name
    found = _NUMBERED.match(name)
    if found is None:
        return None
    if found["set"] is not None:
        return _Place((folder, found["set"]), int(found["number"]))
    return _Place((folder, found["set2"]), int(found["number2"] or 0))


def coverage(points: Collection[Sequence[int]], captures: Sequence[Capture]) -> list[Span]:
    """Return what time each capture covers, in order of captures.

    Args:
        points: the indexes of the captures of each capture point.
        captures: all captures, read to their end.
    """
    rows = [row for index, capture in enumerate(captures) for row in _own(index, capture)]
    missing = _missing(captures)
    for indexes in points:
        rows += [row for gap in missing if (row := _of_point(gap, indexes, captures)) is not None]
        rows += _unread(indexes, captures)
    rows += recorded_spans(points, captures)
    return sorted(rows, key=_in_order)


def _in_order(row: Span) -> tuple[int, bool, int, int, str]:
    return row.capture, row.kind != "seen", row.from_ns, row.to_ns, ENGLISH.say(row.text)


def oddities(rows: Iterable[Span]) -> list[Oddity]:
    """Return a row for each gap that no damage of a file explains, though several capture points have it."""
    gaps = {row.text: row.capture for row in reversed(list(rows)) if row.text.id == "files-missing"}
    return [Oddity(capture, None, None, text) for text, capture in gaps.items()]


def _own(index: int, capture: Capture) -> Iterable[Span]:
    first, last = capture.first_ns, capture.last_ns
    if first is None or last is None:
        return
    yield Span(index, first, last, "seen", sentence("packets-seen", n=capture.packets))
    if capture.dropped:
        text = sentence("packets-lost" if capture.ifindex is None else "packets-lost-somewhere", n=capture.dropped)
        yield Span(index, first, last, "drops", text)


class _Gap(NamedTuple):
    """Files of a numbered set that are not there."""

    set: tuple[str, str]
    behind: str
    """The next file of the set that is there."""
    from_ns: int
    to_ns: int
    text: Sentence
    edges: tuple[FrameRef, FrameRef]


def _missing(captures: Iterable[Capture]) -> list[_Gap]:
    """Return where files between two of one set are not there; a ring's overwritten first files are no gap."""
    sets: dict[tuple[str, str], dict[str, list[Capture]]] = {}
    first: dict[str, int] = {}
    for index, capture in enumerate(captures):
        first.setdefault(capture.path, index)
        known = place(capture.path)
        if known is not None:
            sets.setdefault(known.set, {}).setdefault(capture.path, []).append(capture)
    gaps = []
    for name, files in sets.items():
        numbers = {path: known.number for path in files if (known := place(path)) is not None}
        there = set(numbers.values())
        times = {path: time for path, parts in files.items() if (time := _time(parts)) is not None}
        for one, two in pairwise(sorted(times, key=lambda path: times[path])):
            between = range(numbers[one] + 1, numbers[two])
            gone = sum(number not in there for number in between) if len(between) < _FAR else 0
            begin, end = times[one][1], times[two][0]
            if gone and begin <= end:
                ends = (printable(PurePath(path).name) for path in (one, two))
                text = sentence("files-missing", n=gone, **dict(zip(("one", "two"), ends, strict=True)))
                last = FrameRef(first[one], sum(part.packets for part in files[one]))
                edges = last, FrameRef(first[two], 1)
                gaps.append(_Gap(name, two, begin, end, text, edges))
    return gaps


def _time(parts: Iterable[Capture]) -> tuple[int, int] | None:
    """When the first and the last frame of a file were captured."""
    seen = [(part.first_ns, part.last_ns) for part in parts if part.first_ns is not None and part.last_ns is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _of_point(gap: _Gap, indexes: Iterable[int], captures: Sequence[Capture]) -> Span | None:
    """The gap as one of a capture point, if that has files of the set: a row of its capture after the gap, where it has
    one.
    """
    mine = {captures[index].path: index for index in indexes if _in_set(captures[index].path, gap.set)}
    if not mine:
        return None
    return Span(mine.get(gap.behind, min(mine.values())), gap.from_ns, gap.to_ns, "gap", gap.text, gap.edges)


def _in_set(path: str, name: tuple[str, str]) -> bool:
    known = place(path)
    return known is not None and known.set == name


_FAR = 100_000
"""Numbers further apart than the five digits of a set are not of one set."""


def _unread(indexes: Sequence[int], captures: Sequence[Capture]) -> Iterable[Span]:
    """Gaps where bytes of a file could not be read; at a file's end, up to where the next one begins."""
    begins = sorted((first, index) for index in indexes if (first := captures[index].first_ns) is not None)
    for index in indexes:
        for damage in captures[index].damage:
            begin, end = damage.after_ns, damage.before_ns
            last, behind = FrameRef(index, damage.after_frame), FrameRef(index, damage.after_frame + 1)
            if begin is not None and end is None:
                found = next(((first, other) for first, other in begins if first > begin), None)
                end, behind = (None, behind) if found is None else (found[0], FrameRef(found[1], 1))
            if begin is not None and end is not None:
                text = sentence("bytes-unread", bytes=damage.bytes, offset=damage.offset, reason=damage.reason)
                edges = (last, behind) if begin <= end else (behind, last)
                yield Span(index, min(begin, end), max(begin, end), "gap", text, edges)
