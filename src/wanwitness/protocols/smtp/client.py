"""What the client's bytes are: command lines, answers to AUTH, content, TLS.

| state      | bytes are                        | until                                                          |
| ---------- | -------------------------------- | -------------------------------------------------------------- |
| `preface`  | the PROXY protocol's, or none    | that is known                                                  |
| `command`  | command lines                    | DATA, AUTH (wait for the reply), BDAT, a TLS record            |
| `response` | one line, the answer to a 334    | its end (wait for the reply)                                   |
| `offered`  | content, or a command after all  | the first line, where DATA's reply cannot be seen              |
| `content`  | DATA's content                   | a line of a lone dot                                           |
| `chunk`    | BDAT's content                   | its size is reached, whatever the reply (RFC 3030 section 2)   |
| `refused`  | BDAT's content, or commands      | as many as its size have come, or the server answers them      |
| `tls`      | not readable                     | the end                                                        |

While a reply is waited for, bytes are held: only the reply tells what they are. Where it cannot come (lost, the
capture is one-sided, the stream ends), they are judged by their looks.

Looks are no proof that a line is a command and not a message's: `withheld` keeps what that concerns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from wanwitness.model import Command, FrameRef, Reply, Sentence
from wanwitness.oddities import ODD

from .command import is_plain, verb_of
from .command_lines import CommandLines
from .echo import Echoes
from .inbox import Inbox
from .ledger import Ledger, Pending
from .lines import Chunk, Line
from .messages import SentMessages
from .preface import LONGEST, preface_length
from .tls import PEEK, ClientTls, is_tls
from .withheld import Withheld

MAX_HELD = 262_144
"""Bytes held while a reply is waited for: no client sends more than a window ahead of a reply that it needs."""
MAX_FIRST_LINE = 1_000
"""Bytes looked at to tell content from a command: a text line's length by RFC 5321 section 4.5.3.1.6."""

State = Literal["preface", "command", "response", "offered", "content", "chunk", "refused", "tls"]
_UNTOLD: tuple[State, ...] = ("preface", "offered", "refused")
"""States in which the next bytes tell what they are."""


class Client:
    """Reads the client's direction into the ledger."""

    def __init__(
        self, ledger: Ledger, echoes: Echoes, oddity: Callable[[FrameRef | None, Sentence], None], *, from_start: bool
    ) -> None:
        self._ledger = ledger
        self._oddity = oddity
        self._inbox = Inbox()
        self._withheld = Withheld(from_start=from_start)
        self._commands = CommandLines(ledger, echoes, self._withheld, oddity)
        self._state: State = "preface"
        self._waiting: Pending | None = None
        self._blind = False
        """The reply that is waited for may be lost."""
        self._messages = SentMessages()
        self.tls = ClientTls()
        self.unheard = not from_start
        """Lines that may have held secrets were lost."""

    @property
    def verbs(self) -> set[str]:
        """The known commands seen so far."""
        return self._commands.verbs

    @property
    def strayed(self) -> bool:
        """Whether lines that could not be placed followed a STARTTLS."""
        return self._commands.strayed

    @property
    def in_content(self) -> bool:
        """Whether DATA's content is being sent."""
        return self._state == "content"

    def holds_before(self, had: int) -> bool:
        """Whether bytes are held that the server had when it had so many: it may speak of them."""
        return self._inbox.began_before(had)

    def data(self, chunk: Chunk) -> None:
        """Read bytes, or a gap, in order."""
        if self._state == "preface" and not (self._inbox or chunk.missing) and preface_length(chunk.data) == 0:
            self._state = "command"
        if not (self._inbox or chunk.missing or self._waiting is not None or self._state in _UNTOLD):
            self._read(chunk)  # mostly
            if not chunk.left:
                return
        self._inbox.add(chunk)
        self._pump()

    def greeted(self) -> None:
        """The server has spoken before the client: what the client sends is read from its beginning."""
        self._commands.greeted()

    def answered(self, pending: Pending, reply: Reply) -> None:
        """A reply has come; go on if it is the one that was waited for."""
        self._commands.answered(pending, reply)
        if self._messages.announced(pending) and reply.refuses and self._state == "chunk":
            self._state = "refused"
        verb = pending.command.verb if pending.command else ""
        if verb == "?" and reply.code == 354 and self._state == "command" and self._waiting is None:
            self._begin_content(pending)  # the server knew it
        if pending is not self._waiting or self._waiting is None:
            return
        self._waiting = None
        self._withheld.refused(data=verb == "DATA" and reply.first_digit not in (0, 3))
        if verb == "DATA" and reply.first_digit in (0, 3):
            self._begin_content(pending)
            self._state = "content" if reply.first_digit else "offered"  # what the client sends tells what was said
            if reply.code != 354:
                self._messages.content.words.skip()
        elif verb in ("AUTH", "AUTH-RESPONSE") and reply.code == 334:
            self._state = "response"
            self._commands.challenged(reply)
        self._pump()

    def proved(self, pending: Pending, reply: Reply, had: int, sent: int) -> None:
        """A reply has come; if it shows that the server reads commands, what was withheld is told.

        Args:
            pending: what it was given to.
            reply: it.
            had: how many bytes of the client the server had.
            sent: how many there were.
        """
        all_of_it = had == sent and not self._inbox
        its_chunk = all_of_it and self._messages.announced(pending) and not self._commands.begun
        self._withheld.proved(pending, reply, had, all_of_it=all_of_it, its_chunk=its_chunk)

    def invited(self, pending: Pending) -> None:
        """A 354 has come whose DATA was not captured."""
        if self._state == "command" and self._waiting is None and not self._commands.in_step:
            self._begin_content(pending)
            self._state = "offered"
            self._pump()

    def heard(self, had: int) -> None:
        """The server speaks, having had so many bytes: it has not waited for what they lack of a preface, a line or a
        chunk.
        """
        if self._state == "preface" and self._inbox:
            self._settle_preface(ended=True)
            self._pump()
        elif self._state == "refused" and self._inbox.began_before(had):
            line, whole = self._inbox.first_line(MAX_FIRST_LINE)
            if whole and (verb_of(line.rstrip(b"\r")) is not None or len(line) + 1 == self._inbox.size):
                self._messages.chunks.spare()
                self._chunk_or_command()
                self._pump()
        elif self._state in ("command", "response") and not self._inbox:
            for ended, end in self._commands.ended_by_cr(had):
                self._line(ended, end)
                self._withheld.passed(end)

    def answered_in_plain(self, pending: Pending, had: int) -> None:
        """The server, which had so many bytes, speaks plain text: what looked like TLS was none to it."""
        invites = pending.command is not None and pending.command.verb == "STARTTLS"
        if self._state == "tls" and had > self.tls.place and not invites:
            self._state = "command"
            self.tls.refute(pending)
            self._commands.begin_anew()
            self._pump()

    def challenged(self) -> None:
        """A 334 has come whose AUTH was not captured."""
        if self._state == "command" and self._waiting is None:
            self._state = "response"
            self._pump()

    def unseen(self, *, all_of_one: bool = False) -> None:
        """Replies were lost: the one that is waited for may not come.

        Args:
            all_of_one: there may have been one of which nothing is known, so also the 354 to a DATA that was lost.
        """
        self._blind = self._waiting is not None
        if all_of_one and self._ledger.lacks_commands:
            self._withheld.lose()

    def interrupted(self, pending: Pending, reply: Reply) -> None:
        """A reply has come amid the content: its end was lost, or the server would not take it all."""
        if not self._messages.content.gap and not reply.refuses:
            return
        pending.ends_content = True
        self._messages.content.answered = True
        if self._messages.content.gap:
            self._state = "command"
            self._commands.lost()
            self._pump()

    def finish(self) -> None:
        """No more bytes and no more replies: read what is held."""
        self._pump(ended=True)
        self._ledger.finish()
        if self._state in ("content", "chunk"):
            self._messages.finish()
        elif self._commands.begun and self._state != "tls":
            self._oddity(None, ODD("odd-command-unended"))

    def _pump(self, *, ended: bool = False) -> None:
        while self._inbox:
            if self._waiting is not None:
                if not (self._blind or ended or self._inbox.size > MAX_HELD):
                    return
                self._assume()
            if self._inbox.at_gap:
                self._inbox.read(self._gap)
            elif self._state in _UNTOLD:
                if not self._settle(ended):
                    return
            else:
                self._inbox.read(self._read)

    def _assume(self) -> None:
        """The reply that is waited for is not seen; after DATA, the next line shows what it was."""
        pending, self._waiting, self._blind = self._waiting, None, False
        if pending is not None and pending.command is not None and pending.command.verb == "DATA":
            self._begin_content(pending)
            self._messages.content.words.skip()
            self._state = "offered"

    def _settle(self, ended: bool) -> bool:
        """Tell what the next bytes are by their first line; False: more of them are needed."""
        if self._state == "preface":
            return self._settle_preface(ended)
        if self._state == "refused":
            return self._settle_refused(ended)
        line, whole = self._inbox.first_line(MAX_FIRST_LINE)
        if not whole and not ended:
            return False
        line = line.rstrip(b"\r")
        refused = whole and is_plain(line) and verb_of(line) in ("QUIT", "RSET", "MAIL", "RCPT", "EHLO", "HELO")
        self._state = "command" if refused else "content"
        if refused:
            self._withheld.lose()  # of a message that begins so
        else:
            self._ledger.went_on()
        return True

    def _settle_refused(self, ended: bool) -> bool:
        """A server that reads a refused chunk says nothing until it has all of it; one that answers reads commands."""
        whole = self._inbox.size >= self._messages.chunks.left
        if not (whole or ended or self._inbox.size > MAX_HELD):
            return False
        line, complete = self._inbox.first_line(MAX_FIRST_LINE)
        if not whole and complete and is_plain(line.rstrip(b"\r")):
            self._messages.chunks.spare()
        self._chunk_or_command()
        return True

    def _settle_preface(self, ended: bool) -> bool:
        start, whole = self._inbox.start(LONGEST)
        length = preface_length(start)
        if length is None and not (whole or ended):
            return False
        if length:
            self._inbox.drop(length)
            self._commands.begin()
        self._state = "command"
        return True

    def _read(self, chunk: Chunk) -> None:
        if self._state == "content":
            if self._messages.content.take(chunk):
                self._end_content(chunk)
        elif self._state == "chunk":
            self._messages.chunks.take(chunk)
            self._chunk_or_command()
        elif self._state == "tls":
            self.tls.take(chunk)
        else:
            start, frame = self._commands.peek(chunk, PEEK)
            if is_tls(start):
                self._state = "tls"
                self.tls.follow(self._commands.last_verb, chunk.read_up_to - len(self._commands.begun))
                self.tls.begin(frame, self._commands.begun)
            elif line := self._commands.take(chunk):
                self._line(line, chunk.read_up_to)
            else:
                return  # a line's beginning
        self._withheld.passed(chunk.read_up_to)

    def _line(self, line: Line, end: int) -> None:
        if self._state == "response":
            self._state = "command"
            self._entered(self._commands.enter_answer(line, end))
        elif (pending := self._commands.enter(line, end)) is not None:
            self._entered(pending)

    def _entered(self, pending: Pending) -> None:
        """A command was entered: what comes next depends on which."""
        command = pending.command
        assert command is not None
        self._blind = False
        if command.verb in ("DATA", "AUTH", "AUTH-RESPONSE"):
            self._waiting = pending
        elif command.verb in ("BDAT", "BURL"):
            self._messages.bdat(pending, command)
            self._chunk_or_command()
        elif command.verb in ("MAIL", "RSET", "EHLO", "HELO", "LHLO"):
            self._messages.new_mail()

    def _chunk_or_command(self) -> None:
        """What comes next: more of a chunk, or, behind its end, a command."""
        self._state = "chunk" if self._messages.chunks.open else "command"
        if self._state == "command":
            self._withheld.chunk_ended(last=self._messages.chunks.last)

    def _begin_content(self, pending: Pending) -> None:
        self._messages.data(pending)
        self._state = "content"

    def _end_content(self, chunk: Chunk) -> None:
        if not self._messages.content.canonical:
            self._oddity(chunk.frame, ODD("odd-content-end"))
        self._state = "command"
        self._commands.behind_content()
        command = Command(".", "", chunk.ts_ns, (chunk.frame,))
        pending = self._ledger.command(command, chunk.read_up_to, answered=self._messages.content.answered)
        pending.told, pending.words = True, self._messages.content.words
        self._withheld.dot()

    def _gap(self, chunk: Chunk) -> None:
        beyond = chunk.missing
        self._withheld.resumed(chunk.place + chunk.missing)
        self.tls.gap()
        if self._state == "preface":
            self._state = "command"
        elif self._state == "refused":
            self._state = "chunk"
        if self._state == "offered":
            self._state = "content"
            self._ledger.went_on()
        if self._state == "content":
            self._messages.content.skip()
            beyond = 0
        elif self._state == "chunk":
            beyond = self._messages.chunks.skip(chunk.missing)
            self._chunk_or_command()
        if beyond < chunk.missing:
            self._oddity(chunk.frame, ODD("odd-content-missing", number=chunk.missing - beyond))
        if beyond and self._state != "tls":
            self._oddity(chunk.frame, ODD("odd-client-missing", number=beyond))
            self.unheard = True
            torn = self._commands.torn(chunk, answer=self._state == "response")
            if torn is not None:
                self._entered(torn)
            self._state = "command"
            self._commands.lost()
