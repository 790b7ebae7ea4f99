"""How sentences are put into words: English from their own templates, other languages from gettext's catalogues.

    Catalogue      a room's templates in English, by the sentences' ids
    failure        an error that any language can tell
    Language       English, or a language of `locale/`: sentences, numbers, times, lists

A sentence is made once, where something is found out, and kept in case.json as id, arguments and English text. Whoever
prints it, on a terminal, a page or a letter, asks a `Language` to say it. To add a language, add its name to
`LANGUAGES` and its folder to `locale/`, and run `python -m tests.catalogues`.
"""

from .catalogue import Catalogue
from .failure import failure, said_of
from .fields import held, held_all
from .language import ENGLISH, LANGUAGES, Language, Said, source
from .values import retold, sentence_value, several_told, told

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Catalogue",
    "Language",
    "Said",
    "failure",
    "held",
    "held_all",
    "retold",
    "said_of",
    "sentence_value",
    "several_told",
    "source",
    "told",
]
