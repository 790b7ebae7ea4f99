"""Messages that are fetched from a mailbox: which of them report that a mail came back (RFC 3464).

A message is looked at as it goes by, and only what a delivery report says is kept: no text, no other message.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator

from wanwitness.model import DeliveryReport, FrameRef

from .lines import LONGEST, Lines
from .smtp.content import Header

_MOST_WAITING = 1_000
"""Commands sent ahead (RFC 2449 section 6.6): clients that clean up send one a message."""
_END = re.compile(rb"\n\.\r?\n")
_OF_MESSAGE = re.compile(rb"(?:BODY\[\](?:<0>)?|RFC822) \{(\d{1,10})\}\r?\n\Z", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d{1,10})\}\r?\n\Z")
"""A server's literal: so many octets follow the line (RFC 9051 section 4.3)."""
_CONTENT = frozenset((b"RETR", b"TOP"))

Told = tuple[DeliveryReport, tuple[int, ...]]
"""A report, and when (ns) the frame came that each of its statuses begins in."""


class Retrieval(ABC):
    """The transaction state of a mailbox's connection."""

    def __init__(self) -> None:
        self.beyond = 0
        """Commands that came when too many waited, which ends the reading, and those that waited."""
        self.cut = 0
        """Reports that are longer than is read."""
        self.long = 0
        """Messages whose headers are."""
        self._line = b""
        self._message: Header | None = None
        """The message that comes."""
        self._lost = False

    @abstractmethod
    def client(self, data: bytes) -> None:
        """Take what the client says."""

    @abstractmethod
    def server(self, data: bytes, frame: FrameRef, ts_ns: int) -> Iterator[Told]:
        """Take what the server says; yield the reports that are complete with it."""

    def gap(self) -> None:
        """Some bytes were not captured: nothing that follows is known to be a message."""
        self._lost, self._message = True, None

    def _end(self) -> Iterator[Told]:
        """Yield what the message reports, which has come, if there is one."""
        message, self._message = self._message, None
        if message is not None:
            message.end()
            self.cut += message.cut
            self.long += message.long
            if message.report is not None:
                yield message.report, message.times_ns


class PopRetrieval(Retrieval):
    """POP3's transaction state (RFC 1939 section 5): RETR's and TOP's replies are messages up to a lone dot."""

    def __init__(self) -> None:
        super().__init__()
        self._commands = Lines()
        self._waiting: deque[tuple[bytes, bool]] = deque()
        """Commands without a reply, and whether a good one has more lines than one."""
        self._several = False
        """The lines behind the first one come."""
        self._tail = b"\r\n"

    def client(self, data: bytes) -> None:
        """Take what the client says."""
        for line in () if self._lost else self._commands.feed(data):
            verb, _, argument = line.strip().upper().partition(b" ")
            several = verb in _CONTENT or verb == b"CAPA" or (verb in (b"LIST", b"UIDL") and not argument)
            self._waiting.append((verb, several))
            if len(self._waiting) > _MOST_WAITING:
                self._lost = True
                self.beyond += len(self._waiting)
                self._waiting.clear()

    def server(self, data: bytes, frame: FrameRef, ts_ns: int) -> Iterator[Told]:
        """Take what the server says; yield the reports that are complete with it."""
        at = 0
        while at < len(data) and not self._lost:
            if self._several:
                text = self._tail + data[at:]
                found = _END.search(text)
                stop = len(data) if found is None else at + found.end() - len(self._tail)
                if self._message is not None:
                    self._message.feed(data[at:stop], frame, ts_ns)
                self._tail, at = text[-4:], stop
                if found is not None:
                    self._several = False
                    yield from self._end()
                continue
            stop = data.find(b"\n", at) + 1 or len(data)
            self._line, at = (self._line + data[at:stop])[:LONGEST], stop
            if data.endswith(b"\n", 0, stop):
                self._replied(self._line)
                self._line = b""

    def _replied(self, line: bytes) -> None:
        if not self._waiting or not line.startswith((b"+OK", b"-ERR")):
            return
        verb, several = self._waiting.popleft()
        if several and line.startswith(b"+OK"):
            self._several, self._tail = True, b"\r\n"
            self._message = Header() if verb in _CONTENT else None


class ImapRetrieval(Retrieval):
    """IMAP's selected state (RFC 9051 section 7.5.2): a FETCH of a whole message has it as a literal of stated size."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        """Octets of a literal that are still to come."""

    def client(self, data: bytes) -> None:
        """Take what the client says: the server's literals tell all that matters."""

    def server(self, data: bytes, frame: FrameRef, ts_ns: int) -> Iterator[Told]:
        """Take what the server says; yield the reports that are complete with it."""
        at = 0
        while at < len(data) and not self._lost:
            if self._left:
                stop = min(len(data), at + self._left)
                if self._message is not None:
                    self._message.feed(data[at:stop], frame, ts_ns)
                self._left, at = self._left - (stop - at), stop
                if not self._left:
                    yield from self._end()
                continue
            stop = data.find(b"\n", at) + 1 or len(data)
            # What a literal is of stands at its line's end.
            self._line, at = (self._line + data[at:stop])[-LONGEST:], stop
            if self._line.endswith(b"\n"):
                literal = _LITERAL.search(self._line)
                if literal is not None:
                    self._left = int(literal[1])
                    whole = _OF_MESSAGE.search(self._line) if self._left else None
                    self._message = Header() if whole is not None else None
                self._line = b""
