"""A session: one SMTP connection, and what the evidence says of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .crossing import CrossingJson, EndpointJson, StreamRefJson
from .dialogue import (
    AnsweredByJson,
    AuthJson,
    BounceJson,
    ExchangeJson,
    RejectionJson,
    TlsJson,
    ToldAddressJson,
    TransactionJson,
)
from .resolution import CandidateJson, NearestJson, ObjectionJson, ResolutionJson
from .scalars import Arguments, Because, Direction, Frame, Outcome, SessionId, Time, Verdict


class FindingJson(Struct):
    """A further fact about a session."""

    kind: str
    text: str
    frames: list[Frame]
    text_id: str | None = None
    text_args: Arguments | None = None


class SessionJson(Struct):
    """One SMTP connection."""

    id: SessionId
    start: Time | None
    end: Time | None
    client: EndpointJson
    server: EndpointJson
    direction: Direction | None
    asked_name: str | None
    answered_by: AnsweredByJson | None
    candidates: list[CandidateJson]
    objections: list[ObjectionJson]
    nearest: NearestJson | None
    lan_stream: StreamRefJson | None
    wan_stream: StreamRefJson | None
    return_stream: StreamRefJson | None
    crossing: CrossingJson | None
    transport_link: str | None
    resolver_link: str | None
    resolution: ResolutionJson | None
    outcome: Outcome
    partial: bool
    rejection: RejectionJson | None
    rejections: list[RejectionJson]
    helo: str | None
    tls: TlsJson
    auth: AuthJson
    transactions: list[TransactionJson]
    commands: list[ExchangeJson]
    verdict: Verdict
    undetermined_because: Because | None
    flagged: bool
    likely_cause: bool
    likely_causes: list[Literal["link-mismatch", "relay-owner-mismatch", "foreign-resolver"]]
    bounces: list[BounceJson]
    told_address: ToldAddressJson | None
    findings: list[FindingJson]
    explanation: str
    frames: list[Frame]
    explanation_id: str | None = None
    explanation_args: Arguments | None = None
