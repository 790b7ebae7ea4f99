r"""The not authenticated state of one IMAP connection (RFC 9051 section 6.2); no user and no secret is kept.

>>> login = ImapLogIn()
>>> login.server(b"* OK ready\r\n"), login.client(b"a1 LOGIN alice not-a-secret\r\n")
(None, None)
>>> login.server(b"* CAPABILITY IMAP4rev1\r\na1 NO no\r\n")
False
"""

from __future__ import annotations

from wanwitness.protocols.lines import Lines

_LOGS_IN = frozenset({b"LOGIN", b"AUTHENTICATE"})
_MOST_TAGS = 16
"""Commands that may be open before the mailbox is."""


class ImapLogIn:
    """Pairs tagged commands with their answers until the mailbox is open."""

    def __init__(self) -> None:
        self._client, self._server = Lines(), Lines()
        self._waiting: dict[bytes, bytes] = {}
        """Tag to command, of those that matter here."""
        self.done = False
        """The mailbox is open: nothing more is to be learned."""
        self.encrypted = False
        """STARTTLS was accepted: what follows cannot be read."""
        self.beyond = 0
        """Commands that were let go of while they waited for their replies."""

    def client(self, data: bytes) -> None:
        """Take what the client says."""
        for line in () if self.done or self.encrypted else self._client.feed(data):
            tag, _, rest = line.partition(b" ")
            verb = rest.split(b" ", 1)[0].upper()
            if verb in _LOGS_IN or verb == b"STARTTLS":
                self._waiting[tag] = verb
                if len(self._waiting) > _MOST_TAGS:
                    del self._waiting[next(iter(self._waiting))]
                    self.beyond += 1

    def server(self, data: bytes) -> bool | None:
        """Take what the server says; return whether a log-in succeeded, None where none was decided."""
        decided: bool | None = None
        for line in () if self.done or self.encrypted else self._server.feed(data):
            tag, _, rest = line.partition(b" ")
            if tag == b"*" and rest[:7].upper() == b"PREAUTH":
                self.done = decided = True
            verb = self._waiting.pop(tag, None)
            good = rest[:2].upper() == b"OK"
            if verb in _LOGS_IN:
                decided = good
                self.done = good
            elif verb == b"STARTTLS" and good:
                self.encrypted = True
        return decided

    def gap(self) -> None:
        """Some bytes were not captured."""
        self._client.gap()
        self._server.gap()
