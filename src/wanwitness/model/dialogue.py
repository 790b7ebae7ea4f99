"""What was said in one SMTP connection: every command with its reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from .frame import FrameRef
from .report import DeliveryReport
from .sentence import Sentence

LOOKED_AT = 1_000
"""Characters of a refusal that are looked at for its reason, which stands in its first lines."""


class Reply(NamedTuple):
    """One complete SMTP reply, all its lines (RFC 5321 section 4.2)."""

    code: int
    """Three digits as sent, whether or not an RFC names it; 0 where the server sent none."""
    enhanced: str | None
    """Enhanced status code (RFC 3463) of the first line that has one, without brackets: `5.7.0`."""
    lines: tuple[str, ...]
    """The text of each line behind the code and separator, printable; the enhanced code is still in it."""
    ts_ns: int
    frames: tuple[FrameRef, ...]
    cut: bool = False
    """Not all of it was captured; the last line kept ends in `…`."""

    @property
    def first_digit(self) -> int:
        """Whether it is good, bad or incomplete (RFC 5321 section 4.2.1); 0 where it does not say.

        Where there is no code, an enhanced code's class tells (RFC 3463 section 2).
        """
        return self.code // 100 if self.code or self.enhanced is None else int(self.enhanced[0])

    @property
    def refuses(self) -> bool:
        """Whether it is negative, for now or for good."""
        return self.first_digit >= 4

    @property
    def accepts(self) -> bool:
        """Whether it grants what was asked. A 221 only ever closes (RFC 5321 section 4.2.3)."""
        return self.first_digit == 2 and self.code != 221

    @property
    def text(self) -> str:
        """All lines as one, separated by a space, without the enhanced code in front of each."""
        return _text(self.enhanced, self.lines)


@lru_cache(1 << 12)  # servers say the same again and again
def _text(enhanced: str | None, lines: tuple[str, ...]) -> str:
    stripped = [line.strip() for line in lines]
    if enhanced:
        stripped = [_behind(enhanced, line) for line in stripped]
    return " ".join(stripped).strip()


def _behind(enhanced: str, line: str) -> str:
    first, _, rest = line.partition(" ")
    return rest.strip() if first.strip("[]") == enhanced else line


class Command(NamedTuple):
    """One command line, without what must stay secret.

    `verb` is upper case. Beside the RFC's verbs: `connect` (none was sent; its reply is the banner), `.` (the end
    of DATA's content), `AUTH-RESPONSE` (a line answering a 334), `?` (a line that is no known command).
    """

    verb: str
    argument: str
    """Printable; empty for `?` and `AUTH-RESPONSE`, and only the mechanism for AUTH."""
    ts_ns: int
    frames: tuple[FrameRef, ...]


class Exchange(NamedTuple):
    """A command and the reply to it; one of them is None where it was not seen."""

    command: Command | None
    reply: Reply | None


@dataclass(slots=True)
class Transaction:
    """One mail transaction: MAIL, RCPT…, then DATA or BDAT (RFC 5321 section 3.3)."""

    mail_from: str
    mail: Exchange
    recipients: list[tuple[str, Exchange]] = field(default_factory=list)
    data: list[Exchange] = field(default_factory=list)
    """DATA and the content's end, or each BDAT, in order."""
    message_id: str | None = None
    """The Message-ID header of the content, printable; nothing else of the content is kept but what a report says."""
    report: DeliveryReport | None = None
    """Where the content is a delivery status notification: what it reports."""

    @property
    def final_reply(self) -> Reply | None:
        """The reply that decided it: the content's if it came so far, else the latest before."""
        exchanges = [self.mail, *(exchange for _, exchange in self.recipients), *self.data]
        return next((exchange.reply for exchange in reversed(exchanges) if exchange.reply), None)

    @property
    def accepted(self) -> bool | None:
        """Whether the content was taken (2xx behind DATA's content or `BDAT … LAST`); None where it was never said."""
        last = next((e for e in reversed(self.data) if _ends_content(e)), None)
        if last is not None and last.reply is not None:
            return last.reply.accepts if last.reply.first_digit else None
        refused = [self.mail, *self.data]
        if any(e.reply is not None and e.reply.refuses for e in refused):
            return False
        if self.recipients and all(e.reply is not None and e.reply.refuses for _, e in self.recipients):
            return False
        return None


def _ends_content(exchange: Exchange) -> bool:
    command, reply = exchange.command, exchange.reply
    if command is None:
        # The end was not captured, and its reply was; a 354 is the reply to a DATA that was not captured.
        return reply is not None and reply.first_digit != 3
    last = command.verb in ("BDAT", "BURL") and command.argument.upper().endswith("LAST")
    return command.verb == "." or last


class TlsRandoms(NamedTuple):
    """What the two sides of a TLS handshake chose at random, 32 bytes each; None where it was not seen."""

    client: bytes | None = None
    server: bytes | None = None


@dataclass(slots=True)
class Dialogue:
    """Everything said in one SMTP connection, in order."""

    exchanges: list[Exchange] = field(default_factory=list)
    """The banner first (command verb `connect`), then each command as it was sent. A reply whose command was not
    captured has `command` None."""
    transactions: list[Transaction] = field(default_factory=list)
    helo: str | None = None
    """The name in the last accepted EHLO or HELO, else in the last one sent."""
    offers: tuple[str, ...] = ()
    """EHLO keywords with their parameters, of the last EHLO that was answered."""
    auth_offered: tuple[str, ...] = ()
    """Every AUTH mechanism offered at any time, in order of first appearance."""
    auth_mechanism: str | None = None
    auth_succeeded: bool | None = None
    """True after a 235, False after another final reply to AUTH; None where it was not tried or not answered."""
    starttls: bool = False
    """STARTTLS was sent and answered with 220."""
    implicit_tls: bool = False
    """The connection began with a TLS handshake."""
    tls_frames: tuple[FrameRef, ...] = ()
    """First TLS record of each direction seen."""
    tls_randoms: TlsRandoms = field(default_factory=TlsRandoms)
    """They are the same wherever the connection was captured."""
    tls_name: str | None = None
    """The server's name that the client asks for in its hello (SNI, RFC 6066), empty where it names none; None where
    its hello was not seen."""
    tls_certificate: tuple[str, ...] = ()
    """The names of the server's certificate, where it was shown in the clear (up to TLS 1.2)."""
    encrypted: bool = False
    """From some point on the bytes were TLS and could not be read."""
    decrypted: bool = False
    """What was said inside of TLS could be read, with its keys: all of it, unless `encrypted` says otherwise."""
    quit: bool = False
    oddities: list[tuple[FrameRef | None, Sentence]] = field(default_factory=list)

    @property
    def announced(self) -> str | None:
        """The server's name for itself: the banner begins with it (RFC 5321 section 4.2)."""
        first = self.exchanges[0] if self.exchanges else None
        if first is None or first.reply is None or first.command is None or first.command.verb != "connect":
            return None
        return next(iter(first.reply.text.split()), None)

    @property
    def replies(self) -> list[Reply]:
        """Every reply in order, the banner included."""
        return [exchange.reply for exchange in self.exchanges if exchange.reply is not None]
