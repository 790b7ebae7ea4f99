"""What of a mail's dialogue stays hidden in an evidence capture.

Passwords and messages are never to be in one. Rather than to look for them, only what the case itself tells is shown:
a command of the dialogue without what is secret in it, and a line of one of its replies. Everything else becomes `*`,
byte for byte; ends of lines stay, so that Wireshark reads the dialogue as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from wanwitness.model import Dialogue, Direction, printable
from wanwitness.model.text import MOST_PER_BYTE
from wanwitness.protocols.smtp.command import parse_command, secret_of, verb_of
from wanwitness.protocols.smtp.lines import Line
from wanwitness.protocols.smtp.tls import PEEK, is_tls

Range = tuple[int, int]
"""From one byte to before another."""

_AHEAD = 1 << 31
"""Sequence numbers up to so far behind another are later ones (RFC 9293 section 3.4)."""
_UNSAID = frozenset(("connect", "?", "AUTH-RESPONSE"))
_REPLY = re.compile(rb"(\d{3})(?:[ \t-]((?s:.*)))?")


class Masks:
    """Says of the packets of one stream, in order, what of them stays hidden.

    TLS is shown: it says nothing, and Wireshark with a key log wants all of it. Where it begins, the dialogue knows.
    What stands before that may come once more at any time, and is told by its sequence number.

    Args:
        dialogue: what the stream said.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        commands = [e.command for e in dialogue.exchanges if e.command is not None and e.command.verb not in _UNSAID]
        self._commands = {(command.verb, command.argument) for command in commands}
        self._replies = {(reply.code, line) for reply in dialogue.replies for line in reply.lines}
        self._codes = {code for code, _ in self._replies}
        self._tls: dict[Direction, int] = {}
        """The sequence number that TLS begins at."""

    def hidden(
        self, direction: Direction, payload: bytes, seq: int, *, opens: bool = False, begins_tls: bool = False
    ) -> list[Range]:
        """Return what of a packet's payload is to be hidden.

        Args:
            direction: who sent it.
            payload: its bytes.
            seq: their sequence number.
            opens: it is a SYN: numbers begin anew.
            begins_tls: in this frame begins a direction's TLS.
        """
        if opens:
            self._tls.pop(direction, None)
        if begins_tls and is_tls(payload[:PEEK]):
            self._tls.setdefault(direction, seq)
        begin = self._tls.get(direction)
        if begin is not None and (seq - begin) & 0xFFFFFFFF < _AHEAD:
            return []
        return _hidden(payload, self._of_command if direction == "orig" else self._of_reply)

    def _of_command(self, line: bytes) -> int:
        """How many bytes of a client's line are shown."""
        if line == b"." and (".", "") in self._commands:
            return 1
        if verb_of(line) is None:
            return 0
        command = parse_command(Line(line, 0, ()))
        if (command.verb, command.argument) not in self._commands:
            return 0
        behind = len(line) - len(line.lstrip(b" \t")) + len(command.verb)
        if _whole(line[behind:].strip()) == command.argument:
            return len(line)
        return len(line.rstrip()) - len(secret_of(line).strip()) if command.verb == "AUTH" else behind

    def _of_reply(self, line: bytes) -> int:
        """How many bytes of a server's line are shown; where it repeats a secret, its code."""
        match = _REPLY.fullmatch(line)
        if match is None or int(match[1]) not in self._codes:
            return 0
        return len(line) if (int(match[1]), _whole(match[2] or b"")) in self._replies else match.start(2)


def union(some: Iterable[Range], more: Iterable[Range]) -> tuple[Range, ...]:
    """Return what is in either, in order, no byte twice."""
    joined: list[Range] = []
    for begin, stop in sorted((*some, *more)):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], stop)
        else:
            joined.append((begin, stop))
    return tuple(joined)


def _whole(text: bytes) -> str:
    """As the case has it, but never cut: what it does not tell of a long line is not shown either."""
    return printable(text, MOST_PER_BYTE * len(text))


def _hidden(payload: bytes, shown: Callable[[bytes], int]) -> list[Range]:
    ranges: list[Range] = []
    at = 0
    for line in payload.split(b"\n"):
        text = line.rstrip(b"\r")
        keep = shown(text)
        if keep < len(text):
            ranges.append((at + keep, at + len(text)))
        at += len(line) + 1
    return ranges
