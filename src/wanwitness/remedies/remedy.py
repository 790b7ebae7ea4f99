"""What to try against a cause, for one relay and one router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wanwitness.model import Argument, Router, Sentence

from .catalogue import sentence
from .router import Family, families, family_of, general

Cause = Literal["look-up", "way", "redirection"]
"""What to change: where the relay's name is looked up, which way its mail takes, that the router leads it elsewhere."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The relay that is to be reached as its ISP wants it."""

    relay: str
    """Its name, or its address where no name is known."""
    isp: str
    link: str
    """The ISP's link, by which it is to be looked up and reached."""
    resolver: str | None = None
    """The link's own."""


def remedies(causes: tuple[Cause, ...], aim: Aim, router: Router) -> tuple[list[Sentence], list[Sentence]]:
    """Return what to try, and how to capture again: of the router where it is known, else what holds of every one."""
    family = family_of(router)
    if family is None:
        told = [sentence("remedy-for", isp=aim.isp, relay=aim.relay, remedy=one) for one in _of(general(), causes, aim)]
        return [*told, sentence("remedy-known", routers=tuple(one.name for one in families()))], []
    named = " ".join(filter(None, (router.model, router.firmware))) or family.name
    told = [
        sentence("remedy-on", router=named, isp=aim.isp, relay=aim.relay, remedy=one)
        for one in _of(family, causes, aim)
    ]
    return told, [sentence("remedy-capture", router=named, how=_say(family, "capture", aim))]


def _of(family: Family, causes: tuple[Cause, ...], aim: Aim) -> list[Sentence]:
    return [_say(family, cause, aim) for cause in causes if cause in family.texts]


def _say(family: Family, what: str, aim: Aim) -> Sentence:
    resolver: Argument = aim.resolver or sentence("remedy-its-resolver", isp=aim.isp)
    args: dict[str, Argument] = {"relay": aim.relay, "isp": aim.isp, "link": aim.link, "resolver": resolver}
    places = family.texts[what]
    return sentence(
        f"remedy-{family.id}-{what}", **{key: value for key, value in args.items() if f"{{{key}}}" in places}
    )
