"""What was found out about a session's address."""

from __future__ import annotations

from dataclasses import dataclass

from wanwitness.model import Candidate, FrameRef, Objection, Resolution, Undetermined


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer that counts, or why none does."""

    resolution: Resolution | None
    link: str | None
    because: Undetermined | None
    frames: tuple[FrameRef, ...] = ()
    """Frames that show why it is undetermined."""
    candidates: tuple[Candidate, ...] = ()
    """Where it is undetermined, the answers that it may have been."""
    objections: tuple[Objection, ...] = ()
    """Why the latest of them does not count."""
    own: bool = True
    """Whether the answer is plainly the connection's own; else it is one that the host had kept."""
