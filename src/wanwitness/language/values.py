"""Sentences as case.json keeps them: English text beside id and arguments, from which any language draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wanwitness.model import Argument, Sentence, printable

from .language import ENGLISH


def sentence_value(sentence: Sentence) -> dict[str, Any]:
    """Return a sentence as `{"id", "args", "text"}`."""
    return {**_nested(sentence), "text": ENGLISH.say(sentence)}


def told(field: str, sentence: Sentence | None) -> dict[str, Any]:
    """Return a sentence as three fields of a row: `FIELD`, `FIELD_id`, `FIELD_args`; all null where there is none."""
    if sentence is None:
        return {field: None, f"{field}_id": None, f"{field}_args": None}
    return {field: ENGLISH.say(sentence), f"{field}_id": sentence.id, f"{field}_args": _args(sentence)}


def several_told(field: str, sentences: Iterable[Sentence]) -> dict[str, Any]:
    """Return sentences as three lists of a row."""
    rows = [told(field, sentence) for sentence in sentences]
    return {key: [row[key] for row in rows] for key in (field, f"{field}_id", f"{field}_args")}


def _args(sentence: Sentence) -> dict[str, Any]:
    return {name: _value(argument) for name, argument in sentence.args.items()}


def _nested(sentence: Sentence) -> dict[str, Any]:
    return {"id": sentence.id, "args": _args(sentence)}


def _value(argument: Argument) -> Any:
    if isinstance(argument, Sentence):
        return _nested(argument)
    if isinstance(argument, Mapping):
        return {"id": argument["id"], "args": argument["args"]}
    if isinstance(argument, str):
        return printable(argument, len(argument))
    if isinstance(argument, int | float) or argument is None:
        return argument
    return [_value(one) for one in argument]
