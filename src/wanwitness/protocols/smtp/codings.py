"""What a word of a reply may be in another spelling: servers write what they were sent down in many ways.

Each reading is of the word as a whole; who looks for a secret looks for it in all of them.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from codecs import encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from html import unescape
from quopri import decodestring
from urllib.parse import unquote_to_bytes

_SIGNS = "-_.:,+ "
"""What may stand between any two letters."""
OFTEN_SAID = 64
"""Characters of words whose readings are remembered: longer ones are seldom said twice, and would fill the memory."""
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_ESCAPES = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")


def readings(word: str) -> tuple[str, ...]:
    """Return what a word may be, decoded in one way or another, and what that may be in turn; not the word itself."""
    return _readings_again(word) if len(word) <= OFTEN_SAID else _readings(word)


def _readings(word: str) -> tuple[str, ...]:
    once = dict.fromkeys(_read(word))
    twice = (found for one in once if one.isprintable() for found in _read(one))  # what is noise is no coding
    return tuple(found for found in dict.fromkeys((*once, *twice)) if found != word)


_readings_again = lru_cache(1 << 12)(_readings)
"""Servers say the same again and again."""


def turned(word: str) -> tuple[str, str]:
    """Return how a word is spelt backwards, and with its letters moved by thirteen."""
    return word[::-1], encode(word, "rot13")


def _read(word: str) -> Iterator[str]:
    for way in _WAYS:
        yield from (found for found in way(word) if found and found != word)


def _percent(word: str) -> Iterator[str]:
    """RFC 3986 section 2.1; and `+` with two figures (RFC 3461 section 4)."""
    for sign in "%+":
        if sign in word:
            yield from _letters(unquote_to_bytes(word.replace("%", "%25") if sign == "+" else word))
            yield from _letters(unquote_to_bytes(word.replace(sign, "%")))


def _quoted_printable(word: str) -> Iterator[str]:
    """RFC 2045 section 6.7, RFC 2047 section 4.2."""
    if "=" in word:
        yield from _letters(decodestring(word.encode("utf-8", "replace"), header="?" in word))


def _escaped(word: str) -> Iterator[str]:
    if "\\" in word:
        pieces = re.split(r"\\x([0-9A-Fa-f]{2})", word)  # every other one is a byte
        pairs = zip(pieces[::2], [*pieces[1::2], ""], strict=True)
        yield from _letters(b"".join(text.encode("utf-8", "replace") + bytes.fromhex(byte) for text, byte in pairs))
        yield _ESCAPES.sub(_letter, word)


def _letter(escape: re.Match[str]) -> str:
    number = int(escape[1] or escape[2] or escape[3], 16)
    return chr(number) if number < 0x110000 else escape[0]


def _entities(word: str) -> Iterator[str]:
    if "&" in word:
        yield unescape(word)


def _base64(word: str) -> Iterator[str]:
    """RFC 4648 sections 4 and 5, and what stands in a word of RFC 2047."""
    for token in _TOKEN.findall(word):
        bare = token.rstrip("=").replace("-", "+").replace("_", "/")
        with suppress(binascii.Error):
            yield from _letters(b64decode(bare + "=" * (-len(bare) % 4)))


def _figures(word: str) -> Iterator[str]:
    """Hexadecimal."""
    for figures in _HEX.findall(word):
        yield from _letters(bytes.fromhex(figures))


def _apart(word: str) -> Iterator[str]:
    """Letter by letter."""
    for sign in _SIGNS:
        if word.count(sign) > 1:
            yield word.replace(sign, "")


def _utf7(word: str) -> Iterator[str]:
    if "+" in word:
        with suppress(UnicodeError):
            yield word.encode("ascii").decode("utf-7")


_WAYS: tuple[Callable[[str], Iterator[str]], ...] = (
    _percent,
    _quoted_printable,
    _escaped,
    _entities,
    _base64,
    _figures,
    _apart,
    _utf7,
)


def _letters(data: bytes) -> Iterator[str]:
    """Bytes as letters, in every way in which passwords are sent."""
    yield data.decode("utf-8", "replace")
    yield data.decode("latin-1")
    if b"\0" in data:
        yield from (data.decode(wide, "replace") for wide in ("utf-16-le", "utf-16-be"))
