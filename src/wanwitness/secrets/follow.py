"""What tshark writes of a connection's bytes (`-z follow,tls,yaml` and `follow,tcp,yaml`).

    packets:
      - packet: 18
        peer: 1
        timestamp: 1795698535.954839945
        data: !!binary |
          RUhMTyBwYy5sYW4NCg==

Only this one form is read, so no YAML library is needed. Which peer is who is not believed: it is by the frame's ports
that the direction is known.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_PACKET, _TIME, _DATA = b"  - packet: ", b"    timestamp: ", b"    data: "
_BYTES = b"      "


class Said(NamedTuple):
    """Bytes of one direction, in a connection's order."""

    number: int
    """Of the frame that they ended in."""
    ts_ns: int
    data: bytes


def said(lines: Iterable[bytes]) -> Iterator[Said]:
    """Yield the pieces of all connections in tshark's output."""
    number, ts_ns, text = 0, 0, bytearray()
    for line in lines:
        if not line.endswith(b"\n"):
            return  # tshark was ended
        line = line.rstrip(b"\r\n")
        if line.startswith(_PACKET):
            yield from _piece(number, ts_ns, text)
            number, ts_ns, text = int(line[len(_PACKET) :]), 0, bytearray()
        elif line.startswith(_TIME):
            ts_ns = _nanoseconds(line[len(_TIME) :])
        elif line.startswith(_BYTES) and number:
            text += line.strip()
        elif not line.startswith((b"    ", _DATA)):  # another connection begins
            yield from _piece(number, ts_ns, text)
            number, text = 0, bytearray()
    yield from _piece(number, ts_ns, text)


def _piece(number: int, ts_ns: int, text: bytes | bytearray) -> Iterator[Said]:
    if number and text:
        try:
            yield Said(number, ts_ns, base64.b64decode(text, validate=True))
        except binascii.Error:  # the output was cut
            return


def _nanoseconds(text: bytes) -> int:
    seconds, _, fraction = text.strip().partition(b".")
    return int(seconds) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0"))
