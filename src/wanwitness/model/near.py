"""What came nearest to deciding a session that could not be judged."""

from __future__ import annotations

from dataclasses import dataclass

from .frame import FrameRef
from .sentence import Sentence


@dataclass(frozen=True, slots=True)
class Near:
    """The look-up or connection that came nearest, and what would have decided."""

    what: Sentence | None
    """`the look-up of smtp.example over orange, answered 0.05 s before the connection`; None where nothing did."""
    frames: tuple[FrameRef, ...]
    decide: Sentence
    """The capture that is missing."""
