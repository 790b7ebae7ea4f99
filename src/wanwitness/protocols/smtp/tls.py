"""How a TLS record looks where a line of SMTP could begin."""

from __future__ import annotations

PEEK = 5
"""Bytes of a line's beginning that `is_tls` and `is_handshake` look at."""


def is_tls(start: bytes) -> bool:
    """Whether bytes begin a TLS record, or the SSLv2-format hello that clients of old sent first.

    RFC 8446 section 5.1: type 20 to 23, then version 3.x. RFC 5246 appendix E.2: a length with its top bit set,
    message type 1, version 2.0 or 3.x. Neither can begin a command or a reply.
    """
    if len(start) >= 2 and 0x14 <= start[0] <= 0x17 and start[1] == 0x03:
        return True
    return len(start) >= 4 and start[0] >= 0x80 and start[2] == 0x01 and start[3] in (0x00, 0x02, 0x03)


def is_handshake(start: bytes) -> bool:
    """Whether the TLS record is one that a connection begins with, not one from its middle."""
    return start[0] == 0x16 or start[0] >= 0x80
