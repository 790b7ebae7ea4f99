"""QUIC's first packets, as clients send them."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CONNECTION = bytes.fromhex("8394c8f03e515708")
KEY, IV, PROTECTION = (  # RFC 9001 appendix A.1: what its connection id gives
    bytes.fromhex(text)
    for text in ("1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2")
)


def initial(payload: bytes, number: int = 2, length: int = 1162) -> bytes:
    """A client's Initial as RFC 9001 appendix A.2 makes it, with its connection id and keys."""
    payload = payload.ljust(length, b"\0")
    head = b"\xc3\0\0\0\1\x08" + CONNECTION + b"\0\0" + (0x4000 | length + 20).to_bytes(2)
    told = number.to_bytes(4)
    nonce = (int.from_bytes(IV) ^ number).to_bytes(12)
    sealed = AESGCM(KEY).encrypt(nonce, payload, head + told)
    mask = Cipher(algorithms.AES(PROTECTION), modes.ECB()).encryptor().update(sealed[:16])
    first = bytes([head[0] ^ mask[0] & 0x0F])
    return first + head[1:] + bytes(a ^ b for a, b in zip(told, mask[1:], strict=False)) + sealed


def crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + (0x4000 | offset).to_bytes(2) + (0x4000 | len(data)).to_bytes(2) + data
