"""What the client's bytes are: command lines, answers to AUTH, content, TLS.

| state      | bytes are                        | until                                                          |
| ---------- | -------------------------------- | -------------------------------------------------------------- |
| `command`  | command lines                    | DATA, AUTH (wait for the reply), BDAT, a TLS record            |
| `response` | one line, the answer to a 334    | its end (wait for the reply)                                   |
| `offered`  | content, or a command after all  | the first line, where DATA's reply cannot be seen              |
| `content`  | DATA's content                   | a line of a lone dot                                           |
| `chunk`    | BDAT's content                   | its size is reached, whatever the reply (RFC 3030 section 2)   |
| `tls`      | not readable                     | the end                                                        |

While a reply is waited for, bytes are held: only the reply tells what they are. Where it cannot come (lost, the
capture is one-sided, the stream ends), they are judged by their looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from wanwitness.model import Command, FrameRef, Reply

from .command import chunk_size, is_plain, parse_command, secret_of, verb_of
from .content import Chunked, Content
from .echo import Echoes
from .inbox import Inbox
from .ledger import Ledger, Pending
from .lines import MAX_LINE, Chunk, Line, LineReader
from .tls import PEEK, TlsStart, is_tls

MAX_HELD = 262_144
"""Bytes held while a reply is waited for: no client sends more than a window ahead of a reply that it needs."""
MAX_FIRST_LINE = 1_000
"""Bytes looked at to tell content from a command: a text line's length by RFC 5321 section 4.5.3.1.6."""

State = Literal["command", "response", "offered", "content", "chunk", "tls"]


class Client:
    """Reads the client's direction into the ledger."""

    def __init__(self, ledger: Ledger, echoes: Echoes, oddity: Callable[[FrameRef | None, str], None]) -> None:
        self._ledger = ledger
        self._echoes = echoes
        self._oddity = oddity
        self._inbox = Inbox()
        self._lines = LineReader(MAX_LINE)
        self._state: State = "command"
        self._waiting: Pending | None = None
        self._blind = False
        """The reply that is waited for may be lost."""
        self._content = Content()
        self._chunked = Chunked()
        self._last_verb: str | None = None
        self._in_step = False
        """Lines are known to begin where commands do: not at a stream's middle, not behind a gap."""
        self._told_astray = False
        self.verbs: set[str] = set()
        """The known commands seen so far."""
        self.tls = TlsStart()
        self.tls_after: str | None = None
        """The last command before TLS began."""
        self.strayed = False
        """Lines that could not be placed followed a STARTTLS."""

    @property
    def in_content(self) -> bool:
        """Whether DATA's content is being sent."""
        return self._state == "content"

    def data(self, chunk: Chunk) -> None:
        """Read bytes, or a gap, in order."""
        if not (self._inbox or chunk.missing or self._waiting is not None or self._state == "offered"):
            self._read(chunk)  # mostly
            if not chunk.left:
                return
        self._inbox.add(chunk)
        self._pump()

    def greeted(self) -> None:
        """The server has spoken before the client: what the client sends is read from its beginning."""
        if not self.verbs and not self._lines.begun:
            self._in_step = True

    def answered(self, pending: Pending, reply: Reply) -> None:
        """A reply has come; go on if it is the one that was waited for."""
        if pending is not self._waiting or self._waiting is None:
            return
        self._waiting = None
        verb = pending.command.verb if pending.command else ""
        if verb == "DATA" and 300 <= reply.code < 400:
            self._begin_content(pending)
        elif verb in ("AUTH", "AUTH-RESPONSE") and reply.code == 334:
            self._state = "response"
        self._pump()

    def invited(self, pending: Pending) -> None:
        """A 354 has come whose DATA was not captured."""
        if self._state == "command" and self._waiting is None:
            self._begin_content(pending)
            self._state = "offered"
            self._pump()

    def challenged(self) -> None:
        """A 334 has come whose AUTH was not captured."""
        if self._state == "command" and self._waiting is None:
            self._state = "response"
            self._pump()

    def unseen(self) -> None:
        """Replies were lost: the one that is waited for may not come."""
        self._blind = self._waiting is not None

    def interrupted(self, pending: Pending, reply: Reply) -> None:
        """A reply has come amid the content: its end was lost, or the server would not take it all."""
        if not self._content.gap and reply.code < 400:
            return
        pending.ends_content = True
        self._content.answered = True
        if self._content.gap:
            self._state = "command"
            self._in_step = self._told_astray = False
            self._ledger.commands_lost()
            self._pump()

    def finish(self) -> None:
        """No more bytes and no more replies: read what is held."""
        self._pump(ended=True)
        if self._state in ("content", "chunk"):
            self._content.header.finish()
            self._chunked.header.finish()
        elif self._lines.begun and self._state != "tls":
            self._oddity(None, "last command line without its end")

    def _pump(self, *, ended: bool = False) -> None:
        while self._inbox:
            if self._waiting is not None:
                if not (self._blind or ended or self._inbox.size > MAX_HELD):
                    return
                self._assume()
            if self._inbox.at_gap:
                self._inbox.read(self._gap)
            elif self._state == "offered" and not self._settle(ended):
                return
            else:
                self._inbox.read(self._read)

    def _assume(self) -> None:
        """The reply that is waited for is not seen; after DATA, the next line shows what it was."""
        pending, self._waiting, self._blind = self._waiting, None, False
        if pending is not None and pending.command is not None and pending.command.verb == "DATA":
            self._begin_content(pending)
            self._state = "offered"

    def _settle(self, ended: bool) -> bool:
        """Tell content from a command by its first line; False: more bytes are needed."""
        line, whole = self._inbox.first_line(MAX_FIRST_LINE)
        if not whole and not ended:
            return False
        line = line.rstrip(b"\r")
        refused = whole and is_plain(line) and verb_of(line) in ("QUIT", "RSET", "MAIL", "RCPT", "EHLO", "HELO")
        self._state = "command" if refused else "content"
        if not refused:
            self._ledger.went_on()
        return True

    def _read(self, chunk: Chunk) -> None:
        if self._state == "content":
            if self._content.take(chunk):
                self._end_content(chunk)
        elif self._state == "chunk":
            self._chunked.take(chunk)
            self._state = "chunk" if self._chunked.open else "command"
        elif self._state == "tls":
            self.tls.take(chunk)
        else:
            start, frame = self._lines.peek(chunk, PEEK)
            if is_tls(start):
                self._state, self.tls_after = "tls", self._last_verb
                self.tls.begin(frame, self._lines.begun)
            elif line := self._lines.take(chunk):
                self._line(line)

    def _line(self, line: Line) -> None:
        frame = line.frames[-1]
        if line.cut:
            self._oddity(frame, "command line too long, cut")
        if self._state == "response":
            self._state = "command"
            self._echoes.remember(line.raw, certain=True)
            self._expect(Command("AUTH-RESPONSE", "", line.ts_ns, line.frames))
            return
        if not self._in_step and not is_plain(line.raw):
            self._astray(line)
            return
        self._in_step = True
        command = parse_command(line)
        if line.cut and command.verb in ("MAIL", "RCPT", "BDAT"):
            command = Command(command.verb, "", command.ts_ns, command.frames)
        if command.verb == "?" and not line.raw.strip():
            self._oddity(frame, "empty command line")
        self._echoes.remember(secret_of(line.raw), certain="AUTH" in (command.verb, self._last_verb))
        if command.verb != "?":
            self.verbs.add(command.verb)
            self._last_verb = command.verb
        self._expect(command)

    def _expect(self, command: Command) -> None:
        pending = self._ledger.command(command)
        self._blind = False
        if command.verb in ("DATA", "AUTH", "AUTH-RESPONSE"):
            self._waiting = pending
        elif command.verb in ("BDAT", "BURL"):
            if self._chunked.complete:
                self._chunked = Chunked()
            pending.header = self._chunked.header
            self._chunked.begin(chunk_size(command), last=command.argument.upper().endswith("LAST"))
            self._state = "chunk" if self._chunked.open else "command"
        elif command.verb in ("MAIL", "RSET", "EHLO", "HELO", "LHLO"):
            self._chunked = Chunked()

    def _astray(self, line: Line) -> None:
        """A line that could be anything: behind a gap or at a stream's beginning, before any plain command."""
        frame = line.frames[-1]
        if line.raw == b".":
            self._ledger.command(Command(".", "", line.ts_ns, line.frames))
            self._in_step = True
            return
        self.strayed |= self._last_verb == "STARTTLS"
        if not self._told_astray:
            self._oddity(frame, "client's lines passed over up to the next plain command")
            self._told_astray = True
            self._ledger.commands_lost()
        self._echoes.remember(line.raw, certain=True)

    def _begin_content(self, pending: Pending) -> None:
        self._content = Content()
        pending.header = self._content.header
        self._state = "content"

    def _end_content(self, chunk: Chunk) -> None:
        if not self._content.canonical:
            self._oddity(chunk.frame, "content ended by a dot, but not by CRLF.CRLF")
        self._state = "command"
        self._in_step = True
        command = Command(".", "", chunk.ts_ns, (chunk.frame,))
        self._ledger.command(command, answered=self._content.answered)
        self._last_verb = "."

    def _gap(self, chunk: Chunk) -> None:
        beyond = chunk.missing
        self.tls.gap()
        if self._state == "offered":
            self._state = "content"
            self._ledger.went_on()
        if self._state == "content":
            self._content.skip()
            beyond = 0
        elif self._state == "chunk":
            beyond = self._chunked.skip(chunk.missing)
            self._state = "chunk" if self._chunked.open else "command"
        if beyond < chunk.missing:
            self._oddity(chunk.frame, f"{chunk.missing - beyond} bytes of content not captured")
        if beyond and self._state != "tls":
            self._oddity(chunk.frame, f"{beyond} bytes of the client not captured")
            self._lines.drop()
            self._state = "command"
            self._in_step = self._told_astray = False
            self._ledger.commands_lost()
