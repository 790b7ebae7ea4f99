"""The times of a case document, as a person writes them: the site's own time first, and UTC beside it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from wanwitness.language import ENGLISH


def zone(name: str | None) -> tzinfo | None:
    """Return the time zone called `name`; None where none is named, or this machine does not know it."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_of(document: dict[str, Any]) -> tzinfo | None:
    """Return the site's time zone; None where the site file names none."""
    return zone((document["site"] or {}).get("timezone"))


def moment(text: str) -> datetime:
    """Read an RFC 3339 time; what is finer than a microsecond is dropped."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_milliseconds(when: datetime) -> str:
    """Write a time as `2012-11-21 13:30:05.123`, in its own time zone."""
    return when.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def told(text: str, local: tzinfo | None, *, until: str | None = None, fine: bool = False) -> str:
    """Write a time, or the span to another one, in local time with UTC beside it; in UTC alone where no zone is known.

    >>> told("2012-11-21T13:30:05.123Z", ZoneInfo("Europe/Paris"))
    '2012-11-21 14:30:05 (13:30:05 UTC)'
    >>> told("2012-11-21T23:30:05Z", ZoneInfo("Europe/Paris"), until="2012-11-22T13:00:00Z")
    '2012-11-22 00:30:05 to 14:00:00 (2012-11-21 23:30:05 to 2012-11-22 13:00:00 UTC)'
    >>> told("2012-11-21T13:30:05.123Z", None, fine=True)
    '2012-11-21 13:30:05.123 UTC'
    """
    return ENGLISH.moment(text, local, until=until, fine=fine)
