"""A captured packet by name, and a remark on one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .sentence import Sentence


class FrameRef(NamedTuple):
    """One captured packet: which capture, and its 1-based number in that capture's file, as Wireshark counts."""

    capture: int
    number: int


@dataclass(frozen=True, slots=True)
class Oddity:
    """Broken or unexpected traffic, kept as a row instead of being dropped or raised."""

    capture: int
    frame: int | None
    """The frame's number in the file; None where the trouble is the file's, not a frame's."""
    offset: int | None
    """Where in the file the record begins, in bytes; None where that is not known."""
    reason: Sentence
