"""One round of judging: what has been read by now is joined and judged as if it were all, and what is new of it becomes
rows for the journal. Sessions that are final and old are let go of then, each with both its sides.

A round may be judged in another process, which has all of this as it stood: of it lasts only what `take` is given.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from wanwitness.correlate import Correlated, Seen
from wanwitness.inputs import Inputs
from wanwitness.judged import join_and_judge
from wanwitness.model import FrameRef, Site
from wanwitness.reading import Readings
from wanwitness.reading.following import Following

from .told import AGAIN_AT_LOAD_NS, AGAIN_NS, SECOND, Addition, Changes, Told

MOST_WATCHED = 5_000
"""Sessions that are judged anew in every tick, as long as older ones may be let go of."""
FEW, FEW_MESSAGES = 2_000, 20_000
"""So many, and so many DNS messages, are watched however long that takes."""
LONG_TICK_S, TOO_LONG_TICK_S = 2.0, 5.0
"""A tick that takes more of the processor's time watches too many sessions, or far too many: what came in while one was
under way waits for the next, so that a verdict is up to two late.
"""
LEAST_AGE_NS, LEAST_AGE_OF_MANY_NS = 300 * SECOND, 150 * SECOND
"""Who ended later than so long ago is not let go of: a retry, or a bounce, may come. Where there are far too many, that
of half as long must do.
"""
KEPT_NS = 7 * 86_400 * SECOND
"""What is no session is kept for so long before the oldest that is watched: answers, encrypted DNS, log-ins. So are
captures, unless --keep says otherwise: up to these bounds a run knows what an analysis of its folder would. Beyond them
habits that only older sessions show are not known to it any more, and an analysis may say more of a session, or less.
"""
MOST_MESSAGES = 30_000
"""DNS messages of a capture point that are kept whole, half a kilobyte each, besides those of the time before the
oldest session that is watched: of older ones what hosts may keep. In a day of 43,000 sessions no verdict differed with
a tenth of these (`tests/bench/live_replay.py`)."""
ANSWER_AGE_NS, ANSWER_AGE_AT_LOAD_NS, ANSWER_AGE_OF_MANY_NS = 3600 * SECOND, 600 * SECOND, 120 * SECOND
"""The answers that a session rests on are mostly not older, and are kept whole as long as it is watched. At load an
hour's would take most of a round's time, and as long until the memory of a run is flat."""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """What nobody needs any more."""

    sessions: list[str]
    """Their names."""
    streams: set[FrameRef]
    """The first frames of theirs."""
    before_ns: int
    """What is no session was captured before."""
    seen: Seen
    """What all that was let go of shows of the hosts' habits."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of judging found, and all that is to last of it."""

    additions: list[Addition]
    told: Changes
    watched: int
    undecided: bool
    took_s: float
    """Of the processor's time."""
    let_go: Unneeded | None


class LiveEngine:
    """Judges what a run has captured by now.

    Args:
        folder: the case's.
        site: what is known of the site.
        following: the captures.
        told: what the journal has.
        most: sessions that are watched, at most, but for the young ones.
        most_messages: DNS messages of a capture point that are kept whole, likewise.
    """

    def __init__(
        self,
        folder: Path,
        site: Site,
        following: Following,
        told: Told,
        most: int = MOST_WATCHED,
        most_messages: int = MOST_MESSAGES,
    ) -> None:
        self._folder, self._following, self._told = folder, following, told
        self._most, self._most_messages = most, most_messages
        self._before: Seen | None = None
        """Of the sessions that were let go of, what shows the hosts' habits."""
        self._inputs = Inputs([], site, [], [])
        self._took_s = 0.0
        self.watched = 0
        """Sessions that were judged in the last round."""
        self.undecided = False
        """Whether some of them are not final: time alone makes them so."""

    def tick(self, watermark_ns: int, watermark: str | None, *, ended: bool = False) -> list[Addition]:
        """Read, judge and return what is new, where nothing else is to be done meanwhile."""
        readings = self.readings()
        if readings is None:
            return []
        return self.take(self.judge(readings, watermark_ns, watermark, ended=ended))

    def readings(self) -> Readings | None:
        """Return what there is to judge by now; None before the first packet."""
        return self._following.so_far()

    def judge(self, readings: Readings, watermark_ns: int, watermark: str | None, *, ended: bool = False) -> Round:
        """Judge, and return what was found.

        Args:
            readings: what there is.
            watermark_ns: up to when all captures have been read.
            watermark: the same, as the journal has it.
            ended: nothing more will come.

        Raises:
            UsageError: the captures cannot be of one site.
        """
        begin_s = time.thread_time()
        told, again_ns = self._told, AGAIN_AT_LOAD_NS if self._took_s >= LONG_TICK_S else AGAIN_NS
        judged = join_and_judge(
            readings.points,
            readings.captures,
            readings.coverage,
            self._inputs,
            self._before,
            None if ended else lambda session: told.wants(session, watermark_ns, again_ns),
        )
        captures, sessions = judged.correlated.captures, judged.correlated.sessions
        additions = list(told.captures(captures))
        told.learnt_ns = judged.correlated.seen.learnt_ns or 0
        there = {session.id for session in sessions}
        additions += told.sessions(judged.judgements, there, captures, watermark_ns, watermark, ended=ended)
        undecided = not all(map(told.is_final, sessions))
        took_s = time.thread_time() - begin_s
        let_go = self._to_let_go(judged.correlated, watermark_ns, took_s) if not ended else None
        return Round(additions, told.changes(), len(sessions), undecided, took_s, let_go)

    def take(self, found: Round) -> list[Addition]:
        """Let last what a round has found, and return what is new."""
        self._told.take(found.told)
        self.watched, self.undecided, self._took_s = found.watched, found.undecided, found.took_s
        if (let_go := found.let_go) is not None:
            self._before = let_go.seen
            self._following.forget(let_go.streams, let_go.before_ns)
            self._told.let_go(let_go.sessions)
        return found.additions

    def _to_let_go(self, found: Correlated, watermark_ns: int, took_s: float) -> Unneeded | None:
        """Choose old sessions, where there are too many: a quarter more than allowed, so that it is seldom.

        Args:
            found: what was joined.
            watermark_ns: up to when all captures have been read.
            took_s: of the processor's time.
        """
        sessions = found.sessions
        most, most_messages = self._most, self._most_messages
        least_age_ns, answer_age_ns = LEAST_AGE_NS, ANSWER_AGE_NS
        if took_s >= LONG_TICK_S:
            most, most_messages = min(FEW, most), min(FEW_MESSAGES, most_messages)
            answer_age_ns = ANSWER_AGE_AT_LOAD_NS
        if took_s >= TOO_LONG_TICK_S:
            least_age_ns, answer_age_ns = LEAST_AGE_OF_MANY_NS, ANSWER_AGE_OF_MANY_NS
        surplus = len(sessions) - most if len(sessions) > most + most // 4 else 0
        begin_ns = self._following.begin_of_last(most_messages + most_messages // 4)
        if begin_ns is not None:
            begin_ns = self._following.begin_of_last(most_messages)
        if not surplus and begin_ns is None:
            return None
        old = [s for s in sessions if self._told.is_final(s) and s.end_ns < watermark_ns - least_age_ns]
        old.sort(key=lambda session: session.end_ns)
        gone = old[:surplus]
        if begin_ns is not None:  # what rests on answers that go would be judged by what is left of them
            gone += [s for s in old[surplus:] if s.start_ns < begin_ns + answer_age_ns]
        ids = {session.id for session in gone}
        oldest_ns = min((s.start_ns for s in sessions if s.id not in ids), default=watermark_ns)
        before_ns = oldest_ns - KEPT_NS if begin_ns is None else min(begin_ns, oldest_ns - answer_age_ns)
        streams = [stream for session in gone for stream in session.streams]
        frames = {stream.syn or stream.first for stream in streams}
        seen = (self._before or Seen()).and_of(found.seen, frames, before_ns)
        return Unneeded(list(ids), {stream.first for stream in streams}, before_ns, seen)
