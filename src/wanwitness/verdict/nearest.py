"""What came nearest to a session whose links could not be told, and the capture that would have told them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Capture, DnsExchange, Near, Sentence, Session, Undetermined, printable
from wanwitness.reading import Point

from .doubts import remedy
from .sentences import sentence

SECOND = 1_000_000_000


class _Asked(NamedTuple):
    """A look-up that got an answer; times in ns on the reference clock."""

    at_ns: int
    label: str
    exchange: DnsExchange


class Nearest:
    """Finds what came nearest to each undetermined session.

    Args:
        points: the capture points, with their roles.
        captures: all captures.
        timeline: their clocks.
    """

    def __init__(self, points: Sequence[Point], captures: Sequence[Capture], timeline: Timeline) -> None:
        self._points, self._captures, self._timeline = points, captures, timeline
        self._of_address: dict[str, list[_Asked]] = defaultdict(list)
        self._of_name: dict[str, list[_Asked]] = defaultdict(list)
        """Those of the links alone."""
        self._any_dns = any(point.rows.dns or point.rows.log.clients for point in points)
        for point in points:
            for exchange in point.rows.dns:
                if exchange.answer is None or exchange.answer_ns is None or not exchange.usable:
                    continue
                asked = _Asked(timeline.aligned(exchange.answer, exchange.answer_ns), point.label, exchange)
                for address in {record.address for record in (*exchange.addresses, *exchange.additional)}:
                    self._of_address[address].append(asked)
                if point.role == "wan":
                    self._of_name[exchange.name].append(asked)
        for rows in (*self._of_address.values(), *self._of_name.values()):
            rows.sort(key=_at)
        self._lans = [point for point in points if point.role == "lan"]
        self._wans = [point for point in points if point.role == "wan"]
        begins = [span[0] for point in self._lans for index in point.captures if (span := timeline.span(index))]
        self._lan_begins = min(begins, default=None)

    def of(self, session: Session, because: Undetermined | None) -> Near | None:
        """Return what came nearest and what would decide; None where that is known, or there is nothing to judge.

        Args:
            session: it.
            because: why it is undetermined, if it is.
        """
        if not session.judged or because is None:
            return None
        if because == "transport-link-unknown":
            return self._transport(session)
        if (decide := remedy(session)) is not None:  # the candidates themselves are told
            return Near(None, (), decide)
        if session.cut_answers:
            return Near(None, (), sentence("decide-whole-packets"))
        if session.unkept_answers:
            return Near(None, (), sentence("decide-less-dns"))
        return self._look_up(session, because)

    def _transport(self, session: Session) -> Near:
        if not self._wans:
            return Near(None, (), sentence("decide-every-wan"))
        if session.candidates:
            return Near(None, (), sentence("decide-no-loss"))
        away = tuple(how for point in self._wans if (how := self._not_covered(point, session)) is not None)
        if away:
            return Near(sentence("not-covered", captures=away), (), sentence("decide-that-time"))
        links = tuple(sorted({point.label for point in self._wans}))
        return Near(None, (), sentence("decide-other-links", links=links))

    def _not_covered(self, point: Point, session: Session) -> Sentence | None:
        """Say how far a capture point is from showing the time of a session; None where it shows it."""
        file, link = printable(PurePath(self._captures[point.captures[0]].path).name), point.label
        spans = [span for index in point.captures if (span := self._timeline.span(index)) is not None]
        if not spans:
            return sentence("covers-nothing", file=file, link=link)
        begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
        if begin > session.start_ns:
            return sentence("begins-after", file=file, link=link, apart=(begin - session.start_ns) / SECOND)
        if end < session.start_ns:
            return sentence("ended-before", file=file, link=link, apart=(session.start_ns - end) / SECOND)
        return None

    def _look_up(self, session: Session, because: Undetermined) -> Near:
        near = self._asked(session)
        decide = self._decide(session, because, near)
        if near is None:
            return Near(None, (), decide)
        exchange = near.exchange
        frames = tuple(frame for frame in (exchange.query, exchange.answer) if frame is not None)
        apart = (session.start_ns - near.at_ns) / SECOND
        when = sentence("answered-before" if apart >= 0 else "answered-after", apart=abs(apart))
        if self._lan_begins is not None and near.at_ns < self._lan_begins:
            when = sentence("answered-early", when=when, early=(self._lan_begins - near.at_ns) / SECOND)
        if near.label == "lan":
            what = sentence("look-up-on-lan", name=exchange.name, client=exchange.client.ip, when=when)
        else:
            what = sentence("look-up-over", name=exchange.name, link=near.label, when=when)
        return Near(what, frames, decide)

    def _asked(self, session: Session) -> _Asked | None:
        """The last look-up before the connection that gave its address, else the first one after it."""
        if session.resolution is not None:
            told = set(session.resolution.frames)
            rows: Iterable[_Asked] = self._of_name.get(session.resolution.name, ())
        else:
            told = set()
            streams = [stream for stream in (session.wan, session.lan) if stream is not None]
            rows = [asked for ip in {s.resp.ip for s in streams} for asked in self._of_address.get(ip, ())]
        rows = sorted((asked for asked in rows if asked.exchange.answer not in told), key=_at)
        place = bisect_right(rows, session.start_ns, key=_at)
        return rows[place - 1] if place else rows[0] if rows else None

    def _decide(self, session: Session, because: Undetermined, near: _Asked | None) -> Sentence:
        if not self._lans:
            return sentence("decide-lan")
        if not self._any_dns:
            return sentence("decide-dns")
        if session.encrypted_dns:
            return sentence("decide-secret")
        if because == "clock-uncertain":
            return sentence("decide-clocks")
        if near is not None and self._lan_begins is not None and near.at_ns < self._lan_begins:
            return sentence("decide-earlier", early=(self._lan_begins - near.at_ns) / SECOND)
        if len({point.label for point in self._wans}) == 1:
            return sentence("decide-other-wans")
        if session.direction == "router" or (session.crossing and session.crossing.server != session.server):
            return sentence("decide-router-asks")
        if session.resolution is not None:
            return sentence("decide-before-cache", ttl=max(session.resolution.ttl_s, 60))
        return sentence("decide-host-asks" if near is not None else "decide-host-asks-or-typed")


def _at(asked: _Asked) -> int:
    return asked.at_ns
