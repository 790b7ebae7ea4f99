"""A room's sentences: the only place where their English stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wanwitness.model import Argument, Sentence, Template

_MADE: dict[str, Template] = {}
"""Every template of the rooms that are loaded, by the ids of sentences."""


class Catalogue:
    """Templates by the ids of sentences; calling it makes a sentence.

    A template's places are named, and may say how what stands there is written (`drawing.py`).

    >>> say = Catalogue("verdict", {"refused": ("{n} session was refused", "{n} sessions were refused")})
    >>> say("refused", n=2).args
    {'n': 2}
    """

    def __init__(self, room: str, templates: Mapping[str, Template]) -> None:
        self.room = room
        """Whose sentences they are, for translators."""
        self._templates = templates
        for kind, template in templates.items():
            _MADE.setdefault(kind, template)

    def __call__(self, kind: str, /, **args: Argument) -> Sentence:
        """Make a sentence.

        Args:
            kind: its id; one that is not in the catalogue is a KeyError.
            args: what stands in its places.
        """
        return Sentence(kind, args, self._templates[kind])

    def __contains__(self, kind: object) -> bool:
        return kind in self._templates

    def __iter__(self) -> Iterator[str]:
        return iter(self._templates)

    def __getitem__(self, kind: str) -> Template:
        return self._templates[kind]


def template_of(kind: str) -> Template | None:
    """Return the English template of a sentence of any room that is loaded; None where none of them has it."""
    return _MADE.get(kind)
