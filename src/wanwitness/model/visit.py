"""What hosts did at their provider beside sending mail: logging in to a mailbox, visiting a web page."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .frame import FrameRef
from .report import DeliveryReport
from .stream import Endpoint


class LogIn(NamedTuple):
    """A log-in to a mailbox, or the try. User and password are in no row."""

    protocol: Literal["POP3", "IMAP"]
    client: Endpoint
    server: Endpoint
    ts_ns: int
    """When the server answered it, by the capture's clock."""
    frame: FrameRef
    """That answer's."""
    succeeded: bool | None
    """None where the connection is encrypted: it said as much as a log-in takes, and nobody can read what."""


class Fetched(NamedTuple):
    """A delivery report that was fetched from a mailbox; nothing else of a message is in any row."""

    client: Endpoint
    server: Endpoint
    report: DeliveryReport
    times_ns: tuple[int, ...]
    """When the frame came that each of its statuses begins in, by the capture's clock."""


class Visit(NamedTuple):
    """A web server was asked for by name."""

    host: str
    """In lower case; empty where the name is hidden or absent."""
    client: str
    server: str
    ts_ns: int
    frame: FrameRef
    by: Literal["TLS", "QUIC", "HTTP"]
