"""What is printed, also where a terminal or a pipe has no sign for all of it.

A Windows pipe takes cp1252 or cp850, an old locale latin-1 or ASCII: an arrow becomes `->` there, and no traceback.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
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
    """Print text for people as it stands, on standard output or on standard error."""
    stream: TextIO | None = sys.stderr if err else sys.stdout
    if stream is not None:  # a program without a console has none
        stream.write(text)
        stream.flush()


def complain(text: str) -> None:
    """Print a line about something that went wrong, on standard error."""
    say(f"wanwitness: {text}\n", err=True)


def deliver(text: str) -> None:
    """Print a document, which is UTF-8 whatever the locale: JSON (RFC 8259, section 8.1), TOML.

    On a terminal it is text like other text.
    """
    if sys.stdout.isatty() or not isinstance(sys.stdout, io.TextIOWrapper):
        say(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
