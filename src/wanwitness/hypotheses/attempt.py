"""A try to send mail through a relay, with what may have decided how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Blame = Literal["subscriber", "address"]
"""How a link may be to blame for a refusal: the relay may not have known the site as its own customer, or it minds the
address that the mail left by."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One session, as far as the explanations look at it. None is what is not known."""

    at_ns: int
    """Its begin, on the reference clock."""
    session: str
    """The session's id."""
    client: str
    """The host's address."""
    refused: bool
    sender: str | None = None
    recipients: frozenset[str] | None = None
    mismatch: bool | None = None
    """The resolver's link is another than the transport link."""
    transport_link: str | None = None
    resolver_link: str | None = None
    relay: str | None = None
    """The address of the server that answered."""
    relay_owner: str | None = None
    """The link whose ISP runs it."""
    resolver_owner: str | None = None
    """The link whose resolver gave the address."""
    foreign_resolver: bool | None = None
    """The question left by a link, but to a resolver that is not the link's."""
    redirected: bool | None = None
    """The router changed the server that was dialled."""
    relay_name: str | None = None
    """What the server that answered calls itself."""
    asked_name: str | None = None
    """The name whose answer gave the address."""
    asked_by: Literal["client", "router"] | None = None
    log_in: bool | None = None
    """The client asked to log in (AUTH) before the mail, and before any refusal that this may mend."""
    helo: str | None = None
    tls: bool | None = None
    size: int | None = None
    """Octets that MAIL declared (RFC 1870)."""


class Tried(NamedTuple):
    """What can tell why refusals of one kind happen."""

    attempts: Sequence[Attempt]
    """In order of time."""
    left_out: Mapping[str, int]
    """By reason, how many sessions are no evidence."""
