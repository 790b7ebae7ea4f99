"""A command line that click does not understand is told in every language, and in English just as click tells it."""

from __future__ import annotations

import click
import pytest

from wanwitness.cli.main import wanwitness
from wanwitness.cli.misspelt import CLICK, misspelt
from wanwitness.language import ENGLISH, Language
from wanwitness.model import Sentence

LINES = {
    "live --lan": "click-needs-value",
    "live --ou x": "click-no-option-but-some",
    "live --bogus": "click-no-option-but",
    "live -x": "click-no-option",
    "live --unit=3": "click-takes-none",
    "live extra": "click-one-more",
    "explain a b c d": "click-some-more",
    "explain": "click-missing-argument",
    "lab run all": "click-missing-option",
    "analyze --workers 0": "click-value-for",
    "analyze --workers x": "click-value-for",
    "analyze --lang de": "click-value-for",
    "lab run --seed x": "click-value-for",
    "bogus": "click-no-command",
    "anal": "click-no-command-but",
}


def said_of(line: str) -> str:
    with pytest.raises(click.ClickException) as caught:
        wanwitness.main(line.split(), prog_name="wanwitness", standalone_mode=False)
    return caught.value.format_message()


@pytest.mark.parametrize("line", LINES)
def test_what_click_says_is_read_and_is_said_in_english_as_click_says_it(line: str) -> None:
    message = said_of(line)
    told = misspelt(message, "wanwitness x")
    what = told.args["what"]
    assert isinstance(what, Sentence) and what.id == LINES[line]
    assert ENGLISH.say(told) == f"{message} (wanwitness x --help tells more)"
    assert Language.of("fr").say(told).endswith("(wanwitness x --help en dit plus)")


def test_what_is_wrong_with_a_value_is_read_as_well() -> None:
    told = misspelt(said_of("analyze --workers 0"), "wanwitness analyze")
    french = Language.of("fr").say(told).translate({0xA0: " ", 0x202F: " "})
    wrong = "valeur incorrecte pour '--workers' : 0 n’est pas dans l’intervalle x>=1."
    assert french == f"{wrong} (wanwitness analyze --help en dit plus)"


def test_what_click_words_otherwise_stays_as_it_is() -> None:
    told = misspelt("No \x1b[31msuch {thing}", "wanwitness")
    for language in (ENGLISH, Language.of("fr")):
        assert language.say(told).startswith("No \\x1b[31msuch {thing} (")


def test_what_says_more_stands_before_what_says_less() -> None:
    """Or the first would take the second's words for a name."""
    order = list(CLICK)
    for kind in ("click-no-option", "click-no-command"):
        assert order.index(f"{kind}-but-some") < order.index(f"{kind}-but") < order.index(kind)
