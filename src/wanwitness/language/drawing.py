"""Templates filled: how each argument is written, by its type and by what its place says.

    {n}             a whole number with its groups: 1,234; a text as it is; a sentence; several as `a, b and c`
    {code:d}        a number that names something, such as a port or a reply code: 5321
    {age:.3f}       a number, as Python's format has it, with the language's signs
    {at:moment}     a time, in the site's zone with UTC beside it
    {at:utc}        a time, in UTC
    {age:duration}  seconds, in the unit that fits
    {why:capital}   a sentence with its first letter great
    {of:or}         several, as `a, b or c`
    {of:comma}      several, as `a, b, c`
    {of:semicolon}  several, as `a; b; c`
    {of:then}       whole sentences, one behind the other

Every language's templates have the same places; what stands around them, and in which order, is its own.
"""

from __future__ import annotations

from functools import lru_cache
from string import Formatter
from typing import NamedTuple

LISTS = ("and", "or", "comma", "semicolon", "then")
WORDS = ("moment", "utc", "duration", "capital", *LISTS)


class Place(NamedTuple):
    """A piece of a template: text, and behind it the place of an argument, if there is one."""

    text: str
    argument: str | None
    how: str
    """What the place says of how it is to be written; empty for as usual."""


@lru_cache(1 << 12)
def places(template: str) -> tuple[Place, ...]:
    """Take a template apart; braces that are meant are doubled, as in Python."""
    return tuple(Place(text, name, how or "") for text, name, how, _ in Formatter().parse(template))


def arguments(template: str) -> frozenset[str]:
    """Return the names of a template's places."""
    return frozenset(place.argument for place in places(template) if place.argument is not None)
