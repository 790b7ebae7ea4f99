"""Frames in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from wanwitness.model import Capture, FrameRef, Sentence, printable

from .sentences import sentence


def cite(frames: Iterable[FrameRef | None], captures: Sequence[Capture]) -> tuple[Sentence, ...]:
    """Return frames as `wan1.pcap frames 5, 6` and `lan0.pcap frame 26`, an element a file."""
    shown = sorted({frame for frame in frames if frame is not None})
    parts = []
    for capture, group in groupby(shown, key=lambda frame: frame.capture):
        numbers = [str(frame.number) for frame in group]
        name = _name(captures[capture].path)
        parts.append(sentence("frames-of", n=len(numbers), file=name, numbers=", ".join(numbers)))
    return tuple(parts)


@lru_cache
def _name(path: str) -> str:
    return printable(PurePath(path).name)
