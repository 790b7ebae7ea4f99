"""One line of a reply (RFC 5321 section 4.2), as far as servers keep to the form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

CUT = "…".encode()
"""Stands where the rest of a text was not captured."""

# Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF      RFC 5321 section 4.2
_FORM = re.compile(rb"(\d{3})(?:([ \t-])((?s:.*)))?")
# Reply-code = %x32-35 %x30-35 %x30-39                                                        RFC 5321 section 4.2
_OTHER_FORM = re.compile(
    rb"[ \t]*(?:[^\w\s]{1,4}[ \t]?)?([2-5][0-5]\d)(?!\d|(?<=2[0-5]\d)\.\d+\.\d+\.\d)[^\w\s]?((?s:.*))"
)
"""A code with another character behind it, or with a space, a bracket or other signs before it. An IPv4 address is
none."""
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a]")
# status-code = class "." subject "." detail                                                  RFC 3463 section 2
_ENHANCED = re.compile(r"\s*\[?([245])\.(\d{1,3})\.(\d{1,3})(?:\]|(?![\w.]))")


class ReplyLine(NamedTuple):
    """What a line says of its reply."""

    code: int
    """0 where it has an enhanced code alone."""
    text: bytes
    """What stands behind the code and separator."""
    last: bool | None
    """Whether the reply ends with it; None where it does not tell."""


def read_reply_line(raw: bytes) -> ReplyLine | None:
    """Read a line; None where it shows no code at all."""
    match = _FORM.fullmatch(raw)
    if match is not None:
        return ReplyLine(int(match[1]), match[3] or b"", match[2] != b"-")
    match = _OTHER_FORM.fullmatch(raw)
    if match is not None:
        return ReplyLine(int(match[1]), match[2], None)
    # Long enough for a status code with spaces before it; a line is of any bytes.
    if enhanced_of(0, raw[:32].decode("latin-1")) is not None:
        return ReplyLine(0, raw, None)
    return None


def is_binary(raw: bytes) -> bool:
    """Whether a line is no text: no server says that to anybody (RFC 5321 section 2.3.1)."""
    return _BINARY.search(raw) is not None


def is_reply_line(raw: bytes) -> bool:
    """Whether a line begins as a reply's line does."""
    return _FORM.fullmatch(raw) is not None


@lru_cache(1024)
def enhanced_of(code: int, text: str) -> str | None:
    """The enhanced status code that `text` begins with; RFC 2034 section 4: its class is the code's first digit.

    A `code` of 0 is none, and compared with nothing.
    """
    match = _ENHANCED.match(text)
    if match is None or (code and int(match[1]) != code // 100):
        return None
    return f"{match[1]}.{match[2]}.{match[3]}"
