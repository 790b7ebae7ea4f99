"""What all HTML pages share: whatever is put into them is escaped and fit to print, and nothing else is let in."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from wanwitness.model.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment


def templates(*rooms: str) -> Environment:
    """Return the templates of some rooms, the first one's first; a name that is not there is an error."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(room) for room in rooms]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy of a page that can be mailed alone: its own style and script, and no more."""
    return (
        f"default-src 'none'; img-src data:; style-src '{source_hash(style)}'; script-src '{source_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def source_hash(text: str) -> str:
    """Return the hash of a style or script, as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _finalize(value: object) -> object:
    """Make what a template prints fit to print: a dash for absent knowledge, no control characters in any text."""
    if type(value) is str:  # not Markup, which a macro's output is
        value = printable(value, len(value)) or None
    return "–" if value is None else value
