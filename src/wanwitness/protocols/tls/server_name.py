"""The server's name in one ClientHello message (RFC 8446 section 4.1.2, RFC 6066 section 3)."""

from __future__ import annotations

_CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 1, 0, 0
_SESSION_ID = 38
"""Behind the message's type and length (4), version (2) and random (32)."""


def server_name(message: bytes) -> str | None:
    """Return the name in lower case, "" where the hello has none; None where it is no hello, or not all of it is there.

    Args:
        message: a handshake message from its type on; behind its end there may be more.
    """
    if len(message) < 4 or message[0] != _CLIENT_HELLO:
        return None
    end = 4 + int.from_bytes(message[1:4])
    if end > len(message):
        return None
    at = _SESSION_ID
    for width in (1, 2, 1):  # session id, cipher suites, compression methods
        at += width + int.from_bytes(message[at : at + width])
    at += 2
    while at + 4 <= end:
        kind, length = int.from_bytes(message[at : at + 2]), int.from_bytes(message[at + 2 : at + 4])
        body = message[at + 4 : min(at + 4 + length, end)]
        if kind == _SERVER_NAME and len(body) >= 5 and body[2] == _HOST_NAME:
            size = int.from_bytes(body[3:5])
            return body[5 : 5 + size].decode("latin-1").lower()
        at += 4 + length
    return ""
