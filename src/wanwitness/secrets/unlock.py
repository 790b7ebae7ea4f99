"""The encrypted mail streams of a case opened, as far as there are keys."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from wanwitness.errors import UsageError
from wanwitness.language import Catalogue, failure
from wanwitness.model import Capture, Direction, FrameRef, Oddity, Sentence, printable
from wanwitness.oddities import ODD, of_protocol
from wanwitness.reading import Point
from wanwitness.reading.point import MailStream
from wanwitness.sources.unpacked import unpacked

from .follow import Said
from .key_log import KeyLog
from .replay import Passage, replay
from .tshark import RecordFrame, Tshark

_STDIN = "-"
sentence = Catalogue(
    "secrets",
    {
        "tshark-needed": "to open TLS with its keys, tshark is needed (apt install tshark), and there is none",
        "tls-of-stdin": "what came by standard input cannot be read again, so its TLS was not opened",
        "no-key-opens": "{path}: no key of the key log opens any of its encrypted mail sessions",
    },
)


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What came of it."""

    points: tuple[Point, ...]
    """The capture points, those of opened streams with other rows."""
    tshark_version: str | None = None
    """Who opened them; None where nobody was asked."""
    notes: tuple[Sentence, ...] = ()
    """Why some were not."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """An encrypted stream, and where it stands."""

    point: Point
    place: int
    """Among the point's mail streams."""
    mail: MailStream
    numbers: frozenset[int]
    """Of the frames, in its file, with the first TLS record of each side."""


class _Opened(NamedTuple):
    """A stream with what was said inside, and what was odd about that."""

    mail: MailStream
    oddities: tuple[Oddity, ...]


def unlock(points: Sequence[Point], captures: Sequence[Capture], keys: KeyLog | None) -> Unlocked:
    """Return the capture points, with the dialogue inside of every encrypted mail stream that there are keys for.

    Keys are those of key logs, and those that a pcapng file brings along.

    Raises:
        UsageError: there are key logs, and tshark is not installed.
    """
    by_path: dict[str, list[_Sealed]] = defaultdict(list)
    for point in points:
        for place, mail in enumerate(point.rows.mail):
            if mail.dialogue.encrypted and mail.dialogue.tls_frames:
                path = captures[mail.stream.first.capture].path
                numbers = {f.number for f in mail.dialogue.tls_frames if captures[f.capture].path == path}
                if numbers:  # a stream whose TLS begins in the next of a set of files is not opened
                    by_path[path].append(_Sealed(point, place, mail, frozenset(numbers)))
    own = {capture.path for capture in captures if capture.tls_keys}
    wanted = {path: sealed for path, sealed in by_path.items() if keys is not None or path in own}
    if keys is None and not wanted:
        return Unlocked(tuple(points))
    if not Tshark.is_installed():
        why = sentence("tshark-needed")
        if keys is not None:
            raise failure(UsageError, why)
        return Unlocked(tuple(points), notes=(why,))
    servers = {(s.mail.stream.resp.port, s.mail.dialogue.implicit_tls) for all_ in wanted.values() for s in all_}
    notes = []
    opened: dict[tuple[int, int], _Opened] = {}
    """By point and place."""
    with tempfile.TemporaryDirectory(prefix="wanwitness-keys-") as work:
        tshark = Tshark(Path(work), keys.text if keys is not None else "", servers)
        for number, (path, sealed) in enumerate(wanted.items()):
            if path == _STDIN:
                notes.append(sentence("tls-of-stdin"))
                continue
            file = unpacked(Path(path), Path(work) / f"capture-{number}")
            found = _open(tshark, file, sealed)
            opened |= {(id(one.point), one.place): inside for one, inside in found}
            if not found and keys is not None:
                notes.append(sentence("no-key-opens", path=printable(path)))
        return Unlocked(tuple(_with(point, opened) for point in points), tshark.version, tuple(notes))


def _with(point: Point, opened: Mapping[tuple[int, int], _Opened]) -> Point:
    """Return a point with what was opened of it."""
    found = {place: opened[id(point), place] for place in range(len(point.rows.mail)) if (id(point), place) in opened}
    if not found:
        return point
    mail = [found[place].mail if place in found else one for place, one in enumerate(point.rows.mail)]
    noted = [*point.rows.noted, *(oddity for one in found.values() for oddity in one.oddities)]
    return replace(point, rows=replace(point.rows, mail=mail, noted=noted))


def _open(tshark: Tshark, file: Path, sealed: Sequence[_Sealed]) -> list[tuple[_Sealed, _Opened]]:
    """Open the streams of one file, those that can be."""
    frames: dict[int, dict[int, RecordFrame]] = defaultdict(dict)
    of: dict[int, int] = {}
    for frame in tshark.frames(file):
        frames[frame.stream][frame.number] = frame
        of[frame.number] = frame.stream
    found = {id(one): next((of[n] for n in sorted(one.numbers) if n in of), None) for one in sealed}
    streams = sorted({stream for stream in found.values() if stream is not None})
    inside = _by_stream(tshark.inside(file, streams), of)
    starttls = {found[id(one)] for one in sealed if not one.mail.dialogue.implicit_tls}
    clear = _by_stream(tshark.clear(file, [stream for stream in streams if stream in starttls and inside[stream]]), of)
    opened = []
    for one in sealed:
        stream = found[id(one)]
        told = _inside(one, frames[stream], clear[stream], inside[stream]) if stream is not None else None
        if told is not None:
            opened.append((one, told))
    return opened


def _by_stream(pieces: Iterator[Said], of: dict[int, int]) -> defaultdict[int, list[Said]]:
    found: defaultdict[int, list[Said]] = defaultdict(list)
    for piece in pieces:
        if piece.number in of:
            found[of[piece.number]].append(piece)
    return found


def _inside(
    one: _Sealed, frames: Mapping[int, RecordFrame], clear: Sequence[Said], inside: Sequence[Said]
) -> _Opened | None:
    """Return a stream with the dialogue inside of it; None where there is none."""
    stream, sealed = one.mail.stream, one.mail.dialogue
    begun = min(one.numbers)
    told = {piece.number for piece in inside}
    unread = [f.number for f in frames.values() if f.sealed or (f.application and f.number not in told)]
    until = min((number for number in unread if number > begun), default=None)

    def piece(said: Said) -> Passage:
        frame = frames[said.number]
        forward = (frame.sport, frame.dport) == (stream.orig.port, stream.resp.port)
        direction: Direction = "orig" if forward else "resp"
        return Passage(direction, said.data, FrameRef(stream.first.capture, said.number), said.ts_ns)

    before = [piece(said) for said in clear if said.number < begun]
    within = [piece(said) for said in inside if until is None or said.number < until]
    # What stands behind a gap tshark does not even take for records.
    dialogue = replay(stream, sealed, before, within, whole=until is None and not stream.gaps)
    if dialogue is None:
        return None
    known = {reason for _, reason in sealed.oddities}
    odd = [(frame or stream.first, reason) for frame, reason in dialogue.oddities if reason not in known]
    return _Opened(
        replace(one.mail, dialogue=dialogue),
        tuple(Oddity(at.capture, at.number, None, of_protocol(ODD("odd-inside-tls"), reason)) for at, reason in odd),
    )
