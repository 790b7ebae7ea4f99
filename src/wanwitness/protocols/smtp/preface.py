"""The PROXY protocol's preface: what a load balancer says of the client before the client's first byte.

It is none of SMTP's bytes, and the server does not answer it (haproxy.org, proxy-protocol.txt, sections 2.1 and 2.2).
"""

from __future__ import annotations

import re

_WORD = b"PROXY "
_LINE = re.compile(rb"PROXY (?:TCP[46] [0-9A-Fa-f.:]+ [0-9A-Fa-f.:]+ \d+ \d+|UNKNOWN(?: .*)?)\r?\n")
LONGEST_LINE = 107
"""Bytes of version 1's line, its end included, at most (section 2.1)."""
_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_HEADER = len(_SIGNATURE) + 4
"""Version 2: the signature, version and command, family, and the length of the rest (section 2.2)."""
LONGEST = 4096
"""Bytes of version 2 at most: addresses need 216, what may follow them a few hundred."""


def preface_length(start: bytes) -> int | None:
    """How long the preface is that a direction begins with, 0 where it begins with none; None: more is needed."""
    if start.startswith(_WORD):
        end = start.find(b"\n", 0, LONGEST_LINE)
        if end >= 0:
            return end + 1 if _LINE.match(start) else 0
        return None if len(start) < LONGEST_LINE else 0
    if start.startswith(_SIGNATURE):
        if len(start) < _HEADER:
            return None
        length = _HEADER + int.from_bytes(start[_HEADER - 2 : _HEADER])
        if start[len(_SIGNATURE)] >> 4 != 2 or length > LONGEST:
            return 0
        return length if len(start) >= length else None
    return None if _WORD.startswith(start) or _SIGNATURE.startswith(start) else 0
