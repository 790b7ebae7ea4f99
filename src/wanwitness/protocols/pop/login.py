r"""The authorization state of one POP3 connection (RFC 1939 section 4); no user and no secret is kept.

>>> login = PopLogIn()
>>> login.server(b"+OK ready\r\n"), login.client(b"USER alice\r\n"), login.server(b"+OK\r\n")
(None, None, None)
>>> login.client(b"PASS not-a-secret\r\n"), login.server(b"+OK logged in\r\n")
(None, True)
"""

from __future__ import annotations

from collections import deque

from wanwitness.protocols.lines import Lines

_LOGS_IN = frozenset({b"PASS", b"APOP", b"AUTH"})
"""Commands whose +OK opens the mailbox (RFC 1939 sections 4 and 7, RFC 5034)."""
_BEFORE = frozenset({b"USER", b"PASS", b"APOP", b"AUTH", b"CAPA", b"STLS", b"UTF8", b"LANG", b"QUIT", b"XTND", b"NOOP"})
"""Commands that may come before the mailbox is open."""
_MOST_WAITING = 1_000
"""Commands sent ahead (RFC 2449 section 6.6); who sends more is not followed."""


class PopLogIn:
    """Pairs commands with replies until the mailbox is open."""

    def __init__(self) -> None:
        self._client, self._server = Lines(), Lines()
        self._waiting = deque((b"GREETING",))
        self.done = False
        """The mailbox is open: nothing more is to be learned."""
        self.encrypted = False
        """STLS was accepted: what follows cannot be read (RFC 2595)."""
        self.beyond = 0
        """Commands that came when too many waited, which ends the reading, and those that waited."""

    def client(self, data: bytes) -> None:
        """Take what the client says."""
        for line in () if self.done or self.encrypted else self._client.feed(data):
            verb = line.split(b" ", 1)[0].upper()
            # A line behind AUTH answers its challenge, and is a secret: it is looked at no further.
            challenged = self._waiting and self._waiting[-1] == b"AUTH"
            if not challenged and verb in _BEFORE and line.strip().upper() != b"AUTH":
                if self.beyond:
                    self.beyond += 1
                    continue
                self._waiting.append(verb)
                if len(self._waiting) > _MOST_WAITING:
                    self.beyond = len(self._waiting)
                    self._waiting.clear()

    def server(self, data: bytes) -> bool | None:
        """Take what the server says; return whether a log-in succeeded, None where none was decided."""
        decided: bool | None = None
        for line in () if self.done or self.encrypted else self._server.feed(data):
            good = line.startswith(b"+OK")
            if not (good or line.startswith(b"-ERR")) or not self._waiting:
                continue
            verb = self._waiting.popleft()
            if verb in _LOGS_IN:
                decided = good
                self.done = good
            elif verb == b"STLS" and good:
                self.encrypted = True
        return decided

    def gap(self) -> None:
        """Some bytes were not captured."""
        self._client.gap()
        self._server.gap()
