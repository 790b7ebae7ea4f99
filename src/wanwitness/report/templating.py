"""The report's templates, and what they may ask for beside what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wanwitness.pages import templates

from . import capture_lines, labels, palette, words
from .wording import Wording

if TYPE_CHECKING:
    from jinja2 import Environment


class Raw(str):
    """Text that is escaped in its own way, and is put into the page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def environment(say: Wording) -> Environment:
    """Return the report's templates, in a language."""
    made = templates("wanwitness.report")
    made.globals.update(
        _=say.gettext,
        ngettext=say.ngettext,
        say=say,
        words=words,
        labels=labels,
        kind=palette.kind,
        clock_lines=lambda clock: capture_lines.clock(clock, say),
        losses=lambda capture: capture_lines.losses(capture, say),
    )
    return made
