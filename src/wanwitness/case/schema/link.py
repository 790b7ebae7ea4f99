"""A link as the case tells it, and what the captures show of it."""

from __future__ import annotations

from msgspec import Struct

from .scalars import Frame, Natural, Time


class ShownJson(Struct):
    """What the captures themselves show of a link, or of the LAN."""

    what: str
    value: str
    source: str
    since: Time | None
    times: Natural
    frames: list[Frame]


class LinkJson(Struct):
    """One Internet access of the site."""

    name: str
    isp: str | None
    addresses: list[str]
    resolvers: list[str]
    relays: list[str]
    source: str
    shown: list[ShownJson]
