"""The two sides of one connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wanwitness.model import FrameRef, Stream
from wanwitness.protocols.point import MailStream

from .point import Point

Method = Literal["isn", "relative-sequence", "payload", "dialogue"]
Wan = tuple[Point, MailStream]


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
    rivals: tuple[Point, ...] = ()
    """Points of other WAN streams that it may be as well."""


def opening_frames(stream: Stream) -> tuple[FrameRef, ...]:
    """The frames that show a connection being opened."""
    shown = [f for f in (stream.syn, stream.synack) if f is not None]
    return tuple(shown or [stream.first])
