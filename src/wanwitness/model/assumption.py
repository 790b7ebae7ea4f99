"""What is taken for granted of hosts, routers and clocks: a number, its unit, and why it is that.

Each room has its own in `assumptions.py`. They are plain numbers to whoever uses them, and the case records them all,
so that a reader knows what its verdicts rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Assumption:
    """One threshold in force, as the case tells it."""

    name: str
    value: float
    unit: str
    """`s`, `ns/s`, `share` or `count`."""
    why: str


class Count(int):
    """A whole number; of nanoseconds where its unit is the second."""

    unit: str
    why: str


class Number(float):
    """A share, or a quantity."""

    unit: str
    why: str


def seconds(value: float, why: str) -> Count:
    """State a length of time; the number is in nanoseconds."""
    return _count(round(value * _NS), "s", why)


def count(value: int, why: str) -> Count:
    """State how many."""
    return _count(value, "count", why)


def share(value: float, why: str) -> Number:
    """State a part of a whole, 0 to 1."""
    return number(value, "share", why)


def number(value: float, unit: str, why: str) -> Number:
    """State a quantity in a unit."""
    stated = Number(value)
    stated.unit, stated.why = unit, why
    return stated


def stated(room: str, names: Mapping[str, Any]) -> tuple[Assumption, ...]:
    """Return a room's assumptions, in the order in which its module's `names` state them."""
    return tuple(
        Assumption(
            f"{room}.{name.removesuffix('_NS').removesuffix('_S').lower().replace('_', '-')}",
            value / _NS if isinstance(value, Count) and value.unit == "s" else value + 0,
            value.unit,
            value.why,
        )
        for name, value in names.items()
        if isinstance(value, Count | Number)
    )


def _count(value: int, unit: str, why: str) -> Count:
    stated = Count(value)
    stated.unit, stated.why = unit, why
    return stated
