"""How a link may be to blame for a refusal (DESIGN section 3, `rejection.link`)."""

from __future__ import annotations

from wanwitness.model import Blame, RejectionCause, Rule

from .server import Server
from .table import Provider

BLAME: dict[RejectionCause, Blame] = {
    "authentication-required": "subscriber",
    "relaying-denied": "subscriber",
    "blocklisted": "address",
    "client-address": "address",
    "sender-authentication": "address",
}
"""What a cause by itself allows; no other has to do with a link."""


def blame_of(rule: Rule, server: Server, provider: Provider | None, *, known: bool) -> Blame:
    """Return whether the relay may have taken the site for a stranger, minds its address, or neither.

    Args:
        rule: by which the cause was found.
        server: who refused.
        provider: whose server that is, where it is a known mail provider's.
        known: the client had logged in before, so that the server knew the subscriber, by whatever line.
    """
    if not server.asked:
        return "none"
    if rule.link is not None:
        return rule.link
    blame = BLAME.get(rule.cause, "none")
    if blame != "subscriber":
        return blame
    if known or not server.knows_lines:
        return "none"
    if provider is not None:
        return "address" if provider.knows == "address" else "none"
    return "subscriber"
