"""What of a mail's dialogue stays hidden in an evidence capture.

Passwords and messages are never to be in one. Rather than to look for them, only what the case itself tells is shown:
a command of the dialogue without what is secret in it, and a line of one of its replies. Everything else becomes `*`,
byte for byte; ends of lines stay, so that Wireshark reads the dialogue as before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from wanwitness.model import Dialogue, Direction, printable
from wanwitness.model.text import MOST_PER_BYTE
from wanwitness.protocols.smtp.command import parse_command, secret_of, verb_of
from wanwitness.protocols.smtp.lines import Line
from wanwitness.protocols.smtp.reply_line import read_reply_line
from wanwitness.protocols.smtp.tls import PEEK, is_tls

Range = tuple[int, int]
"""From one byte to before another."""

_AHEAD = 1 << 31
"""Sequence numbers up to so far behind another are later ones (RFC 9293 section 3.4)."""
_UNSAID = frozenset(("connect", "?", "AUTH-RESPONSE"))
Shown = Callable[[bytes], int]
"""How many bytes of a line are shown."""


class Piece(NamedTuple):
    """One packet's payload, at its place in the stream."""

    side: _Side
    begin: int
    payload: bytes


class Masks:
    """Says of the packets of one stream what of them stays hidden.

    It is told by the place in the stream and not packet by packet: lines typed by hand come a character a packet. So
    all packets are taken first. TLS is shown: it says nothing, and Wireshark with a key log wants all of it. Where it
    begins, the dialogue knows. What stands before that may come once more at any time, and is told by its sequence
    number.

    Args:
        dialogue: what the stream said.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        commands = [e.command for e in dialogue.exchanges if e.command is not None and e.command.verb not in _UNSAID]
        self._commands = {(command.verb, command.argument) for command in commands}
        self._replies = {(reply.code, line) for reply in dialogue.replies for line in reply.lines}
        self._codes = {code for code, _ in self._replies}
        self._shown: dict[Direction, Shown] = {"orig": self._of_command, "resp": self._of_reply}
        self._sides = {direction: _Side(shown) for direction, shown in self._shown.items()}

    def take(
        self, direction: Direction, payload: bytes, seq: int, *, opens: bool = False, begins_tls: bool = False
    ) -> Piece:
        """Take a packet.

        Args:
            direction: who sent it.
            payload: its bytes.
            seq: their sequence number.
            opens: it is a SYN: numbers begin anew.
            begins_tls: in this frame begins a direction's TLS.
        """
        if opens:
            self._sides[direction] = _Side(self._shown[direction])
        return self._sides[direction].take(payload, seq, begins_tls=begins_tls and is_tls(payload[:PEEK]))

    def hidden(self, piece: Piece) -> list[Range]:
        """Return what of a packet's payload is to be hidden, by all that was taken."""
        return piece.side.hidden(piece)

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
        parsed = read_reply_line(line)
        if parsed is None or parsed.code not in self._codes:
            return 0
        told = (parsed.code, _whole(parsed.text)) in self._replies
        return len(line) if told else len(line) - len(parsed.text)


class _Run(NamedTuple):
    """Bytes of one direction without a gap."""

    begin: int
    data: bytes
    hidden: list[Range]
    """Places in the stream, in order."""


class _Side:
    """One direction, since its SYN. Places count from its first packet, and may be negative."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._pieces: list[Piece] = []
        self._seq: int | None = None
        self._place = 0
        """Of `_seq`, the last packet's."""
        self._tls: int | None = None
        """Where TLS begins."""
        self._runs: list[_Run] | None = None
        """Of all that was taken; None where more was since."""

    def take(self, payload: bytes, seq: int, *, begins_tls: bool) -> Piece:
        if self._seq is not None:
            self._place += (seq - self._seq + _AHEAD) % (2 * _AHEAD) - _AHEAD
        self._seq = seq
        if begins_tls and self._tls is None:
            self._tls = self._place
        piece = Piece(self, self._place, payload)
        if payload:
            self._pieces.append(piece)
            self._runs = None
        return piece

    def hidden(self, piece: Piece) -> list[Range]:
        if not piece.payload:
            return []
        if self._runs is None:
            self._runs = [self._read(begin, data) for begin, data in self._joined()]
        begin, stop = piece.begin, piece.begin + len(piece.payload)
        run = self._runs[bisect_right(self._runs, begin, key=lambda run: run.begin) - 1]
        ranges = [(max(one, begin) - begin, min(two, stop) - begin) for one, two in _within(run.hidden, begin, stop)]
        others = _differing(piece.payload, run.data[begin - run.begin : stop - run.begin])
        if self._tls is not None:
            others = [(one, min(two, self._tls - begin)) for one, two in others if begin + one < self._tls]
        return list(union(ranges, others))

    def _joined(self) -> Iterator[tuple[int, bytes]]:
        """Where each run begins, and its bytes: of several for one place, those of the piece that begins first."""
        begin, run = 0, bytearray()
        for piece in sorted(self._pieces, key=lambda piece: piece.begin):
            known = begin + len(run) - piece.begin
            if known < 0 or not run:
                if run:
                    yield begin, bytes(run)
                begin, run, known = piece.begin, bytearray(), 0
            run += piece.payload[known:]
        if run:
            yield begin, bytes(run)

    def _read(self, begin: int, data: bytes) -> _Run:
        clear = len(data) if self._tls is None else min(max(self._tls - begin, 0), len(data))
        return _Run(begin, data, [(begin + one, begin + two) for one, two in _hidden(data[:clear], self._shown)])


def _within(ranges: list[Range], begin: int, stop: int) -> Iterator[Range]:
    """Those of some ranges, which are in order and apart, that have something from `begin` to before `stop`."""
    for at in range(bisect_right(ranges, begin, key=lambda one: one[1]), len(ranges)):
        if ranges[at][0] >= stop:
            return
        yield ranges[at]


def _differing(payload: bytes, other: bytes) -> list[Range]:
    """Where a packet has other bytes than the stream: nothing is known of those. Ends of lines stay."""
    if payload == other:
        return []
    same = zip(payload, other, strict=True)
    return [(at, at + 1) for at, (one, two) in enumerate(same) if one != two and one not in b"\r\n"]


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


def _hidden(payload: bytes, shown: Shown) -> list[Range]:
    ranges: list[Range] = []
    at = 0
    for line in payload.split(b"\n"):
        text = line.rstrip(b"\r")
        keep = shown(text)
        if keep < len(text):
            ranges.append((at + keep, at + len(text)))
        at += len(line) + 1
    return ranges
