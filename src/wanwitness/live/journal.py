"""The journal of a live run: what was found, as it was found, and never anything else in its place.

It is one file a day (UTC, by `at`) in the case's folder, `journal-YYYY-MM-DD.jsonl`; each line is one row, a JSON
object in UTF-8. Rows are only ever added. Every row has `at`, the wall clock's time when it was written (RFC 3339 UTC,
nine decimals), and exactly one of the keys below, which tells its kind:

`session`: a session as far as it is known, exactly as a row of `sessions` in case.json; beside it
    `revision`   1 in a session's first row, and one more in each that follows; the highest holds.
    `final`      false: provisional, for the session goes on, or what decides it may still come. Such a row is never
                 `flagged`: where what is seen so far would make it that, its verdict is `undetermined` for no reason
                 (`undetermined_because` null), and its explanation says that it is too early. Alert nobody.
                 true: what the captures show of it, read to `watermark`. Late evidence (a bounce, a retry by another
                 link, a question that came late) adds a row with the next revision, which is final as well.
    `late`       whether a final row of it was written before, which this one changes.
    `watermark`  up to when all captures had been read (as `at`); null where nothing was read yet.
`withdrawn`: the id of a session that is none of its own: it proved to be one side of another. Beside it `revision`, as
    above, and `why`. Its rows are void.
`capture`: a capture point of a file, before the first row that cites it: `number`, by which this journal's frames
    ([capture, frame]) and streams cite it, `path` relative to the folder, `interface`, `vlan`, `role`, `link`. Numbers
    are given once and stay, over restarts too; those of a later case.json are others, its paths are the same.
`coverage`: a row of captures/coverage.jsonl (`capture/coverage_log.py`), at the time when it became known: `kind`
    (`gap`, `drops`, `interface`, `clock`, `quiet`, `stall`, `begin`, `end`, `deleted`, `hole`), `interface`, `file`,
    `from`, `to`, and `text` in English, with `text_id` and `text_args`, by which any language tells it.
`state`: how the run does, every 10 s and when something changes:
    `watermark`, as above; `lag_s`, the wall clock minus it; `tick_s`, what the last round of judging took;
    `sessions`, how many are being watched; `told`, how many rows of sessions this run has written;
    `memory_bytes`, `disk_bytes` of the captures, `disk_free_bytes`;
    `captures`: for each interface `interface`, `role`, `link`, `alive` (whether its capturing program runs), `up`
    (`up`, `down`, `gone`), `packets` and `bytes` kept so far, `dropped` (packets lost, as far as the files that are
    closed tell; null before the first), `last` (time of the last packet, null before the first), `quiet` (whether it is
    silent for longer than the alarm allows), `restarts`.
`run`: a process began or ended: `event` (`begin`, `end`), `pid`, `version`, `site` (name or null), `command_line`.

A line is written whole or, where the power fails, torn: a last line without its line feed counts for nothing, and the
next writer cuts it off. All rows of a tick are in the file, and the file on the disk (`fsync`), before anything else is
told of them. Whoever writes reads the older rows first, so a restart repeats no row that says nothing new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from wanwitness.wrong_use import wrong

from .line_file import LineFile

Row = dict[str, Any]

KINDS = ("session", "withdrawn", "capture", "coverage", "state", "run")
_NAME = re.compile(r"journal-(\d{4}-\d\d-\d\d)\.jsonl")
_CHUNK = 1 << 20


def days(folder: Path) -> list[Path]:
    """Return the journal's files in a case's folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []


def rows(folder: Path, since: str = "") -> Iterator[Row]:
    """Yield the whole rows of a journal, in order.

    Args:
        folder: the case's.
        since: the day (YYYY-MM-DD) to begin with; all where it is empty.
    """
    follower = Follower(folder, since)
    while found := follower.poll():
        yield from found


class Follower:
    """Reads a journal as it grows, from its begin on; it never writes, and needs no lock.

    Args:
        folder: the case's.
        since: the day to begin with; all where it is empty.
    """

    def __init__(self, folder: Path, since: str = "") -> None:
        self._folder = folder
        self._day = f"journal-{since}.jsonl" if since else ""
        self._offset = 0
        """Bytes of the file in hand that were read."""

    def poll(self) -> list[Row]:
        """Return the next rows, up to a megabyte of them; none where there are no whole ones yet."""
        for path in days(self._folder):
            if path.name < self._day:
                continue
            if path.name > self._day:
                self._day, self._offset = path.name, 0
            found = self._read(path)
            if found:
                return found
        return []

    def _read(self, path: Path) -> list[Row]:
        """Return a file's next rows; none at its end."""
        try:
            with path.open("rb") as file:
                found: list[Row] = []
                file.seek(self._offset)
                while not found:
                    piece = file.read(_CHUNK)
                    while (end := piece.rfind(b"\n")) < 0 and (more := file.read(_CHUNK)):
                        piece += more
                    if end < 0:
                        break
                    self._offset += end + 1
                    file.seek(self._offset)
                    found = [row for line in piece[:end].split(b"\n") if (row := _parsed(line)) is not None]
                return found
        except OSError:
            return []


class Journal:
    """Writes a journal.

    Args:
        folder: the case's.

    Raises:
        UsageError: it cannot be written there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: LineFile | None = None
        self._waiting: list[tuple[str, bytes]] = []
        """Rows that are not written yet, each with its file's name."""
        existing = days(folder)
        if existing:
            try:
                self._file = LineFile(existing[-1])
            except OSError as error:
                raise wrong("cannot-be-written", path=existing[-1], why=error.strerror) from None

    def add(self, at: datetime, kind: str, content: object, beside: Mapping[str, object] | None = None) -> Row:
        """Have a row written with the next `commit`, and return it; of later changes of `content` it knows nothing."""
        assert kind in KINDS
        row = {"at": moment(at), kind: content, **(beside or {})}
        self._waiting.append((f"journal-{at.astimezone(UTC):%Y-%m-%d}.jsonl", encoded(row) + b"\n"))
        return row

    def commit(self) -> None:
        """Bring all rows that wait to the disk. Where that fails none is lost: they wait for the next time.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        while self._waiting:
            name = self._waiting[0][0]
            if self._file is None or name > self._file.path.name:  # a clock set back begins no older file anew
                if self._file is not None:
                    self._file.close()
                    self._file = None
                self._file = LineFile(self._folder / name)
            today = self._file.path.name
            count = next((n for n, row in enumerate(self._waiting) if row[0] > today), len(self._waiting))
            self._file.append(b"".join(line for _, line in self._waiting[:count]))
            del self._waiting[:count]

    @property
    def waiting(self) -> int:
        """How many rows are not on the disk yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Write what waits, as far as that can be done, and close the file."""
        with suppress(OSError):
            self.commit()
        if self._file is not None:
            self._file.close()
            self._file = None


def moment(at: datetime) -> str:
    """Return a time as the journal has it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def day_before(at: datetime, by: timedelta) -> str:
    """Return the day (YYYY-MM-DD) that was so long before."""
    return f"{at.astimezone(UTC) - by:%Y-%m-%d}"


def _parsed(line: bytes) -> Row | None:
    """A row; None for what is none, as after a disk's fault: what stands around it is told all the same."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) and isinstance(row.get("at"), str) else None


def encoded(row: object) -> bytes:
    """Return a row as JSON on one line."""
    try:
        return msgspec.json.encode(row)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape
        return json.dumps(row, allow_nan=False, separators=(",", ":")).encode()
