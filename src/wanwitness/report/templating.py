"""The templates' environment: what is put into a page is escaped, and fit to print."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from wanwitness.model.text import printable

from . import capture_lines, labels, palette, words
from .wording import Wording

if TYPE_CHECKING:
    from jinja2 import Environment


class Raw(str):
    """Text that is escaped in its own way, and is put into the page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def source_hash(text: str) -> str:
    """Return the hash of a style or script, as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def environment(say: Wording) -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("wanwitness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
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


def _finalize(value: object) -> object:
    """Make what a template prints fit to print: a dash for absent knowledge, no control characters in any text."""
    if type(value) is str:  # not Markup, which a macro's output is
        value = printable(value, len(value)) or None
    return "–" if value is None else value
