"""Errors that any language can tell."""

from __future__ import annotations

from typing import TypeVar

from wanwitness.errors import WanwitnessError
from wanwitness.model import Sentence

from .catalogue import Catalogue
from .language import ENGLISH

E = TypeVar("E", bound=WanwitnessError)


def failure(kind: type[E], said: Sentence) -> E:
    """Make an error of a sentence.

    >>> from wanwitness.errors import UsageError
    >>> from wanwitness.language import Catalogue
    >>> str(failure(UsageError, Catalogue("tests", {"no-file": "{path}: no such file"})("no-file", path="lan.pcap")))
    'lan.pcap: no such file'
    """
    return kind(ENGLISH.say(said), said)


def said_of(error: WanwitnessError) -> Sentence:
    """Return what an error says as a sentence; one that has none is told as it is."""
    return error.said if isinstance(error.said, Sentence) else _AS_IT_IS("as-it-is", text=str(error))


_AS_IT_IS = Catalogue("language", {"as-it-is": "{text}"})
