"""How a session ended for its mail: accepted, rejected, deferred, and what else DESIGN section 3 names."""

from __future__ import annotations

from collections.abc import Iterable

from wanwitness.model import Dialogue, Exchange, Outcome, Rejection, Stream, Transaction

from .rejection import classify

_HELLO = ("EHLO", "HELO", "LHLO")
_AUTH = ("AUTH", "AUTH-RESPONSE")
_CONTENT = (".", "BDAT", "BURL")
_SAID_AS = {"AUTH-RESPONSE": "AUTH", ".": "DATA"}
"""What a refusal is said to be of: the command that the refused lines belong to."""
_MAIL = ("MAIL", "RCPT", "DATA", *_CONTENT)


def outcome_of(
    dialogue: Dialogue, stream: Stream, *, server_names: Iterable[str]
) -> tuple[Outcome, bool, Rejection | None]:
    """Judge one session by what was said and by how its connection ended.

    Returns:
        The outcome, whether only a part of the recipients was served, and the first decisive refusal.
    """
    if stream.refused is not None:
        return "refused", False, None
    if _unanswered(stream):
        return "unanswered", False, None
    refusals = _refusals(dialogue, stream)
    rejection = _rejection(dialogue, refusals[0], server_names) if refusals else None
    if any(t.accepted for t in dialogue.transactions) or any(map(_took_content, dialogue.exchanges)):
        return "accepted", _partial(dialogue), rejection
    if dialogue.encrypted:
        return "opaque", False, rejection
    if refusals:
        mended = _Successes(dialogue)
        final = [_code(dialogue.exchanges[index]) for index in refusals if not mended.behind(index)]
        if final:
            return "rejected" if max(final) >= 500 else "deferred", False, rejection
    return _unrefused(dialogue, stream), False, rejection


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
    """The places of the decisive refusals among the exchanges."""
    if not any(_code(exchange) >= 400 for exchange in dialogue.exchanges):
        return []
    in_mail = {id(e) for t in dialogue.transactions for e in (t.mail, *(r for _, r in t.recipients), *t.data)}
    decisive = {id(e) for t in dialogue.transactions for e in _decisive(t)}
    last_mail = max((i for i, e in enumerate(dialogue.exchanges) if _verb(e) == "MAIL"), default=-1)
    mended = _Successes(dialogue)
    found = []
    for index, exchange in enumerate(dialogue.exchanges):
        verb, code = _verb(exchange), _code(exchange)
        if code < 400:
            continue
        if verb == "connect":
            # Where the connection's beginning was not captured, the first reply seen may be to anything.
            decides = stream.syn is not None or stream.synack is not None
        elif id(exchange) in in_mail:
            decides = id(exchange) in decisive
        elif verb in _MAIL:
            # 503 outside of a transaction tells of the client's order of commands, not of its mail.
            decides = code != 503
        elif verb in (*_HELLO, *_AUTH, "STARTTLS"):
            decides = index > last_mail and not dialogue.encrypted and not mended.behind(index)
        else:
            # RFC 5321 section 3.8: 421 may answer any command.
            decides = code == 421 and verb not in (None, "QUIT")
        if decides:
            found.append(index)
    return found


def _decisive(transaction: Transaction) -> list[Exchange]:
    """A transaction's own refusals, without those that only follow from an earlier one (pipelining, RFC 2920)."""
    if _code(transaction.mail) >= 400:
        return [transaction.mail]
    recipients = [exchange for _, exchange in transaction.recipients]
    refused = [exchange for exchange in recipients if _code(exchange) >= 400]
    if recipients and len(refused) == len(recipients):
        return refused
    return refused + [exchange for exchange in transaction.data if _code(exchange) >= 400]


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
            if 200 <= _code(exchange) < 400:
                self._last[self._kind(exchange)] = index

    def behind(self, index: int) -> bool:
        """Whether a later command of the same kind succeeded."""
        exchange = self._exchanges[index]
        kinds = [self._kind(exchange)]
        if _verb(exchange) == "EHLO" and _code(exchange) in (500, 502, 504):
            # RFC 5321 section 3.2: a server that knows no EHLO is asked again by HELO, and what it says then decides.
            kinds.append(("asked by HELO", ""))
        return any(self._last.get(kind, -1) > index for kind in kinds)

    def _kind(self, exchange: Exchange) -> tuple[str, str]:
        verb = _verb(exchange) or ""
        if _code(exchange) == 235 or verb in _AUTH:
            return "AUTH", ""
        return ("HELO" if verb in _HELLO else verb), self._paths.get(id(exchange), "")


def _partial(dialogue: Dialogue) -> bool:
    """Whether some recipient was refused, or its message was, and no accepted message was for it."""
    served: set[str] = set()
    asked: set[str] = set()
    for transaction in dialogue.transactions:
        for recipient, exchange in transaction.recipients:
            if transaction.accepted and 200 <= _code(exchange) < 300:
                served.add(recipient.casefold())
            elif _code(exchange) >= 400 or transaction.accepted is False:
                asked.add(recipient.casefold())
    return bool(asked - served)


def _rejection(dialogue: Dialogue, index: int, server_names: Iterable[str]) -> Rejection:
    exchange, before = dialogue.exchanges[index], dialogue.exchanges[:index]
    reply = exchange.reply
    assert reply is not None
    # A reply to content whose end was not captured is the reply to that end.
    verb = _SAID_AS.get(said := _verb(exchange) or ".", said)
    tls = dialogue.implicit_tls or any(_verb(e) == "STARTTLS" and _code(e) == 220 for e in before)
    cause = classify(reply, verb, server_names=server_names, tls_active=tls)
    return Rejection(reply.code, reply.enhanced, reply.text, verb, cause, reply.frames[-1])


def _took_content(exchange: Exchange) -> bool:
    command = exchange.command
    if command is None or not 200 <= _code(exchange) < 300:
        return False
    return command.verb == "." or (command.verb in _CONTENT and command.argument.upper().endswith("LAST"))


def _verb(exchange: Exchange) -> str | None:
    return exchange.command.verb if exchange.command is not None else None


def _code(exchange: Exchange) -> int:
    return exchange.reply.code if exchange.reply is not None else 0
