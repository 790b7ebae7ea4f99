"""How a session ended for its mail: accepted, rejected, deferred, and what else DESIGN section 3 names."""

from __future__ import annotations

from typing import NamedTuple

from wanwitness.model import Dialogue, Exchange, Outcome, Rejection, Rule, Stream, Transaction

from .refusals import Server, classify

_HELLO = ("EHLO", "HELO", "LHLO")
_AUTH = ("AUTH", "AUTH-RESPONSE")
_CONTENT = (".", "BDAT", "BURL")
_SAID_AS = {"AUTH-RESPONSE": "AUTH", ".": "DATA"}
"""What a refusal is said to be of: the command that the refused lines belong to."""
_MAIL = ("MAIL", "RCPT", "DATA", *_CONTENT)
_NOT_UNDERSTOOD = (500, 501, 502)
"""A line refused so is mended by the next of its kind that is taken, whatever it says (RFC 5321 section 4.2.2)."""
_NEEDED = frozenset(("connect", "STARTTLS", *_HELLO, *_AUTH, *_MAIL))
"""Commands that mail needs, `connect` for the connection itself."""


class Ending(NamedTuple):
    """How a session ended."""

    outcome: Outcome
    partial: bool = False
    """Only a part of the recipients was served."""
    rejection: Rejection | None = None
    """The refusal that says most: the first that may be the link's fault, else the first decisive one."""
    rejections: tuple[Rejection, ...] = ()
    """Every refusal of a command that mail needs, in order."""


def outcome_of(dialogue: Dialogue, stream: Stream, server: Server, own: tuple[Rule, ...] = ()) -> Ending:
    """Judge one session by what was said and by how its connection ended; `own` are the user's rules of refusals."""
    if stream.refused is not None:
        return Ending("refused")
    if _unanswered(stream):
        return Ending("unanswered")
    refused = _refusals(dialogue, stream)
    if not refused:
        return Ending(*_outcome(dialogue, stream, []))
    rejections = _rejections(dialogue, refused, server, own)
    decisive = _decisive(dialogue, refused)
    said = dict(zip(refused, rejections, strict=True))
    first = next((r for r in rejections if r.link != "none"), None)
    if first is None and decisive:
        first = said[decisive[0]]
    return Ending(*_outcome(dialogue, stream, decisive), first, rejections)


def _outcome(dialogue: Dialogue, stream: Stream, decisive: list[int]) -> tuple[Outcome, bool]:
    if any(t.accepted for t in dialogue.transactions) or any(map(_took_content, dialogue.exchanges)):
        return "accepted", _partial(dialogue)
    if dialogue.encrypted:
        return "opaque", False
    if decisive:
        mended = _Successes(dialogue)
        final = [_digit(dialogue.exchanges[index]) for index in decisive if not mended.behind(index)]
        if final:
            return "rejected" if max(final) >= 5 else "deferred", False
    return _unrefused(dialogue, stream), False


def _unanswered(stream: Stream) -> bool:
    # A client that sends payload or a FIN has had an answer, even if it went by another path.
    silent = stream.packets_resp == 0 and stream.synack is None
    return stream.syn is not None and silent and not stream.payload_orig and stream.ended != "fin"


def _unrefused(dialogue: Dialogue, stream: Stream) -> Outcome:
    """The outcome of a session in which nothing was refused for good and nothing was accepted."""
    one_sided = (stream.payload_orig and not stream.packets_resp) or (stream.payload_resp and not stream.packets_orig)
    if one_sided or _fell_in_gap(dialogue, stream):
        return "unknown"
    verbs = {exchange.command.verb for exchange in dialogue.exchanges if exchange.command is not None}
    ended = stream.ended in ("fin", "rst") and stream.ended_by is not None
    if not ended and not dialogue.quit:
        return "unknown"
    if any(_verb(exchange) in _MAIL and not _says(exchange) for exchange in dialogue.exchanges):
        return "unknown"
    if verbs & set(_MAIL):
        return "aborted"
    return "no-mail" if dialogue.quit or stream.ended_by == "orig" else "aborted"


def _fell_in_gap(dialogue: Dialogue, stream: Stream) -> bool:
    """Whether what would decide may be among the bytes that were not captured."""
    if any(gap.direction == "orig" for gap in stream.gaps):
        return True
    replies_lost = any(gap.direction == "resp" for gap in stream.gaps)
    return replies_lost and any(e.reply is None or e.command is None for e in dialogue.exchanges)


def _refusals(dialogue: Dialogue, stream: Stream) -> list[int]:
    """The places of the exchanges in which a command that mail needs was refused."""
    ends = {e for t in dialogue.transactions for e in t.data if e.command is None}
    found: list[int] = []
    for index, exchange in enumerate(dialogue.exchanges):
        verb, code = _verb(exchange), _code(exchange)
        if not _refuses(exchange):
            continue
        if verb == "connect":
            # Where the connection's beginning was not captured, the first reply seen may be to anything.
            needed = stream.syn is not None or stream.synack is not None
        else:
            # RFC 5321 section 3.8: 421 may answer any command.
            needed = verb in _NEEDED or exchange in ends or (code == 421 and verb not in (None, "QUIT"))
        if needed:
            found.append(index)
    return found


def _decisive(dialogue: Dialogue, refused: list[int]) -> list[int]:
    """Which refusals decide of mail: not those that follow from an earlier one, or that the client could pass by."""
    in_mail = {e for t in dialogue.transactions for e in (t.mail, *(r for _, r in t.recipients), *t.data)}
    own = {e for t in dialogue.transactions for e in _own_refusals(t)}
    mails = [index for index, exchange in enumerate(dialogue.exchanges) if _verb(exchange) == "MAIL"]
    last_mail = max(mails, default=-1)
    last_begun = max((index for index in mails if _accepts(dialogue.exchanges[index])), default=-1)
    mended = _Successes(dialogue)
    found: list[int] = []
    unknown = False  # the client's greeting was refused
    for index in refused:
        exchange = dialogue.exchanges[index]
        verb = _verb(exchange)
        if exchange in in_mail:
            # 503 tells of the order of commands: that a refused greeting came before.
            decides = exchange in own and not (unknown and _code(exchange) == 503)
        elif verb in _MAIL:
            # Outside of a transaction it tells of the client's order of commands, not of its mail.
            decides = _code(exchange) != 503
        elif verb in (*_HELLO, *_AUTH, "STARTTLS"):
            # Behind STARTTLS and AUTH the client waits (RFC 3207, RFC 4954), and then goes on all the same or does not;
            # what is sent together with a greeting (RFC 2920) shows only by its reply that that was passed by.
            passed = last_begun if verb in _HELLO else last_mail
            decides = index > passed and not dialogue.encrypted and not mended.behind(index)
            unknown |= decides and verb in _HELLO
        else:
            decides = True
        if decides:
            found.append(index)
    return found


def _own_refusals(transaction: Transaction) -> list[Exchange]:
    """A transaction's own refusals, without those that only follow from an earlier one (pipelining, RFC 2920)."""
    if _refuses(transaction.mail):
        return [transaction.mail]
    recipients = [exchange for _, exchange in transaction.recipients]
    refused = [exchange for exchange in recipients if _refuses(exchange)]
    if not _says(transaction.mail):  # it may have been refused
        return [exchange for exchange in refused + transaction.data if _refuses(exchange) and _code(exchange) != 503]
    if recipients and len(refused) == len(recipients):
        return refused
    return refused + [exchange for exchange in transaction.data if _refuses(exchange)]


class _Successes:
    """Where each kind of command succeeded last: a refusal before that was mended."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._exchanges = dialogue.exchanges
        self._paths = {id(e): path.casefold() for t in dialogue.transactions for path, e in t.recipients}
        self._last: dict[tuple[str, str], int] = {}
        for index, exchange in enumerate(dialogue.exchanges):
            if _verb(exchange) == "HELO":
                self._last["asked by HELO", ""] = index
            if _verb(exchange) in _AUTH and _code(exchange) != 235:
                continue
            if exchange.reply is not None and exchange.reply.first_digit in (2, 3):
                self._last[self._kind(exchange)] = index
                self._last[_verb(exchange) or "", "typed again"] = index

    def behind(self, index: int) -> bool:
        """Whether a later command of the same kind succeeded."""
        exchange = self._exchanges[index]
        kinds = [self._kind(exchange)]
        if _verb(exchange) == "EHLO" and _code(exchange) in (500, 502, 504):
            # RFC 5321 section 3.2: a server that knows no EHLO is asked again by HELO, and what it says then decides.
            kinds.append(("asked by HELO", ""))
        if _code(exchange) in _NOT_UNDERSTOOD:
            kinds.append((_verb(exchange) or "", "typed again"))
        return any(self._last.get(kind, -1) > index for kind in kinds)

    def _kind(self, exchange: Exchange) -> tuple[str, str]:
        verb = _verb(exchange) or ""
        if _code(exchange) == 235 or verb in _AUTH:
            return "AUTH", ""
        return ("HELO" if verb in _HELLO else verb), self._paths.get(id(exchange), "")


def _partial(dialogue: Dialogue) -> bool:
    """Whether some recipient was refused, or its message was, and no accepted message was for it."""
    mended = _Successes(dialogue)
    place = {id(exchange): index for index, exchange in enumerate(dialogue.exchanges)}
    served: set[str] = set()
    asked: set[str] = set()
    for transaction in dialogue.transactions:
        for recipient, exchange in transaction.recipients:
            if transaction.accepted and _accepts(exchange):
                served.add(recipient.casefold())
            elif _code(exchange) in _NOT_UNDERSTOOD and mended.behind(place[id(exchange)]):
                continue
            elif _refuses(exchange) or transaction.accepted is False:
                asked.add(recipient.casefold())
    return bool(asked - served)


def _rejections(dialogue: Dialogue, refused: list[int], server: Server, own: tuple[Rule, ...]) -> tuple[Rejection, ...]:
    begins_tls = [i for i, e in enumerate(dialogue.exchanges) if _verb(e) == "STARTTLS" and _code(e) == 220]
    # RFC 4954 section 6: no other command is answered with 235.
    logged_in = next((i for i, e in enumerate(dialogue.exchanges) if _code(e) == 235), len(dialogue.exchanges))
    found: list[Rejection] = []
    for index in refused:
        exchange = dialogue.exchanges[index]
        reply = exchange.reply
        assert reply is not None
        # A reply to content whose end was not captured is the reply to that end.
        verb = _SAID_AS.get(said := _verb(exchange) or ".", said)
        tls = dialogue.implicit_tls or (bool(begins_tls) and begins_tls[0] < index)
        cause, link = classify(reply, verb, server, own, tls_active=tls, known=logged_in < index)
        found.append(Rejection(reply.code, reply.enhanced, reply.text, verb, cause, link, reply.frames[-1]))
    return tuple(found)


def _took_content(exchange: Exchange) -> bool:
    command = exchange.command
    if command is None or not _accepts(exchange):
        return False
    return command.verb == "." or (command.verb in _CONTENT and command.argument.upper().endswith("LAST"))


def _verb(exchange: Exchange) -> str | None:
    return exchange.command.verb if exchange.command is not None else None


def _code(exchange: Exchange) -> int:
    return exchange.reply.code if exchange.reply is not None else 0


def _digit(exchange: Exchange) -> int:
    return exchange.reply.first_digit if exchange.reply is not None else 0


def _refuses(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.refuses


def _accepts(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.accepts


def _says(exchange: Exchange) -> bool:
    """Whether a reply, if there is one, says what became of the command."""
    return exchange.reply is None or exchange.reply.first_digit > 0
