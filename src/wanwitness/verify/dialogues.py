"""What was said: does the payload that tshark shows of the cited frames say it?

The bytes are tshark's, put in order by tshark's sequence numbers; where its SMTP dissector has read the frame, its
reply code must be the same too. Nothing of the payload is ever told: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wanwitness.model import printable

from .checks import UNOPENED, Checks, Ref
from .frame import Frame
from .reading import Reading
from .streams import SIDES, Streams

_MOST_FRAMES = 64
"""Of a reply that came in more, not all are cited."""
_MOST_LINES = 200
# Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF      RFC 5321 section 4.2
_REPLY_LINE = re.compile(rb"(\d{3})(?:[ \t-]((?s:.*)))?")
_ODD_REPLY_LINE = re.compile(rb"[ \t]*(?:[^\w\s]{1,4}[ \t]?)?([2-5][0-5]\d)[^\w\s]?((?s:.*))")
_DOT = re.compile(rb"(?:^|\n)\.\r?(?:\n|$)|^\.?\r?\n?$")
"""The end of a message (RFC 5321 section 4.1.1.4), or what of it is in a segment of its own."""
_TYPED = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xff]")
"""Keys of an editor, and telnet's commands (RFC 854): the line is what is left of them."""
_NOT_TOLD = ("?", "AUTH-RESPONSE", "connect")
_CUT = "…"


class _Part(NamedTuple):
    """A frame's share of a direction's bytes."""

    begin: int
    end: int
    ref: Ref


class _Said(NamedTuple):
    """One direction's bytes in the cited frames, in order."""

    data: bytes
    parts: tuple[_Part, ...]
    seq: int = 0
    """The sequence number of the first."""
    holes: bool = False
    """Something between them is not in these frames."""

    def refs(self, begin: int, end: int) -> set[Ref]:
        """The frames that some of the bytes are in."""
        return {part.ref for part in self.parts if part.begin < end and begin < part.end}


class _Line(NamedTuple):
    raw: bytes
    begin: int
    end: int


class Dialogues:
    """Compares what was said in each session.

    Args:
        reading: what tshark reads.
        streams: the sessions' connections.
        checks: takes down what is compared.
    """

    def __init__(self, reading: Reading, streams: Streams, checks: Checks) -> None:
        self._reading, self._streams, self._checks = reading, streams, checks
        self._ends: dict[str, int] = {}
        """By direction, the sequence number behind what was said last."""

    def check(self, session: Mapping[str, Any]) -> None:
        """Compare every command and reply of a session."""
        self._ends = {}
        exchanges = session.get("commands") or ()
        for index, exchange in enumerate(exchanges):
            where = f"session {session['id']} commands[{index}]"
            self._exchange(session, exchange, where)
            if exchange["command"] == "." and not session["tls"]["decrypted"]:
                self._message_end(session, exchange["frames"], exchanges[index + 1 :], where)

    def _exchange(self, session: Mapping[str, Any], exchange: Mapping[str, Any], where: str) -> None:
        refs = exchange["frames"]
        if len(refs) >= _MOST_FRAMES:
            self._checks.cannot(where, "it came in so many frames that not all are cited")
            return
        if not self._reading.whole(refs):
            self._checks.cannot(where, "tshark has not read all its frames")
            return
        frames = self._reading.frames(refs)
        if session["tls"]["decrypted"] and any(frame.has_tls and not frame.opened for _, frame in frames):
            self._checks.cannot(where, UNOPENED)
            return
        told = {tuple(ref) for ref in refs}
        if not self._checks.compare(
            "dialogue",
            len(told) == len(refs),
            f"{where}.frames",
            "different frames",
            "one of them twice",
            refs,
        ):
            return
        empty = [ref for ref, frame in frames if not frame.payload]
        if not self._checks.compare(
            "dialogue", not empty, f"{where}.frames", "what was said", "no payload of TCP", empty
        ):
            return
        said = {side: _put_together(list(_of(session, frames, side))) for side in ("orig", "resp")}
        self._command(exchange["command"], said["orig"], where, [r for r, _ in _of(session, frames, "orig")])
        resp = list(_of(session, frames, "resp"))
        self._reply(exchange["reply"], said["resp"], where, resp)

    def _message_end(
        self,
        session: Mapping[str, Any],
        refs: Sequence[Sequence[int]],
        later: Sequence[Mapping[str, Any]],
        where: str,
    ) -> None:
        """The client says nothing between a message's end and its next command: what ends it may be but one byte."""
        own = [frame for _, frame in _of(session, self._reading.frames(refs), "orig")]
        following = (_of(session, self._reading.frames(one["frames"]), "orig") for one in later)
        command = next(([frame for _, frame in frames] for one in following if (frames := list(one))), [])
        if not own:
            return
        end = max((frame.seq + frame.payload_length for frame in own), key=lambda seq: _after(seq, own[0].seq))
        begin = min((frame.seq for frame in command), key=lambda seq: _after(seq, end), default=None)
        seen = [one for side in SIDES[:2] for one in self._streams.everywhere(session, side) if one[0] == refs[0][0]]
        more = [
            ref
            for ref, frame in _of(session, [((capture, frame.number), frame) for capture, frame in seen], "orig")
            if frame.payload_length and _after(frame.seq, end) >= 0 and (begin is None or _after(frame.seq, begin) < 0)
        ]
        self._checks.compare("dialogue", not more, f"{where}.frames", "the end of a message", "it goes on", more[:3])

    def _command(self, told: str | None, said: _Said, where: str, refs: Sequence[Ref]) -> None:
        compare = self._checks.compare
        if told is None or told == "connect":
            compare("dialogue", not refs, f"{where}.command", told, "the client says something in its frames", refs)
            return
        if not compare("dialogue", bool(refs), f"{where}.command", told, "no frame of the client is cited"):
            return
        verb, _, argument = told.partition(" ")
        if verb in _NOT_TOLD:
            compare("dialogue", True, f"{where}.command", told, None)
            return
        if verb == ".":
            compare("dialogue", bool(_DOT.search(said.data)), f"{where}.command", told, "no end of a message", refs)
            return
        spans = [(line.begin, line.end) for line in _lines(said.data) if _is_command(line.raw, verb, argument)]
        if verb in ("BDAT", "BURL"):  # chunks of a message need not end with a line's end, and the next follows at once
            matches = re.finditer(re.escape(told.encode()) + rb"[ \t]*(?:\r?\n|$)", said.data, re.IGNORECASE)
            spans += [match.span() for match in matches]
        agrees, what = self._in_place("orig", said, spans, refs, "another command")
        if not agrees and (told.endswith(_CUT) or _TYPED.search(said.data)):
            agrees = verb.encode() in said.data.upper() or _TYPED.search(said.data) is not None
        compare("dialogue", agrees, f"{where}.command", told, what, refs)

    def _reply(
        self, told: Mapping[str, Any] | None, said: _Said, where: str, frames: Sequence[tuple[Ref, Frame]]
    ) -> None:
        compare, refs = self._checks.compare, [ref for ref, _ in frames]
        if told is None:
            compare("dialogue", not refs, f"{where}.reply", told, "the server says something in its frames", refs)
            return
        if not compare("dialogue", bool(refs), f"{where}.reply", _words(told), "no frame of the server is cited"):
            return
        agrees, what = self._in_place("resp", said, list(_spans(said, told)), refs, "another reply")
        compare("dialogue", agrees, f"{where}.reply", _words(told), what, refs)
        if told.get("cut"):
            found = "all of it is there"
            compare("dialogue", not _is_whole(said, told), f"{where}.reply.cut", "some was not captured", found, refs)
        codes = {code for _, frame in frames for code in frame.reply_codes}
        if codes and told["code"] is not None:
            compare("dialogue", told["code"] in codes, f"{where}.reply.code", told["code"], codes, refs)

    def _in_place(
        self, side: str, said: _Said, spans: Sequence[tuple[int, int]], refs: Sequence[Ref], otherwise: str
    ) -> tuple[bool, str]:
        """Whether one of some spans is in all of its frames, and behind what its side said before; else why not."""
        whole = [span for span in spans if said.refs(*span) >= set(refs)]
        if not whole:
            return False, "it is not in all of its frames" if spans else otherwise
        before = self._ends.get(side)
        for begin, end in whole:
            if before is None or _after(said.seq + begin, before) >= 0:
                self._ends[side] = (said.seq + end) & 0xFFFFFFFF
                return True, ""
        return False, "it was said before"


def _after(seq: int, before: int) -> int:
    """How far a sequence number is behind another; they begin again at 2^32."""
    return ((seq - before + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


def _of(session: Mapping[str, Any], frames: Sequence[tuple[Ref, Frame]], side: str) -> Iterator[tuple[Ref, Frame]]:
    """The frames of one direction."""
    servers = [session["server"], *([session["crossing"]["server"]] if session["crossing"] else [])]
    ends = {(server["ip"], server["port"]) for server in servers}
    for ref, frame in frames:
        away = any((ip, port) in ends for port in frame.dport for ip in frame.dst)
        if not away and not any((ip, port) in ends for port in frame.sport for ip in frame.src):
            away = any(frame.dport[-1:] == (port,) for _, port in ends)
        if away == (side == "orig"):
            yield ref, frame


def _put_together(frames: Sequence[tuple[Ref, Frame]]) -> _Said:
    """Put the bytes of some frames of one direction in order; of what came twice, what came first."""
    if not frames:
        return _Said(b"", ())
    start = frames[0][1].seq
    placed = sorted(
        (
            (((frame.seq - start + (1 << 31)) & 0xFFFFFFFF) - (1 << 31), ref, frame.payload or b"")
            for ref, frame in frames
        ),
        key=lambda row: row[0],
    )
    data, parts, at, holes = bytearray(), [], placed[0][0], False
    for place, ref, payload in placed:
        if place > at:
            data += b"\n"  # what is between them is not in these frames
            at, holes = place, True
        new = payload[at - place :] if at - place < len(payload) else b""
        stop = len(data) - (at - place) + len(payload)
        parts.append(_Part(len(data) - (at - place), stop, ref))
        data += new
        at += len(new)
    return _Said(bytes(data), tuple(parts), (start + placed[0][0]) & 0xFFFFFFFF, holes)


def _lines(data: bytes) -> list[_Line]:
    """Cut bytes at LF, or at a CR alone where there is none; a CR that a line begins with is of the end before it."""
    lines, at = [], 0
    for raw in data.split(b"\n") if b"\n" in data else data.split(b"\r"):
        lines.append(_Line(raw.strip(b"\r\0"), at, at + len(raw) + 1))
        at += len(raw) + 1
    return lines


def _is_command(raw: bytes, verb: str, argument: str) -> bool:
    """Whether a line is a command; of its argument the case may leave words out, or put asterisks for them."""
    line = raw.lstrip(b" \t")
    if not line.upper().startswith(verb.encode()):
        return False
    words = printable(line[len(verb) :].strip(), 1 << 16).split()
    if verb == "AUTH":
        words = [word.upper() for word in words]
    if not argument:
        return True
    if argument.endswith(_CUT):
        return " ".join(words).startswith(" ".join(argument.split()).rstrip(_CUT))
    told = argument.split()
    if "*" not in argument:
        return words == told if verb in ("EHLO", "HELO", "LHLO") else words[: len(told)] == told
    return _alike(" ".join(told), " ".join(words))


def _spans(said: _Said, told: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Where in the bytes a reply stands: from its first line to its last."""
    text, code, enhanced = " ".join((told["text"] or "").split()), told["code"], told["enhanced"]
    cut = bool(told.get("cut"))
    lines = [line for line in _lines(said.data) if line.raw.strip()]
    for first, line in enumerate(lines):
        shown: list[str] = []
        codes: set[int | None] = set()
        classes: set[str] = set()
        for last in range(first, min(len(lines), first + _MOST_LINES + 1)):
            own, words, told_class = _read(lines[last].raw, code, enhanced)
            codes.add(own)
            classes |= {told_class} if told_class else set()
            shown.append(words)
            joined = " ".join(" ".join(shown).split())
            if (
                _is_text(text, joined, cut=cut)
                and (code in codes or (code is None and codes == {None}))
                and (enhanced is None or enhanced in classes)
            ):
                yield line.begin, lines[last].end
            if not cut and "*" not in text and _CUT not in text and len(joined) > len(text) + 8:
                break


def _is_whole(said: _Said, told: Mapping[str, Any]) -> bool:
    """Whether a reply is there from its first line's code to the end of its last line."""
    last = b"%03d " % told["code"] if told["code"] is not None else None
    if said.holes or last is None or not said.data.startswith(last[:3]) or not said.data.endswith(b"\n"):
        return False
    return said.data.splitlines()[-1].startswith(last) and any(_spans(said, {**told, "cut": False}))


def _read(raw: bytes, code: int | None, enhanced: str | None) -> tuple[int | None, str, str | None]:
    """A line's code, its words behind code and enhanced code, and that."""
    own, rest = None, raw
    if code is not None:
        match = _REPLY_LINE.fullmatch(raw) or _ODD_REPLY_LINE.fullmatch(raw)
        if match is not None and (int(match[1]) == code or _REPLY_LINE.fullmatch(raw)):
            own, rest = int(match[1]), match[2] or b""
    words = printable(rest).strip()
    head, _, behind = words.partition(" ")
    if enhanced is not None and head.strip("[]") == enhanced:
        return own, behind.strip(), enhanced
    begun = enhanced if enhanced is not None and head.lstrip("[").startswith(enhanced) else None
    return own, words, begun


def _is_text(told: str, found: str, *, cut: bool) -> bool:
    """Whether a text is the one that was found; where it was cut, as far as it goes."""
    if told == found:
        return True
    if cut or _CUT in told:
        return re.match(_pattern(told), found, re.DOTALL) is not None
    return "*" in told and _alike(told, found)


def _alike(told: str, found: str) -> bool:
    """Whether two texts are the same where the first has no asterisks."""
    return re.fullmatch(_pattern(told), found, re.DOTALL) is not None


def _pattern(told: str) -> str:
    parts = [re.escape(part.strip()) for part in re.split(rf"[*{_CUT}]+(?:\s*[*{_CUT}]+)*", told)]
    return ".*".join(parts)


def _words(reply: Mapping[str, Any]) -> str:
    return " ".join(str(reply[key]) for key in ("code", "enhanced", "text") if reply[key])
