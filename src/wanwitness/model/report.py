"""Delivery status notifications (RFC 3464): what became of a mail later."""

from __future__ import annotations

from dataclasses import dataclass

from .frame import FrameRef


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What a report says of one recipient (RFC 3464 section 2.3)."""

    recipients: tuple[str, ...]
    """The final address, and the original one where it is told."""
    action: str
    """`failed`, `delayed`, `delivered`, `relayed` or `expanded`, as sent, in small letters."""
    status: str | None
    """An enhanced code (RFC 3463)."""
    text: str | None
    """What the remote server said, printable."""
    remote: str | None
    """That server's name."""
    place: int
    """Offset of its status in the content."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery status notification, without its text and the message that it returns."""

    message_id: str | None
    """Of the message that it is about."""
    statuses: tuple[DeliveryStatus, ...]
    received: tuple[str, ...] = ()
    """The lines of trace of that message, the latest first (RFC 5321 section 4.4)."""
    to: tuple[str, ...] = ()
    """Whom the report is for: the sender of that message."""
    frames: tuple[FrameRef, ...] = ()
    """For each status, the frame that it begins in."""
    cut: bool = False
    """It tells of more recipients than are read."""
