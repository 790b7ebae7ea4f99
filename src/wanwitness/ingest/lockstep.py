"""A faster walk from record to record: a piece of a file is cut into segments, and all are walked at the same time.

In each segment a place is guessed where a record begins. The guess need not be right: a segment's records count only
where the chain from the piece's begin arrives at that very place, so that what comes out is what the plain walk finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reader import Walk

_SEGMENT = 32 << 10
_SEARCHED = 2048
"""Bytes of a segment in which a record is looked for: longer than what Ethernet carries."""
_CHAIN = 4
"""Records behind one another that make a guess."""
WORTHWHILE = 8 * _SEGMENT
"""Shorter pieces are walked plainly."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be known of a format whose records tell their own length."""

    header: int
    """Bytes of a record's header."""
    caplen: int
    """Where in it the packet's length stands, 4 bytes."""
    order: str
    longest: int
    """The longest packet; what claims to be longer is no record."""
    alike: tuple[int, int]
    """Two bytes of the header, by place, that are mostly equal in neighbouring records."""


def walk(piece: bytes, start: int, layout: Layout, plain: Callable[[int, int], Walk]) -> Walk:
    """Find all whole records from `start` on.

    Args:
        piece: bytes of the file.
        start: where a record begins.
        layout: what the records look like.
        plain: walks from a first place until one at or behind a second.
    """
    data = np.frombuffer(piece, np.uint8)
    begins = _guesses(data, start, layout)
    if not len(begins):
        return plain(start, len(piece))
    chains, ends = _chains(data, begins, layout)
    starts: list[Places] = []
    at = start
    for begin, chain, end in zip(begins.tolist(), chains, ends.tolist(), strict=True):
        if begin < at:
            continue
        if at < begin:
            part = plain(at, begin)
            starts.append(np.asarray(part.starts, np.int64))
            if part.broken or part.end < begin:
                return Walk(np.concatenate(starts), part.end, part.broken)
            at = part.end
        if at == begin:
            starts.append(chain)
            at = end
    rest = plain(at, len(piece))
    return Walk(np.concatenate([*starts, np.asarray(rest.starts, np.int64)]), rest.end, rest.broken)


def _numbers(data: NDArray[np.uint8], order: str) -> NDArray[Any]:
    """The 4-byte number that begins at each place."""
    numbers: NDArray[Any] = np.ndarray(len(data) - 3, f"{order}u4", buffer=data, strides=1)
    return numbers


def _guesses(data: NDArray[np.uint8], start: int, layout: Layout) -> Places:
    """Return the first place of each segment where records seem to begin, the piece's start first."""
    count = (len(data) - start - _SEARCHED - layout.header) // _SEGMENT
    if count < 1:
        return np.empty(0, np.int64)
    windows: NDArray[np.uint8] = np.ndarray(
        (count, _SEARCHED + layout.header), np.uint8, buffer=data, offset=start, strides=(_SEGMENT, 1)
    )
    like = np.ones((count, _SEARCHED), np.bool_)
    for place in layout.alike:
        like &= windows[:, place : place + _SEARCHED] == data[start + place]
    segment, offset = np.nonzero(like)
    at = start + segment * _SEGMENT + offset
    sound = np.ones(len(at), np.bool_)
    here = at
    for _ in range(_CHAIN):
        here, good = _step(data, here, sound, layout)
        sound &= good
    segment, at = segment[sound], at[sound]
    _, first = np.unique(segment, return_index=True)
    return at[first]


def _step(
    data: NDArray[np.uint8], at: Places, wanted: NDArray[np.bool_], layout: Layout
) -> tuple[Places, NDArray[np.bool_]]:
    """Go on to the next records; also return which of the wanted ones may be some."""
    good = wanted & (at + layout.header <= len(data))
    place = np.where(good, at, 0)
    numbers = _numbers(data, layout.order)
    caplen = numbers[place + layout.caplen].astype(np.int64)
    good &= caplen <= layout.longest
    return np.where(good, at + layout.header + caplen, at), good


def _chains(data: NDArray[np.uint8], begins: Places, layout: Layout) -> tuple[list[Places], Places]:
    """Walk from all places at the same time, each until it reaches where the next one began.

    Returns:
        The records of each chain, and where each ended.
    """
    numbers = _numbers(data, layout.order)
    goals = np.append(begins[1:], len(data))
    last = len(data) - layout.header
    ends = begins.copy()
    rows, at, goal = np.arange(len(begins)), begins, goals
    steps: list[tuple[Places, Places]] = []
    while len(rows):
        inside = at <= last
        if not inside.all():
            rows, at, goal = rows[inside], at[inside], goal[inside]
        caplen = numbers[at + layout.caplen].astype(np.int64)
        behind = at + layout.header + caplen
        good = (caplen <= layout.longest) & (behind <= len(data))
        if not good.all():
            rows, at, goal, behind = rows[good], at[good], goal[good], behind[good]
        steps.append((rows, at))
        ends[rows] = behind
        going = behind < goal
        rows, at, goal = rows[going], behind[going], goal[going]
    row = np.concatenate([step[0] for step in steps])
    at = np.concatenate([step[1] for step in steps])
    order = np.argsort(row, kind="stable")
    return np.split(at[order], np.searchsorted(row[order], np.arange(1, len(begins)))), ends
