"""The explanations looked at, as a person weighs them: how often refused where each holds, how often elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import labels
from .wording import Wording

ORDER = ("named", "tied", "by-way-of", "explained-away", "not-shown", "not-enough-evidence", "not-observable")
"""Statuses, those that say most first."""
TELLING = frozenset(ORDER[:4])
"""Statuses of explanations that go with the refusals, by themselves or by way of another."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One of them."""

    name: str
    status: str
    status_words: str
    sentence: str
    held: tuple[int, int] | None
    """Refused, and all tries, where it holds; each retry under the same conditions counted once."""
    elsewhere: tuple[int, int] | None
    odds: float | None
    """How many times as great the odds of a refusal are where it holds; None: not known, or without end."""
    endless: bool
    low: float | None
    """Of the 95 % interval of the odds; None: not known."""
    high: float | None
    """Likewise; None: not known, or without end."""

    @property
    def telling(self) -> bool:
        """Whether it goes with the refusals."""
        return self.status in TELLING

    @property
    def compared(self) -> bool:
        """Whether there were tries with it and without."""
        return self.low is not None and self.held is not None


def explanations(hypotheses: Iterable[dict[str, Any]], say: Wording) -> list[Explanation]:
    """Return all, those that go with the refusals first."""
    found = [_explanation(row, say) for row in hypotheses]
    return sorted(found, key=lambda one: ORDER.index(one.status) if one.status in ORDER else len(ORDER))


def _explanation(row: dict[str, Any], say: Wording) -> Explanation:
    table = row.get("table")
    rates = [(refused, refused + accepted) for refused, accepted in table] if table else [None, None]
    low, high = row.get("ci95") or (None, None)
    status = row["status"]
    sentence = say.tell(row, "reading")
    if following := row.get("next_observation"):
        sentence = f"{sentence} {say.say(following)}"
    return Explanation(
        name=labels.explanation(row, say),
        status=status,
        status_words=say.gettext(labels.STATUSES[status]) if status in labels.STATUSES else status,
        sentence=sentence,
        held=rates[0],
        elsewhere=rates[1],
        odds=row.get("odds_ratio"),
        endless=row.get("bound") == "infinite",
        low=low,
        high=high,
    )
