"""One SMTP connection across the router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .candidate import Candidate, Objection
from .dialogue import Dialogue
from .encrypted import EncryptedDns
from .frame import FrameRef
from .resolution import Resolution
from .resolved import NOT_SOUGHT, Resolved
from .stream import Endpoint, Gap, Stream

SessionDirection = Literal["outbound", "inbound", "internal", "router"]
"""`outbound`: a host of the site opened it; `inbound`: opened from beyond the router; `internal`: both ends are on the
LAN; `router`: the router's own.
"""


@dataclass(frozen=True, slots=True)
class StreamRef:
    """A stream by every name that other tools know it by."""

    capture: int
    community_id: str
    tshark_filter: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """The LAN stream and the WAN stream that are one conversation."""

    link: str
    client: Endpoint
    """As seen on the WAN side."""
    server: Endpoint
    method: Literal["isn", "relative-sequence", "payload", "dialogue", "one-sided"]
    confidence: float
    """0 to 1."""
    runner_up: float | None
    """Confidence of the next best candidate; None where there was none."""
    frames: tuple[FrameRef, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One SMTP connection, with its ways through the router and to its address; compared by identity."""

    id: str
    start_ns: int
    """On the reference clock."""
    end_ns: int
    client: Endpoint
    server: Endpoint
    dialogue: Dialogue
    lan: Stream | None
    wan: Stream | None
    direction: SessionDirection | None = "outbound"
    """None where the captures contradict what was said of their sides."""
    wan_return: Stream | None = None
    """The WAN stream of another link that carried the server's side."""
    lan_stream: StreamRef | None = None
    wan_stream: StreamRef | None = None
    return_stream: StreamRef | None = None
    crossing: Crossing | None = None
    candidates: tuple[FrameRef, ...] = ()
    """The openings of the connections that may be its WAN side, where more than one link is possible."""
    transport_link: str | None = None
    resolved: Resolved = NOT_SOUGHT
    """How the opener came by the address."""
    encrypted_dns: tuple[EncryptedDns, ...] = ()
    """DNS that nobody can read, and that may have given the address."""
    cut_answers: tuple[FrameRef, ...] = ()
    """DNS answers to its host, the latest before it, where the snap length cut off what they held."""
    unkept_answers: bool = False
    """DNS answers that may have given its address are not kept, for there are too many messages."""
    asked_name: str | None = None
    """What the client asked for."""

    @property
    def judged(self) -> bool:
        """Whether its links can be compared at all: what came in, or stayed within the LAN, left by none."""
        return self.direction not in ("inbound", "internal")

    @property
    def resolution(self) -> Resolution | None:
        """The answer that gave the address, as far as it is known."""
        return self.resolved.resolution

    @property
    def resolver_link(self) -> str | None:
        """The link by which the address was resolved."""
        return self.resolved.link

    @property
    def answers(self) -> tuple[Candidate, ...]:
        """Where the resolver's link cannot be told, the answers that may have given the address."""
        return self.resolved.candidates

    @property
    def objections(self) -> tuple[Objection, ...]:
        """Why the latest of them is not plainly this connection's own."""
        return self.resolved.objections

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What the captures saw of it: on the LAN, on its link, on the link that its answers came back by."""
        return tuple(stream for stream in (self.lan, self.wan, self.wan_return) if stream is not None)

    @property
    def reached(self) -> Endpoint:
        """The server at the far end, as far as the captures show it: beyond the router, or within the site."""
        stream = self.wan or self.lan if self.judged else self.lan or self.wan
        return self.server if stream is None else stream.resp

    @property
    def resolved_name(self) -> str | None:
        """The name whose answer gave the address."""
        return self.resolution.name if self.resolution is not None else None

    def gaps(self, stream: Stream) -> tuple[Gap, ...]:
        """Return what of one of its streams was not captured; what its two links did not carry is no gap of theirs."""
        if self.wan is None or self.wan_return is None or stream is self.lan:
            return tuple(stream.gaps)
        carries = "orig" if stream is self.wan else "resp"
        return tuple(gap for gap in stream.gaps if gap.direction == carries)
