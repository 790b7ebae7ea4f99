"""A language's catalogues, as gettext has them: text files that people review, read when they are first needed.

They are read as they are: a build step that makes `.mo` of them would save less than a tenth of a second in a command.
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from wanwitness.model import Template

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SENTENCES = ("case", "cli")
"""Domains whose messages are templates of sentences, with their ids as contexts."""
PAGE = "page"
"""The domain of the report's own texts."""


class Messages:
    """The templates of one language, by the ids of sentences."""

    def __init__(self, catalogs: list[Catalog]) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._translations = _translations(catalogs)
        for catalog in catalogs:
            for message in catalog:
                if message.context and not message.fuzzy:
                    ids = message.id
                    self._known[message.context] = (ids,) if isinstance(ids, str) else tuple(ids)

    def template(self, kind: str, number: object) -> str | None:
        """Return the template of a sentence; None where this language has none.

        Args:
            kind: the sentence's id.
            number: its argument `n`, which may decide between singular and plural.
        """
        ids = self._known.get(kind)
        if ids is None:
            return None
        if len(ids) == 1:
            return self._translations.pgettext(kind, ids[0])
        return self._translations.npgettext(kind, ids[0], ids[1], number if isinstance(number, int) else 2)

    def english(self, kind: str) -> Template | None:
        """Return the English template of a sentence, of which this language's is made; None where it has none."""
        ids = self._known.get(kind)
        return None if ids is None else ids[0] if len(ids) == 1 else (ids[0], ids[1])


@cache
def messages(code: str) -> Messages:
    """Read the templates of a language."""
    return Messages([_catalog(code, domain) for domain in SENTENCES])


@cache
def translations(code: str) -> gettext.NullTranslations:
    """Read the page's texts in a language."""
    return _translations([_catalog(code, PAGE)])


def english(template: Template, number: object) -> str:
    """Return an English template, or the one of two that is for this number."""
    return template if isinstance(template, str) else template[number != 1]


def _catalog(code: str, domain: str) -> Catalog:
    from babel.messages.pofile import read_po

    file = files("wanwitness.language").joinpath("locale", code, "LC_MESSAGES", f"{domain}.po")
    with file.open("rb") as content:
        return read_po(content, locale=code, domain=domain)


def _translations(catalogs: list[Catalog]) -> gettext.NullTranslations:
    from babel.messages.mofile import write_mo

    joined: gettext.NullTranslations | None = None
    for catalog in catalogs:
        buffer = BytesIO()
        write_mo(buffer, catalog)
        buffer.seek(0)
        read = gettext.GNUTranslations(buffer)
        if joined is None:
            joined = read
        else:
            joined.add_fallback(read)
    assert joined is not None, "there is a domain"
    return joined
