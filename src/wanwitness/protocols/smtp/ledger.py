"""Which reply belongs to which command.

Replies come in the order of their commands (RFC 5321 section 4.1.1, RFC 2920 section 3), so a queue pairs them, also
when pipelined. Missing bytes break the count: behind lost replies there are more commands than replies, behind lost
commands more replies than commands (a hole in the queue). While in doubt, replies float, paired with nothing, until
something tells where the count stands:

- a reply that only one of the waiting commands can have got (354 is DATA's, 221 is QUIT's);
- a further command of a client that has never sent one before the last was answered, or that may not (RFC 2920: DATA,
  EHLO, AUTH and others end a group): all before it have been answered.

The floating replies came without a break just before that point, so they belong to the commands just before it. What
is never told stays apart: commands without reply, replies without command.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from wanwitness.model import Command, Reply

from .content import Header
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
_SYNCHRONISING = frozenset(("EHLO", "HELO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP", "STARTTLS")) | _AUTH
"""RFC 2920 section 3.1 (and RFC 3207, RFC 4954): a client waits for the reply to these before it goes on."""


@dataclass(slots=True, eq=False)
class Pending:
    """An exchange in the making."""

    command: Command | None
    reply: Reply | None = None
    header: Header | None = None
    """Of the content that this command sends."""
    ends_content: bool = False
    """A reply that came in place of the one to a message's final dot."""
    void: bool = False
    """A floating reply that has found its command."""


class Ledger:
    """All exchanges of a connection, in order, and the queue of those that wait for a reply."""

    def __init__(self) -> None:
        self.exchanges: list[Pending] = []
        self.left_out = 0
        """Exchanges beyond the bounds."""
        self._text = 0
        self._queue: deque[Pending | None] = deque()  # None: a hole, some commands are missing here
        self._floating: list[Pending] = []
        self._replies_missing = False
        self._pipelines = False
        self._replied = False

    def command(self, command: Command, *, answered: bool = False) -> Pending:
        """Enter a command as it was sent; `answered` where its reply came early, so that none is waited for."""
        if self._in_doubt:
            if not self._pipelines or _synchronises(self._queue[-1]):
                self.went_on()
        elif self._queue and self._queue[-1] is not None:
            self._pipelines = True
        pending = Pending(command)
        self._keep(pending, len(command.argument))
        if len(self._queue) >= MAX_OUTSTANDING:
            self._queue.clear()
            self._queue.append(None)
        if not answered:
            self._queue.append(pending)
        return pending

    def reply(self, reply: Reply) -> Pending:
        """Enter a reply; the result's command is None where it is not known, or not yet."""
        first, self._replied = not self._replied, True
        if first and self._is_banner(reply):
            pending = Pending(Command("connect", "", reply.ts_ns, ()), reply)
            self._keep(pending, _size(reply), first=True)
            return pending
        index = 0 if self._queue and not self._in_doubt else self._place(reply)
        if index is None:
            pending = Pending(None, reply)
            self._keep(pending, _size(reply))
            if self._in_doubt and any(self._queue):
                self._float(pending)
            return pending
        if index or self._floating or self._replies_missing:
            self._conclude(index)
        found = self._queue.popleft()
        assert found is not None
        self._text += _size(reply)
        found.reply = reply
        return found

    def replies_lost(self) -> None:
        """Bytes of the server are missing: commands that wait may have been answered."""
        self._replied = True
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

    @property
    def _in_doubt(self) -> bool:
        return bool(self._queue) and (self._replies_missing or self._queue[0] is None)

    def _is_banner(self, reply: Reply) -> bool:
        if not self._queue:
            return reply.code == 220 or reply.code >= 400
        # The client did not wait for it; RFC 5321 section 4.3.2: 220 and 554 are the answers to a connection.
        head = self._queue[0]
        if head is None or head.command is None:
            return reply.code == 220
        return reply.code in (220, 554) and head.command.verb != "STARTTLS"

    def _place(self, reply: Reply) -> int | None:
        """The index of the waiting command that alone can have got this reply."""
        waiting = [(i, p.command.verb) for i, p in enumerate(self._queue) if p is not None and p.command is not None]
        verbs = _BELONGS_TO.get(reply.code)
        if verbs is None and reply.code == 250 and len(reply.lines) > 1:
            verbs = frozenset(("EHLO", "LHLO")) if mechanisms_of(reply.lines) or "PIPELINING" in reply.lines else None
        if verbs is None and reply.enhanced in ("2.1.0", "2.1.5"):  # RFC 3463 section 3.2: sender, recipient
            verbs = frozenset(("MAIL",)) if reply.enhanced == "2.1.0" else frozenset(("RCPT",))
        if verbs is None:
            # Something of the reply to the one waiting command was lost; the rest of it is all that can come.
            return 0 if len(self._queue) == len(waiting) == 1 else None
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
        self._replies_missing = False

    def _float(self, pending: Pending) -> None:
        self._floating.append(pending)
        if len(self._floating) > MAX_FLOATING:
            self._floating.clear()
            self._queue.clear()
            self._replies_missing = False

    def _keep(self, pending: Pending, size: int, *, first: bool = False) -> None:
        if len(self.exchanges) >= MAX_EXCHANGES or self._text > MAX_TEXT:
            self.left_out += 1
            return
        self._text += size
        if first:
            self.exchanges.insert(0, pending)
        else:
            self.exchanges.append(pending)


def _synchronises(pending: Pending | None) -> bool:
    return pending is not None and pending.command is not None and pending.command.verb in _SYNCHRONISING


def _size(reply: Reply) -> int:
    return sum(map(len, reply.lines))
