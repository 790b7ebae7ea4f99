"""The content of a message: where it ends, its Message-ID, and what it reports of another (RFC 3464).

Nothing else of it is kept.

Until it is answered its words are remembered, so that a server that quotes them in its reply does not tell them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace

from wanwitness.model import DeliveryReport, FrameRef, printable
from wanwitness.protocols.dsn import is_report, read_report, too_long

from .lines import Chunk

MAX_HEADER = 65_536
"""Bytes of the first header block that are searched: long lists of Received and Authentication-Results fit many
times over, a message without an empty line does not grow."""
MAX_WORDS = 65_536
"""Bytes of a message that a reply to it is compared with."""
MAX_REPORT = 131_072
"""Bytes of a report that are read: its text, its statuses and the returned message's header fit many times over."""
MAX_PIECES = 4_096
"""Frames of a report that are read: packets of 32 bytes are smaller than any sender's."""
MAX_MESSAGE_ID = 998
"""RFC 5322 section 2.1.1: no line is longer."""

_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:((?:[^\n]|\n[ \t])*)\n", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\n\.\r?\n")


class Header:
    """The first header block of a message, across DATA's bytes or several BDAT chunks; of a report, all of it."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._complete = False
        self._report: bytearray | None = None
        self._pieces: list[tuple[int, FrameRef, int]] = []
        """Of a report, where each frame's bytes begin, and its time, ns."""
        self.message_id: str | None = None
        self.report: DeliveryReport | None = None
        """What the message reports of another, once it has ended; None where it is no report."""
        self.times_ns: tuple[int, ...] = ()
        """When each of the report's frames was captured."""
        self.cut = False
        """It may report more than is read, for it is longer."""
        self.long = False
        """The header is longer than is searched: a Message-ID may be behind that, or that it is a report."""

    def feed(self, data: bytes, frame: FrameRef, ts_ns: int = 0) -> None:
        """Add content bytes; those behind the header block are passed over where it is no report's."""
        if self._complete:
            if self._report is not None and data:
                self._add(self._report, data, frame, ts_ns)
            return
        self._pieces = [(len(self._block), frame, ts_ns)]  # a report's statuses come behind its header
        seen = max(len(self._block) - 3, 0)
        self._block += data[: MAX_HEADER - len(self._block)]
        end = _end_of_header(self._block, seen)
        if end is not None or len(self._block) >= MAX_HEADER:
            self._read(end)
            self.long = end is None and (self.message_id is None or self._report is None)

    def _add(self, report: bytearray, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        if self._pieces[-1][1] != frame:
            if len(self._pieces) >= MAX_PIECES:
                self.cut = True  # what no frame can be told of is not read
                return
            self._pieces.append((len(report), frame, ts_ns))
        self.cut |= len(report) + len(data) > MAX_REPORT
        report += data[: MAX_REPORT - len(report)]

    def finish(self) -> None:
        """Read what there is of a header: a gap follows, or the content has ended."""
        if not self._complete:
            self._read(None)

    def _read(self, end: int | None) -> None:
        """Read the Message-ID; what is behind `end` is no longer header."""
        self._complete = True
        block = bytes(self._block[:end])
        lines = b"\n" + block.lower()
        at = lines.find(b"\nmessage-id")  # a search that disregards case is slow where most headers are none
        if at >= 0 and (match := _MESSAGE_ID.search(block, at)):
            value = b" ".join(match[1].split())
            identifier = re.search(rb"<[^<>]*>", value)
            self.message_id = printable(identifier[0] if identifier else value, MAX_MESSAGE_ID) or None
        if is_report(block):
            self._report = self._block
        else:
            self._pieces.clear()
        self._block = bytearray()

    def end(self) -> None:
        """Read what there is of a report: its content has ended, or no more of it comes."""
        self.finish()
        content, self._report = self._report, None
        report = read_report(bytes(content).replace(b"\n..", b"\n.")) if content else None  # RFC 5321 section 4.5.2
        if report is not None:
            begins = [at for at, _, _ in self._pieces]
            pieces = [self._pieces[bisect_right(begins, status.place) - 1] for status in report.statuses]
            self.report = replace(report, frames=tuple(frame for _, frame, _ in pieces))
            self.times_ns = tuple(ts_ns for _, _, ts_ns in pieces)
        if content is not None:
            of_delivery = report is not None or b"delivery-status" in content.lower()
            self.cut = of_delivery and (self.cut or (report.cut if report is not None else too_long(bytes(content))))
        self._pieces.clear()


def _end_of_header(block: bytearray, begin: int) -> int | None:
    """Return where the first empty line ends, looked for from `begin` on; None if there is none yet."""
    if begin == 0 and block.startswith((b"\n", b"\r\n")):
        return block.index(b"\n") + 1
    ends = [at + len(end) for end in (b"\n\n", b"\n\r\n") if (at := block.find(end, begin)) >= 0]
    return min(ends, default=None)


class Words:
    """A message's beginning, for a reply to be compared with."""

    def __init__(self) -> None:
        self._start = bytearray()
        self._partial = False
        """There was more of it, or not all was captured."""

    def feed(self, data: bytes) -> None:
        """Add content bytes."""
        if len(self._start) < MAX_WORDS:
            self._start += data[: MAX_WORDS - len(self._start)]
        else:
            self._partial |= bool(data)

    def skip(self) -> None:
        """Some of it was not captured."""
        self._partial = True

    def drop(self) -> None:
        """Forget it: another message begins."""
        self._start.clear()
        self._partial = True

    @property
    def told(self) -> str | None:
        """All of it, in small letters; None where that is not known, or a server may read it otherwise (RFC 2045)."""
        text = bytes(self._start).lower()
        if self._partial or len(text) >= MAX_WORDS or b"base64" in text or b"quoted-printable" in text:
            return None
        return printable(text, 4 * len(text))


class Content:
    """DATA's content, read until its end.

    RFC 5321 section 4.1.1.4 ends it by CRLF.CRLF and nothing else. Senders with bare LF exist, and servers that
    take it from them; a line of a lone dot is taken for the end however it is ended, and `canonical` tells.
    """

    def __init__(self) -> None:
        self.header = Header()
        self.words = Words()
        self.gap = False
        """Some of it was not captured, perhaps its end too."""
        self.answered = False
        """The server refused it before its end."""
        self.canonical = True
        self._tail = b"\r\n"  # of DATA's own line: content that is just a dot is empty

    def take(self, chunk: Chunk) -> bool:
        """Read up to the content's end; False means that `chunk` is used up."""
        text = self._tail + chunk.data[chunk.at :]
        match = _END.search(text)
        stop = len(chunk.data) if match is None else chunk.at + match.end() - len(self._tail)
        self.header.feed(chunk.data[chunk.at : stop], chunk.frame)
        self.words.feed(chunk.data[chunk.at : stop])
        chunk.at = stop
        # The longest beginning of an end: CR LF . CR
        self._tail = text[-4:]
        if match is None:
            return False
        self.header.end()
        self.canonical = text[: match.end()].endswith(b"\r\n.\r\n")
        return True

    def skip(self) -> None:
        """Some bytes are missing. What follows begins a line: a client sends the final dot in a packet of its own."""
        self.gap = True
        self.words.skip()
        self.header.finish()
        self._tail = b"\r\n"


class Chunked:
    """BDAT's content: chunks of stated size, up to the one called LAST (RFC 3030 section 2)."""

    def __init__(self) -> None:
        self.header = Header()
        self.words = Words()
        self._left = 0
        self.last = False
        """The chunk is the message's last, as its BDAT says."""

    def begin(self, size: int, *, last: bool) -> None:
        """A BDAT command announces `size` bytes."""
        self._left = size
        self.last = last

    def spare(self) -> None:
        """The chunk was refused, and its bytes will not be sent."""
        self._left, self.last = 0, False

    @property
    def left(self) -> int:
        """How many bytes of the announced chunk are still to come."""
        return self._left

    @property
    def open(self) -> bool:
        """Whether bytes of the announced chunk are still to come."""
        return self._left > 0

    @property
    def complete(self) -> bool:
        """Whether that was the last chunk, and all of it has come."""
        return self.last and not self._left

    def take(self, chunk: Chunk) -> None:
        """Read what of `chunk` is content."""
        size = min(self._left, chunk.left)
        self.header.feed(chunk.data[chunk.at : chunk.at + size], chunk.frame)
        self.words.feed(chunk.data[chunk.at : chunk.at + size])
        chunk.at += size
        self._left -= size
        if self.complete:
            self.header.end()

    def skip(self, missing: int) -> int:
        """Pass over lost bytes; how many of them lie beyond this chunk."""
        self.header.finish()
        self.words.skip()
        within = min(self._left, missing)
        self._left -= within
        return missing - within
