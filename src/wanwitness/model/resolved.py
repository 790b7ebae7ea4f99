"""What was found out about a session's address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

from .candidate import Candidate, Objection
from .frame import FrameRef
from .resolution import Resolution

Undetermined = Literal[
    "transport-link-unknown", "no-dns-seen", "resolver-link-unknown", "clock-uncertain", "ambiguous-answer"
]
"""In order of precedence: where several apply, the first is given."""

SHOWN = 20
"""Candidates, and frames of one kind, that are named at most."""


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

    def unexpired(self) -> Self:
        """Say nothing of the answer's having expired: a later one by the same link may have taken its place."""
        if self.resolution is None or not self.resolution.expired:
            return self
        return replace(self, resolution=replace(self.resolution, expired=False))


NOT_SOUGHT = Resolved(None, None, "no-dns-seen")
"""What holds before anybody looked for an answer."""


def ambiguous(
    resolution: Resolution | None, candidates: Sequence[Candidate], objections: tuple[Objection, ...]
) -> Resolved:
    """Return that the answer may be any of several, with the frames of all that speaks for and against them."""
    candidates = tuple(candidates)[:SHOWN]
    frames: list[FrameRef] = [f for candidate in candidates for f in candidate.frames]
    frames += [f for objection in objections for f in objection.frames]
    shown = tuple(dict.fromkeys(frames))
    return Resolved(resolution, None, "ambiguous-answer", shown, candidates, objections, own=False)
