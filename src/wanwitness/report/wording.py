"""How the page, the figures and the letters speak: one language, one time zone.

A text is looked up in the language's catalogue and only then filled in, so that nothing out of a packet is ever taken
for a template. The methods have gettext's names, by which `python -m tests.catalogues` finds the texts.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from . import moments


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it, by which the catalogues find the text
    """Mark a text that is looked up later, where the language is known."""
    return message


class Wording:
    """Texts, numbers and times in one language."""

    def __init__(self, local: tzinfo | None) -> None:
        self.local = local
        self.code = "en"

    def gettext(self, message: str, /, **args: object) -> str:
        """Return a text of the catalogue, filled in."""
        return message.format(**args) if args else message

    def ngettext(self, one: str, many: str, number: int, /, **args: object) -> str:
        """Return the text for so many, of which `{n}` is the number."""
        return (one if number == 1 else many).format(n=self.number(number), **args)

    def say(self, sentence: dict[str, Any]) -> str:
        """Return a sentence of the case."""
        return str(sentence["text"])

    def tell(self, row: dict[str, Any], field: str = "text") -> str:
        """Return the sentence that a row of the case has in a field; empty for none."""
        return str(row.get(field) or "")

    def number(self, value: float) -> str:
        """Return a number as this language writes it."""
        return f"{value:,}"

    def listed(self, texts: list[str]) -> str:
        """Return texts as one: `a, b and c`."""
        return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""

    def clock(self, text: str, *, fine: bool = False) -> str:
        """Return a moment's time of day in the site's zone."""
        when = self.at(text)
        return when.strftime("%H:%M:%S") + (f".{when.microsecond // 1000:03}" if fine else "")

    def at(self, text: str) -> datetime:
        """Return a moment of the case in the site's zone, or in UTC where none is known."""
        return moments.moment(text).astimezone(self.local or UTC)

    def both(self, text: str, *, until: str | None = None, fine: bool = False) -> str:
        """Return a moment, or a span, in the site's time with UTC beside it."""
        return moments.told(text, self.local, until=until, fine=fine)

    def here(self, text: str) -> str:
        """Return a moment in the site's time alone, to the second."""
        return f"{self.day(text)} {self.clock(text)}"

    def day(self, text: str) -> str:
        """Return a moment's date."""
        return f"{self.at(text):%Y-%m-%d}"

    def short_day(self, when: datetime) -> str:
        """Return a date without its year, for a figure's axis."""
        return f"{when:%-d %b}"

    @property
    def zone(self) -> str:
        """The name of the zone that times are told in."""
        return str(self.local) if self.local is not None else "UTC"

    def seconds(self, value: float) -> str:
        """Return a length of time in the unit that fits."""
        return f"{value:.2g} s"
