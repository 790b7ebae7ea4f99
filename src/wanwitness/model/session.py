"""One SMTP connection across the router, and what the evidence says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .candidate import Candidate, Objection
from .dialogue import Dialogue
from .frame import FrameRef
from .near import Near
from .stream import Endpoint, Stream
from .told import ToldAddress

Verdict = Literal["consistent", "link-mismatch", "undetermined"]
Undetermined = Literal[
    "transport-link-unknown", "no-dns-seen", "resolver-link-unknown", "clock-uncertain", "ambiguous-answer"
]
"""In order of precedence: where several apply, the first is given."""
Outcome = Literal[
    "accepted", "rejected", "deferred", "refused", "unanswered", "aborted", "opaque", "no-mail", "unknown"
]
RejectionCause = Literal[
    "authentication-required",
    "starttls-required",
    "relaying-denied",
    "bad-credentials",
    "pop-before-smtp",
    "blocklisted",
    "client-address",
    "greylisted",
    "rate-limited",
    "sender-refused",
    "sender-authentication",
    "recipient-refused",
    "mailbox-full",
    "message-too-big",
    "content",
    "tls-failure",
    "service-unavailable",
    "routing",
    "protocol",
    "policy",
    "other",
]
Blame = Literal["subscriber", "address", "none"]
"""How a link may be to blame for a refusal. `subscriber`: the relay may not have known the site as its own customer;
`address`: the server minds the address that the mail left by, so that the transport link matters and the resolver's
never; `none`: neither.
"""
FindingKind = Literal[
    "relay-owner-mismatch",
    "foreign-resolver",
    "redirected",
    "expired-answer",
    "retried-other-link",
    "asymmetric-return",
    "capture-gap",
    "conflicting-overlap",
    "encrypted-dns",
    "address-told-by-server",
]
SessionDirection = Literal["outbound", "inbound", "internal", "router"]
"""`outbound`: a host of the site opened it; `inbound`: opened from beyond the router; `internal`: both ends are on the
LAN; `router`: the router's own.
"""
LikelyCause = Literal["link-mismatch", "relay-owner-mismatch", "foreign-resolver"]


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


@dataclass(frozen=True, slots=True)
class ResolutionStep:
    """One question on the way to the answer, at one capture point."""

    point: str
    """`lan`, or the link's name."""
    client: Endpoint
    server: Endpoint
    query_frame: FrameRef | None
    answer_frame: FrameRef | None
    id: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """How the opener's host came by the address it connected to."""

    name: str
    qtype: str
    address: str
    answered_ns: int
    """When the answer reached the host, on the reference clock."""
    age_s: float
    """Seconds from the answer to the SYN."""
    ttl_s: int
    expired: bool
    asked_by: Literal["client", "router"]
    resolver_ip: str | None
    """The last server on the way that was seen to be asked: the resolver at the far end of the link."""
    resolver_owner: str | None
    """The link whose resolver that is."""
    link: str | None
    from_cache: bool
    steps: tuple[ResolutionStep, ...]

    @property
    def frames(self) -> tuple[FrameRef, ...]:
        """Every frame of every step."""
        return tuple(f for step in self.steps for f in (step.query_frame, step.answer_frame) if f is not None)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refusal, and why."""

    code: int
    """0 where the server sent none."""
    enhanced: str | None
    text: str
    command: str
    """The verb refused; `connect` for a refusing banner."""
    cause: RejectionCause
    link: Blame
    """How a link may be to blame."""
    frame: FrameRef


@dataclass(frozen=True, slots=True)
class Bounce:
    """What was reported later of a mail that a session sent, for one recipient."""

    at_ns: int
    """When the report's own session began, on the reference clock."""
    frame: FrameRef
    """Where the report tells it."""
    recipient: str
    action: str
    status: str | None
    text: str | None
    remote: str | None
    cause: RejectionCause | None
    """Why the remote server refused; None where the report does not quote it."""
    saw: str | None = None
    """The public address that the returned mail's trace says it came from (RFC 5321 section 4.4)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A further fact that bears on the rejection."""

    kind: FindingKind
    text: str
    frames: tuple[FrameRef, ...]


@dataclass(slots=True)
class Session:
    """One SMTP connection with all that is known of it. The stages fill it from top to bottom."""

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
    cut_answers: tuple[FrameRef, ...] = ()
    """DNS answers to its host, the latest before it, where the snap length cut off what they held."""
    asked_name: str | None = None
    resolver_link: str | None = None
    resolution: Resolution | None = None
    answers: tuple[Candidate, ...] = ()
    """Where the resolver's link cannot be told, the answers that may have given the address."""
    objections: tuple[Objection, ...] = ()
    """Why the latest of them is not plainly this connection's own."""
    near: Near | None = None
    """Where it is undetermined and no answer may have been the one: what came nearest, and what would decide."""
    contradicted: tuple[str, ...] = ()
    """What makes it impossible to name its links: sentences."""
    outcome: Outcome = "unknown"
    partial: bool = False
    rejection: Rejection | None = None
    """The refusal that says most: the first that may be the link's fault, else the first decisive one."""
    rejections: tuple[Rejection, ...] = ()
    """Every refusal of a command that mail needs, in order, a mended one too."""
    verdict: Verdict = "undetermined"
    undetermined_because: Undetermined | None = None
    likely_causes: tuple[LikelyCause, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    """What was reported later of the mail that it sent, in order of time."""
    told_address: ToldAddress | None = None
    """The public address that the server says it saw."""
    findings: list[Finding] = field(default_factory=list)
    explanation: str = ""
    frames: tuple[FrameRef, ...] = ()
    """Every frame that the verdict, the outcome and the findings rest on."""

    @property
    def judged(self) -> bool:
        """Whether its links can be compared at all: what came in, or stayed within the LAN, left by none."""
        return self.direction not in ("inbound", "internal")

    @property
    def flagged(self) -> bool:
        """Whether the resolver's link differs from the transport link."""
        return self.verdict == "link-mismatch"

    @property
    def likely_cause(self) -> bool:
        """Whether the link mismatch is a likely cause of the refusal."""
        return "link-mismatch" in self.likely_causes
