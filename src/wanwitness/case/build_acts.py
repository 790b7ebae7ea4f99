"""What people did that may have let mail through, as rows of case.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wanwitness.hypotheses import Act
from wanwitness.model import Oddity

from .sentences import sentence
from .values import rfc3339

MOST = 2_000
"""Acts that are kept, the first in time: programs that look for mail every minute log in without end."""
_TOLD = ("mail-login", "webmail")
"""What the captures show; events are in `site`."""


def told_acts(acts: Sequence[Act]) -> tuple[list[Act], list[Oddity]]:
    """Return the log-ins and visits that a case keeps, of those in order of time, and how many more there are."""
    shown = [act for act in acts if act.explanation in _TOLD]
    if len(shown) <= MOST:
        return shown, []
    frame = shown[MOST].frame
    assert frame is not None
    why = sentence("acts-untold", number=len(shown) - MOST, most=MOST)
    return shown[:MOST], [Oddity(frame.capture, frame.number, None, why)]


def act_values(acts: Sequence[Act]) -> list[dict[str, Any]]:
    """Return acts as rows."""
    return [
        {
            "at": rfc3339(act.at_ns),
            "kind": act.explanation,
            "link": act.owner,
            "frame": None if act.frame is None else list(act.frame),
        }
        for act in acts
    ]
