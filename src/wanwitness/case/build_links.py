"""The links of a case, and what the captures show of them, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wanwitness.model import Link, Shown

from .values import frame_values, time_value


def link_value(link: Link) -> dict[str, Any]:
    """Return a row of `links`."""
    return {
        "name": link.name,
        "isp": link.isp,
        "addresses": list(link.addresses),
        "resolvers": list(link.resolvers),
        "relays": list(link.relays),
        "source": link.source,
        "shown": shown_values(link.shown),
    }


def shown_values(rows: Iterable[Shown]) -> list[dict[str, Any]]:
    """Return what the captures show, a row a fact."""
    return [
        {
            "what": row.what,
            "value": row.value,
            "source": row.source,
            "since": time_value(row.since_ns),
            "times": row.times,
            "frames": frame_values(row.frames),
        }
        for row in rows
    ]
