"""A connection as the capture points saw it, on both sides of the router."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .scalars import Frame, Natural, Share


class EndpointJson(Struct):
    """One end of a connection."""

    ip: str
    port: Natural


class StreamRefJson(Struct):
    """A session as one capture point saw it; the filter names exactly its frames."""

    capture: Natural
    community_id: str
    tshark_filter: str


class CrossingJson(Struct):
    """The WAN stream that is the same conversation as the LAN's."""

    link: str | None
    client: EndpointJson
    server: EndpointJson
    method: Literal["isn", "relative-sequence", "payload", "dialogue", "one-sided"]
    confidence: Share
    runner_up: Share | None
    frames: list[Frame]
