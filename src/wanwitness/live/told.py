"""What the journal has of each session, and what of a session's state is to be added to it.

A session is final when its connections are over and the captures have been read for `LATE_NS` beyond them. What only a
WAN side shows waits out a proxy's patience too, for it may yet prove to be the other side of a client's connection. So
does, in a run's first minutes, a flag whose answer did not come just before the connection: how soon hosts connect, and
whether they keep answers, is learnt then, or as long as the run goes on, if that is less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from wanwitness.case.build_sessions import session_value
from wanwitness.correlate.crossings.assumptions import PROXY_START_NS
from wanwitness.correlate.resolutions.assumptions import LEAST_OF_KEEPERS_NS
from wanwitness.model import Capture, Judgement, Session, Stream, printable

from .capture.recorder import UNWRITTEN_NS
from .journal import Row, encoded

SECOND = 1_000_000_000
LATE_NS = 5 * SECOND
"""What belongs to a session may be written down, and flushed to the disk, so much later than it came."""
DECISIVE = ("accepted", "rejected", "deferred", "refused", "opaque")
"""Outcomes of which something is told before the connection has ended."""
TOO_EARLY = "Not judged yet: what decides it may still come."
AGAIN_NS, AGAIN_AT_LOAD_NS = 10 * SECOND, 60 * SECOND
"""What is final is looked at again each so often: late evidence is seldom, and there are many."""
RESTART_NS = 300 * SECOND
"""What ended so long before a restart is not judged anew after it, with less before it than was known then."""


class Addition(NamedTuple):
    """A row for the journal, but for its time."""

    kind: str
    content: object
    beside: dict[str, object]


@dataclass(slots=True)
class _Journaled:
    """What the journal has of a session."""

    revision: int
    final: bool
    substance: bytes
    whole: bytes | None
    """None: it is from an earlier run, and what this one finds of it first is taken for the same."""
    end: str
    seen: bool = False
    """This run's captures show it."""
    otherwise: bytes | None = None
    """What it was found to be instead, when it was looked at last: it is told if it is so the next time, too."""


@dataclass(slots=True)
class Changes:
    """What a round of judging changed of what is known: it may have been made in another process."""

    learnt_ns: int = 0
    watermark_ns: int = 0
    rows: int = 0
    known: dict[str, _Journaled] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    numbers: dict[tuple[object, ...], int] = field(default_factory=dict)


class Told:
    """Compares the sessions of a tick with what the journal has of them.

    Args:
        folder: the case's, which paths are relative to.
        journal: the rows that are there already.
    """

    def __init__(self, folder: Path, journal: Iterable[Row] = ()) -> None:
        self._folder = folder
        self._known: dict[str, _Journaled] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        """Capture points of files to the numbers by which the journal cites them."""
        self._watermark = ""
        self.learnt_ns = 0
        """Until when hosts' habits are learnt."""
        self.rows = 0
        """Rows of sessions that were added."""
        self._watermark_ns = 0
        """That of the last round."""
        self._changes = Changes()
        for row in journal:
            self._replay(row)

    def captures(self, captures: Sequence[Capture]) -> Iterator[Addition]:
        """Give a row for each capture that the journal does not number yet."""
        for capture in captures:
            key = self._key(capture)
            if key not in self._numbers:
                self._numbers[key] = self._changes.numbers[key] = len(self._numbers)
                names = ("path", "interface", "vlan", "role", "link")
                yield Addition("capture", {"number": self._numbers[key], **dict(zip(names, key, strict=True))}, {})

    def wants(self, session: Session, watermark_ns: int, again_ns: int) -> bool:
        """Whether a session is to be judged: what is final is, once in each `again_ns`, and not all of it at once."""
        known = self._known.get(session.id)
        if known is None or not known.final:
            return True
        turn_ns = int(session.id[:8], 16) * again_ns >> 32
        return (watermark_ns - turn_ns) // again_ns > (self._watermark_ns - turn_ns) // again_ns

    def sessions(
        self,
        judgements: Sequence[Judgement],
        there: Collection[str],
        captures: Sequence[Capture],
        watermark_ns: int,
        watermark: str | None,
        *,
        ended: bool = False,
    ) -> Iterator[Addition]:
        """Give a row for each session of which there is more to say.

        Args:
            judgements: of all sessions that are wanted.
            there: the names of all that are being watched.
            captures: those that they cite.
            watermark_ns: up to when all captures have been read.
            watermark: the same, as the journal has it.
            ended: nothing more will come: what there is holds, but for flags of what ended with the run. What speaks
                against those may not have been written any more.
        """
        numbers = [self._numbers[self._key(capture)] for capture in captures]
        moved = numbers if numbers != list(range(len(numbers))) else None
        for judgement in judgements:
            session = judgement.session
            known = self._known.get(session.id)
            if known is not None and not known.seen:
                known.seen = True
                self._changes.known[session.id] = known
            may_learn = not ended and self._may_learn(judgement, watermark_ns)
            written = ended and (not judgement.flagged or session.end_ns <= watermark_ns - UNWRITTEN_NS)
            over = (is_final(session, watermark_ns) or written) and not may_learn
            final = over or self.is_final(session)
            if known is not None and known.final and may_learn:
                continue
            if not (final or ended) and (session.lan is None or judgement.outcome not in DECISIVE):
                continue
            substance = _digest(_substance(judgement, final))
            if known is not None and not final and known.substance == substance:
                continue
            row = session_value(judgement)
            if moved is not None:
                row = renumbered(row, moved)
            whole = _digest(_lasting(row))
            if known is not None and known.final == final:
                if known.whole == whole:
                    if known.otherwise is not None:
                        known.otherwise = None
                        self._changes.known[session.id] = known
                    continue
                if known.whole is None and (known.substance == substance or self._is_past(known)):
                    known.whole = whole
                    self._changes.known[session.id] = known
                    continue
            if known is not None and known.final and final and not ended and known.otherwise != whole:
                known.otherwise = whole  # it may be so for a moment: one side is read further than another
                self._changes.known[session.id] = known
                continue
            if not final:
                row = _too_early(row)
            revision = known.revision + 1 if known is not None else 1
            late = known is not None and known.final
            end = row["end"] or ""
            known = _Journaled(revision, final, substance, whole, end, seen=True)
            self._known[session.id] = self._changes.known[session.id] = known
            self.rows += 1
            yield Addition("session", row, {"revision": revision, "final": final, "late": late, "watermark": watermark})
        yield from self._withdrawn(there)
        self._watermark_ns = watermark_ns

    def _may_learn(self, judgement: Judgement, watermark_ns: int) -> bool:
        """Whether hosts' habits are still being learnt from what comes, and a flag may rest on them.

        By no habit does a connection come late that is opened `LEAST_OF_KEEPERS_NS` after its answer, or sooner.
        """
        session, found = judgement.session, judgement.session.resolved
        age_s = found.resolution.age_s if found.own and found.resolution is not None else inf
        rests = judgement.flagged and age_s * SECOND > LEAST_OF_KEEPERS_NS
        return rests and session.start_ns < self.learnt_ns and watermark_ns < self.learnt_ns + LATE_NS

    def is_final(self, session: Session) -> bool:
        """Whether the journal has a final row of a session."""
        known = self._known.get(session.id)
        return known is not None and known.final

    def let_go(self, sessions: Iterable[str]) -> None:
        """Take note that sessions are not watched any more; `sessions` are their names."""
        for name in sessions:
            self._known.pop(name, None)

    def changes(self) -> Changes:
        """Return what has changed since this was asked for last."""
        changes, self._changes = self._changes, Changes()
        changes.learnt_ns, changes.watermark_ns, changes.rows = self.learnt_ns, self._watermark_ns, self.rows
        return changes

    def take(self, changes: Changes) -> None:
        """Have it as after these changes."""
        self.learnt_ns, self._watermark_ns, self.rows = changes.learnt_ns, changes.watermark_ns, changes.rows
        self._known.update(changes.known)
        self._numbers.update(changes.numbers)
        for name in changes.gone:
            self._known.pop(name, None)

    def _withdrawn(self, there: Collection[str]) -> Iterator[Addition]:
        """Give a row for each session that is there no more: it was one side of another."""
        for name in [name for name, known in self._known.items() if known.seen and name not in there]:
            known = self._known.pop(name)
            self._changes.gone.add(name)
            why = "it proved to be one side of another session"
            yield Addition("withdrawn", name, {"revision": known.revision + 1, "why": why})

    def _is_past(self, known: _Journaled) -> bool:
        """Whether a session of an earlier run ended long before that did."""
        return _seconds(self._watermark) - _seconds(known.end) > RESTART_NS // SECOND

    def _replay(self, row: Row) -> None:
        if isinstance(session := row.get("session"), dict) and isinstance(session.get("id"), str):
            substance = _digest(_told_substance(session))
            end = str(session.get("end") or "")
            self._known[session["id"]] = _Journaled(
                int(row.get("revision", 1)), bool(row.get("final")), substance, None, end
            )
            self._watermark = max(self._watermark, str(row.get("watermark") or ""))
        elif isinstance(name := row.get("withdrawn"), str):
            self._known.pop(name, None)
        elif isinstance(capture := row.get("capture"), dict) and isinstance(capture.get("number"), int):
            key = tuple(capture.get(name) for name in ("path", "interface", "vlan", "role", "link"))
            self._numbers[key] = capture["number"]

    def _key(self, capture: Capture) -> tuple[object, ...]:
        path = Path(capture.path)
        relative = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        interface = printable(capture.interface) if capture.interface else None
        return (printable(str(relative)), interface, capture.vlan, capture.role, capture.link)


def is_final(session: Session, watermark_ns: int) -> bool:
    """Whether nothing more is to be waited for."""
    patience = PROXY_START_NS if session.lan is None else LATE_NS
    return all(map(_over, session.streams)) and watermark_ns >= session.end_ns + patience


def _over(stream: Stream) -> bool:
    return stream.ended != "eof" or stream.refused is not None


def _substance(judgement: Judgement, final: bool) -> tuple[object, ...]:
    """What a reader would call another verdict."""
    session, rejection = judgement.session, judgement.rejection
    shown: tuple[object, ...] = judgement.verdict, judgement.undetermined_because
    if judgement.flagged and not final:
        shown = "undetermined", None
    code = rejection.code or None if rejection is not None else None
    return (*shown, session.transport_link, session.resolver_link, judgement.outcome, judgement.partial, code)


def _told_substance(row: Mapping[str, Any]) -> tuple[object, ...]:
    """The same of a row that was told."""
    names = ("verdict", "undetermined_because", "transport_link", "resolver_link", "outcome", "partial")
    rejection = row.get("rejection")
    return (*(row.get(name) for name in names), rejection.get("code") if isinstance(rejection, dict) else None)


def _lasting(row: Row) -> Row:
    """A row without the figures that change with what else is seen, and change nothing."""
    if row["crossing"] is None:
        return row
    return {**row, "crossing": {**row["crossing"], "confidence": None, "runner_up": None}}


def _too_early(row: Row) -> Row:
    """A row that accuses nobody yet."""
    if not row["flagged"] and not row["likely_causes"]:
        return row
    early = {"verdict": "undetermined", "undetermined_because": None, "flagged": False, "explanation": TOO_EARLY}
    return {**row, **early, "likely_cause": False, "likely_causes": []}


def _digest(content: object) -> bytes:
    return hashlib.blake2b(encoded(content), digest_size=16).digest()


def renumbered(row: Any, numbers: Sequence[object], key: str = "") -> Any:
    """Return a row of a session whose frames and streams cite captures by other numbers."""
    if isinstance(row, dict):
        told = {name: renumbered(value, numbers, name) for name, value in row.items() if not name.endswith("_args")}
        return {**row, **told}  # sentences call captures by their names
    if key == "capture" and isinstance(row, int):
        return numbers[row]
    if isinstance(row, list):
        if key.endswith("frame"):
            return [numbers[row[0]], row[1]]
        if key == "frames":
            return [[numbers[capture], number] for capture, number in row]
        return [renumbered(value, numbers) for value in row]
    return row


def _seconds(text: str) -> float:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text[:19]).timestamp()
    except ValueError:
        return 0.0
