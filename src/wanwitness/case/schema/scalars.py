"""What stands in the fields: times, numbers, and words of a fixed list."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

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
