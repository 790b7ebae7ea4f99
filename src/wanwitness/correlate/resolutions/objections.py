"""Why a host's latest answer need not be the one that it opened a connection with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wanwitness.model import FrameRef, Objection
from wanwitness.model.resolved import SHOWN

from .answers import Answer, History, renews
from .asker import Asker
from .assumptions import RETRY_NS, TIMES_NEARER
from .lookup import SECOND, tolerance
from .opening import Connect, Connects, Opening


class FailedTry(NamedTuple):
    """A connection that failed, and the answer that it was tried with."""

    connect: Connect
    answer: Answer


class Objections:
    """Finds them in what else a host asked and opened.

    Args:
        connects: every host's connections.
    """

    def __init__(self, connects: Connects) -> None:
        self._connects = connects

    def objections(
        self,
        opening: Opening,
        history: History,
        latest: Answer,
        kept: Sequence[Answer],
        at_once: Sequence[Answer],
        asker: Asker,
        renewed: Answer | None,
        tried: Sequence[FailedTry],
    ) -> tuple[Objection, ...]:
        """Say why the latest answer is not plainly the connection's own, though answers by other links are there.

        Args:
            opening: the connection.
            history: what its host was answered.
            latest: that answer.
            kept: those of other links that the host may have kept.
            at_once: those of other links that came at the same time.
            asker: the host.
            renewed: the one that a cache may have served while it asked for the latest.
            tried: what failed at other addresses, by answers of other links.
        """
        found: list[Objection] = []
        habit = asker.habit
        late = asker.is_late(latest, opening)
        if late:
            found.append(asker.late((opening.at_ns - latest.came_ns) / SECOND))
        connects = self._connects.between
        since_ns = min(latest.asked_ns, latest.came_ns)
        between = connects(asker.names, latest.lookup.data, since_ns, opening.at_ns, but=opening.frame)
        if between:
            found.append(Objection("connection-between", tuple(connect.frame for connect in between[-SHOWN:])))
        if at_once:
            found.append(Objection("asked-meanwhile", tuple(answer.lookup.frame for answer in at_once[-SHOWN:])))
        if asker.crowd:
            found.append(Objection("several-hosts", asker.crowd))
        chance = opening.at_ns - latest.came_ns > habit.surely_ns
        no_cache = history.nobody_keeps(opening.at_ns) and not asker.crowd
        cache = habit.keeps and not no_cache and not asker.has_waited(latest, opening)
        served = renewed in kept or (cache and any(renews(latest, answer) for answer in kept))
        if kept and not late and (served or habit.refreshes):  # later the new one is served
            found.append(Objection("served-meanwhile"))
        if kept and habit.keeps and chance:
            found.append(Objection("keeps-answers"))
        failed = tuple(one.connect.frame for one in tried[-SHOWN:])
        if not failed and not habit.known:
            failed = self._failed_before(opening, latest, kept, asker)
        if failed:
            found.append(Objection("failed-before", failed))
        return tuple(found)

    def nearly_as_late(self, opening: Opening, history: History, latest: Answer, asker: Asker) -> list[Answer]:
        """Return what may be this connection's own as well: it came as shortly before, or its question was open then.

        What another connection was opened with, before the latest answer came, is that one's.
        """
        as_late_ns = max(asker.habit.usually_ns, TIMES_NEARER * (opening.at_ns - latest.came_ns))
        since_ns = min(opening.at_ns - min(asker.habit.within_ns, as_late_ns), latest.began_ns)
        near = history.between(since_ns - 1, latest.came_ns)
        return [
            answer
            for answer in near
            if answer is not latest
            and not self._connects.between(
                asker.names, answer.lookup.data, answer.came_ns, latest.came_ns, but=opening.frame
            )
        ]

    def tried_elsewhere(self, opening: Opening, history: History, latest: Answer, asker: Asker) -> list[FailedTry]:
        """Return the failed tries at other addresses after which this connection may be the next one: by answers of
        other links that gave this address too, which was not tried with them yet.

        Who goes through the addresses of an answer (RFC 5321 section 5.1) looks nothing up meanwhile, and does not mind
        that its time is over; another program that asks in between changes nothing of it.
        """
        others = history.data - {opening.address}
        last = self._connects.last(asker.names, opening.address, opening.at_ns - 1) if others else None
        untried = history.between(-1 if last is None else last.at_ns, latest.came_ns)
        if not others or all(answer.link == latest.link for answer in untried):
            return []
        since_ns = max(untried[0].came_ns, opening.at_ns - RETRY_NS)
        found = []
        for connect in self._connects.between(asker.names, others, since_ns, opening.at_ns, but=opening.frame):
            answer = history.latest(connect.at_ns)
            failed = connect.failed_ns is not None and connect.failed_ns <= opening.at_ns
            if failed and answer is not None and answer.link != latest.link:
                found.append(FailedTry(connect, answer))
        return found

    def is_anothers(self, latest: Answer, opening: Opening, asker: Asker, within_ns: int) -> bool:
        """Return whether a late connection follows an answer that led to none when it came, as this host's programs do.

        Then either another program asked, and this one may have kept any answer; or it is the same program, for once
        slow.

        Args:
            within_ns: within this time after the answer a connection would have been the use of it.
        """
        until_ns = latest.came_ns + within_ns
        if opening.at_ns <= until_ns:
            return False
        addresses = latest.lookup.data
        return not self._connects.between(asker.names, addresses, latest.came_ns, until_ns, but=opening.frame)

    def may_be_anothers(self, answer: Answer, opening: Opening, asker: Asker) -> bool:
        """Return whether an answer that came at the time of a connection may be what the host's next one waited for."""
        slack = tolerance(answer.lookup, opening)
        since_ns, until_ns = answer.came_ns - slack, answer.came_ns + slack + asker.habit.within_ns
        addresses = answer.lookup.data
        return bool(self._connects.between(asker.names, addresses, since_ns, until_ns, but=opening.frame))

    def _failed_before(
        self, opening: Opening, latest: Answer, kept: Sequence[Answer], asker: Asker
    ) -> tuple[FrameRef, ...]:
        """Connections that failed, and whose next try this may be, with an answer that was there before.

        Where it is known how soon the host connects once it was answered, a next try that comes just as soon after
        another program's answer would be chance.
        """
        earlier = min((answer.came_ns for answer in kept), default=latest.came_ns)
        addresses = latest.lookup.data.union(*(answer.lookup.data for answer in kept))
        return tuple(
            connect.frame
            for connect in self._connects.between(asker.names, addresses, earlier, opening.at_ns, but=opening.frame)
            if connect.failed_ns is not None and opening.at_ns - connect.failed_ns <= RETRY_NS
        )[-SHOWN:]
