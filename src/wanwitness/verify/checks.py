"""What was compared, what disagrees, and what could not be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wanwitness.model import printable

UNOPENED = "it was said inside of TLS, which needs the key log (--keylog)"
Ref = tuple[int, int]
"""A frame as case.json cites it: capture and number."""


class Disagreement(NamedTuple):
    """Something in the case that is not so."""

    where: str
    """What of the case: `session 6b13af2e59df resolution.ttl_s`."""
    told: str
    """What the case says."""
    found: str
    """What tshark reads, or what else contradicts it. Nothing that was said in a dialogue: it may be a secret."""
    frames: tuple[Ref, ...]


class Unread(NamedTuple):
    """Something that could not be compared."""

    where: str
    why: str


@dataclass(slots=True)
class Checks:
    """Takes down each comparison."""

    compared: Counter[str] = field(default_factory=Counter)
    """How many facts of each kind were compared."""
    disagreements: list[Disagreement] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def compare(self, kind: str, agrees: bool, where: str, told: Any, found: Any, frames: Iterable[Any] = ()) -> bool:
        """Take down one fact, and return whether it agrees."""
        self.compared[kind] += 1
        if not agrees:
            cited = tuple((int(capture), int(number)) for capture, number in frames)
            self.disagreements.append(Disagreement(printable(where), _words(told), _words(found), cited))
        return agrees

    def take(self, others: Checks) -> None:
        """Take down what others have."""
        self.compared.update(others.compared)
        self.disagreements += others.disagreements
        self.unread += others.unread

    def cannot(self, where: str, why: str) -> None:
        """Take down that something could not be compared."""
        self.unread.append(Unread(printable(where), printable(why)))


def _words(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(_words, value))) or "nothing"
    return "nothing" if value is None else printable(str(value), 300)
