"""What became of a mail later: delivery reports that came back, tied to the session that sent it.

A report names the mail by its Message-ID, where it returns the mail's header (RFC 3464 section 2: it should). Where it
does not, or the mail's own was not read, sender, recipient and time decide, if they leave one mail only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import (
    Bounce,
    DeliveryReport,
    DeliveryStatus,
    FrameRef,
    RejectionCause,
    Reply,
    Session,
    Transaction,
)
from wanwitness.reading import Point

from .assumptions import BOUNCED_WITHIN_NS
from .refusals import Server, classify
from .told_address import address_in

_TOLD = ("failed", "delayed")
"""Actions that tell of trouble; `relayed` and `expanded` end what can be known, and `delivered` is as it should be."""


class Returned(NamedTuple):
    """A report as it came back to the site: by SMTP, or fetched from a mailbox."""

    at_ns: int
    """When, on the reference clock."""
    to: tuple[str, ...]
    """Whom it was sent to: the mail's sender."""
    report: DeliveryReport


class Sent(NamedTuple):
    """A mail that a session sent."""

    session: Session
    transaction: Transaction


def returned_by_smtp(sessions: Iterable[Session]) -> Iterator[Returned]:
    """Yield the reports that the sessions themselves brought."""
    for session in sessions:
        for transaction in session.dialogue.transactions:
            if transaction.report is not None:
                to = tuple(recipient for recipient, _ in transaction.recipients)
                yield Returned(session.start_ns, to, transaction.report)


def returned_by_fetch(points: Iterable[Point], timeline: Timeline) -> Iterator[Returned]:
    """Yield what was fetched from mailboxes, status by status: each has the time of its own frame."""
    for point in points:
        for one in point.rows.fetched:
            for status, frame, ts_ns in zip(one.report.statuses, one.report.frames, one.times_ns, strict=True):
                report = replace(one.report, statuses=(status,), frames=(frame,))
                yield Returned(timeline.aligned(frame, ts_ns), one.report.to, report)


def bounces_of(sessions: Sequence[Session], returned: Iterable[Returned]) -> dict[str, tuple[Bounce, ...]]:
    """Return the later fate of the mail of each session, by its id; `sessions` are in order of time."""
    reports = sorted(returned, key=lambda one: one.at_ns)
    if not reports:
        return {}
    sent = _Sent(sessions)
    found: dict[str, dict[tuple[object, ...], Bounce]] = defaultdict(dict)
    for one in reports:
        for status, frame in zip(one.report.statuses, one.report.frames, strict=False):
            mail = sent.of(one, status) if status.action in _TOLD else None
            if mail is not None:
                bounce = _bounce(one, frame, status, mail)
                # A report that passes a server of the site is seen twice.
                same = (bounce.recipient.lower(), bounce.action, bounce.status, bounce.text)
                found[mail.session.id].setdefault(same, bounce)
    return {id_: tuple(bounces.values()) for id_, bounces in found.items()}


class _Sent:
    """The mails that left the site, by Message-ID and by recipient."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._by_id: dict[str, list[Sent]] = defaultdict(list)
        self._by_recipient: dict[str, list[Sent]] = defaultdict(list)
        for session in sessions:
            if not session.judged:
                continue
            for transaction in session.dialogue.transactions:
                if transaction.accepted is False:
                    continue
                mail = Sent(session, transaction)
                if transaction.message_id is not None:
                    self._by_id[transaction.message_id].append(mail)
                for recipient, exchange in transaction.recipients:
                    if exchange.reply is None or exchange.reply.accepts:
                        self._by_recipient[recipient.lower()].append(mail)

    def of(self, one: Returned, status: DeliveryStatus) -> Sent | None:
        """Return the mail that a report is about: of several tries the last before it; None where that is not plain."""
        named = self._by_id.get(one.report.message_id or "", [])
        tried = [mail for mail in named if _in_time(mail, one.at_ns) and _went_to(mail, status)]
        if tried:
            return tried[-1]
        if named:
            return None
        senders = {address.lower() for address in one.to}
        candidates = {
            (mail.session.id, mail.transaction.mail): mail
            for recipient in status.recipients
            for mail in self._by_recipient.get(recipient.lower(), [])
            if _in_time(mail, one.at_ns)
            and mail.transaction.mail_from.lower() in senders
            and (one.report.message_id is None or mail.transaction.message_id is None)
        }
        return next(iter(candidates.values())) if len(candidates) == 1 else None


def _in_time(mail: Sent, at_ns: int) -> bool:
    return mail.session.start_ns <= at_ns <= mail.session.end_ns + BOUNCED_WITHIN_NS


def _went_to(mail: Sent, status: DeliveryStatus) -> bool:
    """Whether the mail went to the reported recipient; an alias may stand for him, so one recipient is enough."""
    recipients = {recipient.lower() for recipient, _ in mail.transaction.recipients}
    return len(recipients) < 2 or not recipients.isdisjoint(address.lower() for address in status.recipients)


def _bounce(one: Returned, frame: FrameRef, status: DeliveryStatus, mail: Sent) -> Bounce:
    sent_to = [recipient for recipient, _ in mail.transaction.recipients]
    told = {address.lower() for address in status.recipients}
    meant = next((recipient for recipient in sent_to if recipient.lower() in told), None)
    recipient = meant or next(iter(status.recipients or tuple(sent_to)), "")
    # The oldest line that names a public address is that of the first server beyond the site.
    saw = next(filter(None, map(address_in, reversed(one.report.received))), None)
    cause = cause_of(status)
    return Bounce(one.at_ns, frame, recipient, status.action, status.status, status.text, status.remote, cause, saw)


def cause_of(status: DeliveryStatus) -> RejectionCause | None:
    """Return why the remote server refused the relay, where the report quotes it."""
    if status.text is None:
        return None
    code, _, text = status.text.partition(" ")
    number = int(code[:3]) if code[:3].isdigit() and len(code) <= 4 else 0
    words = text if number else status.text
    reply = Reply(number, status.status, (words,), 0, ())
    return classify(reply, "DATA", Server(relay=False))[0]
