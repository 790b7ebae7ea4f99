"""The language of an error, which may come before any command knows its options."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING

from .arguments import LANGUAGES

if TYPE_CHECKING:
    from wanwitness.language import Language


def spoken() -> Language:
    """Return the language that the command line names, or the locale's."""
    from wanwitness.language import Language

    told = [code for option, code in pairwise(sys.argv) if option == "--lang"]
    told += [option.removeprefix("--lang=") for option in sys.argv if option.startswith("--lang=")]
    return Language.of(next((code for code in told if code in LANGUAGES), None))
