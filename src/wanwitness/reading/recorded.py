"""What whoever captured wrote down beside the captures: `coverage.jsonl`, a JSON object a line.

`wanwitness live` writes it, and any capturing script may. Captures in such a folder were written by one machine, and
so by one clock. Each row has `at` (when it was written) and `kind`; times are RFC 3339 UTC with nine decimals:

`gap`        nothing was captured of `source` from `from` to `to`, and why is in `text`
`clock`      the clock was set by `by_s` seconds: what came first between `from` and `to` is not known
`hole`       of `file`, which is what was kept of a longer one, nothing was kept from `from` to `to`
`drops`      the capturing program lost `dropped` packets of `file`, where the file itself cannot say so
`begin`, `end`, `interface`, `quiet`, `deleted`
             a file was begun, ended or deleted, an interface went down or up, or was silent for long: for people

A row with `own_clock` (true) says that another machine wrote its `file`, by a clock of its own.
`text` is English; beside it `text_id` and `text_args` may name a sentence of ours that says the same, in any language.
`source` is what the names of an interface's files begin with, before `_` and their number: `lan-eth1` for
lan-eth1_00001_20261126093000.pcapng. A line that is none of this is passed over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from wanwitness.language import Catalogue, retold
from wanwitness.model import Capture, Sentence, Span, printable

sentence = Catalogue("reading", {"written-down": "{text}", "nothing-captured": "nothing was captured"})
COVERAGE_FILE = "coverage.jsonl"
_SECOND = 1_000_000_000
_LOST = ("gap", "clock", "hole")
"""Kinds of rows that tell of a time of which a capture cannot be relied on."""
_MOST_TEXT = 300


def recorded_spans(points: Iterable[Sequence[int]], captures: Sequence[Capture]) -> list[Span]:
    """Return the gaps that were written down, one for each capture point that has it.

    Args:
        points: the indexes of the captures of each capture point.
        captures: all captures.
    """
    spans = []
    for indexes in points:
        folders: dict[Path, list[int]] = {}
        for index in indexes:
            folders.setdefault(Path(captures[index].path).parent, []).append(index)
        for folder, here in folders.items():
            known = _Captures(here, captures)
            spans += [span for row in _rows_of(folder) if (span := _span(row, known)) is not None]
    return spans


def note_drops(captures: Sequence[Capture]) -> None:
    """Have the captures of formats that cannot tell what was lost say what was written down of it."""
    of_folder: dict[Path, dict[str, object]] = {}
    for capture in captures:
        if capture.dropped is None:
            path = Path(capture.path)
            if path.parent not in of_folder:
                rows = [row for row in _rows_of(path.parent) if row.get("kind") == "drops"]
                of_folder[path.parent] = {str(row.get("file")): row.get("dropped") for row in rows}
            dropped = of_folder[path.parent].get(path.name)
            if isinstance(dropped, int):
                capture.dropped = dropped


def of_one_machine(captures: Sequence[Capture]) -> Iterator[list[int]]:
    """Give the captures, by their indexes, that one machine wrote, by its clock."""
    folders: dict[Path, list[int]] = {}
    for index, capture in enumerate(captures):
        folders.setdefault(Path(capture.path).parent, []).append(index)
    for folder, indexes in folders.items():
        rows = _rows_of(folder)
        others = {row.get("file") for row in rows if row.get("own_clock") is True}
        mine = [index for index in indexes if Path(captures[index].path).name not in others]
        if rows and mine:
            yield mine


def _rows_of(folder: Path) -> tuple[dict[str, Any], ...]:
    path = folder / COVERAGE_FILE
    try:
        status = path.stat()
    except OSError:
        return ()
    return _rows(path, status.st_size, status.st_mtime_ns)


@lru_cache(8)
def _rows(path: Path, _size: int, _mtime_ns: int) -> tuple[dict[str, Any], ...]:
    """The rows of a file; size and time are there to tell when it must be read again."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError:
        return ()
    return tuple(row for line in lines if (row := _parsed(line)) is not None)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) and isinstance(row.get("kind"), str) else None


class _Captures:
    """The captures that one capture point has in one folder, found by name and time."""

    def __init__(self, indexes: Sequence[int], captures: Sequence[Capture]) -> None:
        self._all = sorted(
            (first, index, Path(captures[index].path).name)
            for index in indexes
            if (first := captures[index].first_ns) is not None
        )
        self._named: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for row in self._all:
            self._named[row[2]].append(row)
        self._of_source: dict[str | None, list[tuple[int, int]]] = {}

    def at(self, begin_ns: int, source: str | None, file: str | None) -> int | None:
        """Return the index of the one that was in hand at a moment, else of the first.

        Args:
            begin_ns: it.
            source: what the files' names begin with; None: any.
            file: the file's whole name; None: any.
        """
        if file is not None:
            times = self._begun_by(source, self._named.get(file, ()))
        elif source in self._of_source:
            times = self._of_source[source]
        else:
            times = self._of_source[source] = self._begun_by(source, self._all)
        place = bisect_right(times, begin_ns, key=lambda row: row[0])
        return times[max(place - 1, 0)][1] if times else None

    @staticmethod
    def _begun_by(source: str | None, rows: Iterable[tuple[int, int, str]]) -> list[tuple[int, int]]:
        return [(first, index) for first, index, name in rows if source is None or name.startswith(f"{source}_")]


def _span(row: dict[str, Any], here: _Captures) -> Span | None:
    """The row as a span of the capture that was in hand then, if it speaks of one of these at all."""
    begin, end = nanoseconds(row.get("from")), nanoseconds(row.get("to"))
    if row["kind"] not in _LOST or begin is None or end is None or begin > end:
        return None
    source = None if row.get("source") is None else str(row["source"])
    index = here.at(begin, source, str(row.get("file")) if row["kind"] == "hole" else None)
    return None if index is None else Span(index, begin, end, "gap", _why(row))


def _why(row: dict[str, Any]) -> Sentence:
    """Why a row says that nothing was captured: in any language where a run of ours says it, else as it stands."""
    text = printable(str(row.get("text") or ""), _MOST_TEXT)
    if not text:
        return sentence("nothing-captured")
    ours = retold(row, "text") if text == row["text"] else None
    return ours if ours is not None else sentence("written-down", text=text)


def nanoseconds(text: object) -> int | None:
    """Return nanoseconds since the epoch of an RFC 3339 time with nine decimals.

    >>> nanoseconds("2026-03-01T12:00:00.000000001Z")
    1772366400000000001
    """
    if not isinstance(text, str) or len(text) != 30 or text[-1] != "Z" or not text[20:29].isdecimal():
        return None
    try:
        whole = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(whole.timestamp()) * _SECOND + int(text[20:29])
