"""Which of the router's own questions was put for a connection of its own.

A router also asks for other reasons: it checks servers, renews what it keeps, and forwards what its clients ask.
"""

from __future__ import annotations

from bisect import bisect_right

from wanwitness.model import Candidate, Objection, Resolution
from wanwitness.model.resolved import SHOWN, Resolved, ambiguous

from .answers import Answer, History, answer_of, renews
from .asker import Asker
from .assumptions import AT_ONCE_NS, FEW_NS, PROMPTLY_NS
from .encrypted import EncryptedUse
from .histories import Histories
from .lookup import Lookup, tolerance, traced
from .lookups import Lookups
from .missed import Missed
from .opening import Connects, Opening


class RouterOwn:
    """Doubts what rests on a question that the router may have put for another reason.

    Args:
        lookups: all DNS.
        histories: it by host and address.
        missed: what the captures may lack.
        connects: the router's connections.
        encrypted: its questions that cannot be read.
    """

    def __init__(
        self, lookups: Lookups, histories: Histories, missed: Missed, connects: Connects, encrypted: EncryptedUse
    ) -> None:
        self._lookups, self._histories, self._missed = lookups, histories, missed
        self._connects, self._encrypted = connects, encrypted
        self._untied: dict[str, list[Lookup]] = {}
        self._otherwise: dict[tuple[str, str, int], Answer | None] = {}

    def doubted(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Withdraw the link where another of the router's questions may have been put for this connection."""
        if found.because == "no-dns-seen":
            return Resolved(None, None, "resolver-link-unknown")
        if found.because is None and found.resolution is not None and found.own:
            found = self._one_of_several(opening, found, asker, history)
        if found.because is None and found.resolution is not None and found.own:
            found = self._anothers_own(opening, found, asker, history)
        if found.because is None and found.resolution is not None and (not found.own or asker.idly):
            found = self._asked_to_connect(opening, found, asker, history)
        if found.because is None and found.resolution is not None:
            found = self._not_asked_since(opening, found, found.resolution)
        loose = self._loose(opening.address)
        if found.because is None and any(lookup.point.label != found.link for lookup in loose):
            return Resolved(found.resolution, None, "clock-uncertain", tuple(lookup.frame for lookup in loose[:SHOWN]))
        return found

    def _one_of_several(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer to a question that may be one of several put at once, of which another cannot be read.

        Or was not captured, or noted: if the router is seen to connect while its own question is open, as who has the
        answer to another does. Or whose answer was cut off, or is missing where the captures lack packets.
        """
        assert found.resolution is not None
        latest = history.latest(found.resolution.answered_ns)
        if latest is None:
            return found
        unread = self._encrypted.since(None, latest.began_ns - AT_ONCE_NS, opening.at_ns)
        unseen = asker.habit.refreshes and self._may_have_asked_unread(latest.began_ns, opening.at_ns)
        if not unread and not unseen and not self._unheard_at_once(latest, opening):
            return found
        candidates, shown = (latest.candidate("latest", opening),), found.resolution.frames
        return Resolved(found.resolution, None, "resolver-link-unknown", shown, candidates, own=False)

    def _unheard_at_once(self, latest: Answer, opening: Opening) -> bool:
        """Whether the router asked by another link at the same time, and what that answered the captures may lack."""
        lossless = self._lookups.blind.surely_saw(latest.began_ns, opening.at_ns)
        return any(
            u.answer_ns is None
            and (u.cut is not None or not lossless)
            and u.point.label != latest.link
            and abs(u.begin_ns - latest.began_ns) <= AT_ONCE_NS + tolerance(u, latest.lookup)
            for u in self._histories.perhaps(opening.address)
        )

    def _anothers_own(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer that another connection followed first, where the connection's own may have come unseen."""
        assert found.resolution is not None
        latest = history.latest(found.resolution.answered_ns)
        if latest is None or not self._may_have_asked_unread(latest.came_ns, opening.at_ns):
            return found
        between = self._connects.between(
            asker.names, latest.lookup.data, latest.came_ns, opening.at_ns, but=opening.frame
        )
        if not between:
            return found
        objection = Objection("connection-between", tuple(connect.frame for connect in between[-SHOWN:]))
        candidates, shown = (latest.candidate("latest", opening),), found.resolution.frames
        return Resolved(found.resolution, None, "resolver-link-unknown", shown, candidates, (objection,), own=False)

    def _may_have_asked_unread(self, begin_ns: int, end_ns: int) -> bool:
        """Whether the router may have asked between two moments unseen, or in a way that cannot be read."""
        unread = self._encrypted.during(None, begin_ns, end_ns)
        return unread or self._lookups.blind.between(begin_ns, end_ns)

    def _asked_to_connect(self, opening: Opening, found: Resolved, asker: Asker, history: History) -> Resolved:
        """Doubt an answer that the router had kept if it did not connect when it got it: that had other reasons."""
        assert found.resolution is not None
        latest = history.latest(found.resolution.answered_ns)
        assert latest is not None
        if not asker.idly and self._may_have_just_asked(opening, found.link, asker):
            return found
        blind = not asker.idly and self._lookups.blind.between(latest.came_ns, opening.at_ns)
        if not asker.idly and not blind and opening.at_ns - latest.came_ns <= FEW_NS:
            first = self._connects.first(asker.names[:1], latest.lookup.data, latest.came_ns)
            if first is None or first.at_ns >= opening.at_ns:  # a busy router, for once slow
                return found
        candidate = latest.candidate("latest", opening)
        objections: list[Objection] = []
        if asker.is_late(latest, opening):
            objections.append(asker.late(found.resolution.age_s))
        if asker.idly:
            objections.append(Objection("asked-for-another-reason"))
        shared = self._forwarded_since(opening, latest)
        if shared:
            return ambiguous(found.resolution, (candidate, *shared), tuple(objections))
        if not blind and not asker.idly and self._keeps_until_expiry(opening.address, history, latest, asker):
            return self._missed.captured_early_enough(opening, found, asker, history)
        if not (blind or asker.idly):
            objections.append(Objection("asked-for-another-reason"))
        shown, resolution = found.resolution.frames, found.resolution
        return Resolved(resolution, None, "resolver-link-unknown", shown, (candidate,), tuple(objections), own=False)

    def _may_have_just_asked(self, opening: Opening, link: str | None, asker: Asker) -> bool:
        """Whether the clocks alone leave open that the router asked for itself, by the same link, just before."""
        near = [
            u
            for u in self._histories.perhaps(opening.address)
            if u.answer_ns is not None and -tolerance(u, opening) <= opening.at_ns - u.came_ns <= asker.habit.within_ns
        ]
        return bool(near) and all(u.point.label == link for u in near)

    def _forwarded_since(self, opening: Opening, latest: Answer) -> tuple[Candidate, ...]:
        """What another link gave since to a client of the forwarder, whose cache the router itself may use."""
        rows = self._lookups.upstream(opening.address)
        low = bisect_right(rows, latest.came_ns, key=lambda u: u.came_ns)
        high = bisect_right(rows, opening.at_ns, key=lambda u: u.came_ns)
        others = [u for u in rows[low:high] if u.point.label != latest.link and u not in self._lookups.direct]
        return tuple(answer_of(u, traced(u), opening.address).candidate("forwarded", opening) for u in others[-SHOWN:])

    def _keeps_until_expiry(self, address: str, history: History, latest: Answer, asker: Asker) -> bool:
        """Whether the router is seen to do what a cache does: to ask when it is to connect, and not before it must.

        Who asks while an answer is in force checks something, or keeps nothing.
        """
        within_ns = asker.habit.within_ns if asker.habit.known else PROMPTLY_NS
        key = address, asker.names[0], within_ns
        if key not in self._otherwise:
            self._otherwise[key] = self._first_otherwise(history, asker, within_ns)
        otherwise = self._otherwise[key]
        return otherwise is None or latest.came_ns < otherwise.came_ns

    def _first_otherwise(self, history: History, asker: Asker, within_ns: int) -> Answer | None:
        """The first answer that a cache would not have asked for."""
        before: Answer | None = None
        for answer in history.answers:
            first = self._connects.first(asker.names[:1], answer.lookup.data, answer.came_ns)
            if first is None or first.at_ns - answer.came_ns > within_ns:
                return answer
            if before is not None and answer.asked_ns < before.expires_ns and not renews(answer, before):
                return answer
            before = answer
        return None

    def _not_asked_since(self, opening: Opening, found: Resolved, resolution: Resolution) -> Resolved:
        since = resolution.answered_ns
        later = [
            u
            for u in self._histories.perhaps(opening.address)
            if since < u.came_ns + u.doubt.ns and u.came.may_precede(opening.at)
        ]
        if any(lookup.point.label != found.link for lookup in later):
            frames = tuple(lookup.frame for lookup in later[-SHOWN:])
            return Resolved(resolution, None, "resolver-link-unknown", frames)
        return found.unexpired() if later else found

    def _loose(self, address: str) -> list[Lookup]:
        """The answers to the router of which nobody knows whether they came before or after anything."""
        if address not in self._untied:
            upstream = self._lookups.upstream(address)
            self._untied[address] = [lookup for lookup in upstream if not lookup.tied]
        return self._untied[address]
