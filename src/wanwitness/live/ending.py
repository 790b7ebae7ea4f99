"""How a run ends: within five seconds, whatever it was doing.

What goes on then shares that time: each step may use what is left of it, but for what the steps behind it need. What
is not done by then is left: the captures hold it, for the next run in that folder, and for `analyze`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf

END_S = 5.0
"""What a person, or whoever shuts a machine down, waits for at most."""
TICK_RESERVE_S = 3.4
"""Judging that is under way goes on as long as so much is left, and then is broken off."""
CAPTURE_RESERVE_S = 2.6
"""Programs that capture, and have not ended by then, are left alone."""
LAST_RESERVE_S = 1.6
"""What was captured last is read and judged until then."""
TELL_RESERVE_S = 1.2
"""Those who are told of flags, and who watch, are waited for until then."""
CASE_RESERVE_S = 0.8
"""A case is written until then; the process has to end, too."""
_LOOK_S = 0.05


class RunEnding:
    """When a run is to end, and how much of the time for that is left.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._event = threading.Event()
        self._until_s = inf
        self.gave_up = False
        """Something goes on that was not waited for, and slows down all else: what can be left is to be left."""

    def begin(self) -> None:
        """Have it end; a second time changes nothing. May be called by a signal's handler."""
        if not self._event.is_set():
            self._until_s = self._clock() + END_S
            self._event.set()

    @property
    def begun(self) -> bool:
        """Whether it is to end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is to end, but no longer than so many seconds; return whether it is."""
        return self._event.wait(seconds)

    def left_s(self, reserve_s: float = 0.0) -> float:
        """Return how many seconds are left, less those for what comes then; infinite where it is not to end."""
        return max(0.0, self._until_s - self._clock() - reserve_s)

    def within(self, work: Callable[[], object], reserve_s: float) -> bool:
        """Do something, and return whether it was done; where it is to end, and no time is left, it is not waited for.

        What was given up goes on in a thread that ends with the process: nobody may use what it works on any more.

        Args:
            work: what to do.
            reserve_s: seconds that are to be left.
        """
        raised: list[BaseException] = []

        def do() -> None:
            try:
                work()
            except BaseException as error:  # it is raised again below, by who waits
                raised.append(error)

        thread = threading.Thread(target=do, name="work", daemon=True)
        thread.start()
        while thread.is_alive() and self.left_s(reserve_s):
            thread.join(min(_LOOK_S, self.left_s(reserve_s)))
        if thread.is_alive():
            self.gave_up = True
            return False
        for error in raised:
            raise error
        return True
