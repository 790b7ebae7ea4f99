"""Reply lines (RFC 5321 section 4.2) put together to replies, those of servers that know no better too.

A line whose code is followed by something else than a space or hyphen (`530: no`), or that has an enhanced code alone
(`4.7.0 no`), or none at all, does not say whether it is its reply's last. While one reply is waited for, that stays
open: further lines of the same code belong to it, and with the client's next byte, or another code, it is over. Where
several are waited for, each such line is a reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from wanwitness.model import FrameRef, Reply, Sentence, printable
from wanwitness.model.dialogue import LOOKED_AT
from wanwitness.oddities import ODD

from .lines import Chunk, Line, add_frame
from .reply_line import CUT, ReplyLine, enhanced_of, is_binary, read_reply_line

MAX_REPLY_LINES = 200
"""Lines kept of one reply: EHLO has some twenty, HELP and long policy texts a few dozen."""
MAX_WHOLE = 1 << 10
"""Bytes of a reply that is looked up among those read before."""


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
    lines = [line.strip(b"\r") for line in lines]
    if rest or not 0 < len(lines) <= MAX_REPLY_LINES:
        return None
    flaws: list[Sentence] = []
    reader = ReplyReader(lambda text: text, lambda _, reason: flaws.append(reason))
    replies: list[Reply] = []
    for raw in lines:
        parsed = read_reply_line(raw)
        if replies or parsed is None or parsed.last is None:
            return None
        replies += reader.line(Line(raw, 0, ()), 1)
    return None if flaws or not replies else replies[0]


class ReplyReader:
    """Lines in, complete replies out.

    Args:
        mask: takes out of each line's text what must not be kept.
        oddity: told of lines that are no reply's.
    """

    def __init__(self, mask: Callable[[str], str], oddity: Callable[[FrameRef | None, Sentence], None]) -> None:
        self._mask = mask
        self._oddity = oddity
        self._clear()

    def _clear(self) -> None:
        self._code: int | None = None
        """Of the reply that was begun; 0 where it has none."""
        self._open = False
        """What there is of it may be all."""
        self._spoken = False
        """The client has spoken since."""
        self._cut = False
        """Some of it was not captured."""
        self._lines: list[str] = []
        self._frames: list[FrameRef] = []
        self._ts_ns = 0

    @property
    def begun(self) -> bool:
        """Whether there is a reply that is not complete."""
        return self._code is not None

    def whole(self, chunk: Chunk) -> Reply | None:
        """Read a chunk that is one reply without a flaw or a secret, as most are: many are the same over and over."""
        if self.begun or len(chunk.data) > MAX_WHOLE or (reply := _whole_reply(chunk.data)) is None:
            return None
        if any(self._mask(text) != text for text in reply.lines):
            return None  # its enhanced code may be of the secret
        return Reply(reply.code, reply.enhanced, reply.lines, chunk.ts_ns, (chunk.frame,))

    def line(self, line: Line, waiting: int) -> list[Reply]:
        """Read one line; return what is complete now.

        Args:
            line: it.
            waiting: how many replies are waited for.
        """
        if line.cut:
            self._oddity(_last(line), ODD("odd-reply-long"))
        parsed = read_reply_line(line.raw)
        return self._text(line, waiting) if parsed is None else self._reply_line(parsed, line, waiting)

    def _text(self, line: Line, waiting: int) -> list[Reply]:
        """Read a line that shows no code."""
        if self._code is not None:
            self._add(line, line.raw)
        elif line.raw.strip():
            if not waiting or is_binary(line.raw):
                self._oddity(_last(line), ODD("odd-reply-outside"))
                return []
            self._oddity(_last(line), ODD("odd-reply-no-code"))
            self._code, self._open = 0, True
            self._add(line, line.raw)
            if waiting > 1:
                return [self._finish()]
        return []

    def _reply_line(self, parsed: ReplyLine, line: Line, waiting: int, *, torn: bool = False) -> list[Reply]:
        done: list[Reply] = []
        same = parsed.code == self._code
        if self._code is not None and not same:
            if self._is_another(parsed.code):
                done += self.finish()
            elif self._code and parsed.last is None:  # amid a reply, a line that happens to begin with figures
                self._add(line, line.raw)
                return done
            elif self._code:
                self._oddity(_last(line), ODD("odd-reply-two-codes", first=self._code, second=parsed.code))
        if parsed.last is None and not self.begun:
            if not (parsed.code or waiting):
                self._oddity(_last(line), ODD("odd-reply-outside"))
                return done
            if not torn:
                self._oddity(_last(line), ODD("odd-reply-malformed"))
        self._cut |= torn
        self._code, self._open = parsed.code, parsed.last is None
        self._add(line, parsed.text)
        if parsed.last or (parsed.last is None and not same and waiting - len(done) != 1):
            done.append(self._finish())
        return done

    def _is_another(self, code: int) -> bool:
        """Whether a line with this code is of another reply than the one that was begun."""
        if not self._code and not self._enhanced():
            return code == 221  # words without a code, then the reply, but one that closes is none to what was asked
        refuses = self._code is not None and (self._code >= 400 or self._code == 0)
        return self._open or self._spoken or code == 221 or (code == 421 and refuses)

    def spoken(self) -> list[Reply]:
        """Learn that the client speaks: a reply that may be all is; one that is not goes on with the same code only."""
        if self._code is not None and self._open:
            return [self._finish()]
        self._spoken = self.begun
        return []

    def torn(self, begun: Line | None, waiting: int) -> list[Reply]:
        """Learn that bytes were not captured behind a line that was begun; what was captured of its reply counts.

        All lines of a reply have one code (RFC 5321 section 4.2.1).
        """
        done: list[Reply] = []
        parsed = read_reply_line(begun.raw) if begun is not None else None
        if begun is not None and parsed is not None and (parsed.code or waiting):
            if len(begun.raw) == 3:  # what stands behind the code is not known
                parsed = parsed._replace(last=None)
            done = self._reply_line(parsed._replace(text=parsed.text + CUT), begun, waiting, torn=True)
        elif self.begun and self._lines and not self._lines[-1].endswith("…"):
            self._lines[-1] += "…"
        self._cut = self._open = self.begun
        if self.begun and waiting - len(done) != 1:
            done.append(self._finish())
        return done

    def finish(self) -> list[Reply]:
        """No more of it comes. All lines of a reply have one code (RFC 5321 section 4.2.1), so what there is counts."""
        if self._code is None:
            return []
        if not self._open:
            self._oddity(self._frames[-1] if self._frames else None, ODD("odd-reply-unended", code=self._code))
        return [self._finish()]

    def _add(self, line: Line, text: bytes) -> None:
        self._ts_ns = line.ts_ns
        for frame in line.frames:
            add_frame(self._frames, frame)
        if len(self._lines) < MAX_REPLY_LINES:
            self._lines.append(self._mask(printable(text)))
        elif len(self._lines) == MAX_REPLY_LINES:
            self._lines.append("…")
            self._oddity(line.frames[-1], ODD("odd-reply-many", most=MAX_REPLY_LINES))

    def _enhanced(self) -> str | None:
        codes = (enhanced_of(self._code or 0, text) for text in self._lines)
        return next((code for code in codes if code), None)

    def _finish(self) -> Reply:
        assert self._code is not None
        if self._cut:
            self._oddity(self._frames[-1] if self._frames else None, ODD("odd-reply-missing", code=self._code))
        reply = Reply(self._code, self._enhanced(), tuple(self._lines), self._ts_ns, tuple(self._frames), self._cut)
        if reply.refuses and len(reply.text) > LOOKED_AT:
            self._oddity(reply.frames[-1] if reply.frames else None, ODD("odd-refusal-long", most=LOOKED_AT))
        self._clear()
        return reply


def _last(line: Line) -> FrameRef | None:
    return line.frames[-1] if line.frames else None
