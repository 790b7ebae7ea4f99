"""The words of the product as types. Imports nothing of the package but its own files.

Times are integers, nanoseconds since the epoch, as the capture's own clock wrote them, unless a name says `aligned`.
Addresses are strings in canonical form (RFC 5952 for IPv6). Every text that came out of a packet has been through
`printable` before it enters a type of this room.
"""

from .answers import AddressRecord, DnsExchange, MxRecord, SrvRecord
from .candidate import Candidate, CandidateKind, Objection, ObjectionKind
from .capture import Capture, Clock, ClockStep, Damage, Interface, Span
from .dialogue import Command, Dialogue, Exchange, Reply, TlsRandoms, Transaction
from .encrypted import EncryptedDns
from .frame import FrameRef, Oddity
from .judgement import (
    Blame,
    Bounce,
    Finding,
    FindingKind,
    Judgement,
    LikelyCause,
    Near,
    Outcome,
    Rejection,
    RejectionCause,
    ToldAddress,
    Verdict,
)
from .link import CaptureRule, Event, Link, Router, Shown, Site
from .provision import Provision
from .refusal import Pattern, Refusal, Rule, pattern_of
from .report import DeliveryReport, DeliveryStatus
from .resolution import Resolution, ResolutionStep
from .resolved import Undetermined
from .sentence import Argument, Sentence, Template
from .session import Crossing, Session, SessionDirection, StreamRef
from .stream import Direction, Endpoint, Gap, Mark, Stream
from .text import plain, printable
from .uncounted import UncountedSessions

__all__ = [
    "AddressRecord",
    "Argument",
    "Blame",
    "Bounce",
    "Candidate",
    "CandidateKind",
    "Capture",
    "CaptureRule",
    "Clock",
    "ClockStep",
    "Command",
    "Crossing",
    "Damage",
    "DeliveryReport",
    "DeliveryStatus",
    "Dialogue",
    "Direction",
    "DnsExchange",
    "EncryptedDns",
    "Endpoint",
    "Event",
    "Exchange",
    "Finding",
    "FindingKind",
    "FrameRef",
    "Gap",
    "Interface",
    "Judgement",
    "LikelyCause",
    "Link",
    "Mark",
    "MxRecord",
    "Near",
    "Objection",
    "ObjectionKind",
    "Oddity",
    "Outcome",
    "Pattern",
    "Provision",
    "Refusal",
    "Rejection",
    "RejectionCause",
    "Reply",
    "Resolution",
    "ResolutionStep",
    "Router",
    "Rule",
    "Sentence",
    "Session",
    "SessionDirection",
    "Shown",
    "Site",
    "Span",
    "SrvRecord",
    "Stream",
    "StreamRef",
    "Template",
    "TlsRandoms",
    "ToldAddress",
    "Transaction",
    "UncountedSessions",
    "Undetermined",
    "Verdict",
    "pattern_of",
    "plain",
    "printable",
]
