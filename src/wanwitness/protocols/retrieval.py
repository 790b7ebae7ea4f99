"""Messages that are fetched from a mailbox: which of them report that a mail came back (RFC 3464).

A message is looked at as it goes by, and only what a delivery report says is kept: no text, no other message.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

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


class Retrieval(Protocol):
    """The transaction state of a mailbox's connection."""

    beyond: int
    """Commands that came when too many waited, which ends the reading, and those that waited."""

    def client(self, data: bytes) -> None:
        """Take what the client says."""

    def server(self, data: bytes, frame: FrameRef, ts_ns: int) -> Iterator[Told]:
        """Take what the server says; yield the reports that are complete with it."""

    def gap(self) -> None:
        """Some bytes were not captured: nothing that follows is known to be a message."""


class _Message:
    """One message that comes."""

    def __init__(self) -> None:
        self._header = Header()
        self._times: dict[FrameRef, int] = {}

    def feed(self, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        """Add bytes of it."""
        self._header.feed(data, frame)
        if len(self._times) < _MOST_WAITING:
            self._times.setdefault(frame, ts_ns)

    def end(self) -> Iterator[Told]:
        """Yield what it reports."""
        self._header.end()
        report = self._header.report
        if report is not None:
            known = [n for n, frame in enumerate(report.frames) if frame in self._times]
            statuses = tuple(report.statuses[n] for n in known)
            frames = tuple(report.frames[n] for n in known)
            told = replace(report, statuses=statuses, frames=frames)
            yield told, tuple(self._times[frame] for frame in frames)


class PopRetrieval:
    """POP3's transaction state (RFC 1939 section 5): RETR's and TOP's replies are messages up to a lone dot."""

    def __init__(self) -> None:
        self._commands = Lines()
        self._waiting: deque[tuple[bytes, bool]] = deque()
        """Commands without a reply, and whether a good one has more lines than one."""
        self._line = b""
        self._several = False
        """The lines behind the first one come."""
        self._message: _Message | None = None
        self._tail = b"\r\n"
        self._lost = False
        self.beyond = 0

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
                    if self._message is not None:
                        yield from self._message.end()
                    self._several, self._message = False, None
                continue
            stop = data.find(b"\n", at) + 1 or len(data)
            self._line, at = (self._line + data[at:stop])[:LONGEST], stop
            if self._line.endswith(b"\n"):
                self._replied(self._line)
                self._line = b""

    def _replied(self, line: bytes) -> None:
        if not self._waiting or not line.startswith((b"+OK", b"-ERR")):
            return
        verb, several = self._waiting.popleft()
        if several and line.startswith(b"+OK"):
            self._several, self._tail = True, b"\r\n"
            self._message = _Message() if verb in _CONTENT else None

    def gap(self) -> None:
        """Some bytes were not captured: nothing that follows is known to be a message."""
        self._lost, self._message = True, None


class ImapRetrieval:
    """IMAP's selected state (RFC 9051 section 7.5.2): a FETCH of a whole message has it as a literal of stated size."""

    def __init__(self) -> None:
        self._line = b""
        self._left = 0
        """Octets of a literal that are still to come."""
        self._message: _Message | None = None
        self._lost = False
        self.beyond = 0

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
                if not self._left and self._message is not None:
                    yield from self._message.end()
                    self._message = None
                continue
            stop = data.find(b"\n", at) + 1 or len(data)
            # What a literal is of stands at its line's end.
            self._line, at = (self._line + data[at:stop])[-LONGEST:], stop
            if self._line.endswith(b"\n"):
                literal = _LITERAL.search(self._line)
                if literal is not None:
                    self._left = int(literal[1])
                    whole = _OF_MESSAGE.search(self._line) if self._left else None
                    self._message = _Message() if whole is not None else None
                self._line = b""

    def gap(self) -> None:
        """Some bytes were not captured: nothing that follows is known to be a message."""
        self._lost, self._message = True, None
