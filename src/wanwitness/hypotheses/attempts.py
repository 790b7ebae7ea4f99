"""Sessions as attempts: which of them are evidence of why a relay refuses, and which are left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from wanwitness.model import Judgement
from wanwitness.verdict.answering import answered_by
from wanwitness.verdict.relays import Relays

from .attempt import Attempt, Blame, Tried
from .moment import moment

_SIZE = re.compile(r"\bSIZE=(\d{1,18})\b", re.IGNORECASE)


def attempts_of(judgements: Sequence[Judgement], relays: Relays, blame: Blame) -> Tried:
    """Return the attempts that can tell why refusals of one kind happen, and how many sessions were left out, by why.

    Args:
        judgements: of all sessions, in order of time.
        relays: whose relay a server is.
        blame: how the refusals that are to be explained may be a link's fault.
    """
    attempts: list[Attempt] = []
    left_out: Counter[str] = Counter()
    for judgement in judgements:
        reason = _left_out(judgement, relays, blame)
        if reason is not None:
            left_out[reason] += 1
        else:
            attempts.append(_attempt(judgement, relays, blame))
    return Tried(attempts, dict(left_out.most_common()))


def _left_out(judgement: Judgement, relays: Relays, blame: Blame) -> str | None:
    """Return why a session is no evidence; None where it is."""
    session = judgement.session
    if not session.judged or judgement.contradicted:
        return "not-outbound" if not session.judged else "contradicted"
    if not relays.is_relay(session.reached.ip, session.resolved_name):
        return "not-a-relay"
    if _logged_in_before(judgement):
        return "authenticated"
    if refused(judgement, blame):
        return None
    if judgement.outcome == "accepted":
        return None
    return "other-refusal" if judgement.rejection is not None else "outcome-unknown"


def refused(judgement: Judgement, blame: Blame) -> bool:
    """Whether a relay refused a session as is to be explained; one that wants a log-in to the mailbox first did."""
    refusal = judgement.rejection
    if refusal is None:
        return False
    return refusal.link == blame or (blame == "subscriber" and refusal.cause == "pop-before-smtp")


def _logged_in_before(judgement: Judgement) -> bool:
    """Whether the client had authenticated before MAIL, and before any refusal that it would have mended."""
    refused = judgement.rejection.frame if judgement.rejection is not None else None
    for command, reply in judgement.session.dialogue.exchanges:
        if reply is not None and refused in reply.frames:
            return False
        if command is None:
            continue
        if command.verb == "MAIL":
            return False
        if command.verb in ("AUTH", "AUTH-RESPONSE") and reply is not None and reply.code == 235:
            return True
    return False


def _asked_to_log_in(judgement: Judgement) -> bool | None:
    """Whether the client asked to log in before MAIL, and before the refusal; None where commands were not captured."""
    refused = judgement.rejection.frame if judgement.rejection is not None else None
    for command, reply in judgement.session.dialogue.exchanges:
        if command is None:
            return None
        if command.verb == "AUTH":
            return True
        if command.verb == "MAIL" or (reply is not None and refused in reply.frames):
            return False
    return None


def _attempt(judgement: Judgement, relays: Relays, blame: Blame) -> Attempt:
    session = judgement.session
    dialogue, resolution = session.dialogue, session.resolution
    found = {finding.kind for finding in judgement.findings}
    mail = dialogue.transactions[0] if dialogue.transactions else None
    command = mail.mail.command if mail is not None else None
    size = _SIZE.search(command.argument) if command is not None else None
    recipients = frozenset(recipient.lower() for recipient, _ in mail.recipients) if mail is not None else frozenset()
    answering = answered_by(session)
    words = (answering.banner or "").split() if answering is not None else []
    foreign = resolution is not None and resolution.link is not None and resolution.resolver_ip is not None
    return Attempt(
        at_ns=moment(session.start_ns),
        session=session.id,
        client=session.client.ip,
        refused=refused(judgement, blame),
        sender=mail.mail_from.lower() if mail is not None else None,
        recipients=recipients or None,
        mismatch=None if judgement.verdict == "undetermined" else judgement.flagged,
        transport_link=session.transport_link,
        resolver_link=session.resolver_link,
        relay=session.reached.ip,
        relay_owner=relays.owner(session.reached.ip, session.resolved_name),
        relay_name=words[1] if len(words) > 1 and "." in words[1] else None,
        asked_name=resolution.name if resolution is not None else session.asked_name,
        asked_by=resolution.asked_by if resolution is not None else None,
        resolver_owner=resolution.resolver_owner if resolution is not None else None,
        foreign_resolver=("foreign-resolver" in found) if foreign else None,
        redirected=True if "redirected" in found else None if session.wan is None else False,
        log_in=_asked_to_log_in(judgement),
        helo=dialogue.helo.lower() if dialogue.helo is not None else None,
        tls=dialogue.starttls or dialogue.implicit_tls,
        size=int(size[1]) if size is not None else None,
    )
