"""Times, endpoints and frames in the form in which case.json holds them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from wanwitness.model import Endpoint, FrameRef

SECOND = 1_000_000_000


def rfc3339(ns: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 UTC with nine decimals.

    >>> rfc3339(1_353_508_200_000_000_001)
    '2012-11-21T14:30:00.000000001Z'
    """
    seconds, fraction = divmod(ns, SECOND)
    try:
        return f"{_to_the_second(seconds)}.{fraction:09d}Z"
    except (OverflowError, ValueError, OSError):  # a damaged time stamp beyond the year 9999
        return "9999-12-31T23:59:59.999999999Z" if seconds > 0 else "0001-01-01T00:00:00.000000000Z"


@lru_cache(1 << 10)  # what belongs together happens within a few seconds
def _to_the_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def time_value(ns: int | None) -> str | None:
    """Return the same; null where the time is not known."""
    return None if ns is None else rfc3339(ns)


def moment_value(moment: datetime) -> str:
    """Return a moment that no capture wrote in the same form, its year with four digits in whatever century it is."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}000Z"


def endpoint_value(endpoint: Endpoint) -> dict[str, Any]:
    """Return {"ip", "port"}."""
    return {"ip": endpoint.ip, "port": endpoint.port}


def frame_values(frames: Iterable[FrameRef]) -> list[list[int]]:
    """Return [capture, number] of each frame."""
    return list(map(list, frames))
