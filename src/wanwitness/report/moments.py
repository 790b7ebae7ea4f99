"""The times of a case document, as a person writes them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def zone(name: str | None) -> tzinfo | None:
    """Return the time zone called `name`; None where none is named, or this machine does not know it."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def moment(text: str) -> datetime:
    """Read an RFC 3339 time; what is finer than a microsecond is dropped."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_milliseconds(when: datetime) -> str:
    """Write a time as `2012-11-21 13:30:05.123`, in its own time zone."""
    return when.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
