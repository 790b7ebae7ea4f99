"""What a row of `sessions` says, for those who count and order them."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
"""A session of case.json."""


def direction(session: Row) -> str:
    """Return which way a session went; documents of before that was told have what goes out alone."""
    way = session.get("direction", "outbound")
    return str(way or "unknown")


def judged(session: Row) -> bool:
    """Whether a session's two links can be compared at all: it left the site."""
    return direction(session) not in ("inbound", "internal")


def refused(session: Row) -> bool:
    """Whether the server answered a command of this session with a decisive refusal, for good or for now."""
    return session["rejection"] is not None or session["outcome"] == "rejected"
