"""What each value of site.toml must be: a parser takes what tomllib gave and returns what the model holds.

A parser that cannot raises `WrongValueError`, whose text goes on after "site.toml:14: link[2].addresses[1]: ".
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, cast

from wanwitness.model import printable
from wanwitness.model.capture import Role

Parser = Callable[[object], Any]

LONGEST_NAME = 64
"""Characters of a link's name: it stands in table columns, figures and on the command line."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a float"),
    (str, "a string"),
    (list, "an array"),
    (dict, "a table"),
    (datetime, "a date-time"),
    (date, "a date"),
    (time, "a time"),
)


class WrongValueError(ValueError):
    """A value of the site file is not what its key asks for."""

    def __init__(self, text: str, *within: int) -> None:
        super().__init__(text)
        self.within = within
        """Index of the element that is meant, where the value is an array."""


def shown(text: str) -> str:
    """Return `text` in quotes, fit for one line of a message."""
    return f"'{printable(text, 80)}'"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what to add to a message about the unknown `word`: the nearest of `known`, or nothing."""
    close = get_close_matches(word, sorted(known), 1)
    return f"; did you mean {shown(close[0])}?" if close else ""


def not_a(what: str, value: object) -> WrongValueError:
    """Return the error that `value` has the wrong type."""
    found = next(name for kind, name in _TYPES if isinstance(value, kind))
    return WrongValueError(f"must be {what}, not {found}")


def each(parser: Parser) -> Parser:
    """Return the parser of an array whose elements `parser` takes."""

    def parse(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise not_a("an array", value)
        elements = []
        for index, element in enumerate(value):
            try:
                elements.append(parser(element))
            except WrongValueError as wrong:
                raise WrongValueError(str(wrong), index, *wrong.within) from None
        return tuple(elements)

    return parse


def text(value: object) -> str:
    """Take a string of one line that can be printed."""
    if not isinstance(value, str):
        raise not_a("a string", value)
    if not value.strip():
        raise WrongValueError("must not be empty")
    for char in value:
        if printable(char) != char:
            raise WrongValueError(
                f"{shown(value)} holds the character U+{ord(char):04X}, which cannot be printed on one line"
            )
    return value


def link_name(value: object) -> str:
    """Take a name that can stand in `--wan LINK=FILE`."""
    name = text(value)
    if "=" in name:
        raise WrongValueError(f"{shown(name)} holds '=', which ends a link's name on the command line")
    if name != name.strip():
        raise WrongValueError(f"{shown(name)} begins or ends with a space")
    if len(name) > LONGEST_NAME:
        raise WrongValueError(f"{shown(name)} is longer than {LONGEST_NAME} characters")
    return name


def boolean(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise not_a("true or false", value)
    return value


def vlan(value: object) -> int:
    """Take a VLAN id; IEEE 802.1Q reserves 0 and 4095."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise not_a("an integer", value)
    if not 1 <= value <= 4094:
        raise WrongValueError("must be a VLAN id, 1 to 4094")
    return value


def interface(value: object) -> str:
    """Take an interface's name, or its number in the file."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < 2**32:  # as pcapng counts them
            raise WrongValueError("must be an interface's number, from 0")
        return str(value)
    if not isinstance(value, str):
        raise not_a("a string or an integer", value)
    return text(value)


def role(value: object) -> Role:
    """Take the side of the router that a capture saw."""
    written = text(value)
    if written not in ("lan", "wan"):
        raise WrongValueError(f"{shown(written)} is neither 'lan' nor 'wan'{nearest(written.lower(), ('lan', 'wan'))}")
    return cast(Role, written)


def moment(value: object) -> datetime:
    """Take a time that means the same everywhere."""
    if not isinstance(value, datetime):
        raise not_a("an offset date-time such as 2012-11-21T14:30:00+01:00", value)
    if value.utcoffset() is None:
        raise WrongValueError(f"{value.isoformat()} is a local time; add its offset, as in {value.isoformat()}+01:00")
    return value


def timezone(value: object) -> str:
    """Take the name of a zone that this machine's time zone data has."""
    name = text(value)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zones = zoneinfo.available_timezones()
        advice = nearest(name, zones) if zones else "; this machine has no time zone data: install the package tzdata"
        raise WrongValueError(f"{shown(name)} is not a known time zone{advice}") from None
    return name
