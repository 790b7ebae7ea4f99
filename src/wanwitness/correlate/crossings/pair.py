"""The two sides of one connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wanwitness.model import FrameRef, Stream
from wanwitness.reading.point import MailStream, Point

Method = Literal["isn", "relative-sequence", "payload", "dialogue"]
Wan = tuple[Point, MailStream]
Opener = Literal["client", "router", "either"]
"""`router`: it chose the destination, or ended the client's connection. `either`: nothing tells."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A LAN stream and the WAN stream that is the same conversation."""

    lan: MailStream
    wan: MailStream
    wan_point: Point
    method: Method
    confidence: float
    runner_up: float | None
    frames: tuple[FrameRef, ...]
    wan_return: MailStream | None = None
    return_point: Point | None = None
    opener: Opener = "client"
    """Who opened the connection on the WAN."""
    rivals: tuple[Wan, ...] = ()
    """Other WAN streams that it may be as well."""
    may_be_one_sided: bool = False
    """Whether the LAN stream may have no WAN side at all, since this WAN stream may belong to another LAN stream."""

    @property
    def clear(self) -> bool:
        """Whether nothing else is possible."""
        return not self.rivals and not self.may_be_one_sided

    @property
    def link(self) -> str | None:
        """The link that it left by, whichever WAN stream it is; None where that cannot be told."""
        alike = all(point.label == self.wan_point.label for point, _ in self.rivals)
        return self.wan_point.label if alike and not self.may_be_one_sided else None


def opening_frames(stream: Stream) -> tuple[FrameRef, ...]:
    """The frames that show a connection being opened."""
    shown = [f for f in (stream.syn, stream.synack) if f is not None]
    return tuple(shown or [stream.first])
