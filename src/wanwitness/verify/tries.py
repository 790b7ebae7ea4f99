"""Tries: which sessions of the document are evidence of why a relay refuses, and what may have decided each.

Read from case.json, by none of the code that made the explanations of the captures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from wanwitness.hypotheses.attempt import Attempt, Blame, Tried

from .clocks import nanoseconds
from .servers import Servers

_DECLARED = re.compile(r"\bSIZE=(\d{1,18})\b", re.IGNORECASE)
"""The parameter of MAIL (RFC 1870 section 6)."""
_LOGGED_IN = 235
"""The reply to a log-in (RFC 4954 section 6)."""
_CONTRADICTED = "contradicted"
"""The sentence of a session of which the captures were said what cannot be."""
_LEAST_WORDS = 2


def tried(sessions: Sequence[Mapping[str, Any]], servers: Servers, blame: Blame) -> Tried:
    """Return the tries that can tell why refusals of one kind happen.

    Args:
        sessions: the case's.
        servers: whose they are.
        blame: how the refusals may be a link's fault.
    """
    found: list[Attempt] = []
    left_out: Counter[str] = Counter()
    for session in sessions:
        reason = _left_out(session, blame, relays=servers.relays(_reached(session), _name(session)))
        if reason is not None:
            left_out[reason] += 1
        else:
            found.append(_try(session, servers, blame))
    return Tried(found, dict(left_out))


def is_refused(session: Mapping[str, Any], blame: Blame) -> bool:
    """Whether a relay refused a session as is to be explained; one that wants a log-in to the mailbox first did."""
    row = session["rejection"]
    return row is not None and (row["link"] == blame or (blame == "subscriber" and row["cause"] == "pop-before-smtp"))


def _left_out(session: Mapping[str, Any], blame: Blame, *, relays: bool) -> str | None:
    if session["direction"] in ("inbound", "internal"):
        return "not-outbound"
    if _says(session["explanation_args"], _CONTRADICTED):
        return _CONTRADICTED
    if not relays:
        return "not-a-relay"
    if _had_logged_in(session):
        return "authenticated"
    if is_refused(session, blame) or session["outcome"] == "accepted":
        return None
    return "other-refusal" if session["rejection"] is not None else "outcome-unknown"


def _says(value: Any, kind: str) -> bool:
    """Whether a sentence is within others."""
    if isinstance(value, Mapping):
        return value.get("id") == kind or any(_says(part, kind) for part in value.values())
    return isinstance(value, list) and any(_says(part, kind) for part in value)


def _had_logged_in(session: Mapping[str, Any]) -> bool:
    """Whether a log-in was taken before the mail, and before the refusal that it would have mended."""
    for exchange in session["commands"]:
        reply, verb = exchange["reply"], (exchange["command"] or "").partition(" ")[0]
        if reply is not None and session["rejection"] and session["rejection"]["frame"] in exchange["frames"]:
            return False
        if verb == "MAIL":
            return False
        if verb in ("AUTH", "AUTH-RESPONSE") and reply is not None and reply["code"] == _LOGGED_IN:
            return True
    return False


def _asked_to_log_in(session: Mapping[str, Any]) -> bool | None:
    """Whether AUTH was said before the mail, and before the refusal; None where that was not captured."""
    for exchange in session["commands"]:
        verb = None if exchange["command"] is None else exchange["command"].partition(" ")[0]
        refused = session["rejection"] and session["rejection"]["frame"] in exchange["frames"] and exchange["reply"]
        if verb in (None, "AUTH"):
            return None if verb is None else True
        if verb == "MAIL" or refused:
            return False
    return None


def _reached(session: Mapping[str, Any]) -> str:
    """The server at the far end, as far as the captures show it."""
    return str((session["crossing"] or session)["server"]["ip"])


def _name(session: Mapping[str, Any]) -> str | None:
    """The name whose answer gave the address."""
    return session["resolution"]["name"] if session["resolution"] is not None else None


def _try(session: Mapping[str, Any], servers: Servers, blame: Blame) -> Attempt:
    resolution, reached, name = session["resolution"], _reached(session), _name(session)
    kinds = {finding["kind"] for finding in session["findings"]}
    mail = next(iter(session["transactions"]), None)
    commands = [exchange["command"] or "" for exchange in session["commands"]]
    declared = _DECLARED.search(next((one for one in commands if one.startswith("MAIL ")), "")) if mail else None
    greeting = ((session["answered_by"] or {}).get("banner") or "").split()
    asked = resolution is not None and resolution["link"] is not None and resolution["resolver_ip"] is not None
    return Attempt(
        at_ns=nanoseconds(session["start"]),
        session=session["id"],
        client=session["client"]["ip"],
        refused=is_refused(session, blame),
        sender=mail["mail_from"].lower() if mail else None,
        recipients=frozenset(one.lower() for one in mail["rcpt_to"]) or None if mail else None,
        mismatch=None if session["verdict"] == "undetermined" else session["verdict"] == "link-mismatch",
        transport_link=session["transport_link"],
        resolver_link=session["resolver_link"],
        relay=reached,
        relay_owner=servers.owner(reached, name),
        resolver_owner=resolution["resolver_owner"] if resolution else None,
        foreign_resolver="foreign-resolver" in kinds if asked else None,
        redirected=True if "redirected" in kinds else None if session["wan_stream"] is None else False,
        relay_name=greeting[1] if len(greeting) >= _LEAST_WORDS and "." in greeting[1] else None,
        asked_name=name if resolution else session["asked_name"],
        asked_by=resolution["asked_by"] if resolution else None,
        log_in=_asked_to_log_in(session),
        helo=session["helo"].lower() if session["helo"] is not None else None,
        tls=session["tls"]["starttls"] or session["tls"]["implicit"],
        size=int(declared[1]) if declared else None,
    )
