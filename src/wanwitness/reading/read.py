"""All captures read, and their rows put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wanwitness.errors import CaptureError
from wanwitness.ingest import CaptureFile
from wanwitness.inputs import Input
from wanwitness.language import ENGLISH, failure
from wanwitness.model import Capture, Oddity, Span, printable
from wanwitness.wrong_use import WRONG

from .gaps import coverage, oddities
from .input_file import File, PointKey, groups
from .part import Part, read_part
from .point import Point
from .progress import Progress
from .recorded import note_drops, of_one_machine
from .rotation import stem
from .sets import name_sets
from .vlans import places_by_vlan
from .workers import cores, side_by_side, worth_processes


@dataclass(slots=True)
class Readings:
    """All captures read."""

    captures: list[Capture]
    points: list[Point]
    frames: list[Oddity]
    """What was odd about the frames themselves, and the files."""
    coverage: list[Span]
    """What time the captures cover, by their own clocks."""

    def oddities(self, points: Iterable[Point]) -> list[Oddity]:
        """Return everything odd, in frames, files and rows, in order of captures; of DNS messages as far as the
        points' logs read them.
        """
        found = self.frames + [oddity for point in points for oddity in point.rows.oddities]
        return sorted(found, key=lambda o: (o.capture, o.frame or 0, ENGLISH.say(o.reason)))


def read(
    inputs: Sequence[Input],
    window_frames: int | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Readings:
    """Read every file to its end.

    Args:
        inputs: the files and what they saw.
        window_frames: frames in a window, at most; any number gives the same rows.
        progress: is told how far it is.
        processes: how many may read at once; None: as many as there are processors.

    Raises:
        UsageError: a file is missing.
        CaptureError: a file is no capture, or there is no packet in any of them.
    """
    files = _open(inputs)
    processes = cores() if processes is None else processes
    if worth_processes(groups(files), processes) and all(file.places is None for file in files):
        parts = side_by_side(groups(files), processes, window_frames, progress)
        if parts is not None:
            return put_together(files, parts)
        files = _open(inputs)
    return put_together(files, [read_part(groups(files), 0, window_frames, progress)])


def _open(inputs: Sequence[Input]) -> list[File]:
    files = [File(order, item, CaptureFile(item.path)) for order, item in enumerate(inputs)]
    name_sets(files)
    for group in groups(files):
        places = places_by_vlan(group)
        for file in group:
            file.places = places
    return files


def put_together(files: Sequence[File], parts: Sequence[Part]) -> Readings:
    """Make capture points of what was read.

    Raises:
        CaptureError: there is no packet in any capture.
    """
    captures = [capture for part in parts for capture in part.captures]
    if not any(capture.packets for capture in captures):
        paths = tuple(dict.fromkeys(file.item.path for file in files))
        raise failure(CaptureError, WRONG("no-packets", paths=paths))
    captures_of: dict[PointKey, list[int]] = defaultdict(list)
    for index, key in enumerate(key for part in parts for key in part.keys):
        captures_of[key].append(index)
    note_drops(captures)
    clock = _clocks(
        [*captures_of.values(), *of_one_machine(captures)],
        {index: order for part in parts for index, order in part.file_of.items()},
    )
    rows = {key: found for part in parts for key, found in part.rows.items()}
    sightings = {key: found for part in parts for key, found in part.sightings.items()}
    points = []
    for key, indexes in captures_of.items():
        first = captures[indexes[0]]
        points.append(
            Point(
                name=printable(_name(key, captures_of, first.path)),
                captures=indexes,
                paths=[captures[index].path for index in indexes],
                rows=rows[key],
                role=first.role,
                link=first.link,
                role_source=first.role_source,
                same_clock=clock[indexes[0]],
                sightings=sightings.get(key, frozenset()),
                span=_span([captures[index] for index in indexes]),
                interfaces=tuple(dict.fromkeys(_interface(captures[index]) for index in indexes)),
            )
        )
    covered = coverage(captures_of.values(), captures)
    odd = [oddity for part in parts for oddity in part.oddities] + oddities(covered)
    return Readings(captures, points, odd, covered)


def _name(key: PointKey, keys: Iterable[PointKey], path: str) -> str:
    """What a capture point is called: after its interface, where its files show several; a bare number says nothing."""
    if key[0]:
        return stem(path)
    if not any(other != key and other[:2] == key[:2] for other in keys):
        return key[1]
    return f"{key[1]}/{key[-1]}" if key[-1].isdecimal() else key[-1]


def _span(captures: Iterable[Capture]) -> tuple[int, int] | None:
    """When a capture point's frames were captured."""
    seen = [(c.first_ns, c.last_ns) for c in captures if c.first_ns is not None and c.last_ns is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _interface(capture: Capture) -> tuple[str, str]:
    """An interface's name and description, as far as its file gives them."""
    return (capture.interface or "", capture.description or "")


def _clocks(points: Iterable[Sequence[int]], file_of: dict[int, int]) -> dict[int, int]:
    """Number the clocks: one a file, and one for all the files of a capture point, or of a machine."""
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
