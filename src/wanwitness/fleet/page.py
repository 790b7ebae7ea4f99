"""fleet.html: the sites on one page, with links to their cases."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from wanwitness.language import Language
from wanwitness.model import printable
from wanwitness.report.page import style_values

from .catalogue import SAY
from .statements import FEWEST_SITES


def render(document: dict[str, Any], language: Language) -> str:
    """Return the page of a fleet document.

    As on a case's page all texts are escaped, and the page's policy admits its own style and script alone.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader("wanwitness.fleet"), PackageLoader("wanwitness.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say(kind: str, **args: Any) -> str:
        return language.say(SAY(f"fleet-{kind}", **args))

    style, script = (environment.get_template(name).render(style_values()) for name in ("fleet.css", "fleet.js"))
    relays = sorted({row["relay"] for row in document["routers_and_relays"]})
    routers = sorted({row["router"] for row in document["routers_and_relays"]}, key=lambda name: (name is None, name))
    return environment.get_template("fleet.html").render(
        lang=language.code,
        policy=_policy(style, script),
        say=say,
        tell=language.tell,
        told=language.say,
        number=language.number,
        fewest=FEWEST_SITES,
        relays=relays,
        routers=routers,
        **style_values(),
        cells={(row["router"], row["relay"]): row for row in document["routers_and_relays"]},
        **document,
    )


def _policy(style: str, script: str) -> str:
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _finalize(value: object) -> object:
    """Make what a template prints fit to print: a dash for absent knowledge, no control characters in any text."""
    if type(value) is str:  # not Markup, which a macro's output is
        value = printable(value, len(value)) or None
    return "–" if value is None else value
