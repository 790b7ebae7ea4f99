"""What click says of a command line that it does not understand, as sentences.

Click says it through gettext, which takes compiled catalogues alone, and the locale's, whatever `--lang` says. So its
English is read back, by the templates that it is made of; what another version of click words otherwise stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wanwitness.language import Catalogue
from wanwitness.language.drawing import places
from wanwitness.model import Sentence, printable

CLICK = Catalogue(
    "cli",
    {
        # The more that one says the earlier it stands.
        "click-value-for": "Invalid value for {what}: {why}",
        "click-no-choice": "{value} is not one of {choices}.",
        "click-no-whole-number": "{value} is not a valid integer.",
        "click-no-whole-number-there": "{value} is not a valid integer range.",
        "click-beyond": "{value} is not in the range {range}.",
        "click-missing-argument": "Missing argument {what}.",
        "click-missing-option": "Missing option {what}.",
        "click-no-option-but-some": "No such option {what}. (Did you mean one of: {some}?)",
        "click-no-option-but": "No such option {what}. Did you mean {other}?",
        "click-no-option": "No such option {what}.",
        "click-no-command-but-some": "No such command {what}. (Did you mean one of: {some}?)",
        "click-no-command-but": "No such command {what}. Did you mean {other}?",
        "click-no-command": "No such command {what}.",
        "click-one-more": "Got unexpected extra argument ({what})",
        "click-some-more": "Got unexpected extra arguments ({what})",
        "click-needs-value": "Option {what} requires an argument.",
        "click-takes-none": "Option {what} does not take a value.",
    },
)
_OURS = Catalogue("cli", {"told-by-help": "{what} ({command} --help tells more)", "click-says": "{text}"})
_MOST = 500
"""Characters: a command line may be of any length."""


def misspelt(message: str, command: str) -> Sentence:
    """Return what click says, and which command's help tells more.

    >>> misspelt("No such option '--ou'.", "wanwitness live").args["what"].args
    {'what': "'--ou'"}
    """
    message = printable(message, _MOST)
    return _OURS("told-by-help", what=_read(message) or _OURS("click-says", text=message), command=command)


def _read(message: str) -> Sentence | None:
    for kind, form in _forms():
        if (found := form.fullmatch(message)) is not None:
            return CLICK(kind, **{name: _read(text) or text for name, text in found.groupdict().items()})
    return None


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile("".join(_pieces(str(CLICK[kind]))))) for kind in CLICK)


def _pieces(template: str) -> Iterator[str]:
    for place in places(template):
        yield re.escape(place.text)
        if place.argument is not None:
            yield f"(?P<{place.argument}>.+)"
