"""The answers holding one address that reached one host."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from wanwitness.model import Candidate, CandidateKind

from .assumptions import MOST_TRIES_NS, NEARLY_OVER
from .lookup import SECOND, Lookup, Trace
from .opening import Opening


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that a host may have used. Times are ns on the reference clock."""

    lookup: Lookup
    trace: Trace
    asked_ns: int
    """When its question was put, the latest time before the answer; what tells of it where it was not captured."""
    began_ns: int
    """When its look-up began: with its question, or with an earlier one that brought nothing usable and so led to
    it.
    """
    tried_ns: int
    """When its question was first put, to a resolver that kept silent maybe."""
    came_ns: int
    expires_ns: int
    """When the address may no longer be used."""
    asked: bool = True
    """Whether its question is known to have been put; else it is no ground for anything (RFC 5452 section 9.1)."""

    @property
    def link(self) -> str | None:
        """The link that it came through; None where that is not known."""
        return self.trace.link

    def candidate(self, kind: CandidateKind, opening: Opening) -> Candidate:
        """Return it as what a connection may have used."""
        steps = [self.lookup.step, *(way.step for way in self.trace.ways if way is not self.lookup)]
        frames = tuple(f for step in steps for f in (step.query_frame, step.answer_frame) if f is not None)
        ttl_s = (self.expires_ns - self.came_ns) // SECOND
        return Candidate(kind, self.link, round((opening.at_ns - self.came_ns) / SECOND, 9), ttl_s, frames)


def answer_of(
    lookup: Lookup,
    trace: Trace,
    address: str,
    *,
    asked: bool = True,
    began_ns: int | None = None,
    tried_ns: int | None = None,
) -> Answer:
    """Return an answered look-up as an answer that gave an address."""
    asked_ns = lookup.query_ns
    if asked_ns is None:  # it came before what the forwarder asked, by next to nothing
        asked_ns = min([lookup.came_ns, *(way.begin_ns for way in trace.ways)])
    began_ns = lookup.begin_ns if began_ns is None else began_ns
    tried_ns = began_ns if tried_ns is None else min(began_ns, tried_ns)
    return Answer(lookup, trace, asked_ns, began_ns, tried_ns, lookup.came_ns, lookup.expires_ns(address), asked)


class History:
    """Answers in order of time.

    A host that puts one question to several servers from one socket, under one id, takes the first usable answer; the
    others are left out (musl's stub resolver does so, and a retry that crosses the answer looks alike).

    Args:
        answers: all that reached the host, in order of time.
    """

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = tuple(_first_of_each_question(answers))
        self._times = [answer.came_ns for answer in self.answers]
        self.data = frozenset[str]().union(*(answer.lookup.data for answer in self.answers))
        """All addresses that came along with this one."""
        self.widest = max((answer.lookup.doubt.ns for answer in self.answers), default=0)
        """How far any of their times may be wrong, ns."""
        again = (later for earlier, later in pairwise(self.answers) if _asked_in_force(later, earlier))
        self._again = next(again, None)
        """The first that the host asked for though one was in force."""
        self._longest: list[dict[str | None, Answer]] = []
        """Up to each answer: by link, the one that may be used for longest."""
        longest: dict[str | None, Answer] = {}
        for answer in self.answers:
            held = longest.get(answer.link)
            # Where an answer was not captured and its link is unknown, there may have been none.
            certain = answer.lookup.exchange.answer is not None or answer.link is not None
            if certain and (held is None or answer.expires_ns >= held.expires_ns):
                longest = {**longest, answer.link: answer}
            self._longest.append(longest)

    def nobody_keeps(self, until_ns: int) -> bool:
        """Return whether no cache keeps answers for all of the host: it asked though one was in force, by then.

        Programs that keep what they are told do not know for how long they may (RFC 3493 section 6.1).
        """
        return self._again is not None and self._again.came_ns <= until_ns

    def latest(self, until_ns: int) -> Answer | None:
        """Return the latest answer until then."""
        place = bisect_right(self._times, until_ns) - 1
        return self.answers[place] if place >= 0 else None

    def kept(self, latest: Answer, since_ns: int | None) -> list[Answer]:
        """Return, for each link other than the latest answer's, the earlier answer that may be used for longest.

        Args:
            since_ns: it must not have expired before; None where the host uses answers beyond their time.
        """
        others = (answer for link, answer in self._longest[self._place(latest)].items() if link != latest.link)
        return [answer for answer in others if since_ns is None or answer.expires_ns >= since_ns]

    def renewed(self, latest: Answer) -> Answer | None:
        """Return the answer before the latest, if a cache that had kept it may have asked because it had expired, or
        nearly.
        """
        place = self._place(latest)
        before = self.answers[place - 1] if place else None
        return before if before is not None and renews(latest, before) else None

    def renewed_early(self, latest: Answer) -> Answer | None:
        """Return the answer before the latest, if a cache asked though it was in force: nobody else would have."""
        before = self.renewed(latest)
        return before if before is not None and latest.asked_ns < before.expires_ns else None

    def begins_with(self, latest: Answer, until_ns: int) -> bool:
        """Return whether the latest answer is the first that was captured, and a cache may have asked for it that held
        one from before the capture, as far as is known by then.
        """
        return latest is self.answers[0] and not self.nobody_keeps(until_ns)

    def _place(self, answer: Answer) -> int:
        place = bisect_right(self._times, answer.came_ns) - 1
        while self.answers[place] is not answer:
            place -= 1
        return place

    def between(self, after_ns: int, until_ns: int) -> tuple[Answer, ...]:
        """Return the answers after the one moment, until the other."""
        return self.answers[bisect_right(self._times, after_ns) : bisect_right(self._times, until_ns)]


def _first_of_each_question(answers: Iterable[Answer]) -> Iterable[Answer]:
    """Leave out what came to a question that was answered already, and what is only supposed to have come to one that
    was answered by another server.
    """
    answers = list(answers)
    heard: dict[object, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.lookup.exchange.answer is not None:
            heard[_question(answer)].append(answer)
    first: dict[object, Answer] = {}
    for answer in answers:
        question, begin_ns = _question(answer), answer.lookup.begin_ns
        if answer.lookup.exchange.answer is None:
            others = heard.get(question, ())
            if any(abs(other.lookup.begin_ns - begin_ns) <= MOST_TRIES_NS for other in others):
                continue
        else:
            before = first.get(question)
            if before is not None and begin_ns <= before.came_ns:
                continue
            first[question] = answer
        yield answer


def _question(answer: Answer) -> object:
    e = answer.lookup.exchange
    return e.client.ip if answer.lookup.point.role == "lan" else "", e.client.port, e.id, e.name, e.qtype


def _asked_in_force(later: Answer, earlier: Answer) -> bool:
    """Whether a host asked again though it had an answer that was not about to expire."""
    again = later.lookup.questions[0] == earlier.lookup.questions[0] and later.began_ns > earlier.came_ns
    return again and later.asked_ns < earlier.expires_ns and not renews(later, earlier)


def renews(later: Answer, earlier: Answer) -> bool:
    """Return whether a cache of the host that was about to lose an answer may have asked for it again."""
    return earlier.expires_ns - later.asked_ns <= (earlier.expires_ns - earlier.came_ns) // NEARLY_OVER
