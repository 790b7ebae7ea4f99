"""What is kept of captures that go: the time around each session that was flagged, or refused.

All frames of that time are kept, of every interface, for what nobody else did then is evidence as well; they stand in
a file of their own beside the captures, as they were captured, readable for their owner alone. Between two such times
nothing is known any more, which is written down (`hole`), so that nothing is told from what is missing there.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from wanwitness.errors import CaptureError
from wanwitness.ingest import CaptureFile
from wanwitness.reading.recorded import nanoseconds

from .coverage_log import CoverageLog
from .sentences import sentence

SECOND = 1_000_000_000
MARGIN_NS = 30 * SECOND
"""Kept before a session's look-up, and behind its end: retries, and what a host did just before."""
FILLED_NS = 3600 * SECOND
"""Kept before an answer that came from the router's cache: who filled it asked then, or earlier."""
MOST_SESSIONS = 4_096
"""Of so many sessions it is known which time is whose; the times of earlier ones, which no later row takes back any
more, are put together: a year of them has at most one a minute."""
MOST_PARTS = 400
"""Parts of one file; editcap takes about 500."""
REFUSED = ("rejected", "deferred", "refused")

Span = tuple[int, int]
Row = Mapping[str, Any]


class Keepsakes:
    """Knows the times that are worth keeping, by the journal's rows, and keeps their frames.

    Args:
        rows: the journal's, of earlier runs.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._lock = threading.Lock()
        self._spans: dict[str, Span] = {}
        """By session, the latest last."""
        self._settled: list[Span] = []
        """Of earlier ones, in order, none overlapping."""
        for row in rows:
            self.note(row)

    def __len__(self) -> int:
        """How many times are remembered."""
        with self._lock:
            return len(self._spans) + len(self._settled)

    def note(self, row: Row) -> None:
        """Take a row of the journal; the latest of each session counts."""
        session = row.get("session")
        name = session["id"] if isinstance(session, dict) else row.get("withdrawn")
        if isinstance(name, str):
            span = _span(session) if isinstance(session, dict) and row.get("final") else None
            with self._lock:
                self._spans.pop(name, None)
                if span is not None:
                    self._spans[name] = span
                if len(self._spans) > MOST_SESSIONS:
                    early = [self._spans.pop(name) for name in list(islice(self._spans, MOST_SESSIONS // 2))]
                    self._settled = _joined([*self._settled, *early])

    def spans(self, begin_ns: int, end_ns: int) -> list[Span]:
        """Return the times worth keeping within a time, in order, those that overlap put together."""
        with self._lock:
            known = [*self._settled, *self._spans.values()]
        return _joined(span for span in known if span[0] <= end_ns and begin_ns <= span[1])

    def keep(self, path: Path, source: str, log: CoverageLog) -> Path | None:
        """Write what is to be kept of a capture into a file beside it, and return that; None where there is nothing.

        Args:
            path: the capture; it is whole.
            source: what the names of its interface's files begin with.
            log: takes down where something is missing in it.

        Raises:
            OSError: the disk is full, or editcap is not installed.
        """
        seen = _times(path)
        if seen is None:
            return None
        times, dropped = seen
        parts = self.spans(int(times.min()), int(times.max()))
        if len(parts) > MOST_PARTS:
            parts = [(parts[0][0], parts[-1][1])]
        chosen = [np.flatnonzero((times >= begin) & (times <= end)) + 1 for begin, end in parts]
        numbers = [f"{rows[0]}-{rows[-1]}" for rows in chosen if len(rows)]
        if not numbers:
            return None
        target = path.with_name(f"{path.stem}_kept.pcapng")
        if not target.exists():
            _cut(path, target, numbers)
            for (_, begin), (end, _) in pairwise(parts):
                what = sentence("capture-hole")
                log.add("hole", what, source=source, file=target.name, span=(begin, end))
            if dropped:
                what = sentence("capture-lost", n=dropped)
                log.add("drops", what, source=source, file=target.name, dropped=dropped)
        return target


def kept_files(folder: Path) -> list[Path]:
    """Return the files in which something is kept, the oldest first."""
    return sorted(folder.glob("*_kept.pcapng"), key=lambda path: (path.name.rsplit("_", 2)[1], path.name))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return times in order, those that overlap put together."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def _span(session: Row) -> Span | None:
    """The time that belongs to a session; None where nothing of it is worth keeping."""
    if not session["flagged"] and session["outcome"] not in REFUSED and not session["rejections"]:
        return None
    begin, end = nanoseconds(session["start"]), nanoseconds(session["end"])
    if begin is None:
        return None
    begins = list(_begins(session, begin))
    return min(begins) - MARGIN_NS, (begin if end is None else end) + MARGIN_NS


def _begins(session: Row, begin: int) -> Iterator[int]:
    """When a session, and what it may have got its address from, began."""
    yield begin
    for candidate in session["candidates"]:
        if (before_s := candidate.get("before_s")) is not None:
            yield begin - int(before_s * SECOND)
    resolution = session["resolution"]
    if resolution is not None and (answered := nanoseconds(resolution["answered_at"])) is not None:
        yield answered - (FILLED_NS if resolution["from_cache"] else 0)


def _times(path: Path) -> tuple[Any, int] | None:
    """The times of a capture's frames, and how many packets it lost; None where it has none."""
    try:
        capture = CaptureFile(path)
        found = [frames.ts_ns.copy() for frames in capture.windows()]
    except CaptureError:
        return None
    if not found:
        return None
    return np.concatenate(found), sum(interface.dropped or 0 for interface in capture.interfaces)


def _cut(path: Path, target: Path, numbers: Sequence[str]) -> None:
    """Copy frames of a capture, by their numbers, into a file that is there only when it is whole."""
    fresh = target.with_name(f".{target.name}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        command = ["editcap", "-r", str(path), "-", *numbers]
        done = subprocess.run(command, stdout=descriptor, stderr=subprocess.PIPE, check=False)  # noqa: S603 - no shell
        if done.returncode:
            raise OSError(f"{path.name} cannot be kept: {done.stderr.decode(errors='replace').strip()[:200]}")
        os.fsync(descriptor)
        fresh.replace(target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    finally:
        os.close(descriptor)
