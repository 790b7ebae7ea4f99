"""The address that a server says it saw the site come from."""

from __future__ import annotations

from dataclasses import dataclass

from .frame import FrameRef


@dataclass(frozen=True, slots=True)
class ToldAddress:
    """One public address, told by a server."""

    address: str
    link: str | None
    """Whose it is, where the site file or the captures say so."""
    frame: FrameRef
    """Of the reply, or of the returned mail, that tells it."""
