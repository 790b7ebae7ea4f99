"""How the page, the figures and the letters speak: a language, in the site's time zone.

A text is looked up in the catalogue and only then filled in, so that nothing out of a packet is ever taken for a
template. The methods have gettext's names, by which `python -m tests.catalogues` finds the texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from wanwitness.language import Language

from . import moments

_MONTHS = "MMMd"
"""A date without its year, as a skeleton of CLDR."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it, by which the catalogues find the text
    """Mark a text that is looked up later, where the language is known."""
    return message


class Wording:
    """Texts, numbers and times in one language.

    Args:
        language: the language.
        local: the site's time zone; None: UTC alone.
    """

    def __init__(self, language: Language, local: tzinfo | None) -> None:
        self.language = language.at(local)
        self._texts = language.translations
        self.local = local
        self.code = language.code

    # Texts

    def gettext(self, message: str, /, **args: object) -> str:
        """Return a text of the catalogue, filled in."""
        text = self._texts.gettext(message)
        return text.format(**args) if args else text

    def ngettext(self, one: str, many: str, number: int, /, **args: object) -> str:
        """Return the text for so many, of which `{n}` is the number."""
        return self._texts.ngettext(one, many, number).format(n=self.number(number), **args)

    def say(self, sentence: Mapping[str, Any]) -> str:
        """Return a sentence of the case."""
        return self.language.say(sentence)

    def tell(self, row: Mapping[str, Any], field: str = "text") -> str:
        """Return the sentence that a row of the case has in a field; empty for none."""
        return self.language.tell(row, field)

    def tell_all(self, row: Mapping[str, Any], field: str) -> list[str]:
        """Return the sentences of a field that has several."""
        return self.language.tell_all(row, field)

    def listed(self, texts: Sequence[str], how: str = "and") -> str:
        """Return texts as one: `a, b and c`, or as `how` says (`language/drawing.py`)."""
        return self.language.listed(texts, how)

    # Numbers and times

    def number(self, value: float) -> str:
        """Return a number as this language writes it."""
        return self.language.number(value)

    def seconds(self, value: float) -> str:
        """Return a length of time in the unit that fits."""
        return self.language.duration(value)

    def fine(self, value: float) -> str:
        """Return a very short time with two digits, in the unit that fits: `0.21 ms`, `7.2 µs`."""
        units = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))
        unit, size = next((one for one in units if abs(value) >= one[1]), units[-1])
        shown = float(f"{value / size:.2g}")
        return f"{self.number(int(shown) if shown.is_integer() else shown)}\xa0{unit}"

    def both(self, text: str, *, until: str | None = None, fine: bool = False) -> str:
        """Return a moment, or a span, in the site's time with UTC beside it."""
        return self.language.moment(text, until=until, fine=fine)

    def at(self, text: str) -> datetime:
        """Return a moment of the case in the site's zone, or in UTC where none is known."""
        return moments.moment(text).astimezone(self.local or UTC)

    def clock(self, text: str, *, fine: bool = False) -> str:
        """Return a moment's time of day in the site's zone."""
        return self.at(text).replace(tzinfo=None).isoformat(timespec="milliseconds" if fine else "seconds")[11:]

    def day(self, text: str) -> str:
        """Return a moment's date in the site's zone."""
        return self.language.date(self.at(text))

    def here(self, text: str) -> str:
        """Return a moment in the site's time alone, to the second."""
        return f"{self.day(text)} {self.clock(text)}"

    def short_day(self, when: datetime) -> str:
        """Return a date without its year, for a figure's axis."""
        if self.code == "en":
            return f"{when:%-d %b}"
        from babel.dates import format_skeleton

        return format_skeleton(_MONTHS, when, locale=self.code)

    def utc(self, text: str) -> str:
        """Return a moment in UTC alone, to the second."""
        when = moments.moment(text)
        return f"{self.language.date(when)} {when:%H:%M:%S}"

    @property
    def zone(self) -> str:
        """The name of the zone that times are told in."""
        return str(self.local) if self.local is not None else "UTC"
