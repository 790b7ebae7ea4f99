"""Frames in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from wanwitness.model import Capture, FrameRef, printable


def cite(frames: Iterable[FrameRef | None], captures: Sequence[Capture]) -> str:
    """Return frames as `wan1.pcap frames 5, 6; lan0.pcap frame 26`."""
    shown = sorted({frame for frame in frames if frame is not None})
    parts = []
    for capture, group in groupby(shown, key=lambda frame: frame.capture):
        numbers = [str(frame.number) for frame in group]
        parts.append(f"{_name(captures[capture].path)} frame{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}")
    return "; ".join(parts)


@lru_cache
def _name(path: str) -> str:
    return printable(PurePath(path).name)
