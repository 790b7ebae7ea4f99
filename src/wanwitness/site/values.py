"""What each value of site.toml must be: a parser takes what tomllib gave and returns what the model holds.

A parser that cannot raises `WrongValueError`, whose sentence goes on after "site.toml:14: link[2].addresses[1]: ".
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, cast

from wanwitness.language import ENGLISH
from wanwitness.model import Argument, Sentence, printable
from wanwitness.model.capture import Role

from .wrong import WRONG

Parser = Callable[[object], Any]

LONGEST_NAME = 64
"""Characters of a link's name: it stands in table columns, figures and on the command line."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "value-boolean"),
    (int, "value-integer"),
    (float, "value-float"),
    (str, "value-string"),
    (list, "value-array"),
    (dict, "value-table"),
    (datetime, "value-date-time"),
    (date, "value-date"),
    (time, "value-time"),
)


class WrongValueError(ValueError):
    """A value of the site file is not what its key asks for."""

    def __init__(self, said: Sentence, *within: int) -> None:
        super().__init__(ENGLISH.say(said))
        self.said = said
        self.within = within
        """Index of the element that is meant, where the value is an array."""


def shown(text: str) -> str:
    """Return `text` in quotes, fit for one line of a message."""
    return f"'{printable(text, 80)}'"


def nearest(word: str, known: Iterable[str]) -> Sentence | str:
    """Return what to add to a message about the unknown `word`: the nearest of `known`, or nothing (`""`)."""
    close = get_close_matches(word, sorted(known), 1)
    return WRONG("site-did-you-mean", word=shown(close[0])) if close else ""


def wrong_value(kind: str, /, **about: Argument) -> WrongValueError:
    """Return the error that says so; `kind` is a sentence's id."""
    return WrongValueError(WRONG(kind, **about))


def not_a(what: str, value: object) -> WrongValueError:
    """Return the error that `value` has the wrong type; `what` is the id of the sentence that names the right one."""
    found = next(name for kind, name in _TYPES if isinstance(value, kind))
    return wrong_value("value-type", what=WRONG(what), found=WRONG(found))


def each(parser: Parser) -> Parser:
    """Return the parser of an array whose elements `parser` takes."""

    def parse(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise not_a("value-array", value)
        elements = []
        for index, element in enumerate(value):
            try:
                elements.append(parser(element))
            except WrongValueError as wrong:
                raise WrongValueError(wrong.said, index, *wrong.within) from None
        return tuple(elements)

    return parse


def text(value: object) -> str:
    """Take a string of one line that can be printed."""
    if not isinstance(value, str):
        raise not_a("value-string", value)
    if not value.strip():
        raise wrong_value("value-empty")
    for char in value:
        if printable(char) != char:
            raise wrong_value("value-unprintable", text=shown(value), code=f"{ord(char):04X}")
    return value


def link_name(value: object) -> str:
    """Take a name that can stand in `--wan LINK=FILE`."""
    name = text(value)
    if "=" in name:
        raise wrong_value("value-link-equals", name=shown(name))
    if name != name.strip():
        raise wrong_value("value-link-space", name=shown(name))
    if len(name) > LONGEST_NAME:
        raise wrong_value("value-link-long", name=shown(name), most=LONGEST_NAME)
    return name


def boolean(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise not_a("value-true-or-false", value)
    return value


def vlan(value: object) -> int:
    """Take a VLAN id; IEEE 802.1Q reserves 0 and 4095."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise not_a("value-integer", value)
    if not 1 <= value <= 4094:
        raise wrong_value("value-vlan")
    return value


def interface(value: object) -> str:
    """Take an interface's name, or its number in the file."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < 2**32:  # as pcapng counts them
            raise wrong_value("value-interface")
        return str(value)
    if not isinstance(value, str):
        raise not_a("value-string-or-integer", value)
    return text(value)


def role(value: object) -> Role:
    """Take the side of the router that a capture saw."""
    written = text(value)
    if written not in ("lan", "wan"):
        raise wrong_value("value-role", text=shown(written), advice=nearest(written.lower(), ("lan", "wan")))
    return cast(Role, written)


def moment(value: object) -> datetime:
    """Take a time that means the same everywhere."""
    if not isinstance(value, datetime):
        raise not_a("value-moment", value)
    if value.utcoffset() is None:
        raise wrong_value("value-local-time", time=value.isoformat())
    return value


def timezone(value: object) -> str:
    """Take the name of a zone that this machine's time zone data has."""
    name = text(value)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zones = zoneinfo.available_timezones()
        advice = nearest(name, zones) if zones else WRONG("value-no-time-zones")
        raise wrong_value("value-time-zone", name=shown(name), advice=advice) from None
    return name
