"""Which reply belongs to which command.

Replies come in the order of their commands (RFC 5321 section 4.1.1, RFC 2920 section 3), so a queue pairs them, also
when pipelined. Missing bytes break the count: behind lost replies there are more commands than replies, behind lost
commands more replies than commands (a hole in the queue). While in doubt, replies float, paired with nothing, until
something tells where the count stands:

- a reply that only one of the waiting commands can have got (354 is DATA's, 221 is QUIT's);
- a further command of a client that has never sent one before the last was answered, or that may not (RFC 2920: DATA,
  EHLO, AUTH and others end a group): all before it have been answered.

A reply that the first of the waiting commands cannot have got (a 250 to DATA) puts the count in doubt too: the server
said more than it was asked. And nobody answers what he has not had: a reply whose segment acknowledges less than the
command (RFC 9293 section 3.4) is one too many, said before the command came. Of two replies to one command the
refusal counts, but for the final dot: one too many to a message comes before the one to the next command.

The floating replies came without a break just before that point, so they belong to the commands just before it. What
is never told stays apart: commands without reply, replies without command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from wanwitness.model import Command, Reply

from .content import Header, Words
from .reply import mechanisms_of

MAX_EXCHANGES = 20_000
"""Exchanges kept of one connection: 10,000 recipients of one message (RFC 5321 section 4.5.3.1.8 asks for 100), or
thousands of messages over one connection."""
MAX_TEXT = 8 << 20
"""Characters kept of one connection's commands and replies; 20,000 ordinary ones are a quarter of that."""
MAX_OUTSTANDING = 5_000
"""Commands waiting at once: what a window of 128 KiB holds of short ones. Beyond, the other side is not seen."""
MAX_FLOATING = 100
"""Replies that may wait for the count to be told; each costs a look at every waiting command."""
OFF_BY = 8
"""So many replies may have been said in words that are none: the next one may then be of any of as many commands."""

SOON_NS = 60_000_000_000
"""How soon behind a reply too many the one to the command comes: a server waits for 5 min before it closes a connection
by itself (RFC 5321 section 4.5.3.2.7), and answers MAIL and RCPT within a minute even where it looks up much."""

_AUTH = frozenset(("AUTH", "AUTH-RESPONSE", "?"))
_BELONGS_TO = {
    354: frozenset(("DATA",)),  # RFC 5321 section 4.3.2
    221: frozenset(("QUIT",)),
    334: _AUTH,  # RFC 4954 section 4; `?` is a line that follows an AUTH whose 334 was not seen
    235: _AUTH,  # RFC 4954 section 6
    432: _AUTH,
    534: _AUTH,
    535: _AUTH,
    538: _AUTH,
}
_MAIL = frozenset(("EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", ".", "BDAT", "BURL", "RSET", "QUIT"))
"""Commands that are never answered by 220, 334 or 235."""
_SYNCHRONISING = frozenset(("EHLO", "HELO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP", "STARTTLS")) | _AUTH
"""RFC 2920 section 3.1 (and RFC 3207, RFC 4954): a client waits for the reply to these before it goes on."""


@dataclass(slots=True, eq=False)
class Pending:
    """An exchange in the making."""

    command: Command | None
    reply: Reply | None = None
    end: int = 0
    """How many bytes of the client there are up to the command's end."""
    header: Header | None = None
    """Of the content that this command sends."""
    words: Words | None = None
    """Those of the content that this command sends or ends."""
    ends_content: bool = False
    """A reply that came in place of the one to a message's final dot."""
    void: bool = False
    """A floating reply that has found its command."""
    blank: bool = False
    """The command is a line without a word: some servers pass over it."""
    told: bool = False
    """The command holds all that its line said."""
    withheld: Command | None = None
    """The command as it was read, while its argument may be a message's words."""
    sure: bool = False
    """The reply is the command's beyond doubt."""
    kept: bool = False
    """It is within the bounds."""
    before: list[Pending] = field(default_factory=list)
    """Replies one too many, said before the one to this command."""


class Ledger:
    """All exchanges of a connection, in order, and the queue of those that wait for a reply."""

    def __init__(self) -> None:
        self._exchanges: list[Pending] = []
        self._count = 0
        self.left_out = 0
        """Exchanges beyond the bounds."""
        self.unpaired = 0
        """Commands and replies that wait for each other no longer, for there were too many."""
        self._text = 0
        self._queue: deque[Pending | None] = deque()  # None: a hole, some commands are missing here
        self._floating: list[Pending] = []
        self._replies_missing = False
        """More commands wait than replies are to come."""
        self._too_many = False
        """The server said more than it was asked."""
        self._answered: Pending | None = None
        """What was answered last, while the client has sent no command since and none waits."""
        self._miscounts = False
        """Replies may have been lost without a gap: the first that was seen is no banner, or not plainly one."""
        self._pipelines = False
        self._replied = False

    def command(self, command: Command, end: int, *, answered: bool = False) -> Pending:
        """Enter a command as it was sent, which ends behind so many bytes of the client.

        `answered` where its reply came early, so that none is waited for.
        """
        if self._in_doubt:
            if not self._pipelines or _synchronises(self._queue[-1]):
                self.went_on()
        elif self._queue and self._queue[-1] is not None:
            self._pipelines = True
        self._answered = None
        pending = Pending(command, end=end)
        self._keep(pending, len(command.argument))
        if len(self._queue) >= MAX_OUTSTANDING:
            self.unpaired += sum(waiting is not None for waiting in self._queue)
            self._queue.clear()
            self._queue.append(None)
        if not answered:
            self._queue.append(pending)
        return pending

    def in_order(self) -> Iterator[Pending]:
        """Give all exchanges, in order."""
        for pending in self._exchanges:
            yield from pending.before
            yield pending

    @property
    def waiting(self) -> int:
        """How many replies are to come, the banner among them; 0 where that is in doubt."""
        return 0 if self._in_doubt else len(self._queue) + (not self._replied)

    def reply(self, reply: Reply, had: int) -> Pending:
        """Enter a reply; the result's command is None where it is not known, or not yet.

        Args:
            reply: it.
            had: how many bytes of the client the server had when it sent the reply.
        """
        first, self._replied = not self._replied, True
        self._pass_over_blanks(reply, had)
        head = self._queue[0] if self._queue else None
        early = head is not None and head.end > had
        if first and self._is_banner(reply, early=early):
            self._miscounts = had > 0
            pending = Pending(Command("connect", "", reply.ts_ns, ()), reply, told=True, sure=True)
            greeting: list[Pending] = []
            self._keep(pending, _size(reply), greeting)
            self._exchanges = greeting + self._exchanges
            return pending
        self._miscounts |= first
        if early:
            assert head is not None
            return self._surplus(reply, before=head)
        if head is None and not self._queue and self._is_the_real_one(reply):
            return self._replace(reply)
        doubt = self._in_doubt
        fits = head is not None and head.command is not None and can_answer(head.command.verb, reply)
        index = 0 if fits and not doubt else self._place(reply, had)
        if index is None:
            pending = self._surplus(reply)
            self._too_many |= head is not None and not fits
            if self._in_doubt and any(self._queue) and reply.code != 221:
                self._float(pending)
            return pending
        if index or doubt or self._floating:
            self._conclude(index)
        found = self._queue.popleft()
        assert found is not None
        self._text += _size(reply)
        found.reply = reply
        found.sure = (fits and not doubt and not self._miscounts) or found.end == had
        self._answered = None if self._queue else found
        return found

    def replies_lost(self, *, begun: bool) -> None:
        """Bytes of the server are missing: commands that wait may have been answered.

        `begun`: of a reply that was begun, and will be entered yet.
        """
        self._replied |= not begun
        self._replies_missing = bool(self._queue)
        self._floating.clear()

    def commands_lost(self) -> None:
        """Bytes of the client are missing: replies may come that belong to none of the known commands."""
        if not self._queue or self._queue[-1] is not None:
            self._queue.append(None)

    def went_on(self) -> None:
        """The client did what it does only when all is answered: replies that did not come were among the lost."""
        if self._in_doubt:
            self._conclude(len(self._queue))

    def finish(self) -> None:
        """No more is to come: replies that fit none are those of the commands that wait, if nothing was lost."""
        if self._too_many and not self._replies_missing and all(self._queue) and len(self._floating) == 1:
            self._conclude(1)

    def untold_waits(self, had: int) -> bool:
        """Whether a command that says more than is told may have got the reply that was paired last: it waits still,
        and the server, which had so many bytes, may have said something unreadable to the ones before it.
        """
        return any(p is not None and not p.told and p.end <= had for p in islice(self._queue, OFF_BY))

    @property
    def lacks_commands(self) -> bool:
        """Whether commands were lost that may not have been answered yet."""
        return None in self._queue

    @property
    def _in_doubt(self) -> bool:
        return bool(self._queue) and (self._replies_missing or self._too_many or self._queue[0] is None)

    def _is_banner(self, reply: Reply, *, early: bool) -> bool:
        if not self._queue or early:
            return reply.code == 220 or reply.refuses
        # The client did not wait for it; RFC 5321 section 4.3.2: 220 and 554 are the answers to a connection.
        head = self._queue[0]
        if head is None or head.command is None:
            return reply.code == 220
        return reply.code in (220, 554) and head.command.verb != "STARTTLS"

    def _pass_over_blanks(self, reply: Reply, had: int) -> None:
        """A line without a word gets a syntax error (RFC 5321 section 4.2.2) or nothing: then it waits for nothing."""
        while len(self._queue) > 1 and reply.code not in (500, 501, 502, 503, 504):
            head, following = self._queue[0], self._queue[1]
            if head is None or not head.blank or following is None or following.end > had:
                return
            self._queue.popleft()

    def _place(self, reply: Reply, had: int) -> int | None:
        """The index of the waiting command that alone can have got this reply."""
        waiting = [
            (i, p.command.verb)
            for i, p in enumerate(self._queue)
            if p is not None and p.command is not None and p.end <= had
        ]
        verbs = _BELONGS_TO.get(reply.code)
        if verbs is None and reply.code == 250 and len(reply.lines) > 1:
            verbs = frozenset(("EHLO", "LHLO")) if mechanisms_of(reply.lines) or "PIPELINING" in reply.lines else None
        if verbs is None and reply.enhanced in ("2.1.0", "2.1.5"):  # RFC 3463 section 3.2: sender, recipient
            verbs = frozenset(("MAIL",)) if reply.enhanced == "2.1.0" else frozenset(("RCPT",))
        if verbs is None:
            # Something of the reply to the one waiting command was lost; the rest of it is all that can come.
            return 0 if len(self._queue) == len(waiting) == 1 and can_answer(waiting[0][1], reply) else None
        places = [index for index, verb in waiting if verb in verbs]
        return places[0] if len(places) == 1 else None

    def _conclude(self, upto: int) -> None:
        """Every waiting command before the index `upto` has been answered, the last of them by what floats."""
        passed = [self._queue.popleft() for _ in range(upto)]
        for pending, floating in zip(reversed(passed), reversed(self._floating), strict=False):
            if pending is None:
                break
            pending.reply, floating.void = floating.reply, True
        self._floating.clear()
        self._replies_missing = self._too_many = False

    def _is_the_real_one(self, reply: Reply) -> bool:
        """Whether a second reply to the last command is the one to it."""
        last = self._answered
        if last is None or last.command is None or last.reply is None or reply.code == 421:
            return False
        if reply.ts_ns - last.reply.ts_ns > SOON_NS:
            return False
        return reply.refuses and last.reply.accepts and last.command.verb in ("EHLO", "HELO", "LHLO", "MAIL", "RCPT")

    def _replace(self, reply: Reply) -> Pending:
        last = self._answered
        assert last is not None and last.reply is not None
        self._surplus(last.reply, before=last)
        last.reply, last.sure = reply, False
        return last

    def _surplus(self, reply: Reply, before: Pending | None = None) -> Pending:
        """Keep a reply that has no command, or none yet."""
        pending = Pending(None, reply)
        others = before.before if before is not None and before.kept else self._exchanges
        self._keep(pending, _size(reply), others)
        return pending

    def _float(self, pending: Pending) -> None:
        self._floating.append(pending)
        if len(self._floating) > MAX_FLOATING:
            self.unpaired += sum(waiting is not None for waiting in (*self._queue, *self._floating))
            self._floating.clear()
            self._queue.clear()
            self._replies_missing = self._too_many = False

    def _keep(self, pending: Pending, size: int, among: list[Pending] | None = None) -> None:
        if self._count >= MAX_EXCHANGES or self._text > MAX_TEXT:
            self.left_out += 1
            return
        pending.kept = True
        self._count += 1
        self._text += size
        (self._exchanges if among is None else among).append(pending)


def is_of_another(verb: str, reply: Reply) -> bool:
    """Whether a reply's code is said to other commands than this alone: the server tells of what was not captured."""
    return verb not in _BELONGS_TO.get(reply.code, (verb,))


def can_answer(verb: str, reply: Reply) -> bool:
    """Whether a server may answer a command so; `?` is a line that may have been anything to it."""
    if reply.code == 250:
        return verb not in ("DATA", "QUIT")
    if verb == "?" or reply.first_digit not in (2, 3):
        return True
    if reply.code == 354:
        return verb == "DATA"
    if reply.code in (220, 334, 235):
        return verb not in _MAIL
    if reply.first_digit == 3:
        return verb == "DATA" or verb not in _MAIL
    return verb != "DATA" and (reply.code == 221) == (verb == "QUIT")


def _synchronises(pending: Pending | None) -> bool:
    return pending is not None and pending.command is not None and pending.command.verb in _SYNCHRONISING


def _size(reply: Reply) -> int:
    return sum(map(len, reply.lines))
