"""The lab's own reading of DESIGN section 3, written apart from the product's so that each checks the other.

Pure functions: facts in, a row of truth out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .facts import LabConnection, LabReply

OWN_S = 1.0
"""DESIGN: an answer is plainly a connection's own if it came within this time before the SYN, as the lab's do."""

MAIL_COMMANDS = ("MAIL", "RCPT", "DATA", ".")
CAUSES = (
    ("must issue a starttls command first", "starttls-required"),
    ("authentication required", "authentication-required"),
    ("authentication failed", "bad-credentials"),
    ("relay access denied", "relaying-denied"),
    ("pop before smtp", "pop-before-smtp"),
    ("greylisted", "greylisted"),
    ("block list", "blocklisted"),
)
"""What the lab's servers say, and why; they say nothing else."""


@dataclass(frozen=True, slots=True)
class LabAnswer:
    """A DNS answer that reached a host."""

    host: str
    asked: float
    answered: float
    addresses: dict[str, int]
    link: str | None
    """The link that the question left by, where the servers' logs tell it."""
    resolver: str | None


@dataclass(frozen=True, slots=True)
class LabOpening:
    """A connection, as the host opened it whose answers count."""

    host: str
    server: str
    at: float
    link: str | None
    rewritten: bool
    """Whether the router rewrote the destination or ended the connection."""


def resolve(
    opening: LabOpening, answers: Iterable[LabAnswer], openings: Sequence[LabOpening]
) -> tuple[LabAnswer | None, str | None]:
    """Return the answer that counts, or None and the reason why none does."""
    holding = sorted(
        (a for a in answers if a.host == opening.host and opening.server in a.addresses and a.answered < opening.at),
        key=lambda answer: answer.answered,
    )
    if not holding:
        return None, "resolver-link-unknown" if opening.rewritten else "no-dns-seen"
    latest = holding[-1]
    if latest.link is None:
        return None, "resolver-link-unknown"
    links = {a.link for a in holding if a.answered + a.addresses[opening.server] >= opening.at}
    if len(links) > 1 and not _plainly_own(latest, opening, openings):
        return None, "ambiguous-answer"
    return latest, None


def _plainly_own(answer: LabAnswer, opening: LabOpening, openings: Sequence[LabOpening]) -> bool:
    between = any(
        other is not opening
        and (other.host, other.server) == (opening.host, opening.server)
        and answer.answered <= other.at <= opening.at
        for other in openings
    )
    return opening.at - answer.answered <= OWN_S and not between


def outcome(connection: LabConnection) -> tuple[str, str | None]:
    """Return how a session ended for its mail, as seen without keys, and the cause of its first decisive refusal."""
    if connection.ended in ("refused", "unanswered"):
        return connection.ended, None
    clear = [reply for reply in connection.replies if not reply.encrypted]
    refusals = decisive(clear)
    cause = cause_of(refusals[0]) if refusals else None
    if any(reply.command == "." and reply.code < 300 for reply in clear):
        return "accepted", cause
    if connection.encrypted:
        return "opaque", cause
    final = [reply for reply in refusals if reply.command not in _succeeding(clear[clear.index(reply) + 1 :])]
    if final:
        return ("rejected" if max(reply.code for reply in final) >= 500 else "deferred"), cause
    commands = {reply.command for reply in clear}
    if connection.ended in ("closed", "abandoned") and "MAIL" not in commands:
        return "no-mail", None
    return "aborted", None


def decrypted(connection: LabConnection) -> tuple[str, str | None]:
    """Return the same of an encrypted session, as seen by whoever has its keys."""
    replies = [replace(reply, encrypted=False) for reply in connection.replies]
    return outcome(replace(connection, encrypted=False, replies=replies))


def decisive(replies: Sequence[LabReply]) -> list[LabReply]:
    """Return the refusals that decide something.

    Those of a mail do, also where a later mail went through; one of a greeting or log-in only if none succeeded later,
    and one of a command that followed another's refusal unasked (pipelining) says nothing new.
    """
    found = []
    refused_mail = False
    for index, reply in enumerate(replies):
        if reply.command == "MAIL":
            refused_mail = reply.code >= 400
        elif refused_mail and reply.command in MAIL_COMMANDS:
            continue
        if reply.code < 400 or reply.command == "QUIT":
            continue
        if reply.command in MAIL_COMMANDS or reply.command not in _succeeding(replies[index + 1 :]):
            found.append(reply)
    return found


def _succeeding(replies: Iterable[LabReply]) -> set[str]:
    return {reply.command for reply in replies if reply.code < 400}


def cause_of(reply: LabReply) -> str:
    """Return why a server of the lab refused."""
    words = reply.text.casefold()
    return next((cause for text, cause in CAUSES if text in words), "other")
