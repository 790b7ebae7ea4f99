"""Replies folded to plain words, so that one pattern finds them however they are written."""

from __future__ import annotations

import re

from wanwitness.model import plain
from wanwitness.model.dialogue import LOOKED_AT

_MAILBOX = re.compile(r"<?[^\s<>@,;:()\[\]]{1,64}@[^\s<>@,;()\[\]]{1,255}>?|<>")
_OWN = re.compile(r"\b(?=[a-z]*\d)[a-z0-9]{12,}\b")
"""What names one message or session: servers say the same again and again but for it."""
_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")
_ENHANCED = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")


def folded(text: str) -> str:
    r"""Return plain small letters, one space between words, mailboxes as `<@>`.

    Bytes that were no UTF-8 (printed as `\xe9`) are read as Latin-1. What a mailbox is called tells nothing of why it
    was refused.

    >>> folded("<bob@far.example>: Relais  refus\\xe9")
    '<@>: relais refuse'
    """
    text = plain(_BYTE.sub(lambda match: chr(int(match[1], 16)), text[:LOOKED_AT])).lower()
    return " ".join(_OWN.sub("#", _MAILBOX.sub("<@>", text)).split())


def enhanced_in(enhanced: str | None, text: str) -> str:
    """Return the enhanced code of a reply: at its beginning as RFC 2034 has it, else as qmail writes it, `(#5.7.1)`."""
    if enhanced:
        return enhanced
    found = _ENHANCED.search(text)
    return found[0] if found else ""
