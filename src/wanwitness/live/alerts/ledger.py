"""What was told already: a restart tells nothing again, and nothing of the time before alerts were asked for."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from .message import Alert

NAME = "alerts.jsonl"
Key = tuple[str, str, int]
"""A target's name, a session's id, a revision."""


class AlertLedger:
    """A file of one line a message that went out; a torn last line counts for nothing.

    Args:
        folder: the case's.
        now: the time (as the journal has it) from which alerts are asked for, where that is new.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, now: str) -> None:
        path = folder / NAME
        self.since = now
        """Rows that were written before are nobody's business."""
        self._told: set[Key] = set()
        self.sessions: set[str] = set()
        """Of which somebody was told."""
        content = path.read_bytes() if path.exists() else b""
        whole = content.rfind(b"\n") + 1
        for line in content[:whole].splitlines():
            with suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                if "since" in row:
                    self.since = str(row["since"])
                else:
                    self._add((str(row["target"]), str(row["id"]), int(row["revision"])))
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, whole)
        if not whole:
            self._write({"since": now})

    def knows(self, target: str, message: Alert) -> bool:
        """Whether a target was told of a message."""
        return (target, *message.key) in self._told

    def told(self, target: str, messages: list[Alert]) -> None:
        """Take down that a target was told."""
        for message in messages:
            kind, revision = message.key
            self._add((target, kind, revision))
            self._write({"target": target, "id": kind, "revision": revision})
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _add(self, key: Key) -> None:
        self._told.add(key)
        self.sessions.add(key[1])

    def _write(self, row: dict[str, object]) -> None:
        os.write(self._descriptor, json.dumps(row).encode() + b"\n")
