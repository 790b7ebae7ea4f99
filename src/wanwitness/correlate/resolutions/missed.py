"""Answers that the captures may have missed, and that would make another link the resolver's."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.model import Candidate, Objection, Resolution
from wanwitness.model.resolved import SHOWN, Resolved, ambiguous

from .answers import Answer, History, answer_of
from .asker import Asker
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
        """Doubt an answer that a LAN host had kept where a nearer one by another link may not have been captured."""
        resolution = found.resolution
        if found.because is not None or resolution is None or found.own:
            return found
        if resolution.expired and asker.habit.expired_once and self._lookups.only_link is None:
            last = history.latest(resolution.answered_ns)
            kept = [last.candidate("latest", opening)] if last is not None else []
            return ambiguous(resolution, kept, (asker.late(resolution.age_s),))
        missed = self._unclaimed(opening, resolution, found.link)
        if missed:
            latest = history.latest(resolution.answered_ns)
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
        resolution = found.resolution
        assert resolution is not None
        accuses = found.link != opening.link
        if not (accuses or asker.habit.keeps) or resolution.age_s * SECOND <= asker.habit.kept_ns:
            return found
        if self._lookups.only_link is not None:
            return found
        since_ns = self._covered.since(opening.at_ns)
        in_force_s = self._histories.longest_s(opening.address, opening.at_ns)
        beyond_ttl = asker.beyond_ttl or (asker.habit.unasked and history.nobody_keeps(opening.at_ns))
        if not beyond_ttl and opening.at_ns - since_ns > in_force_s * SECOND:
            return found
        latest = history.latest(resolution.answered_ns)
        # Who asks and connects at once, and never connected before, hardly holds an answer from before the capture.
        fresh = (
            latest is not None
            and not asker.habit.unasked
            and not asker.crowd
            and not self._objections.is_anothers(latest, opening, asker, asker.habit.kept_ns)
        )
        if fresh or self._lookups.is_told_by_address(opening.address, found.link, opening.at_ns):
            return found
        begun = Objection("capture-began-late", (), (opening.at_ns - since_ns) / SECOND, float(in_force_s))
        soon = resolution.age_s * SECOND <= asker.habit.within_ns
        candidates = [latest.candidate("latest", opening)] if latest is not None else []
        return ambiguous(
            resolution, candidates, (Objection("keeps-answers") if soon else asker.late(resolution.age_s), begun)
        )

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
