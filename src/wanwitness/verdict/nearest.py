"""What came nearest to a session whose links could not be told, and the capture that would have told them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Capture, DnsExchange, Near, Session, Undetermined, printable
from wanwitness.reading import Point

from .doubts import duration, remedy

SECOND = 1_000_000_000
RESTART = "restart what sends the mail, so that it asks anew"


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
            return Near("", "", (), decide)
        if session.cut_answers:
            return Near("", "", (), "a capture that keeps whole packets (tcpdump -s 0)")
        return self._look_up(session, because)

    def _transport(self, session: Session) -> Near:
        if not self._wans:
            return Near("", "", (), "a capture of the WAN side of every link, taken while the LAN side is captured")
        if session.candidates:
            return Near("", "", (), "a capture of every link without a loss, with the packets that open connections")
        away = [
            f"{printable(PurePath(capture.path).name)}, of {point.label}, {how}"
            for point in self._wans
            if (how := self._not_covered(point, session)) is not None
            for capture in [self._captures[point.captures[0]]]
        ]
        links = sorted({point.label for point in self._wans})
        if away:
            return Near("; ".join(away), "", (), "a capture of every link, also of others, that covers that time")
        return Near("", "", (), f"a capture of the links other than {' and '.join(links)}, or one without a loss")

    def _not_covered(self, point: Point, session: Session) -> str | None:
        spans = [span for index in point.captures if (span := self._timeline.span(index)) is not None]
        if not spans:
            return "holds no packets"
        begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
        if begin > session.start_ns:
            return f"begins {duration((begin - session.start_ns) / SECOND)} after the connection"
        if end < session.start_ns:
            return f"ended {duration((session.start_ns - end) / SECOND)} before the connection"
        return None

    def _look_up(self, session: Session, because: Undetermined) -> Near:
        near = self._asked(session)
        decide = self._decide(session, because, near)
        if near is None:
            return Near("", "", (), decide)
        exchange = near.exchange
        frames = tuple(frame for frame in (exchange.query, exchange.answer) if frame is not None)
        where = f"by {exchange.client.ip} on the LAN" if near.label == "lan" else f"over {near.label}"
        apart = (session.start_ns - near.at_ns) / SECOND
        when = f"answered {duration(abs(apart))} {'before' if apart >= 0 else 'after'} the connection"
        if self._lan_begins is not None and near.at_ns < self._lan_begins:
            when += f" and {duration((self._lan_begins - near.at_ns) / SECOND)} before the LAN capture's first frame"
        return Near(f"the look-up of {exchange.name} {where}", when, frames, decide)

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

    def _decide(self, session: Session, because: Undetermined, near: _Asked | None) -> str:
        if not self._lans:
            return "a capture of the LAN side, taken while the links are captured"
        if not self._any_dns:
            return "captures with DNS in them (port 53; port 853 where it is encrypted)"
        if session.encrypted_dns:
            return "the log of the resolver that was asked in secret, or captures while DNS is not encrypted"
        if because == "clock-uncertain":
            return "captures by one machine, or more traffic that both sides show"
        if near is not None and self._lan_begins is not None and near.at_ns < self._lan_begins:
            early = duration((self._lan_begins - near.at_ns) / SECOND)
            return f"a capture of the LAN side that begins more than {early} earlier, before that look-up"
        if len({point.label for point in self._wans}) == 1:
            return "a capture of the WAN side of the other links too"
        if session.direction == "router" or (session.crossing and session.crossing.server != session.server):
            return (
                "captures of every link that begin before the router looks the name up (restart its mail forwarding, "
                "so that it asks anew), or its log of look-ups"
            )
        if session.resolution is not None:
            ttl = duration(max(session.resolution.ttl_s, 60))
            return f"captures of every link that begin {ttl} earlier at least, before the router's cache was filled"
        typed = "" if near is not None else "; an address that was typed in has no look-up at all"
        return f"captures of all sides that begin before the host looks the name up ({RESTART}{typed})"


def _at(asked: _Asked) -> int:
    return asked.at_ns
