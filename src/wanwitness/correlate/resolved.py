"""What was found out about a session's address."""

from __future__ import annotations

from dataclasses import dataclass

from wanwitness.model import FrameRef, Resolution, Undetermined


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer that counts, or why none does."""

    resolution: Resolution | None
    link: str | None
    because: Undetermined | None
    frames: tuple[FrameRef, ...] = ()
    """Frames that show why it is undetermined."""
