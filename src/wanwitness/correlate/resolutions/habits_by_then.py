"""What was known of hosts' habits when each connection was opened.

What a host does later changes no verdict: a live run that has told it would have to take it back, and an analysis of
the same captures would say something else. The first minutes alone are learnt from together, up to the first gap of the
captures: a run that ends sooner tells what the next one in its folder will tell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from .assumptions import EACH_COUNTS, LEARNT_ANEW, MOST_LEARNT
from .habits import Habits, Use


class HabitsByThen:
    """Habits as they were known at any moment.

    Args:
        uses: one for each connection whose opening was captured.
        learnt_ns: until when they are learnt from together.
        before: how many more there were before the first of them: `MOST_LEARNT` of those, the latest, are among them.
        lone: as of `Habits`.
    """

    def __init__(self, uses: Iterable[Use], learnt_ns: int, before: int = 0, *, lone: bool = False) -> None:
        self._uses, self._before = sorted(uses, key=lambda use: use.at_ns), before
        self._times = [use.at_ns for use in self._uses]
        self._lone, self._until_ns = lone, learnt_ns
        self._learnt: dict[int, Habits] = {}

    def at(self, at_ns: int) -> Habits:
        """Return what all connections until then show."""
        count = max(0, _counted(self._before + bisect_right(self._times, max(at_ns, self._until_ns))) - self._before)
        if count not in self._learnt:
            if len(self._learnt) > 1:  # sessions are asked about nearly in order of time
                del self._learnt[min(self._learnt)]
            uses = self._uses[max(0, count - MOST_LEARNT) : count]
            self._learnt[count] = Habits(uses, lone=self._lone)
        return self._learnt[count]


def _counted(count: int) -> int:
    """How many connections there were when habits were last learnt: each counts at first, then a part of all."""
    if count <= EACH_COUNTS:
        return count
    bits = max(0, min(count, MOST_LEARNT).bit_length() - LEARNT_ANEW)
    return count >> bits << bits
