"""Text that came out of a packet, made fit to print."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MOST_PER_BYTE = 4
r"""Characters that one byte becomes before others are escaped: `\xNN`."""
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def printable(raw: bytes | str, limit: int = 2000) -> str:
    r"""Return `raw` as text that cannot steer a terminal or reorder a line.

    Bytes are read as UTF-8, and bytes that are no UTF-8 appear as `\xNN`, in names of files as well.
    Control and format characters (escape sequences, bidirectional overrides, zero-width characters) appear as `\xNN`
    or `\uNNNN`. What exceeds `limit` characters is cut, and the cut is shown.

    >>> printable(b"250 ok\x1b[2J")
    '250 ok\\x1b[2J'
    >>> printable("r\udce9seau.pcap")
    'r\\xe9seau.pcap'
    """
    if isinstance(raw, bytes) and MOST_PER_BYTE * len(raw) <= limit:
        return _whole(raw)
    return _escaped(raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw, limit)


def plain(text: str) -> str:
    """Return letters without their marks; other characters stay.

    >>> plain("Relais refusé")
    'Relais refuse'
    """
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(char for char in letters if not unicodedata.combining(char))


@lru_cache(1 << 12)
def _whole(raw: bytes) -> str:
    """Servers and clients say the same again and again: that is one text, however often it is kept."""
    return _escaped(raw.decode("utf-8", "backslashreplace"), MOST_PER_BYTE * len(raw))


def _escaped(text: str, limit: int) -> str:
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _UNSAFE else char for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name that is no UTF-8, as Python has it (PEP 383)
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
