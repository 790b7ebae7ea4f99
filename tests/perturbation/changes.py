"""What may happen to a capture while it is made: frames twice, frames out of order, frames lost, frames cut.

A change takes one capture's frames, in the order of the file, and returns them as they might have been written.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .recording import Frame

Change = Callable[[list[Frame], Random], list[Frame]]

_MICROSECOND = 1000
COPY_NS = (1 * _MICROSECOND, 400 * _MICROSECOND)
"""A mirror port shows a frame again after the time that a switch or a router needs to pass it on."""
PLACES = 5


def duplicated(share: float) -> Change:
    """Write a share of the frames a second time, shortly after, as a mirror port of both directions does."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        copies = [f._replace(at_ns=f.at_ns + rng.randint(*COPY_NS)) for f in frames if rng.random() < share]
        return sorted(frames + copies, key=lambda frame: frame.at_ns)

    return change


def reordered(share: float) -> Change:
    """Write a share of the frames up to five places late, with the time that they came, as several queues do."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        placed = [
            (place + (rng.randint(1, PLACES) + 0.5 if rng.random() < share else 0), frame)
            for place, frame in enumerate(frames)
        ]
        return [frame for _, frame in sorted(placed, key=lambda each: each[0])]

    return change


def lossy(share: float) -> Change:
    """Leave out a share of the frames."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        return [frame for frame in frames if rng.random() >= share]

    return change


def cut(snaplen: int) -> Change:
    """Keep only so many bytes of every frame."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        return [frame._replace(data=frame.data[:snaplen]) for frame in frames]

    return change


def between(begin: float, end: float) -> Change:
    """Capture only from the one share of the time to the other."""

    def change(frames: list[Frame], rng: Random) -> list[Frame]:
        first, last = min(f.at_ns for f in frames), max(f.at_ns for f in frames)
        low, high = first + int(begin * (last - first)), first + int(end * (last - first))
        return [frame for frame in frames if low <= frame.at_ns <= high]

    return change
