"""One line on a terminal that tells somebody who waits how far it is; nothing where output is piped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from .output import on_terminal, say

if TYPE_CHECKING:
    from wanwitness.language import Language

AFTER_S, EVERY_S = 1.0, 0.2
"""Nobody needs to be told before a second has gone; more often than this nobody can read it."""


class _StatusLine:
    def __init__(self, language: Language) -> None:
        self._language = language
        self._next = monotonic() + AFTER_S
        self._width = 0

    def show(self, bytes_read: int, connections: int, done: bool) -> None:
        """Write over what stood there, if it is time."""
        if (now := monotonic()) < self._next and not (done and self._width):
            return
        self._next = now + EVERY_S
        from .sentences import sentence

        kind = "so-far-joining" if done else "so-far"
        found = sentence("connections-found", n=connections)
        text = self._language.say(sentence(kind, megabytes=round(bytes_read / 1e6), found=found))
        say(f"\r{text.ljust(self._width)}", err=True)
        self._width = len(text)

    def erase(self) -> None:
        if self._width:
            say(f"\r{' ' * self._width}\r", err=True)


@contextmanager
def waiting(language: Language) -> Iterator[_StatusLine | None]:
    """Give a line to write on while the block runs; None where nobody would see it."""
    if not (on_terminal(sys.stderr) and on_terminal(sys.stdout)):
        yield None
        return
    line = _StatusLine(language)
    try:
        yield line
    finally:
        line.erase()
