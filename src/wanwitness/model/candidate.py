"""What a connection's address may have come from, where that cannot be told, and why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .frame import FrameRef

CandidateKind = Literal[
    "latest", "kept", "at-once", "during", "same-time", "unasked", "unclaimed", "forwarded", "other-host"
]
ObjectionKind = Literal[
    "later-than-usual",
    "connection-between",
    "asked-meanwhile",
    "failed-before",
    "keeps-answers",
    "served-meanwhile",
    "several-hosts",
    "opening-not-captured",
    "capture-began-late",
    "asked-for-another-reason",
    "question-not-captured",
    "hops-of-clients",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that the host that opened the connection may have used."""

    kind: CandidateKind
    """`latest`: the latest before the connection; `kept`: an earlier one, still in force; `at-once`: to a question that
    was open at the same time; `during`: it came when the connection may have been opened already; `same-time`: the
    clocks leave open whether it came before; `unasked`: its question was not captured; `unclaimed`: nobody is seen to
    have got it, and the LAN's capture lacks packets; `forwarded`: the router forwarded it to a client,
    and may have kept it; `other-host`: given to another address, maybe of the same host.
    """
    link: str | None
    """The link that it came through; None where that is not known."""
    before_s: float
    """Seconds from the answer to the connection's opening; negative where it came after."""
    ttl_s: int
    frames: tuple[FrameRef, ...]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the latest answer is not plainly the connection's own."""

    kind: ObjectionKind
    """`later-than-usual`: the host usually connects sooner after an answer; `connection-between`: another connection to
    that address was opened since the question, and may be what it was asked for; `asked-meanwhile`: another look-up
    ended as shortly before; `failed-before`: it may be the next try of a connection that failed; `keeps-answers`: the
    host connects without asking, so that others may have asked; `served-meanwhile`: a cache of the host may have served
    an earlier one while it asked; `several-hosts`: several hosts share the address; `opening-not-captured`: nobody
    knows when the SYN was sent; `capture-began-late`: an answer from before the capture may have been in force;
    `asked-for-another-reason`: the router asks without connecting; `question-not-captured`: nobody is seen to have
    asked for it; `hops-of-clients`: the connection looks like the router's own, and may be a client's that was missed.
    """
    frames: tuple[FrameRef, ...] = ()
    measured_s: float | None = None
    """How long after the answer the connection was opened, or how long after the capture's begin."""
    usual_s: float | None = None
    """Within how long the host usually connects, or for how long an answer is in force."""
