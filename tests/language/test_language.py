from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wanwitness.errors import UsageError
from wanwitness.language import ENGLISH, Catalogue, Language, sentence_value, several_told, told
from wanwitness.language.language import default
from wanwitness.model import Argument

FRENCH = Language.of("fr")
PARIS = ZoneInfo("Europe/Paris")
SAY = Catalogue(
    "tests",
    {
        "refused": ("{n} of {total} sessions was refused", "{n} of {total} sessions were refused"),
        "why": "{who:capital}: {reasons:semicolon}, {p:.2f}, {code:d}",
        "when": "at {at:moment}, that is {at:utc}, for {long:duration}",
        "who": "the router",
        "lists": "{of} / {of:or} / {of:comma} / {of:semicolon} / {of:then}",
    },
)


def test_a_template_is_filled_and_its_number_chooses_singular_or_plural() -> None:
    assert ENGLISH.say(SAY("refused", n=1, total=12_345)) == "1 of 12,345 sessions was refused"
    assert ENGLISH.say(SAY("refused", n=0, total=3)) == "0 of 3 sessions were refused"


def test_sentences_stand_within_sentences_and_numbers_that_are_names_keep_their_digits() -> None:
    inner: list[Argument] = [SAY("refused", n=2, total=3), "a text"]
    said = ENGLISH.say(SAY("why", who=SAY("who"), reasons=inner, p=0.12345, code=5321))
    assert said == "The router: 2 of 3 sessions were refused; a text, 0.12, 5321"


def test_several_may_begin_a_sentence() -> None:
    assert ENGLISH.say(SAY("why", who=[SAY("who"), "b"], reasons=[], p=0, code=1)).startswith("The router and b: ")


def test_braces_in_an_argument_are_no_places() -> None:
    """A text out of a packet is put in as it is, whatever it looks like."""
    assert ENGLISH.say(SAY("lists", of=["{n} {0} {x.__class__}"])).startswith("{n} {0} {x.__class__} / ")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (ENGLISH, "a, b and c / a, b or c / a, b, c / a; b; c / a b c"),
        (FRENCH, "a, b et c / a, b ou c / a, b, c / a\u202f; b\u202f; c / a b c"),
    ],
)
def test_lists(language: Language, expected: str) -> None:
    how = ("and", "or", "comma", "semicolon", "then")
    assert " / ".join(language.listed(["a", "b", "c"], one) for one in how) == expected
    assert [language.listed([], one) for one in how] == [""] * 5
    assert [language.listed(["a"], one) for one in how] == ["a"] * 5


def test_numbers() -> None:
    assert [ENGLISH.number(1_234_567), ENGLISH.number(0.5)] == ["1,234,567", "0.5"]
    assert [FRENCH.number(1_234_567), FRENCH.number(0.5)] == ["1\u202f234\u202f567", "0,5"]


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0 s", "0\u00a0s"),
        (0.0242303, "0.024 s", "0,024\u00a0s"),
        (2.5, "2.5 s", "2,5\u00a0s"),
        (119, "119 s", "119\u00a0s"),
        (600, "10 min", "10\u00a0min"),
        (7200, "2 h", "2\u00a0h"),
        (86_400 * 3.5, "3.5 days", "3,5\u00a0jours"),
        (86_400 * 1234, "1,234 days", "1\u202f234\u00a0jours"),
    ],
)
def test_lengths_of_time_are_told_in_the_unit_that_fits(seconds: float, english: str, french: str) -> None:
    assert (ENGLISH.duration(seconds), FRENCH.duration(seconds)) == (english, french)


def test_times_are_local_first_with_utc_beside() -> None:
    at = "2012-11-21T13:30:05.123456789Z"
    assert ENGLISH.moment(at) == "2012-11-21 13:30:05 UTC"
    assert ENGLISH.moment(at, PARIS) == ENGLISH.at(PARIS).moment(at) == "2012-11-21 14:30:05 (13:30:05 UTC)"
    assert FRENCH.moment(at, PARIS, fine=True) == "21/11/2012 14:30:05.123 (13:30:05.123 UTC)"
    end = datetime(2012, 11, 21, 23, 30, tzinfo=UTC)
    assert FRENCH.moment(at, until=end) == "21/11/2012 13:30:05 à 23:30:00 UTC"
    said = SAY("when", at=at, long=0.5)
    assert (
        ENGLISH.at(PARIS).say(said)
        == "at 2012-11-21 14:30:05 (13:30:05 UTC), that is 2012-11-21 13:30:05 UTC, \
for 0.5 s"
    )


def test_a_sentence_of_case_json_is_said_in_the_language_from_its_id_and_arguments() -> None:
    row = sentence_value(ENGLISH_UNIT("hours", figure="2"))
    assert row == {"id": "hours", "args": {"figure": "2"}, "text": "2 h"}
    assert (ENGLISH.say(row), FRENCH.say(row)) == ("2 h", "2\u00a0h")


def test_a_field_of_a_row_has_id_and_arguments_beside_it() -> None:
    unit = ENGLISH_UNIT("from-to", begin="1", end=ENGLISH_UNIT("hours", figure="2"))
    nested: dict[str, object] = {"id": "hours", "args": {"figure": "2"}}
    row = told("text", unit)
    assert row == {"text": "1 to 2 h", "text_id": "from-to", "text_args": {"begin": "1", "end": nested}}
    assert (ENGLISH.tell(row), FRENCH.tell(row)) == ("1 to 2 h", "1 à 2\u00a0h")
    rows = several_told("notes", [unit, unit])
    assert FRENCH.tell_all(rows, "notes") == ["1 à 2\u00a0h"] * 2
    assert told("why", None) == {"why": None, "why_id": None, "why_args": None}
    assert FRENCH.tell(told("why", None), "why") == ""


@pytest.mark.parametrize(
    "row",
    [
        {"text": "as of old"},
        {"text": "as of old", "text_id": None, "text_args": None},
        {"text": "as of old", "text_id": "no-such-sentence", "text_args": {}},
        {"text": "as of old", "text_id": "hours", "text_args": {"other": 1}},
        {"text": "as of old", "text_id": "hours", "text_args": []},
    ],
)
def test_an_older_case_is_told_in_the_english_that_it_has(row: dict[str, Argument]) -> None:
    assert FRENCH.tell(row) == "as of old"
    assert FRENCH.tell_all({"notes": ["as of old"]}, "notes") == ["as of old"]


def test_an_unknown_language_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="no such language: tlh; there are en, fr"):
        Language.of("tlh")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_MESSAGES": "fr_FR@euro", "LANG": "en_US.UTF-8"}, "fr"),
        ({"LC_ALL": "", "LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LC_ALL": "C.UTF-8", "LANG": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_without_being_asked_the_locale_decides(environment: dict[str, str], expected: str) -> None:
    assert default(environment) == expected


def test_english_loads_no_catalogues() -> None:
    code = "import sys\nfrom wanwitness.language import Language\nLanguage.of('en').say({'text': 'x'})\n\
Language.of('en').moment('2012-11-21T13:30:05Z')\nassert 'babel' not in sys.modules and 'gettext' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_pages_texts_are_gettexts_own_in_english() -> None:
    assert ENGLISH.translations.gettext("What to try") == "What to try"
    assert ENGLISH.translations.ngettext("a session", "sessions", 2) == "sessions"
    assert FRENCH.translations.gettext("no such text") == "no such text"


ENGLISH_UNIT = Catalogue("language", {"hours": "{figure} h", "from-to": "{begin} to {end}"})
