"""DNS that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .frame import FrameRef

Envelope = Literal["DNS over TLS", "DNS over QUIC", "DNS over HTTPS"]
"""RFC 7858, RFC 9250, RFC 8484."""


@dataclass(frozen=True, slots=True)
class EncryptedDns:
    """A host talked to a resolver through TLS or QUIC, or tried to."""

    envelope: Envelope
    client: str
    server: str
    frame: FrameRef
    ts_ns: int
    answered: bool
    """Whether the resolver is seen to have answered, or to be in a conversation."""
    name: str | None = None
    """The server's name, where the client said it in the clear (RFC 6066 section 3)."""
