"""coverage.jsonl: what a capture file cannot tell, for `reading/recorded.py`, and for people."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wanwitness.language import told
from wanwitness.live.journal import encoded
from wanwitness.live.line_file import LineFile
from wanwitness.model import Sentence
from wanwitness.reading.recorded import COVERAGE_FILE

Row = dict[str, Any]


class CoverageLog:
    """Adds rows to a folder's coverage.jsonl, from any thread; those that find the disk full wait.

    Args:
        folder: the captures'.
        now: tells the time, ns since the epoch.
        written: renders such a time as the file has it.
    """

    def __init__(self, folder: Path, now: Callable[[], int], written: Callable[[int], str]) -> None:
        self._file = LineFile(folder / COVERAGE_FILE)
        self._now, self._written = now, written
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._untold: list[Row] = []

    def add(
        self,
        kind: str,
        what: Sentence,
        *,
        source: str | None = None,
        interface: str | None = None,
        file: str | None = None,
        span: tuple[int, int] | None = None,
        **more: object,
    ) -> None:
        """Write a row that says what happened; `span` is from when until when it holds, ns since the epoch."""
        at = self._now()
        begin, end = span or (at, at)
        row: Row = {"at": self._written(at), "kind": kind, "source": source, "interface": interface, "file": file}
        row |= {"from": self._written(begin), "to": self._written(end), **told("text", what), **more}
        with self._lock:
            self._waiting.append(encoded(row) + b"\n")
            self._untold.append(row)
        self.flush()

    def flush(self) -> bool:
        """Bring what waits to the disk, and return whether nothing waits any more."""
        with self._lock, suppress(OSError):
            if self._waiting:
                self._file.append(b"".join(self._waiting))
                self._waiting.clear()
        return not self._waiting

    def untold(self) -> list[Row]:
        """Return the rows since this was asked last."""
        with self._lock:
            rows, self._untold = self._untold, []
        return rows

    def close(self) -> None:
        """Write what waits, as far as that can be done, and close the file."""
        self.flush()
        self._file.close()
