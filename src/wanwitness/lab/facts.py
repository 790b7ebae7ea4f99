"""What the hosts of the lab wrote down of what they did: their own logs, from which truth is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

Address = tuple[str, int]


@dataclass(slots=True)
class Question:
    """A DNS question that a host asked, and what it got."""

    host: str
    """Who asked: `c1` and so on, or `router`."""
    source: Address
    server: Address
    name: str
    type: str
    asked: float
    answered: float | None = None
    addresses: dict[str, int] = field(default_factory=dict)
    """Each address and its time to live."""

    @property
    def first(self) -> str:
        """The address that a simple client would use.

        Raises:
            LookupError: there was none.
        """
        for address in self.addresses:
            return address
        raise LookupError(f"no {self.type} record for {self.name}")


@dataclass(slots=True)
class LabReply:
    """A server's reply and the command it answers; `connect` is the banner."""

    command: str
    code: int
    text: str
    encrypted: bool


@dataclass(slots=True)
class LabConnection:
    """An SMTP connection as the client lived it."""

    scenario: str
    host: str
    source: Address
    server: Address
    """What the client connected to."""
    started: float
    ended: str = "closed"
    """`closed`, `refused`, `unanswered`, `reset` or `abandoned`."""
    encrypted: bool = False
    """Whether TLS began."""
    replies: list[LabReply] = field(default_factory=list)
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    """Whom mail was from and for, as far as the client said it without encryption."""
    keys_kept: bool = False
    """Whether the client wrote TLS's keys down."""


@dataclass(slots=True)
class Relayed:
    """A connection that the router's proxy ended, and the one it opened for it."""

    client: Address
    source: Address
    server: Address
    started: float


class Diary:
    """Everything that was written down in a run."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.connections: list[LabConnection] = []
        self.relayed: list[Relayed] = []
        self._lock = Lock()

    def note(self, what: Question | LabConnection | Relayed) -> None:
        """Write something down; from any thread."""
        with self._lock:
            if isinstance(what, Question):
                self.questions.append(what)
            elif isinstance(what, LabConnection):
                self.connections.append(what)
            else:
                self.relayed.append(what)
