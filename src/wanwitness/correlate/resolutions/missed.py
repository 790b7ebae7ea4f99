"""Answers that the captures may have missed, and that would make another link the resolver's."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.model import Candidate, Objection, Resolution
from wanwitness.model.resolved import SHOWN, Resolved, ambiguous

from .answers import Answer, History, answer_of
from .asker import Asker
from .assumptions import SEVERAL
from .histories import Histories
from .lookup import SECOND, Lookup, tolerance, traced
from .lookups import Lookups
from .objections import Objections
from .opening import Opening


class Missed:
    """Doubts what rests on an answer that was kept, where a missed one may have been used instead.

    Args:
        lookups: all DNS.
        histories: it by host and address.
        objections: what else the hosts did.
        covered: when the LAN was captured.
    """

    def __init__(
        self,
        lookups: Lookups,
        histories: Histories,
        objections: Objections,
        covered: Coverage,
    ) -> None:
        self._lookups, self._histories, self._objections = lookups, histories, objections
        self._covered = covered
        self._may_have_reached: dict[str, list[Lookup]] = {}

    def doubted(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer that a LAN host had kept where a nearer one by another link may not have been captured, and
        one that came as the capture began.
        """
        resolution = found.resolution
        if found.because is not None or resolution is None:
            return found
        latest = history.latest(resolution.answered_ns)
        beside = self._beside(opening, latest) if latest is not None else []
        if latest is not None and beside:
            candidates = [latest.candidate("latest", opening)]
            candidates += [answer.candidate("unclaimed", opening) for answer in beside]
            meanwhile = Objection("asked-meanwhile", tuple(answer.lookup.frame for answer in beside))
            return ambiguous(resolution, candidates, (meanwhile,))
        if found.own:
            return found
        if resolution.expired and asker.habit.expired_once and self._lookups.only_link is None:
            last = history.latest(resolution.answered_ns)
            kept = [last.candidate("latest", opening)] if last is not None else []
            return ambiguous(resolution, kept, (asker.late(resolution.age_s),))
        missed = self._unclaimed(opening, resolution, found.link)
        if missed:
            candidates = [latest.candidate("latest", opening)] if latest is not None else []
            candidates += [answer.candidate("unclaimed", opening) for answer in missed]
            return ambiguous(resolution, candidates, (asker.late(resolution.age_s),))
        return self.captured_early_enough(opening, found, asker, history)

    def by_the_unasked(self, opening: Opening, found: Resolved, unasked: Sequence[Answer]) -> Resolved:
        """Doubt an answer where a later one came whose question was not captured, or where there is none but such."""
        if found.because not in (None, "no-dns-seen"):
            return found
        resolution = found.resolution
        since_ns = resolution.answered_ns if resolution is not None else 0
        later = [answer for answer in unasked if since_ns < answer.came_ns <= opening.at_ns]
        if all(answer.link == found.link for answer in later) and (resolution is not None or not later):
            return found
        candidates = [answer.candidate("unasked", opening) for answer in reversed(later[-SHOWN:])]
        objection = Objection("question-not-captured", tuple(answer.lookup.frame for answer in later[-SHOWN:]))
        return ambiguous(resolution, [*candidates, *candidates_of(found, opening)], (objection,))

    def captured_early_enough(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt a link that would accuse where an answer from before the capture may have been in force.

        Another program of the host may have asked since.
        """
        resolution, habit = found.resolution, asker.habit
        assert resolution is not None
        accuses, age_ns = found.link != opening.link, resolution.age_s * SECOND
        latest = history.latest(resolution.answered_ns)
        renews = latest is not None and habit.may_renew_unseen and history.begins_with(latest, opening.at_ns)
        kept_by_client = asker.by == "client" and age_ns > habit.kept_ns
        earlier = self._given_before(opening, found.link) if kept_by_client else []
        keeps = habit.keeps or (resolution.expired and habit.site_unasked) or bool(earlier)
        if not renews and (not (accuses or keeps) or age_ns <= habit.kept_ns):
            return found
        if self._lookups.only_link is not None:
            return found
        since_ns = self._covered.since(opening.at_ns)
        in_force_s = self._histories.longest_s(opening.address, opening.at_ns)
        # Few answers do not show whether a host's programs know for how long they may keep them.
        answers = history.between(0, opening.at_ns)
        few = len(answers) < SEVERAL
        # Nor, where one of them already led to no connection, that who asks is who connects.
        beside = any(self._led_to_none(one, opening, asker) for one in answers[-SEVERAL:-1])
        late = latest is not None and self._led_to_none(latest, opening, asker)
        as_others = beside and few and habit.others_keep and not habit.known
        by_programs = history.nobody_keeps(opening.at_ns) and (habit.unasked or (beside and keeps))
        for_ever = by_programs or (few and habit.unasked) or as_others
        beyond_ttl = asker.beyond_ttl or for_ever
        if not beyond_ttl and opening.at_ns - since_ns > in_force_s * SECOND:
            return found
        # Who asks and connects at once, and never connected before, hardly holds an answer from before the capture.
        fresh = latest is not None and not (habit.unasked or asker.crowd or late or renews)
        if fresh or self._lookups.is_told_by_address(opening.address, found.link, opening.at_ns):
            return found
        begun = Objection("capture-began-late", (), (opening.at_ns - since_ns) / SECOND, float(in_force_s))
        candidates = [latest.candidate("latest", opening)] if latest is not None else []
        candidates += [answer.candidate("unclaimed", opening) for answer in earlier]
        served = renews and age_ns <= habit.within_ns
        used = Objection("served-meanwhile") if served else asker.late(resolution.age_s)
        return ambiguous(resolution, candidates, (used, begun))

    def _led_to_none(self, answer: Answer, opening: Opening, asker: Asker) -> bool:
        """Whether no connection followed an answer as soon as the host's do, so that another program had asked."""
        return self._objections.is_anothers(answer, opening, asker, asker.habit.kept_ns)

    def _given_before(self, opening: Opening, link: str | None) -> list[Answer]:
        """What another link gave before the LAN was captured, and is in force: a program of the host may hold it."""
        rows, until_ns = self._lookups.upstream(opening.address), self._covered.since(opening.at_ns)
        since_ns = opening.at_ns - self._histories.longest_s(opening.address, opening.at_ns) * SECOND
        low, high = (bisect_left(rows, at_ns, key=lambda u: u.came_ns) for at_ns in (since_ns, until_ns))
        others = [u for u in rows[low:high] if u.point.label != link and u.expires_ns(opening.address) >= opening.at_ns]
        return [answer_of(u, traced(u), opening.address) for u in others[-SHOWN:]]

    def _beside(self, opening: Opening, latest: Answer) -> list[Answer]:
        """What other links gave while a host waited for an answer to a question from before the LAN's capture.

        It may have put that to several servers, of which the capture shows the last one's answer alone.
        """
        since_ns = latest.asked_ns
        if latest.lookup.first_query_ns is not None or self._covered.covers(since_ns):
            return []
        own, perhaps = self._lookups.routers_own(opening.address)
        rows = [u for u in (*own, *perhaps) if u.answer_ns is not None and since_ns <= u.came_ns <= opening.at_ns]
        others = sorted((u for u in rows if u.point.label != latest.link), key=lambda u: u.came_ns)
        return [answer_of(u, traced(u), opening.address) for u in others[-SHOWN:]]

    def _unclaimed(self, opening: Opening, resolution: Resolution, link: str | None) -> list[Answer]:
        """What another link has given since to an unknown client: it may be this host, whose exchange the LAN's capture
        lacks.
        """
        if opening.address not in self._may_have_reached:
            self._may_have_reached[opening.address] = self._lookups.may_have_reached(opening.address)
        rows = self._may_have_reached[opening.address]
        reach = opening.doubt.ns + max((u.doubt.ns for u in rows), default=0)
        low = bisect_left(rows, resolution.answered_ns - reach, key=lambda u: u.came_ns)
        high = bisect_right(rows, opening.at_ns + reach, key=lambda u: u.came_ns)
        others = [
            u
            for u in rows[low:high]
            if u.point.label != link
            and resolution.answered_ns - (slack := tolerance(u, opening)) <= u.came_ns
            and u.came_ns <= opening.at_ns + slack
            and self._lookups.blind.inside(u.came_ns - slack, opening.at_ns + slack)  # it may have been kept meanwhile
        ]
        return [answer_of(u, traced(u), opening.address) for u in others[-SHOWN:]]


def candidates_of(resolved: Resolved, opening: Opening) -> tuple[Candidate, ...]:
    """Return what a connection may have used, also where that is certain."""
    resolution = resolved.resolution
    if resolved.candidates or resolution is None:
        return resolved.candidates
    before_s = round((opening.at_ns - resolution.answered_ns) / SECOND, 9)
    return (Candidate("latest", resolution.link, before_s, resolution.ttl_s, resolution.frames),)
