"""The page's words for what case.json says in its own: plain ones, in any language.

The case speaks of verdicts, crossings and resolver links. A page that goes to an ISP's desk does not.
"""

from __future__ import annotations

from typing import Any, Final

from . import words
from .isps import Isp
from .wording import N_, Wording
from .words import Session

OUTCOMES: Final = {
    "accepted": N_("accepted"),
    "rejected": N_("refused"),
    "deferred": N_("refused for now"),
    "refused": N_("connection refused"),
    "unanswered": N_("no answer"),
    "aborted": N_("broken off"),
    "opaque": N_("encrypted"),
    "no-mail": N_("no mail offered"),
    "unknown": N_("end not seen"),
}
"""By outcome."""

OUTCOME_MEANINGS: Final = {
    "accepted": N_("The server took a message for at least one recipient."),
    "rejected": N_("The server refused for good (a reply that begins with 5), and took no message."),
    "deferred": N_("The server said “later” (a reply that begins with 4), and took no message."),
    "refused": N_("The server, or something on the way, refused the connection itself."),
    "unanswered": N_("Nobody answered the request for a connection."),
    "aborted": N_("The connection ended in the middle."),
    "opaque": N_("What was said was encrypted and could not be read."),
    "no-mail": N_("The client left before it offered a mail, and nothing was refused."),
    "unknown": N_("The captures do not show how it ended."),
}

LINKS: Final = {
    "consistent": N_("same link"),
    "link-mismatch": N_("different links"),
    "undetermined": N_("cannot be told"),
}
"""By verdict: how the link that the name was looked up over and the one that the mail took compare."""

WAYS: Final = {
    "inbound": N_("came in"),
    "internal": N_("within the site"),
    "router": N_("the router's own"),
    "outbound": N_("went out"),
}

BECAUSE: Final = {
    "transport-link-unknown": N_("no capture of a link shows this connection"),
    "no-dns-seen": N_("no look-up that gave the address was captured"),
    "resolver-link-unknown": N_("the link that the look-up left by is not known"),
    "clock-uncertain": N_("the clocks of the captures do not agree closely enough"),
    "ambiguous-answer": N_("more than one answer may have been used"),
}
"""Why the two links cannot be compared."""

STATUSES: Final = {
    "named": N_("goes with the refusals"),
    "tied": N_("cannot be told apart"),
    "by-way-of": N_("follows from another"),
    "explained-away": N_("explained by another"),
    "not-shown": N_("not shown"),
    "not-enough-evidence": N_("too little evidence"),
    "not-observable": N_("cannot be seen here"),
}
"""What the captures say of an explanation."""

EXPLANATIONS: Final = {
    "link-mismatch": N_("Name looked up over another link than the mail took"),
    "relay-owner": N_("Another ISP's relay than the link's"),
    "relay-resolver": N_("Name looked up at another ISP's name server than the relay's"),
    "foreign-resolver": N_("Name looked up at a name server that is not the link's"),
    "smtp-login": N_("Log-in before the mail, by SMTP"),
    "mail-login": N_("Log-in to the mailbox by POP or IMAP"),
    "webmail": N_("Visit to the webmail"),
    "hour": N_("Time of day"),
    "mending": N_("Waiting"),
    "helo": N_("Name that the computer greets with"),
    "sender": N_("Sender"),
    "client": N_("Computer that sends"),
    "tls": N_("Encryption"),
    "size": N_("Size of the mail"),
    "relay-address": N_("Address of the relay"),
    "redirected": N_("Router leads mail to another server"),
    "egress": N_("Link that the mail left by"),
}
"""Short names of explanations; those of events are the site file's own words."""

SOURCES: Final = {
    "configured": N_("site file"),
    "dhcp": N_("DHCP in the captures"),
    "ipcp": N_("PPP in the captures"),
    "ra": N_("router advertisements in the captures"),
    "inferred": N_("the traffic itself"),
}
"""What tells of a link."""

METHODS: Final = {
    "isn": N_("same sequence numbers on both sides of the router"),
    "relative-sequence": N_("sequence numbers that run alike on both sides of the router"),
    "payload": N_("same bytes on both sides of the router"),
    "dialogue": N_("same conversation on both sides of the router, which opened a connection of its own"),
    "one-sided": N_("seen on one side of the router only"),
}
_CERTAIN, _LIKELY, _RIVAL = 0.95, 0.8, 0.2
"""Confidences from which on words of certainty are used, and of the next best from which on they are not."""


def outcome(session: Session, say: Wording) -> str:
    """Return how a session ended, and whether its mail came back later."""
    ended = say.gettext(OUTCOMES.get(session["outcome"], OUTCOMES["unknown"]))
    return say.gettext("{outcome}, came back later", outcome=ended) if session.get("bounces") else ended


def answering_server(session: Session, say: Wording) -> str:
    """Return the address of the server that spoke; empty where nobody did that is known of."""
    spoke = session.get("answered_by")
    if spoke is None:
        return ""
    return words.endpoint(spoke) if spoke["ip"] else say.gettext("a server that only the inner side shows")


def answering(session: Session, say: Wording) -> str:
    """Return which server spoke, with its greeting; empty where nobody did that is known of."""
    who, greeting = answering_server(session, say), (session.get("answered_by") or {}).get("banner")
    return say.gettext("{server}, “{greeting}”", server=who, greeting=greeting) if greeting else who


def links(session: Session, say: Wording) -> str:
    """Return how its two links compare; of what did not leave the site, the way it went."""
    if not words.judged(session):
        return say.gettext(WAYS[words.direction(session)])
    return say.gettext(LINKS.get(session["verdict"], LINKS["undetermined"]))


def because(session: Session, say: Wording) -> str:
    """Return why the links cannot be compared; empty where they can."""
    reason = session["undetermined_because"] if words.judged(session) else None
    return say.gettext(BECAUSE[reason]) if reason in BECAUSE else ""


def explanation(hypothesis: dict[str, Any], say: Wording) -> str:
    """Return an explanation's short name."""
    kind, _, event = str(hypothesis["id"]).partition(":")
    if kind == "event" and event:
        return say.gettext("“{what}”", what=event)
    known = EXPLANATIONS.get(kind)
    name = say.gettext(known) if known else say.tell(hypothesis, "statement")
    if not hypothesis.get("what"):
        return name
    return say.gettext("{name}: {what}", name=name, what=hypothesis["what"])


def of_tries(isp: Isp, say: Wording) -> str:
    """Return how many of the tries at an ISP's servers were refused."""
    tried = say.number(isp.tried)
    return say.ngettext("{n} connection of {tried}", "{n} connections of {tried}", len(isp.sessions), tried=tried)


def certainty(crossing: dict[str, Any], say: Wording) -> str:
    """Return how sure it is that both sides' connections are one, and by what, instead of a figure."""
    method, confidence, rival = crossing["method"], crossing["confidence"], crossing["runner_up"] or 0
    why = say.gettext(METHODS[method]) if method in METHODS else str(method)
    if confidence >= _CERTAIN and rival < _RIVAL:
        return say.gettext("almost certain: {why}", why=why)
    if confidence >= _LIKELY and rival < confidence:
        return say.gettext("likely: {why}", why=why)
    return say.gettext("uncertain: {why}", why=why)
