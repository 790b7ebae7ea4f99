"""Mails that were tried again through another link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from wanwitness.model import Finding, FrameRef, Session, Transaction

from .sentences import sentence

Key = tuple[str, str, frozenset[str]]


def retried_other_link(sessions: Iterable[Session]) -> dict[Session, list[Finding]]:
    """Return of each session which mails it repeats, by another link, that the client's last try did not get through.

    A mail is the same where sender and recipients are, unless both tries showed a Message-ID and these differ.
    `sessions` are in order of time.
    """
    found: dict[Session, list[Finding]] = defaultdict(list)
    last: dict[Key, tuple[Session, Transaction]] = {}
    for session in sessions:
        if session.transport_link is None or not session.judged:
            continue
        for transaction in session.dialogue.transactions:
            recipients = frozenset(recipient.lower() for recipient, _ in transaction.recipients)
            if not recipients:
                continue
            key = (session.client.ip, transaction.mail_from.lower(), recipients)
            earlier = last.get(key)
            if earlier is not None and earlier[0].transport_link != session.transport_link:
                failed = earlier[1].accepted is not True
                if failed and _same_message(earlier[1], transaction):
                    frames = _mail_frames(earlier[1]) + _mail_frames(transaction)
                    text = sentence("finding-retried", link=earlier[0].transport_link, session=earlier[0].id)
                    found[session].append(Finding("retried-other-link", text, frames))
            last[key] = (session, transaction)
    return found


def _same_message(one: Transaction, two: Transaction) -> bool:
    return one.message_id is None or two.message_id is None or one.message_id == two.message_id


def _mail_frames(transaction: Transaction) -> tuple[FrameRef, ...]:
    exchange = transaction.mail
    part = exchange.command or exchange.reply
    return part.frames if part is not None else ()
