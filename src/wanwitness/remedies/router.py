"""Families of routers: what of their settings decides by which link a name is looked up and mail is sent."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from wanwitness.model import Router

GENERAL = "any"
"""The file of what holds of every router."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where something of a router is told."""

    url: str
    what: str


@dataclass(frozen=True, slots=True)
class Family:
    """One file of `routers/`."""

    id: str
    name: str
    """As people call it."""
    models: tuple[str, ...]
    """Words of which one stands in the name of each model, in small letters."""
    texts: Mapping[str, str]
    """Templates in English: `look-up`, `way`, `redirection` where the router can do that, and `capture`."""
    sources: tuple[Reference, ...]


@cache
def families() -> tuple[Family, ...]:
    """Return all families, in order of their names, and plain Linux last, since many a router is that inside; the
    general one is not among them.
    """
    found = [_read(entry.name.removesuffix(".toml")) for entry in _FOLDER.iterdir() if entry.name.endswith(".toml")]
    return tuple(
        sorted((one for one in found if one.id != GENERAL), key=lambda one: (one.id == "linux", one.name.lower()))
    )


@cache
def general() -> Family:
    """Return what holds of every router."""
    return _read(GENERAL)


def family_of(router: Router) -> Family | None:
    """Return the family that a router is of; None where its model is not given, or not known.

    >>> family_of(Router("Peplink Balance 20")).name
    'Peplink'
    """
    words = " ".join(re.findall(r"[^\W_]+", " ".join(filter(None, (router.model, router.firmware))).lower()))
    return next((one for one in families() if any(f" {word} " in f" {words} " for word in one.models)), None)


_FOLDER = files(__package__).joinpath("routers")


def _read(name: str) -> Family:
    row = tomllib.loads(_FOLDER.joinpath(f"{name}.toml").read_text("utf-8"))
    sources = tuple(Reference(source["url"], source["what"]) for source in row.get("source", ()))
    return Family(name, row["name"], tuple(row.get("models", ())), row["text"], sources)
