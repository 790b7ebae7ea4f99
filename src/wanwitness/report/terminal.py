"""What the terminal says beside the sentences of the case: templates, and the short words for a session."""

from __future__ import annotations

from wanwitness.case.rows import direction, judged
from wanwitness.language import Catalogue
from wanwitness.model import Sentence

from . import words
from .words import Session

sentence = Catalogue(
    "terminal",
    {
        # The summary.
        "contradiction": "Contradiction: {what}",
        "to-try": "To try:",
        "to-capture": "What would tell more:",
        "report-at": "Report: {path}",
        "evidence-at": "Evidence, a capture a session: {path}",
        "rows-at": "Rows: {path} and tables beside it",
        "worst-first": "Worst first (resolver link → transport link):",
        "and-more": "and {n} more",
        "packets-counted": ("{n} packet", "{n} packets"),
        "role-lan": "LAN",
        "role-wan": "WAN of {link}",
        "role-unknown": "role not known",
        "hosts-from-to": "{first} to {last}",
        "hosts-and-others": ("{first} and {n} other host", "{first} and {n} other hosts"),
        # A session in few words.
        "links-consistent": "links agree",
        "links-link-mismatch": "links differ",
        "links-undetermined": "undetermined",
        "links-undetermined-since": "undetermined ({why})",
        "short-transport-link-unknown": "transport link not known",
        "short-no-dns-seen": "no DNS seen",
        "short-resolver-link-unknown": "resolver link not known",
        "short-clock-uncertain": "clocks uncertain",
        "short-ambiguous-answer": "several answers possible",
        "way-inbound": "came in",
        "way-internal": "within the site",
        "ending-accepted": "accepted",
        "ending-rejected": "rejected",
        "ending-deferred": "deferred",
        "ending-refused": "connection refused",
        "ending-unanswered": "unanswered",
        "ending-aborted": "aborted",
        "ending-opaque": "encrypted",
        "ending-no-mail": "no mail",
        "ending-unknown": "unknown",
        "likely": ("likely cause: {causes:or}", "likely causes: {causes:or}"),
        "likely-link-mismatch": "links differ",
        "likely-relay-owner-mismatch": "another ISP's relay",
        "likely-foreign-resolver": "another's resolver",
        "asked-for": "asked for {server}",
        "asked-for-banner": "asked for {server}: {banner}",
        "asked-for-answered": "asked for {server}, answered by {other}",
        "asked-for-answered-banner": "asked for {server}, answered by {other}, {banner}",
        "banner": "“{text}”",
        # A session's chain, step by step.
        "chain-head": "Session {id}: {what:comma}",
        "chain-ends": "{client} to {server}",
        "chain-no-look-up": "No look-up that gave the server's address is known.",
        "chain-before": "Before: {what}",
        "chain-asks": "{who} asks {server} {where} for {name} ({type})",
        "chain-asks-uncaptured": "{who} asks {server} {where} for {name}; the question was not captured ({type})",
        "chain-the-router": "the router ({address})",
        "chain-on-lan": "on the LAN",
        "chain-over": "over {link}",
        "chain-answer-uncaptured": "the answer of {server} was not captured",
        "chain-answers": "{server} answers: {address}",
        "chain-answers-good": "{server} answers: {address}, good for {ttl} s",
        "chain-answers-spent": "{server} answers: {address}, good for {ttl} s, and was used after that",
        "chain-cache-good": "{server} answers from its cache: {address}, good for {ttl} s",
        "chain-cache-spent": "{server} answers from its cache: {address}, good for {ttl} s, and was used after that",
        "chain-connects": "{client} connects to {server} on the LAN",
        "chain-leaves": "the connection leaves by {link}, {client} to {server}",
        "chain-comes-in": "the connection comes in by {link}, {client} to {server}",
        "chain-link-unknown": "which link it left by is not known",
        "chain-comes-back": "the server's packets come back by another link",
        "chain-client": "client: {said}",
        "chain-server": "server: {said}",
        "chain-end-of-message": "the end of the message",
        "chain-no-command": "a line that is no known command",
        "chain-secret": "a secret",
        "chain-encrypted": "the rest is encrypted with TLS",
        "chain-bounced": "later it bounced: {said}",
        "chain-ended": "the connection ends",
        "chain-links": "Links: resolved over {resolver}, sent over {transport}",
        "chain-links-since": "Links: resolved over {resolver}, sent over {transport} ({why})",
        "chain-unknown-link": "an unknown link",
        "chain-may-have-been": "It may have been: {what}",
        "chain-or": "or: {what}",
        "chain-but": "But {what}",
        "chain-nearest": "Nearest: {what}",
        "chain-decide": "What would decide: {what}",
        "chain-finding": "{kind}: {what}",
        "chain-at": "at {time}",
        "chain-frames": ("{file} frame {numbers}", "{file} frames {numbers}"),
        "chain-all": "all of it: {filter}",
    },
)


def links(session: Session, *, reason: bool = False) -> Sentence:
    """Call a session's verdict; of what did not leave the site the way it went.

    Args:
        session: a row of the case.
        reason: with why it is undetermined.
    """
    if not judged(session):
        return sentence(f"way-{direction(session)}")
    why = f"short-{session['undetermined_because']}"
    if reason and why in sentence:
        return sentence("links-undetermined-since", why=sentence(why))
    return sentence(f"links-{session['verdict']}")


def state(session: Session, *, reason: bool = False) -> tuple[Sentence, ...]:
    """Say how its links compare, how it ended, and what about the links may have made the server refuse it."""
    causes = tuple(sentence(f"likely-{cause}") for cause in session["likely_causes"])
    likely = (sentence("likely", n=len(causes), causes=causes),) if causes else ()
    return (links(session, reason=reason), sentence(f"ending-{session['outcome']}"), *likely)


def servers(session: Session) -> Sentence:
    """Name both: the server that was asked for, and the one that answered, with its banner."""
    asked, spoke = words.dialled(session), session.get("answered_by")
    text = spoke["banner"] if spoke is not None else None
    banner = sentence("banner", text=text) if text else None
    if spoke is None or not words.elsewhere(session):
        if banner is None:
            return sentence("asked-for", server=asked)
        return sentence("asked-for-banner", server=asked, banner=banner)
    other = words.endpoint(spoke)
    if banner is None:
        return sentence("asked-for-answered", server=asked, other=other)
    return sentence("asked-for-answered-banner", server=asked, other=other, banner=banner)
