"""Where records begin again behind bytes that cannot be any: the first place that a chain of sound ones starts from.

A record says only how long it is, so one damaged length loses all that follows to a reader that goes by it. But
nearly no place that is no record's begin is followed, length by length, by several plausible headers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reader import Piece

LONGEST = 0x50000
"""Bytes: longer records are sound, but a search does not believe them (the longest packet is 0x40000)."""
CHAIN = 4
"""Records that must follow one another; fewer suffice where they end exactly where the file does."""
CUT_CHAIN = 2
"""Records that suffice before one that the file's end cuts."""
LOOK_AHEAD = CHAIN * LONGEST
"""Bytes behind a place by which it can be judged."""
CERTAIN = -1
"""What a step returns for a record that nothing else looks like, so that nothing need follow it."""
_FIRST_STRIDE, _LONGEST_STRIDE = 1 << 12, 1 << 20
"""Places looked at together: few at first, since the next record is mostly near."""

Candidates = Callable[[NDArray[np.uint8]], NDArray[np.bool_]]
"""Tells at which of the bytes (but for the last `margin`) a plausible header begins."""
Step = Callable[[Piece, int, int], int | None]
"""Takes the bytes, a place, and where the chain began. Returns where the record at the place ends (or `CERTAIN`), None
where none can begin, or the place itself where the header is not whole."""


def next_sound(
    piece: Piece, start: int, ended: bool, margin: int, candidates: Candidates, step: Step
) -> tuple[int, bool]:
    """Return the first place from `start` on where sound records begin, and True; else up to where there is none.

    Args:
        piece: Piece of the file.
        start: the first place to look at.
        ended: the file ends where the piece does; if not, the last `LOOK_AHEAD` bytes are left for the next piece.
        margin: bytes that a header has beyond its first.
        candidates: a quick look at many places.
        step: a closer look at one.
    """
    until = len(piece) - margin if ended else len(piece) - LOOK_AHEAD
    data = np.frombuffer(piece, np.uint8)
    at, stride = start, _FIRST_STRIDE
    while at < until:
        behind = min(at + stride, until)
        for place in np.flatnonzero(candidates(data[at : behind + margin])).tolist():
            if is_chain(piece, at + place, ended, step):
                return at + place, True
        at, stride = behind, min(2 * stride, _LONGEST_STRIDE)
    return (len(piece) if ended else max(start, until)), False


def is_chain(piece: Piece, begin: int, ended: bool, step: Step) -> bool:
    """Return whether sound records follow one another from `begin` on; `ended`: the file ends where the piece does."""
    at = begin
    for count in range(CHAIN):
        if at == len(piece):
            return ended and count > 0
        behind = step(piece, at, begin)
        if behind is None:
            return False
        if behind == CERTAIN:
            return True
        if behind == at or behind > len(piece):
            return ended and count >= CUT_CHAIN
        at = behind
    return True


def at_every_byte(data: NDArray[np.uint8], count: int, offset: int, layout: str) -> NDArray[Any]:
    """Return what would stand `offset` bytes behind each of the first `count` bytes; nothing is copied."""
    return np.ndarray(count, np.dtype(layout), buffer=data, offset=offset, strides=(1,))
