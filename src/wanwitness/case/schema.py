"""The form of case.json, schema 1: what `Case.load` holds a document against, and what JSON Schema tells of it.

`case.schema.json` beside this file is made from these types by `publish`; a test holds them equal. A field may be added
in later versions; none is renamed or dropped without another schema number. Absent knowledge is null. Times are RFC
3339 UTC with nine decimals, on the reference clock; frames are [capture, number].
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

SCHEMA = 1
PUBLISHED = Path(__file__).with_name("case.schema.json")

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
SessionId = Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
Natural = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Frame = tuple[Natural, Natural]
"""Index into `captures`, and number within the file as Wireshark counts."""
Role = Literal["lan", "wan"]
Verdict = Literal["consistent", "link-mismatch", "undetermined"]
Because = Literal[
    "transport-link-unknown", "no-dns-seen", "resolver-link-unknown", "clock-uncertain", "ambiguous-answer"
]
Outcome = Literal[
    "accepted", "rejected", "deferred", "refused", "unanswered", "aborted", "opaque", "no-mail", "unknown"
]
Direction = Literal["outbound", "inbound", "internal", "router"]
Arguments = dict[str, Any]
"""What stands in a sentence's places: values, and sentences as `{"id", "args"}`. A sentence's field has `_id` and
`_args` beside it, null in cases of earlier versions; by these any language says it.
"""
Blame = Literal["subscriber", "address", "none"]


class Tool(Struct):
    """Who made the case."""

    name: str
    version: str
    command_line: str
    tshark_version: str | None


class Endpoint(Struct):
    """One end of a connection."""

    ip: str
    port: Natural


class Damage(Struct):
    """Bytes of a file that were left out."""

    offset: Natural
    bytes: Natural
    reason: str


class Step(Struct):
    """Where a clock was set."""

    at: Time | None
    by_s: float
    uncertainty_s: float


class Clock(Struct):
    """A capture's clock minus the reference."""

    offset_s: float
    drift_ppm: float | None
    drift_uncertainty_ppm: float | None
    steps: list[Step]
    uncertainty_s: float
    pairs: Natural


class Capture(Struct):
    """One capture point's part of one file."""

    path: str
    sha256: Sha256 | None
    bytes: Natural
    interface: str | None
    interface_id: int | None
    vlan: int | None
    role: Role | None
    link: str | None
    role_source: Literal["configured", "inferred"]
    linktype: Natural
    packets: Natural
    first: Time | None
    last: Time | None
    snaplen_cut: Natural
    dropped: Natural | None
    damage: list[Damage]
    left_out: dict[str, Natural]
    clock: Clock | None


class Span(Struct):
    """What time a capture covers, or does not."""

    capture: Natural
    from_: Time | None = field(name="from")
    to: Time | None
    kind: Literal["seen", "gap", "drops"]
    text: str
    text_id: str | None = None
    text_args: Arguments | None = None


class Shown(Struct):
    """What the captures themselves show of a link, or of the LAN."""

    what: str
    value: str
    source: str
    since: Time | None
    times: Natural
    frames: list[Frame]


class Link(Struct):
    """One Internet access of the site."""

    name: str
    isp: str | None
    addresses: list[str]
    resolvers: list[str]
    relays: list[str]
    source: str
    shown: list[Shown]


class StreamRef(Struct):
    """A session as one capture point saw it; the filter names exactly its frames."""

    capture: Natural
    community_id: str
    tshark_filter: str


class Crossing(Struct):
    """The WAN stream that is the same conversation as the LAN's."""

    link: str | None
    client: Endpoint
    server: Endpoint
    method: Literal["isn", "relative-sequence", "payload", "dialogue", "one-sided"]
    confidence: Share
    runner_up: Share | None
    frames: list[Frame]


class Lookup(Struct):
    """One exchange on the way of an answer."""

    point: str
    client: Endpoint
    server: Endpoint
    query_frame: Frame | None
    answer_frame: Frame | None
    id: Natural


class Resolution(Struct):
    """How the address came about."""

    name: str
    type: str
    address: str
    answered_at: Time | None
    age_s: float
    ttl_s: Natural
    expired: bool
    asked_by: Literal["client", "router"]
    resolver_ip: str | None
    resolver_owner: str | None
    link: str | None
    from_cache: bool
    steps: list[Lookup]


class Candidate(Struct):
    """An answer that the opener may have used."""

    frames: list[Frame]
    link: str | None
    why: str
    kind: str
    why_id: str | None = None
    why_args: Arguments | None = None


class Objection(Struct):
    """Why the latest answer is not plainly the connection's own."""

    kind: str
    text: str
    frames: list[Frame]
    text_id: str | None = None
    text_args: Arguments | None = None


class Nearest(Struct):
    """What comes nearest to deciding, and what would have."""

    what: str | None
    frames: list[Frame]
    decide: str | None
    what_id: str | None = None
    what_args: Arguments | None = None
    decide_id: str | None = None
    decide_args: Arguments | None = None


class Rejection(Struct):
    """One refusal."""

    code: int | None
    enhanced: str | None
    text: str
    command: str | None
    cause: str
    link: Blame
    frame: Frame


class Reply(Struct):
    """What a server said."""

    code: int | None
    enhanced: str | None
    text: str
    cut: bool


class Exchange(Struct):
    """A command and the reply to it."""

    command: str | None
    reply: Reply | None
    frames: list[Frame]


class Transaction(Struct):
    """One mail."""

    mail_from: str | None
    rcpt_to: list[str]
    accepted: bool | None
    final_reply: Reply | None


class Bounce(Struct):
    """What a report on a mail that came back tells of it (RFC 3464)."""

    frame: Frame
    at: Time | None
    recipient: str | None
    action: str | None
    status: str | None
    text: str | None
    remote: str | None
    cause: str | None


class ToldAddress(Struct):
    """The public address that the server says it saw."""

    address: str
    link: str | None
    frame: Frame


class Finding(Struct):
    """A further fact about a session."""

    kind: str
    text: str
    frames: list[Frame]
    text_id: str | None = None
    text_args: Arguments | None = None


class AnsweredBy(Struct):
    """The server that really spoke."""

    ip: str | None
    port: Natural | None
    banner: str | None


class Tls(Struct):
    """Whether the session was encrypted."""

    starttls: bool
    implicit: bool
    decrypted: bool
    server_name: str | None
    certificate: list[str]


class Auth(Struct):
    """Whether the client logged in."""

    offered: list[str]
    mechanism: str | None
    succeeded: bool | None


class Session(Struct):
    """One SMTP connection."""

    id: SessionId
    start: Time | None
    end: Time | None
    client: Endpoint
    server: Endpoint
    direction: Direction | None
    asked_name: str | None
    answered_by: AnsweredBy | None
    candidates: list[Candidate]
    objections: list[Objection]
    nearest: Nearest | None
    lan_stream: StreamRef | None
    wan_stream: StreamRef | None
    return_stream: StreamRef | None
    crossing: Crossing | None
    transport_link: str | None
    resolver_link: str | None
    resolution: Resolution | None
    outcome: Outcome
    partial: bool
    rejection: Rejection | None
    rejections: list[Rejection]
    helo: str | None
    tls: Tls
    auth: Auth
    transactions: list[Transaction]
    commands: list[Exchange]
    verdict: Verdict
    undetermined_because: Because | None
    flagged: bool
    likely_cause: bool
    likely_causes: list[Literal["link-mismatch", "relay-owner-mismatch", "foreign-resolver"]]
    bounces: list[Bounce]
    told_address: ToldAddress | None
    findings: list[Finding]
    explanation: str
    frames: list[Frame]
    explanation_id: str | None = None
    explanation_args: Arguments | None = None


class Sentence(Struct):
    """A sentence, and by what any language draws it."""

    id: str
    args: Arguments
    text: str


class Act(Struct):
    """A log-in to a mailbox or a visit to a webmail, as the captures show it."""

    at: Time
    kind: Literal["mail-login", "webmail"]
    link: str | None
    """Whose ISP's it was; null where that is not known."""


class Hypothesis(Struct):
    """One explanation of the refusals, tested over all episodes (DESIGN section 6)."""

    id: str
    statement: str
    status: Literal[
        "named", "not-observable", "explained-away", "tied", "by-way-of", "not-shown", "not-enough-evidence"
    ]
    by: list[str]
    with_: list[str] = field(name="with")
    episodes: Natural
    runs: Natural
    window_s: float | None
    bracket_s: tuple[float | None, float | None] | None
    table: tuple[tuple[Natural, Natural], tuple[Natural, Natural]] | None
    left_out: dict[str, Natural]
    odds_ratio: float | None
    ci95: tuple[float | None, float | None]
    p_turned: Share | None
    p_runs: Share | None
    reading: str
    next_observation: Sentence | None
    bound: Literal["infinite"] | None = None
    statement_id: str | None = None
    statement_args: Arguments | None = None
    reading_id: str | None = None
    reading_args: Arguments | None = None


class Answer(Struct):
    """What terminal, page and Python say, word for word."""

    status: Literal["explained", "tied", "not-shown", "not-enough-evidence", "cannot-answer"] | None
    sentences: list[Sentence]
    to_try: list[Sentence]
    to_capture: list[Sentence]
    contradictions: list[Sentence]


class Assumption(Struct):
    """A threshold in force."""

    name: str
    value: float
    unit: str
    why: str
    why_id: str | None = None
    why_args: Arguments | None = None


class Uncounted(Struct):
    """Sessions that are told by their number alone."""

    server: str | None
    hour: Time
    reason: str
    outcome: Outcome
    count: Natural


class Oddity(Struct):
    """Broken or unexpected traffic."""

    capture: Natural
    frame: Natural | None
    offset: Natural | None
    reason: str


class ByLinks(Struct):
    """Sessions of one pair of links."""

    resolver_link: str | None
    transport_link: str | None
    accepted: Natural
    rejected: Natural
    other: Natural


class Totals(Struct):
    """Counts over all sessions."""

    sessions: Natural
    flagged: Natural
    likely_cause: Natural
    by_verdict: dict[str, Natural]
    by_outcome: dict[str, Natural]
    by_direction: dict[str, Natural]
    by_links: list[ByLinks]


class Document(Struct):
    """case.json."""

    schema: Literal[1]
    tool: Tool
    analysed_at: Time
    site: dict[str, Any]
    """The site file as it was understood."""
    captures: list[Capture]
    coverage: list[Span]
    links: list[Link]
    sessions: list[Session]
    hypotheses: list[Hypothesis]
    answer: Answer
    assumptions: list[Assumption]
    uncounted_sessions: list[Uncounted]
    oddities: list[Oddity]
    notes: list[str]
    refused: list[str]
    totals: Totals
    redacted: bool = False
    """Whether the site's names and addresses are replaced by others, one for each, as long as itself."""
    acts: list[Act] = field(default_factory=list)
    """Log-ins and visits, the first 2,000 in time."""
    notes_id: list[str] = field(default_factory=list)
    notes_args: list[Arguments] = field(default_factory=list)


def check(document: Any) -> None:
    """Hold a document against the form.

    Raises:
        ValueError: it has another; the message names the place, as in `$.sessions[0].client.port`.
    """
    try:
        msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def json_schema() -> str:
    """Return the form as JSON Schema (draft 2020-12)."""
    schema = msgspec.json.schema(Document)
    stated = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "wanwitness case.json", **schema}
    return json.dumps(stated, indent=1) + "\n"


def publish() -> None:
    """Write it where it is published, within the package."""
    PUBLISHED.write_text(json_schema(), encoding="utf-8")
