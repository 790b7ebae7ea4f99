"""The connection whose address is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wanwitness.correlate.timeline import Doubt
from wanwitness.model import FrameRef


@dataclass(frozen=True, slots=True)
class Opening:
    """The connection whose address is asked about, as its opener's side saw it."""

    address: str
    frame: FrameRef
    """The SYN, else the first frame."""
    at_ns: int
    """On the reference clock."""
    doubt: Doubt
    """How far that may be wrong."""
    connects_before: Sequence[int]
    """When the host opened other connections to the address shortly before, on the reference clock."""
