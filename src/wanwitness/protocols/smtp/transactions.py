"""Finished exchanges read as a dialogue: its mail transactions, its hello, its offers, its AUTH."""

from __future__ import annotations

from collections.abc import Iterable

from wanwitness.model import Dialogue, Exchange, Transaction
from wanwitness.oddities import ODD

from .command import UNKNOWN_CODES, path_of
from .content import MAX_HEADER
from .ledger import Pending
from .reply import mechanisms_of

MAX_RECIPIENTS = 10_000
"""Recipients kept of one transaction: a hundred times what RFC 5321 section 4.5.3.1.8 asks a server to take, and as
many as the largest servers do."""

_HELLO = ("EHLO", "HELO", "LHLO")


def read_dialogue(pendings: Iterable[Pending]) -> Dialogue:
    """Freeze the exchanges, and read from them what was agreed and what was sent."""
    dialogue = Dialogue()
    open_one: Transaction | None = None
    for pending in pendings:
        exchange = Exchange(pending.command, pending.reply)
        dialogue.exchanges.append(exchange)
        _read_session(dialogue, exchange)
        open_one = _read_mail(dialogue, open_one, exchange, pending)
    if dialogue.helo is None:
        sent = [e.command.argument for e in dialogue.exchanges if e.command is not None and e.command.verb in _HELLO]
        dialogue.helo = sent[-1] if sent else None
    return dialogue


def _read_session(dialogue: Dialogue, exchange: Exchange) -> None:
    command, reply = exchange.command, exchange.reply
    verb = command.verb if command is not None else None
    if command is not None and verb == "AUTH" and not dialogue.auth_succeeded:
        dialogue.auth_mechanism = command.argument or None
    if verb == "QUIT":
        dialogue.quit = True
    if reply is None:
        return
    if command is not None and verb in _HELLO and reply.accepts:
        dialogue.helo = command.argument
        if verb != "HELO":
            dialogue.offers = reply.lines[1:]
            dialogue.auth_offered = tuple(dict.fromkeys((*dialogue.auth_offered, *mechanisms_of(dialogue.offers))))
    if verb == "STARTTLS" and reply.code == 220:
        dialogue.starttls = True
    if reply.code == 235:  # RFC 4954 section 6, no other command's reply
        dialogue.auth_succeeded = True
    elif verb in ("AUTH", "AUTH-RESPONSE") and reply.code != 334:
        dialogue.auth_succeeded = dialogue.auth_succeeded or False


def _read_mail(
    dialogue: Dialogue, open_one: Transaction | None, exchange: Exchange, pending: Pending
) -> Transaction | None:
    """Enter one exchange into the transaction that is open, and return the one that is open behind it."""
    command, reply = exchange.command, exchange.reply
    verb = command.verb if command is not None else None
    refused = reply is not None and reply.refuses
    if command is not None and verb == "MAIL":
        # RFC 5321 section 4.1.4: a nested MAIL gets 503, and the open transaction goes on.
        if open_one is not None and reply is not None and reply.code == 503 and not _refused(open_one.mail):
            return open_one
        transaction = Transaction(path_of(command.argument), exchange)
        dialogue.transactions.append(transaction)
        return transaction
    if verb in ("RSET", "STARTTLS", *_HELLO):  # RFC 5321 section 4.1.1.5 and 4.1.4, RFC 3207 section 4.2
        return open_one if refused else None
    if open_one is None:
        return None
    if command is not None and verb == "RCPT":
        if not command.argument and reply is not None and reply.code in UNKNOWN_CODES:
            return open_one  # nobody was named that could be a recipient
        if len(open_one.recipients) < MAX_RECIPIENTS:
            open_one.recipients.append((path_of(command.argument), exchange))
        else:
            frame = command.frames[-1] if command.frames else None
            dialogue.oddities.append((frame, ODD("odd-recipients", most=MAX_RECIPIENTS)))
        return open_one
    answers_content = command is None and (pending.ends_content or (reply is not None and reply.code == 354))
    if verb in ("DATA", ".", "BDAT", "BURL") or answers_content:
        open_one.data.append(exchange)
        if pending.header is not None and pending.header.message_id is not None:
            open_one.message_id = pending.header.message_id
        if pending.header is not None:
            pending.header.end()  # it may have been cut
            open_one.report = pending.header.report
            said = command or reply
            frame = said.frames[-1] if said is not None and said.frames else None
            if pending.header.long:
                dialogue.oddities.append((frame, ODD("odd-header-long", most=MAX_HEADER)))
            if pending.header.cut:
                dialogue.oddities.append((frame, ODD("odd-report-cut")))
        if command is None:
            return None if pending.ends_content else open_one
        ends = verb == "." or (verb in ("BDAT", "BURL") and command.argument.upper().endswith("LAST"))
        return None if ends else open_one
    return open_one


def _refused(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.refuses
