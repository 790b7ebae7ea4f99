"""Sentences drawn once more: does the text say what its arguments say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from wanwitness.case.assumptions import IN_FORCE
from wanwitness.language import ENGLISH, source
from wanwitness.model import Argument, Sentence

from .checks import Checks

Place = tuple[str | int, ...]


def check_sentences(document: Mapping[str, Any], checks: Checks) -> None:
    """Compare every text that stands beside an id and arguments with what these give in English.

    One whose id this version does not have is passed over in a case of another version.
    """
    ours = is_ours(document)
    for place, kind, args, text in _told(document, ()):
        try:
            again = ENGLISH.say(_sentence(kind, args))
        except (KeyError, TypeError, ValueError, AttributeError):
            if ours:
                checks.compare("sentence", False, f"{_named(document, place)}_id", kind, "no sentence of this version")
            continue
        checks.compare("sentence", again == text, _named(document, place), text, again)


def check_assumptions(document: Mapping[str, Any], checks: Checks) -> None:
    """Compare the thresholds with those that are in force, if the case is of this version."""
    if not is_ours(document):
        checks.cannot("assumptions", "the case is of another version")
        return
    told = {row["name"]: (row["value"], row["unit"]) for row in document["assumptions"]}
    for name, value in {one.name: (one.value, one.unit) for one in IN_FORCE}.items():
        checks.compare("inner", told.pop(name, None) == value, f"assumptions {name}", told.get(name), value)
    checks.compare("inner", not told, "assumptions", list(told), "no such thresholds")


def is_ours(document: Mapping[str, Any]) -> bool:
    """Whether a case was made by this version, whose rules and thresholds are known."""
    return bool(document["tool"]["version"] == version("wanwitness"))


def _told(value: Any, place: Place) -> Iterator[tuple[Place, str, Mapping[str, Any], str]]:
    """Yield every sentence of a value, with its place: its id, its arguments and its text."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _told(one, (*place, index))
    if not isinstance(value, Mapping):
        return
    if (
        isinstance(value.get("text"), str)
        and isinstance(value.get("id"), str)
        and isinstance(value.get("args"), Mapping)
    ):
        yield (*place, "text"), value["id"], value["args"], value["text"]
        return
    for key, one in value.items():
        kinds, args = value.get(f"{key}_id"), value.get(f"{key}_args")
        if isinstance(one, str) and isinstance(kinds, str) and isinstance(args, Mapping):
            yield (*place, key), kinds, args, one
        elif isinstance(one, list) and isinstance(kinds, list) and isinstance(args, list):
            for index, row in enumerate(zip(kinds, args, one, strict=False)):
                if isinstance(row[0], str) and isinstance(row[1], Mapping) and isinstance(row[2], str):
                    yield (*place, key, index), *row
        elif not str(key).endswith("_args"):
            yield from _told(one, (*place, key))


def _sentence(kind: str, args: Mapping[str, Any]) -> Sentence:
    return Sentence(kind, {name: _argument(value) for name, value in args.items()}, source(kind))


def _argument(value: Any) -> Argument:
    if isinstance(value, Mapping):
        return _sentence(value["id"], value["args"])
    return tuple(_argument(one) for one in value) if isinstance(value, list) else value


def _named(document: Mapping[str, Any], place: Place) -> str:
    """Name a place; a session by its id."""
    if place[0] == "sessions" and isinstance(place[1], int):
        head, rest = f"session {document['sessions'][place[1]]['id']}", place[2:]
    else:
        head, rest = str(place[0]), place[1:]
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    return f"{head} {text[1:]}" if place[0] == "sessions" else head + text
