"""Sentences as case.json keeps them: English text beside id and arguments, from which any language draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wanwitness.model import Argument, Sentence, printable

from .drawing import arguments
from .language import ENGLISH, source


def sentence_value(sentence: Sentence) -> dict[str, Any]:
    """Return a sentence as `{"id", "args", "text"}`."""
    return {**_nested(sentence), "text": ENGLISH.say(sentence)}


def told(field: str, sentence: Sentence | None) -> dict[str, Any]:
    """Return a sentence as three fields of a row: `FIELD`, `FIELD_id`, `FIELD_args`; all null where there is none."""
    if sentence is None:
        return {field: None, f"{field}_id": None, f"{field}_args": None}
    return {field: ENGLISH.say(sentence), f"{field}_id": sentence.id, f"{field}_args": _args(sentence)}


def retold(row: Mapping[str, Any], field: str) -> Sentence | None:
    """Return the sentence that a row of somebody's file has as three fields; None where they do not say the same.

    Whoever wrote the file may have written anything there: a sentence is taken only where it is one of ours, has for
    each of its places a text or a number and nothing else, and says in English just what the text says.
    """
    kind, args, text = row.get(f"{field}_id"), row.get(f"{field}_args"), row.get(field)
    if not isinstance(kind, str) or not isinstance(args, dict) or not isinstance(text, str):
        return None
    if not all(isinstance(argument, str | int | float) for argument in args.values()):
        return None
    try:
        template = source(kind)
        sentence = Sentence(kind, args, template)
        wanted = frozenset[str]().union(*map(arguments, [template] if isinstance(template, str) else template))
        return sentence if args.keys() == wanted and ENGLISH.say(sentence) == text else None
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return None


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
