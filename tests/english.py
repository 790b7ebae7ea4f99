"""Sentences as English, to be compared with what is expected."""

from __future__ import annotations

from collections.abc import Iterable

from wanwitness.language import ENGLISH
from wanwitness.model import Sentence


def english(sentence: Sentence | None) -> str:
    """Return one as text; empty for none."""
    return "" if sentence is None else ENGLISH.say(sentence)


def all_english(sentences: Iterable[Sentence]) -> list[str]:
    """Return each as text."""
    return [ENGLISH.say(sentence) for sentence in sentences]
