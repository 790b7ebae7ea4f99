"""case.json as a whole."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from .capture import CaptureJson, SpanJson
from .hypothesis import ActJson, AnswerJson, HypothesisJson
from .link import LinkJson
from .scalars import Arguments, Natural, Outcome, Time
from .session import SessionJson

SCHEMA = 1


class ToolJson(Struct):
    """Who made the case."""

    name: str
    version: str
    command_line: str
    tshark_version: str | None


class AssumptionJson(Struct):
    """A threshold in force."""

    name: str
    value: float
    unit: str
    why: str
    why_id: str | None = None
    why_args: Arguments | None = None


class UncountedJson(Struct):
    """Sessions that are told by their number alone."""

    server: str | None
    hour: Time
    reason: str
    outcome: Outcome
    count: Natural


class OddityJson(Struct):
    """Broken or unexpected traffic."""

    capture: Natural
    frame: Natural | None
    offset: Natural | None
    reason: str
    reason_id: str | None = None
    reason_args: Arguments | None = None


class ByLinksJson(Struct):
    """Sessions of one pair of links."""

    resolver_link: str | None
    transport_link: str | None
    accepted: Natural
    rejected: Natural
    other: Natural


class TotalsJson(Struct):
    """Counts over all sessions."""

    sessions: Natural
    flagged: Natural
    likely_cause: Natural
    by_verdict: dict[str, Natural]
    by_outcome: dict[str, Natural]
    by_direction: dict[str, Natural]
    by_links: list[ByLinksJson]


class Document(Struct):
    """case.json."""

    schema: Literal[1]
    tool: ToolJson
    analysed_at: Time
    site: dict[str, Any]
    """The site file as it was understood."""
    captures: list[CaptureJson]
    coverage: list[SpanJson]
    links: list[LinkJson]
    sessions: list[SessionJson]
    hypotheses: list[HypothesisJson]
    answer: AnswerJson
    assumptions: list[AssumptionJson]
    uncounted_sessions: list[UncountedJson]
    oddities: list[OddityJson]
    notes: list[str]
    refused: list[str]
    totals: TotalsJson
    redacted: bool = False
    """Whether the site's names and addresses are replaced by others, one for each, as long as itself."""
    acts: list[ActJson] = field(default_factory=list)
    """Log-ins and visits, the first 2,000 in time."""
    refused_id: list[str] = field(default_factory=list)
    refused_args: list[Arguments] = field(default_factory=list)
    notes_id: list[str] = field(default_factory=list)
    notes_args: list[Arguments] = field(default_factory=list)
