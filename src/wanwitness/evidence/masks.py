"""What of a mail's dialogue stays hidden in an evidence capture.

Passwords and messages are never to be in one. Rather than to look for them, only what the case itself tells is shown:
a command of the dialogue without what is secret in it, and a line of one of its replies without what the case masks.
Everything else becomes `*`, byte for byte; ends of lines stay, so that Wireshark reads the dialogue as before.

TLS is shown too, but as records only: whole ones, that follow one another from the place where it began. Behind a
record that is none, or not whole, nothing is known to be TLS: a handshake that failed may have gone on in the clear,
and another connection may have taken the ports, its SYN not captured.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from wanwitness.model import Dialogue, Direction, printable
from wanwitness.model.text import MOST_PER_BYTE
from wanwitness.protocols.smtp.command import parse_command, secret_of, verb_of
from wanwitness.protocols.smtp.lines import Line
from wanwitness.protocols.smtp.reply_line import read_reply_line
from wanwitness.protocols.smtp.tls import PEEK, is_tls, record_end

Range = tuple[int, int]
"""From one byte to before another."""

_AHEAD = 1 << 31
"""Sequence numbers up to so far behind another are later ones (RFC 9293 section 3.4)."""
_UNSAID = frozenset(("connect", "?", "AUTH-RESPONSE"))
Hide = Callable[[bytes], list[Range]]
"""What of a line is hidden."""


class Piece(NamedTuple):
    """One packet's payload, at its place in the stream."""

    side: _Side
    begin: int
    payload: bytes


class Masks:
    """Says of the packets of one stream what of them stays hidden.

    It is told by the place in the stream and not packet by packet: lines typed by hand come a character a packet. So
    all packets are taken first. Where TLS begins, the dialogue knows. What stands before that may come once more at any
    time, and is told by its sequence number.

    Args:
        dialogue: what the stream said.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        commands = [e.command for e in dialogue.exchanges if e.command is not None and e.command.verb not in _UNSAID]
        self._commands: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for command in commands:
            self._commands[command.verb, len(command.argument)].add(command.argument)
        self._verbs = {verb for verb, _ in self._commands}
        self._replies: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        """By code and length."""
        for reply in dialogue.replies:
            for line in reply.lines:
                self._replies[reply.code, len(line)].add(line)
        self._codes = {code for code, _ in self._replies}
        self._hide: dict[Direction, Hide] = {"orig": self._of_command, "resp": self._of_reply}
        self._sides = {direction: _Side(hide) for direction, hide in self._hide.items()}

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
            self._sides[direction] = _Side(self._hide[direction])
        return self._sides[direction].take(payload, seq, begins_tls=begins_tls and is_tls(payload[:PEEK]))

    def hidden(self, piece: Piece) -> list[Range]:
        """Return what of a packet's payload is to be hidden, by all that was taken."""
        return piece.side.hidden(piece)

    def _of_command(self, line: bytes) -> list[Range]:
        """What of a client's line is hidden."""
        if line == b"." and (".", 0) in self._commands:
            return []
        verb = verb_of(line)
        if verb is None or verb not in self._verbs:
            return [(0, len(line))] if line else []
        behind = len(line) - len(line.lstrip(b" \t")) + len(verb)
        if verb == "AUTH":
            told = parse_command(Line(line, 0, ())).argument in self._commands[verb, _mechanism(line)]
            kept = len(line.rstrip()) - len(secret_of(line).strip()) if told else behind
            return [(kept, len(line))] if kept < len(line) else []
        argument = line[behind:].strip()
        begin = line.index(argument, behind) if argument else len(line)
        untold = _untold(argument, self._commands.get((verb, len(_whole(argument))), ()))
        between = [(behind, begin)] if line[behind:begin].strip(b" \t") else []
        return between + [(begin + one, begin + two) for one, two in untold]

    def _of_reply(self, line: bytes) -> list[Range]:
        """What of a server's line is hidden; where it repeats a secret, that."""
        parsed = read_reply_line(line)
        if parsed is None or parsed.code not in self._codes:
            return [(0, len(line))] if line else []
        begin = len(line) - len(parsed.text)
        untold = _untold(parsed.text, self._replies.get((parsed.code, len(_whole(parsed.text))), ()))
        return [(begin + one, begin + two) for one, two in untold]


def _mechanism(line: bytes) -> int:
    return len(parse_command(Line(line, 0, ())).argument)


def _untold(text: bytes, told: Iterable[str]) -> list[Range]:
    """What of a text the case does not tell, which has asterisks for what it keeps to itself.

    Args:
        text: as it was sent.
        told: what the case tells, of the same length.
    """
    if not text:
        return []
    whole = _whole(text)
    if whole in told:
        return []
    fitting = next((one for one in told if all(a in (b, "*") for a, b in zip(one, whole, strict=True))), None)
    if fitting is None or len(whole) != len(text):
        return [(0, len(text))]
    hidden = [(at, at + 1) for at, char in enumerate(fitting) if char != whole[at]]
    return list(union(hidden, ()))


class _GaplessBytes(NamedTuple):
    """Bytes of one direction without a gap."""

    begin: int
    data: bytes
    hidden: list[Range]
    """Places in the stream, in order."""
    tls: Range | None
    """Where in the stream TLS records are."""


class _Side:
    """One direction, since its SYN. Places count from its first packet, and may be negative."""

    def __init__(self, hide: Hide) -> None:
        self._hide = hide
        self._pieces: list[Piece] = []
        self._seq: int | None = None
        self._place = 0
        """Of `_seq`, the last packet's."""
        self._tls: int | None = None
        """Where TLS begins."""
        self._runs: list[_GaplessBytes] | None = None
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
        if run.tls is not None and run.tls[0] < stop and begin < run.tls[1] and _is_text(piece.payload):
            others += _visible(piece.payload)  # no record's: those are random
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

    def _read(self, begin: int, data: bytes) -> _GaplessBytes:
        tls = None
        if self._tls is not None and begin <= self._tls < begin + len(data):
            tls = self._tls, begin + _records(data, self._tls - begin)
        clear = len(data) if tls is None else tls[0] - begin
        hidden = list(_hidden(data[:clear], self._hide))
        if tls is not None and (behind := tls[1] - begin) < len(data):
            hidden += [(behind + one, behind + two) for one, two in _hidden(data[behind:], self._hide)]
        return _GaplessBytes(begin, data, [(begin + one, begin + two) for one, two in hidden], tls)


def _records(data: bytes, at: int) -> int:
    """Where the last of whole TLS records ends that follow one another from `at`."""
    while (end := record_end(data, at)) is not None:
        at = end
    return at


def _visible(payload: bytes) -> list[Range]:
    """All but ends of lines."""
    return [(at, at + 1) for at, byte in enumerate(payload) if byte not in b"\r\n"]


def _is_text(payload: bytes) -> bool:
    """Whether it is nothing but printable characters and ends of lines, as random bytes are hardly ever."""
    return all(0x20 <= byte < 0x7F or byte >= 0xA0 or byte in b"\r\n\t" for byte in payload)


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


def _hidden(payload: bytes, hide: Hide) -> Iterator[Range]:
    at = 0
    for line in payload.split(b"\n"):
        for begin, stop in hide(line.rstrip(b"\r")):
            yield at + begin, at + stop
        at += len(line) + 1
