"""pcapng, written: one section, several interfaces, a comment on every frame (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from typing import NamedTuple

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _IF_NAME, _IF_DESCRIPTION, _USER_APPLICATION, _IF_TSRESOL = 1, 2, 3, 4, 9
_NANOSECONDS = b"\x09"
_LONGEST = 0xFFFF
"""Bytes of an option's value."""

Option = tuple[int, bytes]


class InterfaceOut(NamedTuple):
    """An interface to be described."""

    linktype: int
    name: str
    description: str


class FrameOut(NamedTuple):
    """A frame to be written."""

    interface: int
    """Index among the interfaces written."""
    ts_ns: int
    length: int
    """Bytes on the wire."""
    data: bytes
    """Those captured."""
    comment: str


def section(
    comment: str, interfaces: Sequence[InterfaceOut], frames: Iterable[FrameOut], application: str
) -> Iterator[bytes]:
    """Yield the blocks of a file.

    Args:
        comment: of the whole section.
        interfaces: those that the frames name.
        frames: in the order in which they are to stand.
        application: what wrote it.
    """
    head = pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    yield _block(_SECTION, head, [_text(_COMMENT, comment), _text(_USER_APPLICATION, application)])
    for interface in interfaces:
        options = [_text(_IF_NAME, interface.name), _text(_IF_DESCRIPTION, interface.description)]
        yield _block(_INTERFACE, pack("<HHI", interface.linktype, 0, 0), [*options, (_IF_TSRESOL, _NANOSECONDS)])
    for frame in frames:
        high, low = divmod(frame.ts_ns & 0xFFFFFFFFFFFFFFFF, 1 << 32)
        head = pack("<IIIII", frame.interface, high, low, len(frame.data), frame.length)
        yield _block(_PACKET, head + _padded(frame.data), [_text(_COMMENT, frame.comment)])


def _block(kind: int, body: bytes, options: Sequence[Option]) -> bytes:
    body += b"".join(pack("<HH", code, len(value)) + _padded(value) for code, value in options) + bytes(4)
    length = len(body) + 12
    return pack("<II", kind, length) + body + pack("<I", length)


def _text(code: int, text: str) -> Option:
    return code, text.encode("utf-8", "backslashreplace")[:_LONGEST].decode("utf-8", "ignore").encode()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
