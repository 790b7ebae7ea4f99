"""Options: what a pcapng block may say beyond its fixed fields (draft-ietf-opsawg-pcapng, section 3.5)."""

from __future__ import annotations

from struct import Struct

from .reader import Order

_END = 0


def read_options(body: memoryview, order: Order) -> dict[int, bytes]:
    """Return a block's options by code; of repeated ones the last counts, and a broken rest is passed over."""
    options = {}
    read = Struct(f"{order}HH").unpack_from
    at = 0
    while at + 4 <= len(body):
        code, length = read(body, at)
        if code == _END or at + 4 + length > len(body):
            break
        options[code] = bytes(body[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return options
