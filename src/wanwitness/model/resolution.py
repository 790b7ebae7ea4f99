"""How a host came by an address: the questions and answers that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .frame import FrameRef
from .stream import Endpoint


@dataclass(frozen=True, slots=True)
class ResolutionStep:
    """One question on the way to the answer, at one capture point."""

    point: str
    """`lan`, or the link's name."""
    client: Endpoint
    server: Endpoint
    query_frame: FrameRef | None
    answer_frame: FrameRef | None
    id: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """How the opener's host came by the address it connected to."""

    name: str
    qtype: str
    address: str
    answered_ns: int
    """When the answer reached the host, on the reference clock."""
    age_s: float
    """Seconds from the answer to the SYN."""
    ttl_s: int
    expired: bool
    asked_by: Literal["client", "router"]
    resolver_ip: str | None
    """The last server on the way that was seen to be asked: the resolver at the far end of the link."""
    resolver_owner: str | None
    """The link whose resolver that is."""
    link: str | None
    from_cache: bool
    steps: tuple[ResolutionStep, ...]

    @property
    def frames(self) -> tuple[FrameRef, ...]:
        """Every frame of every step."""
        return tuple(f for step in self.steps for f in (step.query_frame, step.answer_frame) if f is not None)
