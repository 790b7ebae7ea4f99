"""A sentence for people, before it is in any language: which one it is, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

Template = str | tuple[str, str]
"""English with named places, as in `{n} of {total}`; of two, the first is for one `n`, and the other for all else."""
Argument = Union[str, int, float, "Sentence", Mapping[str, Any], Sequence["Argument"], None]
"""What stands in a place of a template: a name, an address, a number, a time (RFC 3339), a sentence (also one of
case.json), or several.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or a part of one, that the room `language` puts into words."""

    id: str
    """Names its template in every language."""
    args: Mapping[str, Argument] = field(default_factory=dict)
    """By place; texts out of packets have been through `printable`."""
    template: Template = ""
    """In English."""

    def __hash__(self) -> int:
        return hash((self.id, tuple(self.args.items())))
