"""What came nearest to deciding a session that could not be judged."""

from __future__ import annotations

from dataclasses import dataclass

from .frame import FrameRef


@dataclass(frozen=True, slots=True)
class Near:
    """The look-up or connection that came nearest, and what would have decided."""

    what: str
    """`the look-up of smtp.example over orange`; empty where nothing did."""
    when: str
    """`answered 0.05 s before the connection, …`."""
    frames: tuple[FrameRef, ...]
    decide: str
    """The capture that is missing."""
