"""The client's lines: commands, answers to AUTH, and what could be either or a message's words.

A line is a command's only where lines are known to begin where commands do. At a stream's middle, and behind a gap,
they are passed over until one is a command beyond doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from wanwitness.model import Command, FrameRef, Reply, Sentence
from wanwitness.oddities import ODD

from .command import (
    UNKNOWN_CODES,
    is_plain,
    is_plainly_begun,
    is_told,
    parse_begun,
    parse_command,
    secret_of,
    verb_of,
)
from .echo import Echoes
from .keystrokes import ahead, as_meant, is_edited, may_go_on
from .ledger import Ledger, Pending
from .lines import MAX_LINE, Chunk, Line, LineReader
from .mechanisms import USER_NAME_ASKED
from .withheld import Withheld


class CommandLines:
    """Reads the client's lines into the ledger.

    Args:
        ledger: takes the commands.
        echoes: learns what may be a secret.
        withheld: keeps what may be a message's words.
        oddity: is told of what is odd.
    """

    def __init__(
        self, ledger: Ledger, echoes: Echoes, withheld: Withheld, oddity: Callable[[FrameRef | None, Sentence], None]
    ) -> None:
        self._ledger, self._echoes, self._withheld, self._oddity = ledger, echoes, withheld, oddity
        self._lines = LineReader(MAX_LINE)
        self._edited: set[Pending] = set()
        """Commands whose lines hold what a terminal sends, and may have been read without."""
        self._in_step = False
        """Lines are known to begin where commands do: not at a stream's middle, not behind a gap."""
        self._told_astray = False
        self._names_user = False
        """The answer to the 334 is a user's name."""
        self.last_verb: str | None = None
        self.verbs: set[str] = set()
        """The known commands seen so far."""
        self.strayed = False
        """Lines that could not be placed followed a STARTTLS."""

    @property
    def in_step(self) -> bool:
        """Whether lines are known to begin where commands do."""
        return self._in_step

    @property
    def begun(self) -> bytes:
        """The incomplete line so far."""
        return self._lines.begun

    def peek(self, chunk: Chunk, size: int) -> tuple[bytes, FrameRef]:
        """The line's first bytes, at most `size`, with those that `chunk` adds; and the frame that it begins in."""
        return self._lines.peek(chunk, size)

    def take(self, chunk: Chunk) -> Line | None:
        """Cut the next line off; None means that `chunk` is used up and the line is not complete."""
        return self._lines.take(chunk)

    def ended_by_cr(self, had: int) -> Iterator[tuple[Line, int]]:
        """Cut lines off that end by CR alone, or by telnet's CR NUL, if a server that had so many bytes answers: it
        takes that for an end.
        """
        found = self._lines.finish_at_cr(had)
        if found is None:
            return
        line, end = found
        self._oddity(line.frames[-1], ODD("odd-command-cr"))
        for raw in filter(None, re.split(rb"\r\0?", line.raw)):
            yield line._replace(raw=raw), end

    def greeted(self) -> None:
        """The server has spoken before the client: what the client sends is read from its beginning."""
        begun = self._lines.begun
        if not self.verbs and may_go_on(begun[ahead(begun) :]):
            self._in_step = True

    def begin(self) -> None:
        """What comes next is the beginning of a command."""
        self._in_step = True

    def begin_anew(self) -> None:
        """What was begun is no line; what comes next is the beginning of a command."""
        self._lines.drop()
        self._in_step = True

    def behind_content(self) -> None:
        """A message has ended by its lone dot."""
        self._in_step = True
        self.last_verb = "."

    def lost(self) -> None:
        """Something of the client was lost, or could not be followed: what comes next may be anything."""
        self._in_step = self._told_astray = False
        self._withheld.lose()
        self._ledger.commands_lost()

    def challenged(self, reply: Reply) -> None:
        """A 334 has come, which asks for something."""
        self._names_user = reply.text in USER_NAME_ASKED

    def answered(self, pending: Pending, reply: Reply) -> None:
        """A reply has come: a server that does not know a command had not taken what a terminal sent for editing."""
        if self._edited and pending in self._edited:
            self._edited.remove(pending)
            if reply.code in UNKNOWN_CODES and pending.command is not None:
                pending.command = pending.command._replace(verb="?", argument="")

    def enter_answer(self, line: Line, end: int) -> Pending:
        """Enter the answer to a 334, which is a secret."""
        if line.cut:
            self._oddity(line.frames[-1], ODD("odd-command-long"))
        self._echoes.remember(line.raw, certain=True, user=self._names_user)
        return self._ledger.command(Command("AUTH-RESPONSE", "", line.ts_ns, line.frames), end)

    def enter(self, line: Line, end: int) -> Pending | None:
        """Enter a line as a command; None where nobody knows what it is."""
        frame = line.frames[-1]
        if line.cut:
            self._oddity(frame, ODD("odd-command-long"))
        meant = None
        if verb_of(line.raw) is None and is_edited(line.raw) and verb_of(as_meant(line.raw)) is not None:
            meant = line._replace(raw=as_meant(line.raw))
        if not self._in_step and not is_plain((meant or line).raw):
            self._astray(line, end)
            return None
        self._in_step = True
        if meant is not None and verb_of(meant.raw) == "AUTH":
            self._echoes.remember(line.raw, certain=True)
        line = meant or line
        command = parse_command(line)
        self._echoes.remember(secret_of(line.raw), certain="AUTH" in (command.verb, self.last_verb))
        if line.cut and command.verb in ("MAIL", "RCPT", "BDAT"):
            command = command._replace(argument="")
        self._withheld.begins(command, plain=is_plain(line.raw))
        blank = command.verb == "?" and not line.raw.strip()
        if blank:
            self._oddity(frame, ODD("odd-command-empty"))
        if command.verb == "?":
            self._withheld.unknown(end)
        else:
            self.verbs.add(command.verb)
            self.last_verb = command.verb
        pending = self._ledger.command(self._withheld.shown(command), end)
        pending.blank = blank
        self._withheld.enter(pending, command, told=is_told(line.raw, command) and not line.cut)
        if line.raw == b".":
            self._withheld.dot()
        if meant is not None:
            self._edited.add(pending)
        return pending

    def _astray(self, line: Line, end: int) -> None:
        """A line that could be anything: behind a gap or at a stream's beginning, before any plain command."""
        frame = line.frames[-1]
        if line.raw == b".":
            self._ledger.command(Command(".", "", line.ts_ns, line.frames), end).told = True
            self._in_step = True
            self._withheld.dot()
            return
        self.strayed |= self.last_verb == "STARTTLS"
        self._withheld.unknown(end)
        if not self._told_astray:
            self._oddity(frame, ODD("odd-passed-over"))
            self._told_astray = True
            self._ledger.commands_lost()
        self._echoes.remember(line.raw, certain=True)

    def torn(self, chunk: Chunk, *, answer: bool) -> Pending | None:
        """Enter the line that was begun before a gap, as far as it was captured.

        Args:
            chunk: the gap.
            answer: it is the answer to a 334.
        """
        begun = self._lines.begun
        line = self._lines.finish(chunk.ts_ns)
        self._withheld.torn(told=False)
        if not begun:
            return None
        if answer:
            self._echoes.remember(line.raw, certain=True, user=self._names_user)
            return self._ledger.command(Command("AUTH-RESPONSE", "", line.ts_ns, line.frames), chunk.place)
        command = parse_begun(line) if self._in_step or is_plainly_begun(line.raw) else None
        if command is None:
            self._echoes.remember(line.raw, certain=self.last_verb == "AUTH")
            return None
        self._echoes.remember(secret_of(line.raw), certain=command.verb == "AUTH")
        self.verbs.add(command.verb)
        self.last_verb = command.verb
        self._withheld.torn(told=command.verb != "DATA")
        return self._ledger.command(self._withheld.shown(command), chunk.place)
