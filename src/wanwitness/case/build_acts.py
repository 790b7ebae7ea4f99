"""What people did that may have let mail through, as rows of case.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wanwitness.hypotheses import Act

from .values import rfc3339

MOST = 2_000
"""Acts that are kept, the first in time: programs that look for mail every minute log in without end."""
_TOLD = ("mail-login", "webmail")
"""What the captures show; events are in `site`."""


def act_values(acts: Sequence[Act]) -> list[dict[str, Any]]:
    """Return log-ins and visits in order of time."""
    return [
        {
            "at": rfc3339(act.at_ns),
            "kind": act.explanation,
            "link": act.owner,
            "frame": None if act.frame is None else list(act.frame),
        }
        for act in acts
        if act.explanation in _TOLD
    ][:MOST]
