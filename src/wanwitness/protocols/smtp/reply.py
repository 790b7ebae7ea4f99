"""Reply lines (RFC 5321 section 4.2) put together to replies."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from wanwitness.model import FrameRef, Reply, printable

from .lines import Chunk, Line, add_frame

MAX_REPLY_LINES = 200
"""Lines kept of one reply: EHLO has some twenty, HELP and long policy texts a few dozen."""
MAX_WHOLE = 1 << 10
"""Bytes of a reply that is looked up among those read before."""

# Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF      RFC 5321 section 4.2
_REPLY_LINE = re.compile(rb"(\d{3})(?:([ \t-])((?s:.*)))?")
# status-code = class "." subject "." detail                                                  RFC 3463 section 2
_ENHANCED = re.compile(r"\s*\[?([245])\.(\d{1,3})\.(\d{1,3})(?:\]|(?![\w.]))")


def is_reply_line(raw: bytes) -> bool:
    """Whether a line begins as a reply's line does."""
    return _REPLY_LINE.fullmatch(raw) is not None


@lru_cache(1024)
def enhanced_of(code: int, text: str) -> str | None:
    """The enhanced status code that `text` begins with; RFC 2034 section 4: its class is the code's first digit."""
    match = _ENHANCED.match(text)
    if match is None or int(match[1]) != code // 100:
        return None
    return f"{match[1]}.{match[2]}.{match[3]}"


def mechanisms_of(offers: tuple[str, ...]) -> list[str]:
    """The AUTH mechanisms among EHLO's keywords; `AUTH=LOGIN` is a form from before RFC 2554."""
    words: list[str] = []
    for offer in offers:
        if re.match(r"AUTH(?:[ =]|$)", offer, re.IGNORECASE):
            words += re.split(r"[\s=]+", offer[4:].upper())
    return [word for word in dict.fromkeys(words) if word]


@lru_cache(1024)
def _whole_reply(data: bytes) -> Reply | None:
    """The reply that `data` is, without time or frame; None where it is not just one without a flaw."""
    *lines, rest = data.split(b"\n")
    lines = [line.rstrip(b"\r") for line in lines]
    if rest or not 0 < len(lines) <= MAX_REPLY_LINES or not all(map(is_reply_line, lines)):
        return None
    flaws: list[str] = []
    reader = ReplyReader(lambda text: text, lambda _, reason: flaws.append(reason))
    replies = [reader.line(Line(raw, 0, ())) for raw in lines]
    return None if flaws or any(replies[:-1]) else replies[-1]


class ReplyReader:
    """Lines in, complete replies out.

    Args:
        mask: takes out of each line's text what must not be kept.
        oddity: told of lines that are no reply's.
    """

    def __init__(self, mask: Callable[[str], str], oddity: Callable[[FrameRef | None, str], None]) -> None:
        self._mask = mask
        self._oddity = oddity
        self._code: int | None = None
        self._lines: list[str] = []
        self._frames: list[FrameRef] = []

    def whole(self, chunk: Chunk) -> Reply | None:
        """Read a chunk that is one reply without a flaw or a secret, as most are: many are the same over and over."""
        if self._code is not None or len(chunk.data) > MAX_WHOLE or (reply := _whole_reply(chunk.data)) is None:
            return None
        if any(self._mask(text) != text for text in reply.lines):
            return None  # its enhanced code may be of the secret
        return Reply(reply.code, reply.enhanced, reply.lines, chunk.ts_ns, (chunk.frame,))

    def line(self, line: Line) -> Reply | None:
        """Read one line; the reply, if that was its last."""
        last = line.frames[-1] if line.frames else None
        match = _REPLY_LINE.fullmatch(line.raw)
        if line.cut:
            self._oddity(last, "reply line too long, cut")
        if match is None:
            if self._code is None:
                if line.raw.strip():
                    self._oddity(last, "line outside of any reply")
                return None
            self._add(line, line.raw)
            return None
        code = int(match[1])
        if self._code is not None and code != self._code:
            self._oddity(last, f"reply with two codes, {self._code:03} and {code:03}; the last counts")
        self._code = code
        self._add(line, match[3] or b"")
        if match[2] == b"-":
            return None
        return self._finish(line.ts_ns)

    def drop(self, frame: FrameRef | None, reason: str) -> None:
        """Forget a reply that was begun; its last line was not seen, so its meaning is not known."""
        if self._code is not None:
            self._oddity(frame, f"reply {self._code:03} without its last line: {reason}")
        self._clear()

    def finish(self, ts_ns: int) -> Reply | None:
        """The stream ends. All lines of a reply have one code (RFC 5321 section 4.2.1), so what there is counts."""
        if self._code is None:
            return None
        self._oddity(self._frames[-1] if self._frames else None, f"reply {self._code:03} without its last line")
        return self._finish(ts_ns)

    def _add(self, line: Line, text: bytes) -> None:
        for frame in line.frames:
            add_frame(self._frames, frame)
        if len(self._lines) < MAX_REPLY_LINES:
            self._lines.append(self._mask(printable(text)))
        elif len(self._lines) == MAX_REPLY_LINES:
            self._lines.append("…")
            self._oddity(line.frames[-1], f"reply of more than {MAX_REPLY_LINES} lines, cut")

    def _finish(self, ts_ns: int) -> Reply:
        assert self._code is not None
        codes = (enhanced_of(self._code, text) for text in self._lines)
        enhanced = next((code for code in codes if code), None)
        reply = Reply(self._code, enhanced, tuple(self._lines), ts_ns, tuple(self._frames))
        self._clear()
        return reply

    def _clear(self) -> None:
        self._code = None
        self._lines = []
        self._frames = []
