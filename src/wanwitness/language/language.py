"""A language: says sentences, and writes numbers, times and lists as people of it do.

English needs nothing but the templates that sentences carry. Another language is read when it is first asked for
something: its catalogues by Babel, which also knows its signs, dates and lists.
"""

from __future__ import annotations

import gettext
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from wanwitness.errors import UsageError
from wanwitness.model import Argument, Sentence, Template, printable

from .catalogue import template_of
from .catalogues import english, messages, translations
from .drawing import places
from .fields import held, held_all
from .units import UNITS

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = ("en", "fr")
"""By their codes, as in `--lang`; `locale/` has a folder for each but English."""
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where POSIX says which language somebody reads, the first that is set before the others."""
_JOINTS = {"comma": ", ", "semicolon": "; ", "then": " "}
_DIGITS = 3
"""Of a length of time: what is finer is of no use to anybody."""
_FINE = 0.1
"""Below so many seconds, thousandths are told."""

Said = Sentence | Mapping[str, Any]
"""A sentence, or one of case.json: `{"id", "args", "text"}`."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language, and the time zone that times within sentences are told in."""

    code: str
    zone: tzinfo | None = None
    """None: UTC alone."""

    @classmethod
    def of(cls, code: str | None = None, zone: tzinfo | None = None) -> Self:
        """Return a language by its code; without one, that of the locale.

        Raises:
            UsageError: there is no such language.
        """
        if code is None:
            return cls(default(), zone)
        if code not in LANGUAGES:
            raise UsageError(f"no such language: {code}; there are {', '.join(LANGUAGES)}")
        return cls(code, zone)

    def at(self, zone: tzinfo | None) -> Self:
        """Return the same language with times told in another zone."""
        return replace(self, zone=zone)

    # Sentences

    def say(self, sentence: Said) -> str:
        """Return a sentence as text.

        One of an older case, of which there is no id, or that has other arguments than this version's template, is
        said in English, as the case has it.
        """
        if isinstance(sentence, Sentence):
            return self._drawn(sentence.id, sentence.args, sentence)
        held = sentence.get("text")
        if held is not None and self._english:
            return str(held)
        try:
            return self._drawn(sentence["id"], sentence["args"], None)
        except (AttributeError, KeyError, TypeError, ValueError):
            if held is None:
                raise
            return str(held)

    def tell(self, row: Mapping[str, Any], field: str = "text") -> str:
        """Return the sentence that a row of case.json has as `FIELD`, `FIELD_id` and `FIELD_args`; empty for none."""
        if row.get(field) is None:
            return ""
        return self.say(held(row, field))

    def tell_all(self, row: Mapping[str, Any], field: str) -> list[str]:
        """Return the sentences that a row has as three lists."""
        return [self.say(sentence) for sentence in held_all(row, field)]

    def _drawn(self, kind: str, args: Mapping[str, Argument], sentence: Sentence | None) -> str:
        template = None if self._english else messages(self.code).template(kind, args.get("n"))
        if template is None:
            if sentence is None:
                raise KeyError(kind)
            template = english(sentence.template, args.get("n"))
        return "".join(
            place.text if place.argument is None else place.text + self._written(args[place.argument], place.how)
            for place in places(template)
        )

    def _written(self, value: Any, how: str) -> str:
        """Write an argument as its place says."""
        if how == "capital":
            text = self._written(value, "")
            return text[:1].upper() + text[1:]
        if isinstance(value, str):
            if how in ("moment", "utc"):
                return self.moment(value, UTC if how == "utc" else None)
            return printable(value, len(value))
        if isinstance(value, int | float):
            if how == "duration":
                return self.duration(value)
            return self._signs(format(value, how)) if how else self.number(value)
        if value is None:
            return "–"
        if isinstance(value, Sentence | Mapping):
            return self.say(value)
        return self.listed([self._written(one, "") for one in value], how or "and")

    # Numbers

    def number(self, value: float) -> str:
        """Write a number with its groups: `1,234.5` in English, `1 234,5` in French."""
        return self._signs(f"{value:,}")

    def _signs(self, figure: str) -> str:
        """Give a number, as Python writes it, the signs of this language."""
        return figure if self._english else figure.translate(_signs(self.code))

    def duration(self, seconds: float) -> str:
        """Write a length of time in a unit that fits: `0.004 s`, `12.3 s`, `5 min`, `3.2 h`, `32 days`."""
        if not math.isfinite(seconds):
            raise ValueError("an endless time is told in words")
        for unit, length, below in (("seconds", 1, 120), ("minutes", 60, 7200), ("hours", 3600, 172_800)):
            if abs(seconds) < below:
                return self._unit(unit, seconds / length)
        return self._unit("days", seconds / 86_400)

    def _unit(self, unit: str, value: float) -> str:
        digits = max(_DIGITS, len(f"{abs(value):.0f}"))
        fine = 0 < abs(value) < _FINE
        return self.say(UNITS(unit, figure=self._signs(f"{value:.3f}" if fine else f"{value:,.{digits}g}")))

    # Times

    def moment(
        self,
        when: str | datetime,
        zone: tzinfo | None = None,
        *,
        until: str | datetime | None = None,
        fine: bool = False,
    ) -> str:
        """Write a time, or the span to another, in local time with UTC beside it; without a zone in UTC alone.

        Args:
            when: a time, as a datetime or as case.json has it (RFC 3339).
            zone: the site's, where it is not this language's own.
            until: the span's end.
            fine: with milliseconds.
        """
        ends = [_utc(when), *([_utc(until)] if until is not None else [])]
        if len(ends) > 1 and self._span(ends[:1], fine) == self._span(ends[1:], fine):
            ends = ends[:1]
        zone = zone or self.zone
        if zone is None or zone is UTC:
            return self.say(UNITS("moment-utc", at=self._span(ends, fine)))
        here = [end.astimezone(zone) for end in ends]
        same = [end.date() for end in ends] == [end.date() for end in here] and len({end.date() for end in ends}) == 1
        beside = self._joined([_clock(end, fine) for end in ends]) if same else self._span(ends, fine)
        return self.say(UNITS("moment-beside", here=self._span(here, fine), there=beside))

    def date(self, day: date) -> str:
        """Write a date: `2012-11-21`, which nobody takes for another, in English; `21/11/2012` in French."""
        if self._english:
            return f"{day:%Y-%m-%d}"
        from babel.dates import format_skeleton

        return format_skeleton("yMd", day, locale=self.code)

    def _span(self, ends: Sequence[datetime], fine: bool) -> str:
        first, *rest = ends
        texts = [f"{self.date(first)} {_clock(first, fine)}"]
        texts += [("" if end.date() == first.date() else f"{self.date(end)} ") + _clock(end, fine) for end in rest]
        return self._joined(texts)

    def _joined(self, ends: Sequence[str]) -> str:
        return ends[0] if len(ends) == 1 else self.say(UNITS("from-to", begin=ends[0], end=ends[1]))

    # Lists

    def listed(self, texts: Sequence[str], how: str = "and") -> str:
        """Put texts into one: `a, b and c`; `how` is one of `drawing.LISTS`."""
        if how in _JOINTS:
            return (_JOINTS[how] if self._english else _JOINTS[how].replace(";", "\u202f;")).join(texts)
        if self._english:
            return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {how} {texts[-1]}" if texts else ""
        from babel.lists import format_list

        return format_list(list(texts), "or" if how == "or" else "standard", self.code)

    @property
    def translations(self) -> gettext.NullTranslations:
        """The page's texts, as jinja2's i18n extension takes them."""
        return gettext.NullTranslations() if self._english else translations(self.code)

    @property
    def _english(self) -> bool:
        return self.code == "en"


ENGLISH = Language("en")


def source(kind: str) -> Template:
    """Return a sentence's English template by its id alone, whether or not it is translated.

    The templates of rooms that are not loaded are in the catalogues of other languages.

    Raises:
        KeyError: there is no such sentence.
    """
    template = template_of(kind) or messages(next(code for code in LANGUAGES if code != "en")).english(kind)
    if template is None:
        raise KeyError(kind)
    return template


def default(environment: Mapping[str, str] | None = None) -> str:
    """Return the language of the locale, as its variables say; English where that is none of ours.

    >>> default({"LANG": "fr_FR.UTF-8"}), default({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"})
    ('fr', 'en')
    """
    environment = os.environ if environment is None else environment
    named = next((value for name in _VARIABLES if (value := environment.get(name))), "")
    code = named.replace(".", "_").replace("@", "_").partition("_")[0].lower()
    return code if code in LANGUAGES else "en"


def _utc(when: str | datetime) -> datetime:
    """What is finer than a microsecond is dropped."""
    return (datetime.fromisoformat(when) if isinstance(when, str) else when).astimezone(UTC)


def _clock(when: datetime, fine: bool) -> str:
    return when.replace(tzinfo=None).isoformat(timespec="milliseconds")[11:] if fine else f"{when:%H:%M:%S}"


@cache
def _signs(code: str) -> dict[int, str]:
    """What stands for Python's signs of numbers."""
    symbols = _locale(code).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


@cache
def _locale(code: str) -> Locale:
    from babel import Locale

    return Locale.parse(code)
