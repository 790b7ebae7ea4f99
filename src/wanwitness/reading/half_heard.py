"""Connections in which one side alone spoke, bounded.

An outsider can make any number of them: nobody need answer made-up addresses, and anybody can send what a server would.
But a link may also show one way of real mail, where the other way goes by another link. So the first of them are kept
whole. Of the others it is forgotten what was said: those that began with a SYN become rows, like connections in which
nothing was said, and the rest is only counted. Which are kept is chosen as for those (`streams/handshakes.py`), by what
both sides of the router show alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef, Oddity, Stream
from wanwitness.oddities import ODD, of_protocol
from wanwitness.packets import addresses
from wanwitness.packets.ports import MAIL_PORTS
from wanwitness.streams.beyond import BEYOND
from wanwitness.streams.handshakes import KINDS, HandshakeTable, are_near, in_turn, is_row

from .point import MailStream

MOST_HALF_HEARD = 5_000
"""Connections of a capture point in which one side alone spoke that are kept whole: 8 kB each, and as many again while
they are collected."""


def is_half_heard(stream: Stream) -> bool:
    """Whether the client spoke and the server did not, or the server did and nothing of the client was captured.

    A server that speaks to somebody who does not, as where it greets by a refusal, is neither.
    """
    if stream.payload_resp:
        return not stream.packets_orig
    return stream.payload_orig > 0


class HalfHeard:
    """Keeps some; the others become rows of a table, or of the count behind that.

    Args:
        others: the table.
        most: how many it keeps.
    """

    def __init__(self, others: HandshakeTable, most: int = MOST_HALF_HEARD) -> None:
        self._others, self._most = others, most
        self._kept: list[MailStream] = []
        self._forgotten = 0
        self._first: FrameRef | None = None
        """The first frame of those that are not kept whole."""

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, mail: MailStream) -> None:
        """Take one that `is_half_heard`."""
        self._kept.append(mail)
        if len(self._kept) >= 2 * self._most:
            self._forget()

    def copy(self, others: HandshakeTable) -> HalfHeard:
        """Return the same with another table, which takes others without this one's knowing."""
        other = HalfHeard(others, self._most)
        other._kept, other._forgotten, other._first = list(self._kept), self._forgotten, self._first
        return other

    def forget(self, streams: AbstractSet[FrameRef]) -> None:
        """Let go of those that have these first frames."""
        self._kept = [mail for mail in self._kept if mail.stream.first not in streams]

    def rows(self) -> list[MailStream]:
        """Return those that are kept whole; the others are in the table then."""
        if len(self._kept) > self._most:
            self._forget()
        return self._kept

    def oddities(self) -> list[Oddity]:
        """Tell how many of them are not."""
        if self._first is None:
            return []
        reason = of_protocol("SMTP", ODD("odd-half-heard", number=self._forgotten))
        return [Oddity(self._first.capture, self._first.number, None, reason)]

    def _forget(self) -> None:
        streams = [mail.stream for mail in self._kept]
        speakers = _column(stream.orig.ip if stream.packets_orig else stream.resp.ip for stream in streams)
        numbers = [
            (
                stream.isn_orig or 0,
                -1 if stream.ttl_orig is None else stream.ttl_orig,
                stream.resp.port,
                stream.orig.port,
            )
            for stream in streams
        ]
        isn, ttl, *ports = np.array(numbers, np.int64).T
        near = are_near(speakers, ttl)
        order = in_turn(speakers, near, isn, _column(stream.resp.ip for stream in streams), *ports)
        self._count([(streams[place], bool(near[place])) for place in order[self._most :].tolist()])
        self._kept = [self._kept[place] for place in np.sort(order[: self._most]).tolist()]

    def _count(self, forgotten: list[tuple[Stream, bool]]) -> None:
        """Hand on some, each with whether who opened it is near."""
        alone = []
        for stream, near in forgotten:
            self._first = stream.first if self._first is None else min(self._first, stream.first)
            if stream.resp.port in MAIL_PORTS and is_row(stream):
                self._others.add(stream)
            else:
                alone.append((stream, near and stream.packets_orig > 0))
        self._forgotten += len(forgotten)
        rows = np.zeros(len(alone), BEYOND)
        for row, (stream, near) in zip(rows, alone, strict=True):
            if near:
                row["orig"] = _column([stream.orig.ip])[0]
            row["resp"] = _column([stream.resp.ip])[0]
            row["kind"], row["count"] = KINDS.index("one-sided"), 1
            row["first_ns"] = row["last_ns"] = stream.start_ns
            row["first"] = row["last"] = stream.first
        if len(rows):
            self._others.count(rows)


def _column(ips: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(map(addresses.packed, ips)), np.uint8).reshape(-1, 16)
