"""A client's Initial packets, opened with the keys that their own header gives (RFC 9001 section 5.2).

They are no secret: anybody who sees the Destination Connection ID can derive them. AES is `cryptography`'s.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LONG, _FIXED = 0x80, 0x40
_TAG = 16
_SAMPLE_AT, _SAMPLE = 4, 16
_MOST_ID = 20
_PADDING, _PING, _ACK, _ACK_ECN, _CRYPTO, _CLOSE = 0x00, 0x01, 0x02, 0x03, 0x06, 0x1C


class _Version(NamedTuple):
    salt: bytes
    initial: int
    """The packet type of Initial."""
    labels: tuple[str, str, str]
    """For key, IV and header protection."""


_VERSIONS = {
    # RFC 9001 section 5.2; RFC 9369 section 3.3.
    1: _Version(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), 0, ("quic key", "quic iv", "quic hp")),
    0x6B3343CF: _Version(
        bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), 1, ("quicv2 key", "quicv2 iv", "quicv2 hp")
    ),
}


class Initial(NamedTuple):
    """What one datagram's Initial packet carries of the handshake."""

    connection: bytes
    """The Destination Connection ID that the client chose."""
    pieces: tuple[tuple[int, bytes], ...]
    """Offset and bytes of each CRYPTO frame."""


def crypto_frames(datagram: bytes) -> Initial | None:
    """Return the handshake bytes of a client's Initial packet; None where the datagram begins with none, or is cut."""
    if len(datagram) < 7 or datagram[0] & (_LONG | _FIXED) != _LONG | _FIXED:
        return None
    version = _VERSIONS.get(int.from_bytes(datagram[1:5]))
    if version is None or datagram[0] >> 4 & 3 != version.initial or datagram[5] > _MOST_ID:
        return None
    try:
        at = 6 + datagram[5]
        connection = datagram[6:at]
        at += 1 + datagram[at]
        size, at = _number(datagram, at)
        length, at = _number(datagram, at + size)
        if at + length > len(datagram):
            return None
        payload = _opened(datagram, at, length, version, connection)
        return Initial(connection, tuple(_pieces(payload))) if payload is not None else None
    except IndexError:
        return None


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length integer (RFC 9000 section 16); return it with the place behind it."""
    width = 1 << (data[at] >> 6)
    data[at + width - 1]
    return int.from_bytes(data[at : at + width]) & ((1 << (8 * width - 2)) - 1), at + width


def _opened(datagram: bytes, at: int, length: int, version: _Version, connection: bytes) -> bytes | None:
    """Remove header protection (RFC 9001 section 5.4) and decrypt; None where the packet is not what it says."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, iv, protection = _keys(version, connection)
    sample = datagram[at + _SAMPLE_AT : at + _SAMPLE_AT + _SAMPLE]
    if len(sample) < _SAMPLE or length < _SAMPLE_AT + _TAG:
        return None
    encryptor = Cipher(algorithms.AES(protection), modes.ECB()).encryptor()  # noqa: S305  the RFC's own
    mask = encryptor.update(sample)
    first = datagram[0] ^ mask[0] & 0x0F
    width = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(datagram[at : at + width], mask[1:], strict=False))
    header = bytes([first]) + datagram[1:at] + number
    nonce = bytes(a ^ b for a, b in zip(iv, number.rjust(len(iv), b"\0"), strict=True))
    try:
        return AESGCM(key).decrypt(nonce, datagram[at + width : at + length], header)
    except InvalidTag:
        return None


@lru_cache(256)
def _keys(version: _Version, connection: bytes) -> tuple[bytes, bytes, bytes]:
    initial = hmac.digest(version.salt, connection, "sha256")
    secret = _expanded(initial, "client in", 32)
    key, iv, protection = version.labels
    return _expanded(secret, key, 16), _expanded(secret, iv, 12), _expanded(secret, protection, 16)


def _expanded(secret: bytes, label: str, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446 section 7.1); one block of SHA-256 is enough here."""
    name = b"tls13 " + label.encode()
    info = length.to_bytes(2) + bytes([len(name)]) + name + b"\0"
    return hmac.new(secret, info + b"\x01", hashlib.sha256).digest()[:length]


def _pieces(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the CRYPTO frames (RFC 9000 section 19.6); an Initial holds few other kinds (section 12.4)."""
    at = 0
    while at < len(payload):
        kind, at = _number(payload, at)
        if kind in (_PADDING, _PING):
            continue
        if kind == _CRYPTO:
            offset, at = _number(payload, at)
            size, at = _number(payload, at)
            yield offset, payload[at : at + size]
            at += size
        elif kind in (_ACK, _ACK_ECN):
            for _ in range(2):
                _, at = _number(payload, at)
            ranges, at = _number(payload, at)
            for _ in range(1 + 2 * ranges + (3 if kind == _ACK_ECN else 0)):
                _, at = _number(payload, at)
        else:
            return
