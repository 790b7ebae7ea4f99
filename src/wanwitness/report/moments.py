"""The times of a case document, as a person writes them: the site's own time first, and UTC beside it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo


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
    ends = [moment(text), *([moment(until)] if until is not None else [])]
    if len(ends) > 1 and _span(ends[:1], fine) == _span(ends[1:], fine):
        ends = ends[:1]
    if local is None:
        return f"{_span(ends, fine)} UTC"
    here = [end.astimezone(local) for end in ends]
    same_days = [end.date() for end in ends] == [end.date() for end in here] and len({end.date() for end in ends}) == 1
    beside = " to ".join(_clock(end, fine) for end in ends) if same_days else _span(ends, fine)
    return f"{_span(here, fine)} ({beside} UTC)"


def _span(ends: list[datetime], fine: bool) -> str:
    first, *rest = ends
    words = [f"{first:%Y-%m-%d} {_clock(first, fine)}"]
    words += [("" if end.date() == first.date() else f"{end:%Y-%m-%d} ") + _clock(end, fine) for end in rest]
    return " to ".join(words)


def _clock(when: datetime, fine: bool) -> str:
    return to_milliseconds(when)[11:] if fine else f"{when:%H:%M:%S}"
