"""How a link may be to blame for a refusal (DESIGN section 3, `rejection.link`)."""

from __future__ import annotations

from wanwitness.model import Blame, RejectionCause

from .server import Server

BLAME: dict[RejectionCause, Blame] = {
    "authentication-required": "subscriber",
    "relaying-denied": "subscriber",
    "blocklisted": "address",
    "client-address": "address",
    "sender-authentication": "address",
}
"""What a cause by itself allows; no other has to do with a link."""


def blame_of(cause: RejectionCause, server: Server, provider: str | None, *, known: bool) -> Blame:
    """Return whether the relay may have taken the site for a stranger, minds its address, or neither.

    Args:
        cause: why it refused.
        server: who refused.
        provider: whose server that is, where it is one of those that ask everybody for a password.
        known: the client had logged in before, so that the server knew the subscriber, by whatever line.
    """
    blame = BLAME.get(cause, "none")
    if not server.asked:
        return "none"
    if blame == "subscriber" and (known or provider is not None or not server.knows_lines):
        return "none"
    return blame
