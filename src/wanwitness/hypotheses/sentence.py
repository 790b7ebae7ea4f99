"""A sentence: its id and arguments, by which any language draws it, and its English text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Argument = str | int | float | None


class Sentence(NamedTuple):
    """One sentence that a case says."""

    id: str
    args: Mapping[str, Argument]
    text: str
