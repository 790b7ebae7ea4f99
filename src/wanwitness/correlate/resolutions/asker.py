"""Who opened a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wanwitness.model import FrameRef, Objection

from .answers import Answer
from .habits import Habit
from .lookup import SECOND
from .opening import Opening

AskedBy = Literal["client", "router"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who opened a connection, and what is known of how it goes about that."""

    names: tuple[str, ...]
    """Under these its connections are found: a host's addresses, or the router's names; that of this connection comes
    first.
    """
    by: AskedBy
    habit: Habit
    beyond_ttl: bool
    """Whether it may use answers whose time is over."""
    idly: bool = False
    """Whether it also asks without connecting, and connects without asking."""
    crowd: tuple[FrameRef, ...] = ()
    """The frames which show that several hosts have its address."""

    def is_late(self, latest: Answer, opening: Opening) -> bool:
        """Whether a connection came later after an answer than is usual."""
        return opening.at_ns - latest.came_ns > self.habit.within_ns

    def has_waited(self, latest: Answer, opening: Opening) -> bool:
        """Whether a connection came later than is usual after its look-up began, in vain at first maybe: who is served
        an older answer meanwhile has nothing to wait for.
        """
        return opening.at_ns - latest.tried_ns > self.habit.within_ns

    def late(self, age_s: float) -> Objection:
        """Return that as an objection; of what came no later, that the host keeps answers."""
        if age_s * SECOND <= self.habit.within_ns:
            return Objection("keeps-answers")
        return Objection("later-than-usual", (), age_s, self.habit.within_ns / SECOND)
