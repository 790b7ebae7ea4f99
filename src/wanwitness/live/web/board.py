"""What a journal says now: the latest of each session, the captures, how the run does."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from wanwitness.live.journal import Row

MOST_SESSIONS = 5_000
"""Held at once; beyond it the oldest go first, those that are neither flagged nor refused before the others."""
MOST_EVENTS = 200
"""Gaps, drops and the like, the latest."""
ROUTINE = ("begin", "end", "deleted")
"""Kinds of coverage that come with each file: they would soon leave no place for gaps."""


class Board:
    """Takes rows of a journal in order, and knows what to show."""

    def __init__(self) -> None:
        self.version = 0
        """Grows with whatever changes the page."""
        self.state: Row | None = None
        """The latest row of how the run does."""
        self.run: Row | None = None
        """Of the latest begin or end of a process."""
        self.captures: dict[int, Row] = {}
        """By the number that frames cite."""
        self.events: deque[Row] = deque(maxlen=MOST_EVENTS)
        self.ended = Counter[tuple[str, str, bool]]()
        """How many sessions became final since this began to read, by verdict, outcome, and whether flagged."""
        self._sessions: dict[str, Row] = {}
        self._final: dict[str, tuple[str, str, bool]] = {}

    def take(self, rows: Iterable[Row]) -> None:
        """Take rows in; one that is not of a journal's form says nothing."""
        for row in rows:
            try:
                self._take(row)
            except (KeyError, TypeError, AttributeError):
                continue
            self.version += 1

    def _take(self, row: Row) -> None:
        if "session" in row:
            session, number = row["session"], int(row["revision"])
            known = self._sessions.get(session["id"])
            if known is not None and int(known["revision"]) >= number:
                return
            self._sessions.pop(session["id"], None)
            self._sessions[session["id"]] = row
            self._count(row)
            self._bound()
        elif "withdrawn" in row:
            self._sessions.pop(row["withdrawn"], None)
            self._uncount(row["withdrawn"])
        elif "capture" in row:
            self.captures[int(row["capture"]["number"])] = row["capture"]
        elif "coverage" in row:
            if row["coverage"]["kind"] not in ROUTINE:
                self.events.append(row["coverage"])
        elif "state" in row:
            self.state = row["state"]
        elif "run" in row:
            self.run = {**row["run"], "at": row["at"]}

    def _count(self, row: Row) -> None:
        if not row["final"]:
            return
        session = row["session"]
        self._uncount(session["id"])
        key = (str(session["verdict"]), str(session["outcome"]), bool(session["flagged"]))
        self._final[session["id"]] = key
        self.ended[key] += 1

    def _uncount(self, kind: str) -> None:
        before = self._final.pop(kind, None)
        if before is not None:
            self.ended[before] -= 1

    def _bound(self) -> None:
        if len(self._sessions) <= MOST_SESSIONS:
            return
        plain = (kind for kind, row in self._sessions.items() if not _matters(row["session"]))
        oldest = next(plain, None) or next(iter(self._sessions))
        del self._sessions[oldest]
        self._final.pop(oldest, None)  # it stays counted

    def session(self, kind: str) -> Row | None:
        """Return the latest row of a session."""
        return self._sessions.get(kind)

    def sessions(self, now: datetime, within: timedelta) -> Iterator[Row]:
        """Yield sessions that began within a time before now, the latest first."""
        since = (now - within).isoformat()
        rows = [row for row in self._sessions.values() if str(row["session"]["start"]) >= since]
        yield from sorted(rows, key=lambda row: str(row["session"]["start"]), reverse=True)

    def file(self, number: int) -> str | None:
        """Return the file that a frame's number is of, relative to the folder."""
        capture = self.captures.get(number)
        return None if capture is None else str(capture["path"])


def _matters(session: dict[str, Any]) -> bool:
    return bool(session["flagged"] or session["rejection"])
