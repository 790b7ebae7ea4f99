"""The counts of an explanation made once more, try by try, without the columns that the tests rest on."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from math import inf
from typing import NamedTuple

from wanwitness.hypotheses.act import Act, Watched
from wanwitness.hypotheses.assumptions import MOST_VALUES, RETRY_NS
from wanwitness.hypotheses.attempt import Attempt, Blame
from wanwitness.hypotheses.conditions import EVENT_WINDOWS_S, WINDOWS_S

from .clocks import SECOND

Holds = bool | None
"""Whether a condition holds of a try; None where that is not known."""


class Counted(NamedTuple):
    """What the episodes show of an explanation."""

    table: list[list[int]]
    """Refused and accepted where it holds, then where it does not."""
    runs: int
    """Bursts of refusals among the episodes of which that is known."""
    unknown: int
    """Episodes of which it is not known."""


def _differ(one: str | None, two: str | None) -> Holds:
    return None if one is None or two is None else one != two


_LINKS: Mapping[str, Callable[[Attempt], Holds]] = {
    "link-mismatch": lambda one: one.mismatch,
    "relay-owner": lambda one: _differ(one.relay_owner, one.transport_link),
    "relay-resolver": lambda one: _differ(one.relay_owner, one.resolver_owner),
    "foreign-resolver": lambda one: one.foreign_resolver,
    "redirected": lambda one: one.redirected,
}
_NAMES: Mapping[str, Callable[[Attempt], str | None]] = {
    "relay-address": lambda one: one.relay,
    "helo": lambda one: one.helo,
    "sender": lambda one: one.sender,
    "client": lambda one: one.client,
    "egress": lambda one: one.transport_link,
}
_OF_ADDRESS = ("helo", "sender", "client", "egress")
"""What of these may matter to a server that minds the address: never how it was looked up."""


class Recount:
    """Counts the tries that can tell why refusals of one kind happen.

    Args:
        tries: in order of time.
        blame: how the refusals may be a link's fault.
        acts: what people did that may have helped.
        watched: which of that the captures would have shown.
        zone: the site's time.
    """

    def __init__(
        self, tries: Sequence[Attempt], blame: Blame, acts: Sequence[Act], watched: Watched, zone: tzinfo
    ) -> None:
        self._watched, self._zone = watched, zone
        self._events = {act.explanation for act in acts if act.explanation.startswith("event:")}
        kinds = self._events | (watched.since_ns.keys() if blame == "subscriber" else set())
        self._done = {kind: _Done([act for act in acts if act.explanation == kind]) for kind in kinds}
        of_address = blame == "address"
        self._links = () if of_address else tuple(_LINKS.values())
        names = [_NAMES[name] for name in _NAMES if (name in _OF_ADDRESS if of_address else name != "egress")]
        self._often = [(fact, _frequent(map(fact, tries))) for fact in names]
        kept = list(_episodes(tries, [self._lasting(a_try) for a_try in tries]))
        self.retries = len(tries) - len(kept)
        self.episodes = [tries[place] for place in kept]

    def _lasting(self, a_try: Attempt) -> tuple[object, ...]:
        """Every condition of a try that does not pass by itself: alike in a retry."""
        names = [
            value if value is None or value in often else ""  # one of the others
            for fact, often in self._often
            for value in [fact(a_try)]
        ]
        acts = [self._within(kind, a_try, window) for kind in self._done for window in self._windows(kind)]
        return (*(holds(a_try) for holds in self._links), *names, *acts, a_try.log_in, a_try.tls)

    def _windows(self, kind: str) -> Sequence[float]:
        return EVENT_WINDOWS_S if kind in self._events else WINDOWS_S

    def _within(self, kind: str, a_try: Attempt, window_s: float) -> Holds:
        """Whether there was such an act so long before a try; of times that no capture covers, nobody knows."""
        age_s = self._done[kind].before_s(a_try)
        if age_s < inf and age_s <= window_s:
            return True
        if kind in self._events:
            return False
        blind = (min(end, a_try.at_ns) for begin, end in self._watched.gaps_ns if begin <= a_try.at_ns)
        seen_ns = a_try.at_ns - max(self._watched.since_ns[kind], *blind, -(1 << 62))
        return None if seen_ns < window_s * SECOND else False

    def of(self, explanation: str, what: str | float | None, window_s: float | None) -> Counted:
        """Count what the episodes show of an explanation.

        Args:
            explanation: its id.
            what: the name, address, size or part of the day that it speaks of.
            window_s: how long it says; infinite for good.
        """
        if explanation == "mending":
            holds = _mending(self.episodes, window_s or 0)
        else:
            holds = [self._holds(explanation, what, window_s, a_try) for a_try in self.episodes]
        known = [(a_try.refused, held) for a_try, held in zip(self.episodes, holds, strict=True) if held is not None]
        counts = Counter(known)
        table = [[counts[refused, held] for refused in (True, False)] for held in (True, False)]
        runs = sum(refused for refused, _ in groupby(known, lambda one: one[0]))
        return Counted(table, runs, len(holds) - len(known))

    def _holds(self, explanation: str, what: str | float | None, window_s: float | None, a_try: Attempt) -> Holds:
        if explanation in _LINKS:
            return _LINKS[explanation](a_try)
        if explanation in _NAMES:
            value = _NAMES[explanation](a_try)
            # Explanations take names without regard to case, as SMTP does (RFC 5321 section 2.4).
            return None if value is None else value == what
        if explanation in ("smtp-login", "tls"):
            return a_try.log_in if explanation == "smtp-login" else a_try.tls
        if explanation == "size":
            return None if a_try.size is None or not isinstance(what, int | float) else a_try.size > what
        if explanation == "hour":
            begin, end = map(int, str(what).split("-"))
            hour = datetime.fromtimestamp(a_try.at_ns / SECOND, self._zone).hour
            return (hour - begin) % 24 < ((end - begin) % 24 or 24)
        return self._within(explanation, a_try, window_s or 0)

    def bracket_s(self, explanation: str) -> tuple[float, float] | None:
        """Return until how long after an act mail was accepted, and from when on it was refused.

        Where both overlap, the bracket that leaves the fewest on the wrong side; None where there are not both.
        """
        ages = [(self._done[explanation].before_s(a_try), a_try.refused) for a_try in self.episodes]
        ages = sorted((one for one in ages if one[0] < inf), key=lambda one: one[0])
        wrong = sum(not refused for _, refused in ages)
        least, split = wrong, 0
        for place, (_, refused) in enumerate(ages, 1):
            wrong += 1 if refused else -1
            if wrong < least:
                least, split = wrong, place
        accepted = [age_s for age_s, refused in ages[:split] if not refused]
        later = [age_s for age_s, refused in ages[split:] if refused]
        return (accepted[-1], later[0]) if accepted and later else None


class _Done:
    """Acts of one kind."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self._at_ns: dict[str | None, list[int]] = {}
        for act in acts:
            self._at_ns.setdefault(act.owner, []).append(act.at_ns)
        for times in self._at_ns.values():
            times.sort()

    def before_s(self, a_try: Attempt) -> float:
        """How long before a try the latest one was that may have to do with its relay; infinite where none was."""
        own = a_try.relay_owner
        mine = [times for owner, times in self._at_ns.items() if owner is None or own is None or owner == own]
        latest = [times[place - 1] for times in mine if (place := bisect_right(times, a_try.at_ns))]
        return (a_try.at_ns - max(latest)) / SECOND if latest else inf


def _frequent(values: Iterable[str | None]) -> set[str]:
    """The names or addresses that are looked at, each as a condition of its own."""
    counts = Counter(value for value in values if value is not None)
    return set(sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES])


def _episodes(tries: Sequence[Attempt], lasting: Sequence[tuple[object, ...]]) -> Iterator[int]:
    """Yield the places of the tries that are evidence of their own: a retry under the same conditions is none."""
    refusals: dict[tuple[str, str | None], list[int]] = {}
    for place, a_try in enumerate(tries):
        mails = refusals.setdefault((a_try.client, a_try.sender), [])
        if not a_try.refused:
            mails.clear()
            yield place
            continue
        mails[:] = [p for p in mails if a_try.at_ns - tries[p].at_ns <= RETRY_NS]
        same = [
            p
            for p in mails
            if None in (tries[p].recipients, a_try.recipients) or tries[p].recipients == a_try.recipients
        ]
        if not same or lasting[same[-1]] != lasting[place]:
            yield place
        mails[:] = [p for p in mails if p not in same] + [place]


def _mending(episodes: Sequence[Attempt], window_s: float) -> list[Holds]:
    """Whether each try is within a time after the first refusal of the run before it; unknown before the first run."""
    holds: list[Holds] = []
    begun_ns, refused = None, False
    for a_try in episodes:
        holds.append(None if begun_ns is None else a_try.at_ns - begun_ns <= window_s * SECOND)
        if a_try.refused and not refused:
            begun_ns = a_try.at_ns
        refused = a_try.refused
    return holds
