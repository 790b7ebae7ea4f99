"""An explanation with what the captures say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from wanwitness.model import Sentence

from .decision import Status
from .exact import OddsRatio, Table


class Target(NamedTuple):
    """The relay that most of the refused tries were for."""

    relay: str
    """By its name, as far as one is known."""
    owner: str
    """The link whose ISP runs it."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One row of the case's `hypotheses`."""

    id: str
    statement: Sentence
    status: Status
    reading: Sentence
    by: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    episodes: int = 0
    """Of which its condition is known."""
    runs: int = 0
    """Bursts of refusals among them."""
    what: str | float | None = None
    """The name or address whose condition goes best with the refusals."""
    called: str | None = None
    """What the server at that address calls itself."""
    window_s: float | None = None
    """The window that goes best with the refusals; infinite where it is for good."""
    bracket_s: tuple[float, float] | None = None
    """After a log-in or visit mail was accepted up to the first, and refused from the second on, in seconds."""
    table: Table | None = None
    sessions: Table | None = None
    """The same of all sessions, retries included."""
    through: Table | None = None
    """The same of the sessions with the relays of one owner, where the condition holds of no other's."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Sessions that are no evidence for or against it, by reason."""
    odds: OddsRatio | None = None
    p_turned: float | None = None
    p_runs: float | None = None
    next_observation: Sentence | None = None
    at: Target | None = None
    """The relay that refused, where it holds."""
