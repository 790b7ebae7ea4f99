"""Every frame that a case cites, wherever in its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .checks import Ref

_TABLES = ("sessions", "links", "site", "answer", "acts", "hypotheses", "oddities", "coverage", "assumptions")
"""The parts of a document that cite frames, or may come to."""


class Citation(NamedTuple):
    """A frame, and what cites it."""

    where: str
    """`session 6b13af2e59df commands[2].frames`."""
    frame: Ref


def citations(document: Mapping[str, Any]) -> Iterator[Citation]:
    """Yield every citation of a document: also in parts of it that this program does not know yet."""
    for table in _TABLES:
        rows = document.get(table) or []
        for index, row in enumerate(rows) if isinstance(rows, list) else [(None, rows)]:
            name = table if index is None else f"{table}[{index}]"
            if table == "sessions":
                name = f"session {row['id']}"
            if table == "oddities":
                if row["frame"]:
                    yield Citation(name, (row["capture"], row["frame"]))
                continue
            yield from _within(row, name, "")


def _within(value: Any, name: str, path: str) -> Iterator[Citation]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            inner = f"{path}.{key}" if path else str(key)
            if key == "args" or str(key).endswith("_args"):
                continue  # what fills the places of a sentence: words that name frames, and are no citations
            if key == "frames" and isinstance(part, list):
                yield from (Citation(f"{name} {inner}", _ref(one, inner)) for one in part)
            elif str(key).endswith("frame") and part is not None and not isinstance(part, str):
                yield Citation(f"{name} {inner}", _ref(part, inner))
            elif isinstance(part, Mapping | list):
                yield from _within(part, name, inner)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            if isinstance(part, Mapping | list):
                yield from _within(part, name, f"{path}[{index}]")


def _ref(value: Any, where: str) -> Ref:
    capture, number = value
    if type(capture) is not int or type(number) is not int:
        raise ValueError(f"{where}: {value!r} is no frame")
    return capture, number
