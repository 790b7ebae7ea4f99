"""The words of case.json as a person reads them: one place for the terminal, the page and the figures."""

from __future__ import annotations

from typing import Any

from wanwitness.case.rows import direction as direction
from wanwitness.case.rows import judged as judged
from wanwitness.verdict.sentences import sentence

Session = dict[str, Any]
VERDICTS = {"consistent": "links agree", "link-mismatch": "links differ", "undetermined": "undetermined"}
DIRECTIONS = {"inbound": "came in", "internal": "within the site", "router": "the router's own", "outbound": "went out"}
BECAUSE = {
    kind: str(sentence[f"because-{kind}"])
    for kind in (
        "transport-link-unknown",
        "no-dns-seen",
        "resolver-link-unknown",
        "clock-uncertain",
        "ambiguous-answer",
        "unknown",
    )
}
"""Why a session is undetermined, as a clause."""
BECAUSE_SHORT = {
    "transport-link-unknown": "transport link not known",
    "no-dns-seen": "no DNS seen",
    "resolver-link-unknown": "resolver link not known",
    "clock-uncertain": "clocks uncertain",
    "ambiguous-answer": "several answers possible",
}
OUTCOMES = {"refused": "connection refused", "no-mail": "no mail", "opaque": "encrypted"}
"""Outcomes whose word in case.json does not speak for itself."""
OUTCOME_MEANINGS = {
    "accepted": "the server took a message for at least one recipient",
    "rejected": "a final 5xx reply to MAIL, RCPT or DATA, or a 5xx banner, and no message taken",
    "deferred": "a 4xx reply (try again later), and no message taken",
    "refused": "the TCP connection itself was refused (RST or ICMP)",
    "unanswered": "the connection request (SYN) got no answer",
    "aborted": "the connection ended in the middle",
    "opaque": "encrypted with TLS; what was said could not be read",
    "no-mail": "the client ended before it offered a mail, and nothing was refused",
    "unknown": "the capture does not show how it ended",
}
CAUSES = {
    "link-mismatch": "the server's name was resolved over another link than the mail took",
    "relay-owner-mismatch": "one ISP's relay was reached through another ISP's link",
    "foreign-resolver": "the name was asked of a resolver that is not the link's own",
}
CAUSES_SHORT = {
    "link-mismatch": "links differ",
    "relay-owner-mismatch": "another ISP's relay",
    "foreign-resolver": "another's resolver",
}


def verdict(session: Session) -> str:
    """Return a session's verdict; of what did not leave the site the way it went."""
    way = direction(session)
    if not judged(session):
        return DIRECTIONS[way]
    return VERDICTS.get(session["verdict"], str(session["verdict"]))


def outcome(session: Session) -> str:
    """Return how a session ended."""
    word: str = session["outcome"]
    return OUTCOMES.get(word, word)


def likely(session: Session) -> str:
    """Return what about the links may have made the server refuse it, in few words; none of several is preferred."""
    named = [CAUSES_SHORT.get(cause, cause) for cause in session["likely_causes"]]
    return f"likely cause{'s' if len(named) > 1 else ''}: {' or '.join(named)}" if named else ""


def links(session: Session) -> str:
    """Return the two links: `isp2 → isp1`, with `?` for one that is not known; of inbound ones where they came in."""
    way, link = direction(session), session["transport_link"] or "?"
    if way == "internal":
        return "LAN → LAN"
    return f"{link} → LAN" if way == "inbound" else f"{session['resolver_link'] or '?'} → {link}"


def endpoint(ends: dict[str, Any]) -> str:
    """Return address and port as RFC 3986 writes them: `192.0.2.25:25`, `[2001:db8::25]:25`."""
    ip = ends["ip"]
    return f"[{ip}]:{ends['port']}" if ":" in ip else f"{ip}:{ends['port']}"


def dialled(session: Session) -> str:
    """Return what the client asked for, by name and address, or by the address alone."""
    server = endpoint(session["server"])
    return f"{session['asked_name']} ({server})" if session["asked_name"] else server


def answering(session: Session) -> str:
    """Return which server spoke, with its banner; empty where none did, or nothing but the dialled address is known.

    Behind a redirection that is not the server that the client dialled, and it is this one whose words are cited.
    """
    spoke = session.get("answered_by")
    if spoke is None:
        return ""
    banner = f"“{spoke['banner']}”" if spoke["banner"] else ""
    if spoke["ip"] is None:
        return f"a server that only the LAN's side shows{f', {banner}' if banner else ''}"
    return f"{endpoint(spoke)}{f', {banner}' if banner else ''}"


def elsewhere(session: Session) -> bool:
    """Whether another server spoke than the client had dialled."""
    spoke, server = session.get("answered_by"), session["server"]
    return bool(spoke and spoke["ip"] and (spoke["ip"], spoke["port"]) != (server["ip"], server["port"]))


def reply(told: Any) -> str:
    """Return a reply as the server sent it: code, enhanced code, text; empty for none."""
    if not isinstance(told, dict):
        return str(told or "")
    return " ".join(str(told[key]) for key in ("code", "enhanced", "text") if told.get(key))


def plural(number: int, noun: str) -> str:
    """Return `1 session`, `2 sessions`, `1,234 sessions`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
