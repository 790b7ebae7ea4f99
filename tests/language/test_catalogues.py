"""The catalogues are whole: every template of the code is in each language, with the same places."""

from __future__ import annotations

from collections import Counter

import pytest
from babel.messages.catalog import Catalog

import catalogues
from wanwitness.language.drawing import places
from wanwitness.language.language import LANGUAGES

EVERY = [(code, domain) for code in catalogues.OTHERS for domain in ("case", "cli", "page")]


@pytest.mark.parametrize(("code", "domain"), EVERY)
def test_a_catalogue_has_every_text_translated_and_is_as_the_code_says(code: str, domain: str) -> None:
    renewed = catalogues.renewed(code, domain)
    assert list(catalogues.complaints(renewed)) == [], "run `python -m tests.catalogues`, and translate"
    there = catalogues.path_of(code, domain).read_bytes()
    assert catalogues.written(renewed) == there, "run `python -m tests.catalogues`"


def test_every_language_has_its_folder() -> None:
    folders = {path.name for path in catalogues.LOCALE.iterdir() if path.is_dir()}
    assert folders == set(LANGUAGES) - {"en"}


def test_no_two_sentences_have_one_id() -> None:
    counts = Counter(one.kind for domain in catalogues.said().values() for one in domain)
    assert [kind for kind, n in counts.items() if n > 1] == []


def test_every_template_can_be_taken_apart_and_only_a_number_chooses_a_plural() -> None:
    for one in (one for domain in catalogues.said().values() for one in domain):
        templates = [one.template] if isinstance(one.template, str) else list(one.template)
        for template in templates:
            for place in places(template):
                assert place.argument is None or place.argument.isidentifier(), one.kind


@pytest.mark.parametrize(
    ("english", "french", "fault"),
    [
        ("{n} of {total}", "", "not translated"),
        ("{n} of {total}", "{n} sur {tout}", "its places are"),
        ("{n} of {total}", "{n}", "its places are"),
        ("of {total}", "sur {total:capitale}", "no way to write it"),
        ("{n} of {total}", "{n} sur {total}", ""),
    ],
)
def test_what_is_wrong_with_a_translation_is_found(english: str, french: str, fault: str) -> None:
    catalog = Catalog(locale="fr", domain="case")
    catalog.add(english, string=french, context="one")
    found = list(catalogues.complaints(catalog))
    assert fault in found[0] if fault else not found


def test_a_translation_of_what_is_said_otherwise_now_is_fuzzy() -> None:
    catalog = Catalog(locale="fr", domain="case")
    catalog.add("{n} of {total}", string="{n} sur {total}", context="one", flags={"fuzzy"})
    assert "fuzzy" in next(catalogues.complaints(catalog))
