"""How a session's address came about, and what cannot be told of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .crossing import EndpointJson
from .scalars import Arguments, Frame, Natural, Time


class LookupJson(Struct):
    """One exchange on the way of an answer."""

    point: str
    client: EndpointJson
    server: EndpointJson
    query_frame: Frame | None
    answer_frame: Frame | None
    id: Natural


class ResolutionJson(Struct):
    """How the address came about."""

    name: str
    type: str
    address: str
    answered_at: Time | None
    age_s: float
    ttl_s: Natural
    expired: bool
    asked_by: Literal["client", "router"]
    resolver_ip: str | None
    resolver_owner: str | None
    link: str | None
    from_cache: bool
    steps: list[LookupJson]


class CandidateJson(Struct):
    """An answer that the opener may have used."""

    frames: list[Frame]
    link: str | None
    why: str
    kind: str
    why_id: str | None = None
    why_args: Arguments | None = None


class ObjectionJson(Struct):
    """Why the latest answer is not plainly the connection's own."""

    kind: str
    text: str
    frames: list[Frame]
    text_id: str | None = None
    text_args: Arguments | None = None


class NearestJson(Struct):
    """What comes nearest to deciding, and what would have."""

    what: str | None
    frames: list[Frame]
    decide: str | None
    what_id: str | None = None
    what_args: Arguments | None = None
    decide_id: str | None = None
    decide_args: Arguments | None = None
