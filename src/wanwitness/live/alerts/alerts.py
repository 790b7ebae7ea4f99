"""Every target told by a thread of its own, from the journal's rows as they are written."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.language import Language, said_of
from wanwitness.live.ending import TELL_RESERVE_S, RunEnding
from wanwitness.live.journal import Row, day_before, moment, rows
from wanwitness.live.wrong import WRONG
from wanwitness.model import Argument, Sentence
from wanwitness.wrong_use import wrong

from .ledger import AlertLedger
from .message import Alert, message_of, several
from .target import AlertTarget

TOGETHER_S = 600.0
"""After a message, what is alike is counted for so long, and then told together."""
RETRIES_S = (5.0, 30.0, 120.0)
"""How long it is waited after each try that failed; then it is said, and left."""
AGAIN = timedelta(days=1)
"""What was written so long ago, and never told, is told by the next run."""
MOST_WAITING = 1_000
"""Messages that wait for one target; beyond it the oldest go, and it is said."""
PATIENCE_S = 3.0
"""In the end it is waited for so long for what is being sent."""


class Alerts:
    """Takes the journal's rows, and has people told.

    Args:
        folder: the case's, where it is kept what was told.
        targets: who is told.
        language: of the texts.
        site: what the site is called.
        say: takes complaints, from any thread.
        together_s: how long what is alike is counted.
        retries_s: how long to wait after each failure.

    Raises:
        UsageError: the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        targets: Sequence[AlertTarget],
        language: Language,
        site: str,
        say: Callable[[Sentence], None],
        *,
        together_s: float = TOGETHER_S,
        retries_s: Sequence[float] = RETRIES_S,
    ) -> None:
        self._folder, self._language, self._site = folder, language, site
        try:
            self._ledger = AlertLedger(folder, moment(datetime.now(UTC)))
        except OSError as error:
            raise wrong("cannot-be-written", path=folder, why=error.strerror) from None
        self._lock = threading.Lock()
        self._tellers = [_Teller(t, self._ledger, self._lock, language, say, together_s, retries_s) for t in targets]
        self._flagged = set(self._ledger.sessions)
        self._taken: set[tuple[str, int]] = set()
        """Messages that were handed on: a row that is read again, and told as well, is told once."""

    def tell(self, row: Row) -> None:
        """Take a row that is on the disk; returns at once."""
        if str(row["at"]) < self._ledger.since:
            return
        session = row.get("session")
        kind = session["id"] if isinstance(session, dict) else row.get("withdrawn")
        known = isinstance(kind, str) and kind in self._flagged
        message = message_of(row, known, self._language, self._site, str(self._folder))
        if message is None or message.key in self._taken:
            return
        self._taken.add(message.key)
        if message.kind == "flagged":
            self._flagged.add(message.key[0])
        for teller in self._tellers:
            teller.take(message)

    def replay(self, rows: Iterable[Row]) -> None:
        """Take the rows of earlier runs: what a kill came before is told now, and nothing twice."""
        for row in rows:
            self.tell(row)

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Tell what waits, as far as there is time for it."""
        for teller in self._tellers:
            teller.end()
        until = time.monotonic() + patience_s
        for teller in self._tellers:
            teller.join(max(0.0, until - time.monotonic()))
        with self._lock:
            self._ledger.close()
            for teller in self._tellers:
                teller.closed = True


@contextmanager
def alerting(
    folder: Path,
    targets: Sequence[AlertTarget],
    language: Language,
    site: str,
    say: Callable[[Sentence], None],
    ending: RunEnding,
) -> Iterator[Callable[[Row], None]]:
    """Give what takes the journal's rows and has people told, as long as the block lasts.

    With the first row the folder is the run's own: what earlier runs wrote of the last day is told then, if nobody was.
    """
    made: list[Alerts] = []

    def tell(row: Row) -> None:
        if targets and not made:
            made.append(Alerts(folder, targets, language, site, say))
            made[0].replay(rows(folder, day_before(datetime.now(UTC), AGAIN)))
        for alerts in made:
            alerts.tell(row)

    try:
        yield tell
    finally:
        for alerts in made:
            alerts.close(min(PATIENCE_S, ending.left_s(TELL_RESERVE_S)))


class _Teller:
    """One target's messages, and the thread that sends them."""

    def __init__(
        self,
        target: AlertTarget,
        ledger: AlertLedger,
        lock: threading.Lock,
        language: Language,
        say: Callable[[Sentence], None],
        together_s: float,
        retries_s: Sequence[float],
    ) -> None:
        self._target, self._ledger, self._lock, self._language, self._say = target, ledger, lock, language, say
        self._together_s, self._retries_s = together_s, retries_s
        self.closed = False
        """The ledger takes nothing down any more."""
        self._waiting: deque[Alert] = deque()
        self._latest: dict[tuple[str, ...], float] = {}
        """By what is alike, when it was told last."""
        self._come, self._ending = threading.Condition(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alert {target.name}", daemon=True)
        self._thread.start()

    def take(self, message: Alert) -> None:
        with self._lock:
            if self._ledger.knows(self._target.name, message):
                return
        with self._come:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._complain("alert-too-slow")
            self._waiting.append(message)
            self._come.notify()

    def end(self) -> None:
        self._ending.set()
        with self._come:
            self._come.notify()

    def join(self, patience_s: float) -> None:
        self._thread.join(patience_s)

    def _run(self) -> None:
        while True:
            with self._come:
                due = self._due()
                while not due and not (self._ending.is_set() and not self._waiting):
                    self._come.wait(self._pause_s())
                    due = self._due()
                if not due:
                    return
            self._tell(due)

    def _due(self) -> list[Alert]:
        """Take out what is to be told now: the oldest message whose like was not told just before, with all alike."""
        now = time.monotonic()
        for message in self._waiting:
            last = self._latest.get(message.alike)
            if last is None or now - last >= self._together_s or self._ending.is_set():
                due = [one for one in self._waiting if one.alike == message.alike]
                self._waiting = deque(one for one in self._waiting if one.alike != message.alike)
                return due
        return []

    def _pause_s(self) -> float | None:
        """How long until something that waits is due; None: until something comes."""
        if not self._waiting:
            return None
        now = time.monotonic()
        return max(0.01, min(self._latest.get(m.alike, now) + self._together_s - now for m in self._waiting))

    def _tell(self, due: list[Alert]) -> None:
        message = several(due[0], due[1:], self._language)
        for wait_s in (*self._retries_s, None):
            try:
                self._target.send(message, len(due) - 1)
                break
            except (OSError, ValueError, UsageError) as error:
                if wait_s is None or self._ending.is_set():
                    why = said_of(error) if isinstance(error, UsageError) else str(error)
                    self._complain("alert-unsent", n=len(due), why=why)
                    return
            self._ending.wait(wait_s)
        self._latest[message.alike] = time.monotonic()
        with self._lock:
            if not self.closed:
                self._ledger.told(self._target.name, due)

    def _complain(self, kind: str, **about: Argument) -> None:
        self._say(WRONG(kind, target=self._target.name, **about))
