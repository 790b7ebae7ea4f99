"""What of a mail's dialogue stays hidden in an evidence capture.

Passwords and messages are never to be in one. Rather than to look for them, only what the case itself tells is shown:
a command of the dialogue without what is secret in it, and a line of one of its replies. Everything else becomes `*`,
byte for byte; ends of lines stay, so that Wireshark reads the dialogue as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from wanwitness.model import Dialogue, Direction, printable
from wanwitness.protocols.smtp.command import parse_command, secret_of, verb_of
from wanwitness.protocols.smtp.lines import Line
from wanwitness.protocols.smtp.tls import PEEK, is_tls

Range = tuple[int, int]
"""From one byte to before another."""

_UNSAID = frozenset(("connect", "?", "AUTH-RESPONSE"))
_REPLY = re.compile(rb"(\d{3})(?:[ \t-]((?s:.*)))?")


class Masks:
    """Says of the packets of one stream, in order, what of them stays hidden.

    Args:
        dialogue: what the stream said.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        commands = [e.command for e in dialogue.exchanges if e.command is not None and e.command.verb not in _UNSAID]
        self._commands = {(command.verb, command.argument) for command in commands}
        self._replies = {(reply.code, line) for reply in dialogue.replies for line in reply.lines}
        self._codes = {code for code, _ in self._replies}
        self._may_encrypt = dialogue.encrypted or dialogue.implicit_tls or dialogue.starttls
        self._encrypted: set[Direction] = set()

    def hidden(self, direction: Direction, payload: bytes) -> list[Range]:
        """Return what of a packet's payload is to be hidden."""
        if self._may_encrypt and is_tls(payload[:PEEK]):
            self._encrypted.add(direction)
        if direction in self._encrypted:
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
        if printable(line[behind:].strip()) == command.argument:
            return len(line)
        return len(line.rstrip()) - len(secret_of(line).strip()) if command.verb == "AUTH" else behind

    def _of_reply(self, line: bytes) -> int:
        """How many bytes of a server's line are shown; where it repeats a secret, its code."""
        match = _REPLY.fullmatch(line)
        if match is None or int(match[1]) not in self._codes:
            return 0
        return len(line) if (int(match[1]), printable(match[2] or b"")) in self._replies else match.start(2)


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
