"""What is printed, also where a terminal or a pipe has no sign for all of it.

A Windows pipe takes cp1252 or cp850, an old locale latin-1 or ASCII: an arrow becomes `->` there, and no traceback.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

_PLAIN = {
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "•": "*",
    "·": ".",
    "×": "x",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "±": "+/-",
    "œ": "oe",
    "Œ": "OE",
    "æ": "ae",
    "ß": "ss",
    "€": "EUR",
}
"""Signs that our own sentences use, in ASCII."""
_DEGRADE = "wanwitness.degrade"
_LONGEST = 1 << 14
"""Characters of a complaint."""
_NARROWEST = 40
"""Columns: in fewer, what is said would be cut to pieces."""


def plain(text: str) -> str:
    """Return text in ASCII, as near as that comes.

    >>> plain("orange → sfr, refusé…")
    'orange -> sfr, refuse...'
    """
    return "".join(_PLAIN.get(sign) or _letter(sign) for sign in text)


def _letter(sign: str) -> str:
    """A letter without its accent; a question mark for what is no Latin letter."""
    return unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or "?"


def _degraded(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def degrade() -> None:
    """Have standard output and standard error write what they can, in place of an exception."""
    codecs.register_error(_DEGRADE, _degraded)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_DEGRADE)


def say(text: str, *, err: bool = False) -> None:
    """Print text for people as it stands, on standard output or on standard error.

    Raises:
        BrokenPipeError: nobody reads it any more.
        UsageError: standard output cannot be written.
    """
    stream: TextIO | None = sys.stderr if err else sys.stdout
    if stream is None:  # a program without a console has none
        return
    if err:
        with suppress(OSError, ValueError):  # where complaints cannot be told, there is nobody to tell it either
            stream.write(text)
            stream.flush()
        return
    with _told():
        stream.write(text)
        stream.flush()


def columns(otherwise: int) -> int:
    """Return how wide the terminal is that standard output is, or something else where it is none, or is closed."""
    return max(shutil.get_terminal_size().columns, _NARROWEST) if on_terminal(sys.stdout) else otherwise


def on_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is shown to somebody; a program that was started with it closed has None in its place."""
    return stream is not None and stream.isatty()


def complain(text: str) -> None:
    """Print a line about something that went wrong, on standard error.

    Names of files are whatever somebody chose: what would steer a terminal, or break the line, is escaped.
    """
    from wanwitness.model.text import printable

    say(f"wanwitness: {printable(text, _LONGEST)}\n", err=True)


def deliver(text: str) -> None:
    """Print a document, which is UTF-8 whatever the locale: JSON (RFC 8259, section 8.1), TOML.

    On a terminal it is text like other text.

    Raises:
        BrokenPipeError: nobody reads it any more.
        UsageError: standard output cannot be written.
    """
    if sys.stdout is None:
        from wanwitness.wrong_use import wrong

        raise wrong("output-closed")
    if on_terminal(sys.stdout) or not isinstance(sys.stdout, io.TextIOWrapper):
        say(text)
        return
    with _told():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()


@contextmanager
def _told() -> Iterator[None]:
    """Say in a line of ours what is wrong with standard output."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from wanwitness.wrong_use import wrong

        raise wrong("output-unwritten", why=error.strerror) from None


def silence() -> None:
    """Let what is still to be written to standard output go nowhere: it could not be, and Python would say so again."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
