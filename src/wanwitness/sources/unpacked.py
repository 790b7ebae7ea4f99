"""A capture for a program that knows fewer compressions than this one."""

from __future__ import annotations

from pathlib import Path

from .compression import COMPRESSIONS
from .source import open_source

_PIECE = 1 << 20


def unpacked(file: Path, into: Path) -> Path:
    """Return a file that tshark can read: what is compressed is decompressed first (it knows fewer formats)."""
    with file.open("rb") as stream:
        head = stream.read(6)
    if not any(head.startswith(compression.magic) for compression in COMPRESSIONS):
        return file
    with open_source(file) as source, into.open("wb") as target:
        at = 0
        while piece := source.piece(at, _PIECE):
            target.write(piece)
            at += len(piece)
    return into
