"""Connections to mailboxes by POP3 and IMAP: told from SMTP by what is said first, and read for whether somebody is let
in, and for reports of mail that came back.
"""

from __future__ import annotations

from typing import Literal

from wanwitness.model import Direction, FrameRef, Oddity, Stream
from wanwitness.model.visit import Fetched, LogIn
from wanwitness.oddities import LetGo
from wanwitness.packets.ports import IMAP_PORTS, MAILBOX_TLS_PORTS
from wanwitness.protocols.imap import ImapLogIn
from wanwitness.protocols.pop import PopLogIn
from wanwitness.protocols.tls import Records

from .retrieval import ImapRetrieval, PopRetrieval, Retrieval
from .smtp.content import MAX_HEADER

_ENCRYPTED_LOG_IN = 3
"""Encrypted records of each side by which a log-in is over: what TLS 1.3 needs itself, the user, the password."""
_MOST_TRIES = 100
"""Log-ins of a connection that failed: nothing is made of them but that there was one."""


def speaks_mailbox(direction: Direction, data: bytes) -> bool:
    """Return whether the first bytes of a connection on a mailbox's port are a mailbox's."""
    if direction == "resp":
        return data.startswith((b"+OK", b"-ERR", b"* ", b"\x16\x03"))
    return not data[:4].upper().startswith((b"EHLO", b"HELO"))


class BeyondBounds:
    """What connections to mailboxes had of a capture point that is not followed, or not told."""

    def __init__(self) -> None:
        self.ahead = LetGo("odd-mailbox-ahead")
        self.cut = LetGo("odd-reports-cut")
        self.long = LetGo("odd-headers-long", most=MAX_HEADER)
        self.tries = LetGo("odd-mailbox-tries", most=_MOST_TRIES)

    def rows(self) -> list[Oddity]:
        """Tell it."""
        return self.ahead.rows() + self.tries.rows() + self.cut.rows() + self.long.rows()


class Mailbox:
    """Reads one connection to a mailbox."""

    def __init__(self, stream: Stream, rows: list[LogIn], fetched: list[Fetched], beyond: BeyondBounds) -> None:
        self._stream, self._rows, self._fetched, self._beyond = stream, rows, fetched, beyond
        port = stream.resp.port
        self._login: PopLogIn | ImapLogIn = ImapLogIn() if port in IMAP_PORTS else PopLogIn()
        self._records = {"orig": Records(), "resp": Records()} if port in MAILBOX_TLS_PORTS else None
        self._told = False
        self._failed = 0
        self._retrieval: Retrieval | None = None
        """Begun as soon as somebody is in."""

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, _: int) -> None:
        """Take the next bytes of one side."""
        if self._retrieval is not None:
            self._retrieve(self._retrieval, direction, data, frame, ts_ns)
        elif self._records is not None:
            self._encrypted(direction, data, frame, ts_ns)
        elif direction == "orig":
            before = self._login.beyond
            self._login.client(data)
            self._beyond.ahead.add(frame, self._login.beyond - before)
        else:
            decided = self._login.server(data)
            self._failed += decided is False
            if decided is not None and self._failed <= _MOST_TRIES:
                self._note(decided, frame, ts_ns)
            elif decided is not None:
                self._beyond.tries.add(frame)
            if self._login.done:
                self._retrieval = PopRetrieval() if isinstance(self._login, PopLogIn) else ImapRetrieval()
            elif self._login.encrypted:
                self._records = {"orig": Records(), "resp": Records()}

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Some bytes were not captured."""
        if self._retrieval is not None:
            self._retrieval.gap()
        else:
            self._login.gap()

    def _retrieve(self, by: Retrieval, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        if direction == "orig":
            before = by.beyond
            by.client(data)
            self._beyond.ahead.add(frame, by.beyond - before)
            return
        cut, long = by.cut, by.long
        for report, times_ns in by.server(data, frame, ts_ns):
            self._fetched.append(Fetched(self._stream.orig, self._stream.resp, report, times_ns))
        self._beyond.cut.add(frame, by.cut - cut)
        self._beyond.long.add(frame, by.long - long)

    def _encrypted(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        assert self._records is not None
        self._records[direction].feed(data)
        if not self._told and all(one.application_data >= _ENCRYPTED_LOG_IN for one in self._records.values()):
            self._told = True
            self._note(None, frame, ts_ns)

    def _note(self, succeeded: bool | None, frame: FrameRef, ts_ns: int) -> None:
        stream = self._stream
        protocol: Literal["POP3", "IMAP"] = "IMAP" if stream.resp.port in IMAP_PORTS else "POP3"
        self._rows.append(LogIn(protocol, stream.orig, stream.resp, ts_ns, frame, succeeded))
