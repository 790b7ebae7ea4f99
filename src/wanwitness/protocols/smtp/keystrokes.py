"""Bytes that people's terminals and other programs put into lines, and that are none of SMTP.

Nothing here is SMTP's business (RFC 5321 section 4.5.2 has a server take what comes), so a server may have read a
line with them or without them: its reply shows which.
"""

from __future__ import annotations

import re

# IAC with an option, IAC with a subnegotiation up to IAC SE, IAC with another command: RFC 854, RFC 855
_TELNET = rb"\xff(?:[\xfb-\xfe](?s:.)|\xfa(?s:.*?)\xff\xf0|[\xf1-\xf9])"
_NEGOTIATION = re.compile(_TELNET)
_AHEAD = re.compile(rb"(?:" + _TELNET + rb"|\x00)+")
_BEGUN = re.compile(rb"(?:\xff(?:[\xfb-\xfe]?|\xfa(?s:.*)))?\Z")
_EDITED = re.compile(rb"[\x00\x08\x7f\xff]")
_ERASERS = b"\x08\x7f"
"""Backspace and Delete (RFC 20: BS and DEL)."""


def is_edited(raw: bytes) -> bool:
    """Whether a line holds Backspace, Delete, NUL or telnet's commands."""
    return _EDITED.search(raw) is not None


def as_meant(raw: bytes) -> bytes:
    """What was meant by a line: telnet's commands and NULs gone, what was erased too."""
    line = bytearray()
    for byte in _NEGOTIATION.sub(b"", raw).replace(b"\x00", b""):
        if byte not in _ERASERS:
            line.append(byte)
        elif line:
            line.pop()
    return bytes(line)


def ahead(raw: bytes) -> int:
    """How many bytes of telnet's commands and NULs stand before anything else."""
    match = _AHEAD.match(raw)
    return match.end() if match else 0


def may_go_on(rest: bytes) -> bool:
    """Whether what stands behind those may be the beginning of one more."""
    return _BEGUN.match(rest) is not None
