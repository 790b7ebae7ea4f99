"""Connections in which nothing was said yet: half open, answered, opened; the oldest of too many are given up.

Made-up addresses never come further than an answer. So a connection on a mail port is given up for those of its own
stage: they take no real client's place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from wanwitness.model import FrameRef, Oddity, Stream
from wanwitness.oddities import ODD, of_protocol
from wanwitness.packets.ports import MAIL_PORTS

from .connection import Connection
from .packet import Key

MAX_HANDSHAKES = 16_384
"""Connections kept of other ports, and as many of mail's of each stage, 5 kB each: neither a SYN flood nor a server
that answers it may fill the memory. Of more the oldest is given up, whatever its SYN carried, and that is told; where
it is repeated then, `handshakes.py` knows it again."""
UNANSWERED, ANSWERED, OPENED = range(3)
"""Stages: one end was heard, both, the client again."""

Kept = OrderedDict[Key, Connection]


class Unspoken:
    """Those connections of one capture point, oldest first."""

    def __init__(self) -> None:
        self._other_ports: Kept = OrderedDict()
        self._by_stage: tuple[Kept, ...] = (OrderedDict(), OrderedDict(), OrderedDict())
        """On mail's ports; one may have come further than where it stands."""
        self._given_up = 0
        self._first: FrameRef | None = None
        """The first frame of what was given up."""

    def add(self, key: Key, connection: Connection) -> None:
        """Keep one that has just been opened."""
        mail = connection.stream.resp.port in MAIL_PORTS
        (self._by_stage[UNANSWERED] if mail else self._other_ports)[key] = connection

    def forget(self, key: Key) -> None:
        """Something was said in it, or it is closed."""
        for kept in (self._other_ports, *self._by_stage):
            kept.pop(key, None)

    def surplus(self) -> Iterator[tuple[Key, bool]]:
        """Give up the oldest of too many: their keys, and whether they are on mail's ports."""
        while len(self._other_ports) > MAX_HANDSHAKES:
            key, connection = self._other_ports.popitem(last=False)
            self._note(connection.stream)
            yield key, False
        for stage, kept in enumerate(self._by_stage):
            while len(kept) > MAX_HANDSHAKES:
                key, connection = kept.popitem(last=False)
                if (reached := _stage(connection.stream)) > stage:
                    self._by_stage[reached][key] = connection
                else:
                    self._note(connection.stream)
                    yield key, True

    def odd(self) -> Oddity | None:
        """Tell how many were given up for there were too many; None where none was."""
        if self._first is None:
            return None
        why = of_protocol("TCP", ODD("odd-given-up", number=self._given_up, most=MAX_HANDSHAKES))
        return Oddity(*self._first, None, why)

    def _note(self, stream: Stream) -> None:
        self._given_up += 1
        self._first = min(stream.first, self._first or stream.first)


def _stage(stream: Stream) -> int:
    if not (stream.packets_orig and stream.packets_resp):
        return UNANSWERED
    return OPENED if stream.packets_orig > 1 else ANSWERED
