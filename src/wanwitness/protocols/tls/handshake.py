"""Handshake messages of one direction, as far as they are in the clear (RFC 8446 sections 4 and 5.1, RFC 5246)."""

from __future__ import annotations

from collections.abc import Iterator

_RECORD_HEADER, _MESSAGE_HEADER = 5, 4
_HANDSHAKE = 22


def handshake_messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages at the beginning of a connection, each from its type on; the last may be cut.

    They end at the first record of another kind: what follows a change of ciphers is encrypted.
    """
    text = bytearray()
    at = 0
    while at + _RECORD_HEADER <= len(data) and data[at] == _HANDSHAKE and data[at + 1] == 3:
        behind = at + _RECORD_HEADER + int.from_bytes(data[at + 3 : at + 5])
        text += data[at + _RECORD_HEADER : behind]
        at = behind
    begin = 0
    while begin + _MESSAGE_HEADER <= len(text):
        end = begin + _MESSAGE_HEADER + int.from_bytes(text[begin + 1 : begin + 4])
        yield bytes(text[begin:end])
        begin = end
