"""fleet.html: the sites on one page, with links to their cases."""

from __future__ import annotations

from typing import Any

from wanwitness.language import Language
from wanwitness.pages import policy, templates
from wanwitness.report.page import style_values

from .catalogue import SAY
from .statements import FEWEST_SITES


def render(document: dict[str, Any], language: Language) -> str:
    """Return the page of a fleet document.

    As on a case's page all texts are escaped, and the page's policy admits its own style and script alone.
    """
    environment = templates("wanwitness.fleet", "wanwitness.report")

    def say(kind: str, **args: Any) -> str:
        return language.say(SAY(f"fleet-{kind}", **args))

    style, script = (environment.get_template(name).render(style_values()) for name in ("fleet.css", "fleet.js"))
    relays = sorted({row["relay"] for row in document["routers_and_relays"]})
    routers = sorted({row["router"] for row in document["routers_and_relays"]}, key=lambda name: (name is None, name))
    return environment.get_template("fleet.html").render(
        lang=language.code,
        policy=policy(style, script),
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
