"""A faster walk from record to record: a piece of a file is cut into segments, and all are walked at the same time.

In each segment a place is guessed where a record begins. The guess need not be right: a segment's records count only
where the chain from the piece's begin arrives at that very place, so that what comes out is what the plain walk finds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reader import Piece, Walk

_SEGMENT = 64 << 10
_SEARCHED = 2048
"""Bytes of a segment in which a record is looked for: longer than what Ethernet carries."""
_CHAIN = 4
"""Records behind one another that make a guess."""
_STEPS = 64
"""Records that are walked over before it is looked at which chains have ended."""
WORTHWHILE = 16 * _SEGMENT
"""Shorter pieces are walked plainly."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be known of a format whose records tell their own length."""

    header: int
    """Bytes of a record that must be there to walk on from it."""
    size: int
    """Where in it the length stands, 4 bytes."""
    beside: int
    """Bytes of a record that its length does not count."""
    order: str
    longest: int
    """The greatest length; what claims to be longer is no record."""
    alike: tuple[int, int]
    """Where in it bytes stand (from, until: two or four) that mostly are what they are in neighbouring records."""
    kind: int | None = None
    """What the first four bytes must be: other records are left to the plain walk."""
    shortest: int = 0
    """The least length."""


def walk(
    piece: Piece,
    start: int,
    layout: Layout,
    plain: Callable[[int, int], Walk],
    sound: Callable[[Places], NDArray[np.bool_]] | None = None,
) -> Walk:
    """Find all whole records from `start` on.

    Args:
        piece: bytes of the file.
        start: where a record begins.
        layout: what the records look like.
        plain: walks from a first place until one at or behind a second, or until where it cannot go on.
        sound: a closer look at records; what is not sound is left to the plain walk.
    """
    data = np.frombuffer(piece, np.uint8)
    begins = _guesses(data, start, layout)
    if not len(begins):
        return plain(start, len(piece))
    found, ends = _chains(data, begins, layout)
    bad = found[~sound(found)] if sound else found[:0]
    if begins[0] == start and (ends[:-1] == begins[1:]).all() and not len(bad):
        rest = plain(int(ends[-1]), len(piece))
        return Walk(np.append(found, rest.starts).astype(np.int64, copy=False), rest.end, rest.broken)
    for place in bad.tolist():
        row = int(np.searchsorted(begins, place, side="right")) - 1
        ends[row] = min(ends[row], place)
    starts: list[Places] = []
    at = start
    goals = np.append(begins[1:], len(data))
    for begin, goal, end in zip(begins.tolist(), goals.tolist(), ends.tolist(), strict=True):
        if at < begin:
            part = plain(at, begin)
            starts.append(np.asarray(part.starts, np.int64))
            at = part.end
            if part.broken or at < begin:
                return Walk(np.concatenate(starts), at, part.broken)
        if at == begin:
            starts.append(found[slice(*np.searchsorted(found, (begin, min(goal, end))))])
            at = end
    rest = plain(at, len(piece))
    return Walk(np.concatenate([*starts, np.asarray(rest.starts, np.int64)]), rest.end, rest.broken)


def _numbers(data: NDArray[np.uint8], order: str) -> NDArray[Any]:
    """The 4-byte number that begins at each place."""
    numbers: NDArray[Any] = np.ndarray(len(data) - 3, f"{order}u4", buffer=data, strides=1)
    return numbers


def _guesses(data: NDArray[np.uint8], start: int, layout: Layout) -> Places:
    """Return the first place of each segment where records seem to begin, the piece's start first."""
    first, behind = layout.alike
    count = (len(data) - start - _SEARCHED - layout.header) // _SEGMENT
    if count < 1:
        return np.empty(0, np.int64)
    words: NDArray[Any] = np.ndarray(
        (count, _SEARCHED), f"u{behind - first}", buffer=data, offset=start + first, strides=(_SEGMENT, 1)
    )
    kind = layout.kind
    like = words[0, 0] if kind is None else int.from_bytes(np.array(kind, f"{layout.order}u4").tobytes(), sys.byteorder)
    segment, offset = np.divmod(np.flatnonzero(words == like), _SEARCHED)
    at = start + segment * _SEGMENT + offset
    here, good = at, np.ones(len(at), np.bool_)
    numbers = _numbers(data, layout.order)
    for _ in range(_CHAIN):
        good &= here <= len(data) - layout.header
        place = np.where(good, here, start)
        size = numbers[place + layout.size]
        good &= (size <= layout.longest) & (size >= layout.shortest)
        if kind is not None:
            good &= numbers[place] == kind
        here = place + size + layout.beside
    segment, at = segment[good], at[good]
    _, earliest = np.unique(segment, return_index=True)
    return at[earliest]


def _chains(data: NDArray[np.uint8], begins: Places, layout: Layout) -> tuple[Places, Places]:
    """Walk from all places at the same time, each until it reaches where the next one began.

    Returns:
        The records of all chains, and where each chain ended: where its next record would begin.
    """
    numbers = _numbers(data, layout.order)
    sizes = numbers[layout.size :]
    last = len(data) - layout.header
    ends = begins.copy()
    rows, at, goal = np.arange(len(begins)), begins, np.append(begins[1:], last + 1)
    blocks: list[tuple[Places, Places, Places]] = []
    while len(rows):
        steps = []
        for _ in range(_STEPS):  # also beyond the goal and the end of a chain: that is seen behind the steps
            steps.append((at, sizes[at]))
            at = np.minimum(at + steps[-1][1] + layout.beside, last)
        places, size = np.array([place for place, _ in steps]), np.array([size for _, size in steps])
        behind = places + size + layout.beside
        possible = (size <= layout.longest) & (size >= layout.shortest)
        going = possible & (behind < goal)
        if layout.kind is not None:
            going &= numbers[np.minimum(behind, last)] == layout.kind
        ended = ~going.all(axis=0)
        final = np.where(ended, going.argmin(axis=0), _STEPS - 1), np.arange(len(rows))
        whole = possible[final] & (behind[final] <= len(data))
        ends[rows] = np.where(whole, behind[final], places[final])
        blocks.append((rows, places.T, final[0] + whole))
        rows, at, goal = rows[~ended], at[~ended], goal[~ended]
    found = np.empty((len(begins), len(blocks), _STEPS), np.int64)
    known = np.zeros(found.shape, np.bool_)
    for number, (rows, places, count) in enumerate(blocks):
        found[rows, number] = places
        known[rows, number] = np.arange(_STEPS) < count[:, None]
    return found[known], ends
