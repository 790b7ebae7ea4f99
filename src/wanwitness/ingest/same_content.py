"""Which capture files hold what another one holds: copies under other names or in other compressions, and copies that
were taken of a file while it still grew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from wanwitness.errors import CaptureError, UsageError
from wanwitness.sources import Source, open_source

from .capture_file import CaptureFile
from .reader import HEAD

COMPARED_FIRST = 1 << 12
"""Bytes, undone of any compression, that are compared first: two captures have a packet and its time among them, or
nearly always."""
_AT_ONCE = 1 << 20


class Held(NamedTuple):
    """A file whose every byte another one holds."""

    file: int
    """Its place among the files."""
    by: int
    """The other's place."""
    whole: bool
    """Whether the other one holds nothing more."""


def held_by_others(paths: Sequence[Path]) -> list[Held]:
    """Return the files that are copies of another one, or its beginning; each once.

    Of equal ones, the first stays. A file without any packet is nobody's copy: all that begin alike begin with it.

    Args:
        paths: regular files; those that cannot be read are left out.
    """
    heads = {n: head for n, path in enumerate(paths) if (head := _head(path)) is not None}
    found: dict[int, Held] = {}
    open_heads: list[int] = []
    # In the order of their heads, whatever a file may be the beginning of follows right behind it. Of equal heads, the
    # smaller file goes first: on disk, the likelier beginning.
    for n in sorted(heads, key=lambda n: (heads[n], paths[n].stat().st_size, -n)):
        while open_heads and not heads[n].startswith(heads[open_heads[-1]]):
            open_heads.pop()
        for other in open_heads:
            if other not in found and n not in found and (held := _compared(paths, other, n)) is not None:
                found[held.file] = held
        if len(heads[n]) == COMPARED_FIRST or _has_packets(paths[n]):
            open_heads.append(n)
    return [Held(n, _last(found, n), held.whole) for n, held in sorted(found.items())]


def _last(found: dict[int, Held], n: int) -> int:
    """Who holds a file, and is held by no other."""
    while n in found:
        n = found[n].by
    return n


def _head(path: Path) -> bytes | None:
    try:
        with open_source(path) as source:
            return bytes(source.piece(0, COMPARED_FIRST)[:COMPARED_FIRST])
    except (CaptureError, UsageError):
        return None  # whoever reads it says so


def _has_packets(path: Path) -> bool:
    try:
        return next(CaptureFile(path).windows(1, HEAD), None) is not None
    except (CaptureError, UsageError):
        return False


def _compared(paths: Sequence[Path], one: int, two: int) -> Held | None:
    """Say which of two files holds the other, if any."""
    with open_source(paths[one]) as first, open_source(paths[two]) as second:
        if first.plain and second.plain and paths[one].samefile(paths[two]):
            return Held(max(one, two), min(one, two), whole=True)
        for mine, theirs in zip(_pieces(first), _pieces(second), strict=False):
            size = min(len(mine), len(theirs))
            if mine[:size] != theirs[:size]:
                return None
            if len(mine) != len(theirs):
                return Held(one, two, whole=False) if len(mine) < len(theirs) else Held(two, one, whole=False)
    return Held(max(one, two), min(one, two), whole=True)


def _pieces(source: Source) -> Iterator[bytes | memoryview]:
    """A file's bytes in pieces of one size, the last one shorter, or empty."""
    begin = 0
    while True:
        piece = source.piece(begin, _AT_ONCE)[:_AT_ONCE]
        yield piece
        if len(piece) < _AT_ONCE:
            return
        begin += len(piece)
