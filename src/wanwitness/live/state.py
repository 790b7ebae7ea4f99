"""How a run does, as the journal's rows `state` have it (`journal.py`)."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wanwitness.case.values import rfc3339
from wanwitness.reading.following import Followed

from .journal import Row


def seen(row: dict[str, Any], captured: Sequence[Followed]) -> Row:
    """Return how an interface does.

    Args:
        row: what its recorder says (`Supervisor.states`).
        captured: its files, as far as they have been read.
    """
    dropped = [i.dropped for one in captured for i in one.capture.interfaces if i.dropped is not None]
    last = max((one.capture.latest_ns for one in captured if one.capture.latest_ns is not None), default=None)
    lost = row["lost"]
    return {
        **{key: value for key, value in row.items() if key not in ("source", "lost")},
        "packets": sum(one.capture.frames for one in captured),
        "bytes": sum(one.capture.size for one in captured),
        "dropped": sum(dropped) + (lost or 0) if dropped or lost is not None else None,
        "last": rfc3339(last) if last is not None else None,
    }


def memory() -> int | None:
    """Return how many bytes of memory this process holds now; where Linux does not tell, the most that it held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10
    return pages * resource.getpagesize()
