"""Each session's frames out of all captures, a few sessions at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from wanwitness.ingest import CaptureFile
from wanwitness.model import Capture, Dialogue, FrameRef, Interface, Judgement, Stream, printable

from .claims import claims
from .locate import CARRIED, Hidden, Located, LocatedFlow, Locator, Omitted, Told, behind_ip, count_of, end
from .masks import Masks
from .pcapng import FrameOut, InterfaceOut, section

AT_ONCE = 64 << 20
"""Bytes of frames, about, that are held at once: each such lot costs two passes over the captures."""
_LONGEST = 1 << 14
"""Characters of a comment."""
_HEADERS = 100
"""Bytes of a packet that are not its payload, about."""


class _Frame(NamedTuple):
    """A frame of a session, ready to be written."""

    path: str
    number: int
    interface: int
    ts_ns: int
    length: int
    data: bytes
    hidden: int
    """Bytes of it that were replaced."""
    does: str | None
    """What it does as a packet of the session's connection."""


class Sides(NamedTuple):
    """What carving must know of the captures."""

    captures: Sequence[Capture]
    points: Sequence[Sequence[int]]
    """The captures of each capture point."""
    dialogues: Mapping[Stream, Dialogue]
    """What was said in each stream."""
    aligned: Callable[[FrameRef, int], int]
    """Brings a time of a frame's capture to the reference clock."""


def carve(judgements: Iterable[Judgement], sides: Sides) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the id of each session with the bytes of a pcapng file of its frames.

    The frames have the time stamps of their own captures, and stand in the order of the reference clock.

    Raises:
        OSError: a capture cannot be read any more.
    """
    begins = {capture.path: (capture.begin_ns or 0, capture.path) for capture in sides.captures}
    application = f"wanwitness {version('wanwitness')}"
    for some in _lots(judgements):
        cited, flows = _wanted(some, sides)
        frames: dict[int, list[_Frame]] = defaultdict(list)
        left_out: dict[int, list[Omitted]] = defaultdict(list)
        described: dict[tuple[str, int], Interface] = {}
        for path in sorted(cited.keys() | flows.keys(), key=begins.__getitem__):
            file = CaptureFile(path)
            locator = Locator(file, cited[path], flows[path])
            for taker, frame in _fetch(file, locator.locate(), locator.told):
                frames[taker].append(frame)
            for taker, left in locator.left_out.items():
                left_out[taker].append(left)
            described |= {(path, interface.index): interface for interface in file.interfaces}
        for index, judgement in enumerate(some):
            yield (
                judgement.session.id,
                section(*_content(judgement, frames.pop(index, []), left_out[index], described, sides), application),
            )


def _lots(judgements: Iterable[Judgement]) -> Iterator[list[Judgement]]:
    lot: list[Judgement] = []
    size = 0
    for judgement in judgements:
        lot.append(judgement)
        size += sum(
            min(s.payload_orig, CARRIED)
            + min(s.payload_resp, CARRIED)
            + _HEADERS * min(s.packets_orig + s.packets_resp, CARRIED // _HEADERS)
            for s in judgement.session.streams
        )
        if size > AT_ONCE:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _wanted(
    judgements: Sequence[Judgement], sides: Sides
) -> tuple[defaultdict[str, dict[int, list[int]]], defaultdict[str, list[LocatedFlow]]]:
    """By file: frame number to the sessions that cite it, and the sessions' connections."""
    paths = [capture.path for capture in sides.captures]
    together = {index: point for point in sides.points for index in point}
    cited: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)
    flows: defaultdict[str, list[LocatedFlow]] = defaultdict(list)
    for index, judgement in enumerate(judgements):
        for frame in claims(judgement, sides.dialogues):
            cited[paths[frame.capture]].setdefault(frame.number, []).append(index)
        for stream in judgement.session.streams:
            dialogue = sides.dialogues.get(stream, judgement.session.dialogue)
            masks = Masks(dialogue)
            begin, last = stream.first_ns, stream.last_ns
            first_in, last_in = paths[stream.first.capture], paths[stream.last.capture]
            beside = [n for n in together[stream.first.capture] if _overlaps(sides.captures[n], begin, last)]
            for path in {first_in, last_in, *(paths[n] for n in beside)}:
                flows[path].append(
                    LocatedFlow(
                        index,
                        end(stream.orig),
                        end(stream.resp),
                        begin,
                        last,
                        stream.first.number if path == first_in else None,
                        stream.last.number if path == last_in else None,
                        frozenset(frame.number for frame in dialogue.tls_frames if paths[frame.capture] == path),
                        masks,
                    )
                )
    return cited, flows


def _overlaps(capture: Capture, begin_ns: int, end_ns: int) -> bool:
    first, last = capture.first_ns, capture.last_ns
    return first is not None and last is not None and first <= end_ns and begin_ns <= last


def _fetch(file: CaptureFile, located: Located, told: Told) -> Iterator[tuple[int, _Frame]]:
    """The frames themselves."""
    takers: dict[int, list[tuple[int, Hidden]]] = defaultdict(list)
    for session, frames in located.items():
        for number, hidden in frames.items():
            takers[number].append((session, hidden))
    numbers = np.array(sorted(takers), np.int64)
    for window in file.windows():
        some = window.take(np.flatnonzero(np.isin(window.number, numbers)))
        columns = (some.number, some.interface, some.ts_ns, some.length, some.offset, some.caplen)
        for number, interface, ts_ns, length, offset, caplen in zip(*(c.tolist() for c in columns), strict=True):
            data = some.data[offset : offset + caplen].tobytes()
            linktype = file.interfaces[interface].linktype
            for session, hidden in takers[number]:
                masked = _masked(data, hidden, linktype)
                does = told.get(session, {}).get(number)
                yield session, _Frame(file.path, number, interface, ts_ns, length, *masked, does)


def _masked(data: bytes, ranges: Hidden, linktype: int) -> tuple[bytes, int]:
    masked, count = bytearray(data), 0
    for begin, stop in ((behind_ip(data, linktype), len(data)),) if ranges is None else ranges:
        hidden = len(data[begin:stop])
        masked[begin : begin + hidden] = b"*" * hidden
        count += hidden
    return bytes(masked), count


def _content(
    judgement: Judgement,
    frames: list[_Frame],
    left_out: Sequence[Omitted],
    described: Mapping[tuple[str, int], Interface],
    sides: Sides,
) -> tuple[str, list[InterfaceOut], list[FrameOut]]:
    """Comment, interfaces and frames of a session's file."""
    names = {place: n for n, place in enumerate(sorted({(frame.path, frame.interface) for frame in frames}))}
    any_of = {capture.path: index for index, capture in reversed(list(enumerate(sides.captures)))}
    said = {
        (sides.captures[f.capture].path, f.number): texts for f, texts in claims(judgement, sides.dialogues).items()
    }

    def place(frame: _Frame) -> tuple[int, str, int]:
        return sides.aligned(FrameRef(any_of[frame.path], frame.number), frame.ts_ns), frame.path, frame.number

    out = [
        FrameOut(
            names[frame.path, frame.interface],
            frame.ts_ns,
            frame.length,
            frame.data,
            _comment(frame, said.get((frame.path, frame.number), ())),
        )
        for frame in sorted(frames, key=place)
    ]
    interfaces = [_interface(path, described[path, interface], sides.captures) for path, interface in names]
    because = judgement.undetermined_because
    verdict = judgement.verdict if because is None else f"undetermined, {because}"
    comment = f"Session {judgement.session.id}: {verdict}. {judgement.explanation}{_without(left_out)}"
    return printable(comment, _LONGEST), interfaces, out


def _without(left_out: Sequence[Omitted]) -> str:
    """What a file says of frames that it does not hold."""
    if not left_out:
        return ""
    frames, payload = (sum(column) for column in zip(*left_out, strict=True))
    return (
        f" {count_of(frames, 'frame')} with {count_of(payload, 'byte')} of what was sent, or that acknowledge them, "
        f"{'is' if frames == 1 else 'are'} left out: behind the first {CARRIED >> 10} KiB of a direction on each side "
        "of the router only what the analysis cites is kept."
    )


def _interface(path: str, interface: Interface, captures: Sequence[Capture]) -> InterfaceOut:
    own = [c for c in captures if c.path == path and interface.index_in_section == c.interface_id]
    sides = dict.fromkeys("the LAN side" if c.role == "lan" else f"{c.link}" for c in own if c.role is not None)
    file = _name(path)
    offset_ns = next((c.clock.offset_ns for c in own if c.clock is not None), 0)
    ahead = ""
    if offset_ns:
        way = "ahead of" if offset_ns > 0 else "behind"
        ahead = f"; its clock is {abs(offset_ns) / 1e9:.6f} s {way} the reference"
    name = f"{file} {printable(interface.name)}" if interface.name else file
    return InterfaceOut(interface.linktype, name, f"{', '.join(sides) or 'no known side'}{ahead}")


def _comment(frame: _Frame, texts: Iterable[str]) -> str:
    replaced = "is" if frame.hidden == 1 else "are"
    hidden = [f"{count_of(frame.hidden, 'byte')} of it {replaced} replaced by *"] if frame.hidden else []
    told = "; ".join(chain(list(texts) or ([frame.does] if frame.does else []), hidden))
    where = f"{_name(frame.path)} frame {frame.number}"
    return f"{where}: {printable(told, _LONGEST)}" if told else where


@lru_cache
def _name(path: str) -> str:
    return printable(PurePath(path).name)
