"""What somebody did that may have let mail through again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """A log-in to a mailbox, a visit to a webmail, or an event that the site file tells."""

    explanation: str
    """`mail-login`, `webmail` or `event:KIND`."""
    at_ns: int
    """On the reference clock."""
    owner: str | None = None
    """The link whose ISP it was with; None where that is not known, and it may have been any."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Which acts the captures would have shown."""

    since_ns: Mapping[str, int]
    """By explanation, from when on; one that is not in here could not have been seen at all."""
    why_not: Mapping[str, str]
    """By explanation that could not have been seen, the id of the sentence that says why."""
