"""Commands that may be a message's words, and what they say until that is known.

Looks are no proof that a line is a command and not a message's: mail about mail has lines like `RCPT TO:<…>`. So where
content may have begun unseen (behind a gap, at a stream's middle, behind a DATA that was refused), arguments are
withheld until a reply shows that the server reads commands: within content it says nothing. Where a client sends a
message that was refused, the server reads that as commands, so there they are withheld up to the lone dot.

Behind a chunk (RFC 3030) more of the message comes where its BDAT announced too little, or too much and the next BDAT
went by as content; such a message has lone dots of its own. So they are withheld behind every chunk, until the server
answers the BDAT when it has had exactly what that announced, or a command that came alone: behind its last answer, and
before the next. A message's last line can be the last that was sent, too, but not the only one.
"""

from __future__ import annotations

from typing import Literal

from wanwitness.model import Command, Reply

from .command import MISPLACED_CODES
from .ledger import MAX_OUTSTANDING, Pending

_MAY_BE_CONTENT = frozenset(("EHLO", "HELO", "LHLO", "MAIL", "SEND", "SOML", "SAML", "RCPT"))
"""Commands whose arguments are withheld where they may be a message's words."""


class Withheld:
    """Tells whether a message may be passing, and keeps what commands said meanwhile.

    Args:
        from_start: the connection's beginning was captured.
    """

    def __init__(self, *, from_start: bool) -> None:
        self._doubt: Literal["none", "lost", "chunk", "refused"] = "none" if from_start else "lost"
        """Why lines that look like commands may be a message's: its beginning may be among what was lost, its chunk may
        have another size than was announced, or the server has refused it."""
        self._after_refusal = False
        """The next line is the first behind a DATA that was refused."""
        self._after_chunk: Literal["no", "more", "last"] = "no"
        """The next line is the first behind a chunk; `more` if the message has others."""
        self._kept: list[tuple[Pending, bool]] = []
        """And whether the command holds all that its line said."""
        self._passed = 0
        """How many bytes there are up to the end of what was read last: lines, chunks, content."""
        self._resumed = 0
        """How many up to the end of what was lost last."""
        self._alone: Pending | None = None
        """The last command, if the server had spoken when it had all before that: a message's lines come in one go, and
        a server says nothing between them. So may a lone line behind a loss be told, unless chunks are sent."""
        self._broken_off = False
        """What was lost begins within a command that was told, and may be no more than its end."""
        self._had = self._had_before = 0
        """How many bytes the server had at its last reply, and at its last one before it had them."""
        self._strange = 0
        """How many bytes there are up to the last line that is no known command."""

    def refused(self, *, data: bool) -> None:
        """Learn how the reply that was waited for turned out: whether it refused a DATA."""
        self._after_refusal = data

    def passed(self, upto: int) -> None:
        """So many bytes have been read; what was read of them ends there."""
        self._passed = upto

    def resumed(self, upto: int) -> None:
        """What was lost ends behind so many bytes."""
        self._passed = self._resumed = upto

    def chunk_ended(self, *, last: bool) -> None:
        """Learn that as many bytes have come as a BDAT announced: more of the message may come, if it was wrong."""
        self._after_chunk = "last" if last else "more"
        if self._doubt != "refused":
            self._doubt = "chunk"

    def begins(self, command: Command, *, plain: bool) -> None:
        """A line comes, read as this command; `plain` if it is one beyond doubt, wherever lines begin."""
        if self._after_refusal:
            self._after_refusal = False
            if self._doubt == "none":
                self._doubt = "lost" if plain else "refused"
        elif self._after_chunk != "no":
            # RFC 3030 section 2
            amid = self._after_chunk == "more" and command.verb not in ("BDAT", "RSET", "QUIT", "NOOP")
            if amid or not plain:
                self.lose()
            self._after_chunk = "no"

    def unknown(self, end: int) -> None:
        """A line came that is no known command, and ends behind so many bytes."""
        self._strange = end

    def shown(self, command: Command) -> Command:
        """The command as it may be told now."""
        if self._doubt != "none" and command.verb in _MAY_BE_CONTENT:
            return command._replace(argument="")
        return command

    def enter(self, pending: Pending, command: Command, *, told: bool) -> None:
        """Keep what a command that was entered as `shown` really said; `told` if that is all that its line said."""
        at_once = self._passed == self._had or (self._doubt == "lost" and self._passed == self._resumed)
        self._alone = pending if at_once else None
        if self._doubt == "none":
            pending.told = told
            return
        if self.shown(command) != command:
            pending.withheld = command
        if len(self._kept) < MAX_OUTSTANDING:
            self._kept.append((pending, told))

    def dot(self) -> None:
        """A line of a lone dot came: if a message was passing that DATA sends, it has ended. Behind a gap it may be one
        of a chunk's; the reply to it tells.
        """
        if self._doubt == "refused":
            self.no_message()

    def torn(self, *, told: bool) -> None:
        """Bytes were lost behind the beginning of a line; `told` if that was the beginning of a command but DATA."""
        self._broken_off = told

    def lose(self) -> None:
        """Something was lost: a message may have begun, and may have ended."""
        if self._doubt == "none":
            self._doubt = "lost"
        self._kept.clear()
        self._after_chunk = "no"

    def no_message(self) -> None:
        """No message is being sent, so what follows is none: of a line of its own that is a dot, a client makes two."""
        self._doubt = "none"
        self._kept.clear()

    def proved(self, pending: Pending, reply: Reply, had: int, *, all_of_it: bool, its_chunk: bool) -> None:
        """A reply has come; if it shows that the server reads commands, what was withheld is told.

        Args:
            pending: what it was given to.
            reply: it.
            had: how many bytes of the client the server had.
            all_of_it: those were all that the client has sent, and all of them have been read.
            its_chunk: they end with the chunk that the command announced.
        """
        command = pending.command
        if had > self._had:
            self._had_before, self._had = self._had, had
        if self._doubt in ("none", "refused") or reply.code == 421 or self._strange > self._had_before:
            return
        if reply.code in MISPLACED_CODES:
            return  # a message that was refused is read as commands, and answered line by line
        if command is not None and command.verb == "BDAT" and not command.argument:
            return  # nobody knows how much of a message comes behind it, whatever the server says
        reads = command is not None and command.verb not in ("?", "connect")
        invited = command is not None and command.verb == "DATA" and reply.code == 354
        alone = pending is self._alone and pending.end == had
        if reads and (invited or alone or (its_chunk and self._after_chunk != "no")):
            for other, told in self._kept:
                # What stands before it may be a chunk's (RFC 3030) whose BDAT was lost, but what was answered is none.
                answered = other.reply is not None and other.reply.code not in MISPLACED_CODES
                if other is pending or (invited and answered and other.end > self._had_before):
                    other.command, other.withheld, other.told = other.withheld or other.command, None, told
            self.no_message()
        elif self._broken_off and all_of_it and reply.accepts:
            self.no_message()
