"""What the evidence says of one session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .frame import FrameRef
from .resolved import Undetermined
from .sentence import Sentence
from .session import Session

_UNSAID = Sentence("")
"""Stands where a sentence will be."""
Verdict = Literal["consistent", "link-mismatch", "undetermined"]
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
LikelyCause = Literal["link-mismatch", "relay-owner-mismatch", "foreign-resolver"]


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
    wan_frame: FrameRef | None = None
    """The same reply beyond the router, where `frame` is of the LAN side; None where it was not seen there."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What was reported later of a mail that a session sent, for one recipient."""

    at_ns: int
    """When the session that brought the report began, or when it was fetched; on the reference clock."""
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
class ToldAddress:
    """The public address that a server says it saw the site come from."""

    address: str
    link: str | None
    """Whose it is, where the site file or the captures say so."""
    frame: FrameRef
    """Of the reply, or of the returned mail, that tells it."""


@dataclass(frozen=True, slots=True)
class Near:
    """What came nearest to deciding a session that could not be judged, and what would have decided."""

    what: Sentence | None
    """`the look-up of smtp.example over orange, answered 0.05 s before the connection`; None where nothing did."""
    frames: tuple[FrameRef, ...]
    decide: Sentence
    """The capture that is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A further fact that bears on the rejection."""

    kind: FindingKind
    text: Sentence
    frames: tuple[FrameRef, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """All that is said of one session, and the frames that it rests on; compared by identity."""

    session: Session
    """What is told of the connection: without its links, and where need be its direction, where `contradicted`."""
    outcome: Outcome
    partial: bool
    """Only a part of the recipients was served."""
    rejection: Rejection | None
    """The refusal that says most: the first that may be the link's fault, else the first decisive one."""
    rejections: tuple[Rejection, ...]
    """Every refusal of a command that mail needs, in order, a mended one too."""
    verdict: Verdict
    undetermined_because: Undetermined | None
    contradicted: tuple[Sentence, ...] = ()
    """What makes it impossible to name its links."""
    likely_causes: tuple[LikelyCause, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    """What was reported later of the mail that it sent, in order of time."""
    told_address: ToldAddress | None = None
    """The public address that the server says it saw."""
    findings: tuple[Finding, ...] = ()
    near: Near | None = None
    """Where it is undetermined and no answer may have been the one: what came nearest, and what would decide."""
    frames: tuple[FrameRef, ...] = ()
    """Every frame that the verdict, the outcome and the findings rest on."""
    explanation: Sentence = _UNSAID
    """All of it in sentences."""

    @property
    def flagged(self) -> bool:
        """Whether the resolver's link differs from the transport link."""
        return self.verdict == "link-mismatch"

    @property
    def likely_cause(self) -> bool:
        """Whether the link mismatch is a likely cause of the refusal."""
        return "link-mismatch" in self.likely_causes
