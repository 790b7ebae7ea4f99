"""What client and server said."""

from __future__ import annotations

from msgspec import Struct

from .scalars import Blame, Frame, Natural, Time


class ReplyJson(Struct):
    """What a server said."""

    code: int | None
    enhanced: str | None
    text: str
    cut: bool


class ExchangeJson(Struct):
    """A command and the reply to it."""

    command: str | None
    reply: ReplyJson | None
    frames: list[Frame]


class TransactionJson(Struct):
    """One mail."""

    mail_from: str | None
    rcpt_to: list[str]
    accepted: bool | None
    final_reply: ReplyJson | None


class RejectionJson(Struct):
    """One refusal."""

    code: int | None
    enhanced: str | None
    text: str
    command: str | None
    cause: str
    link: Blame
    frame: Frame
    wan_frame: Frame | None = None
    """The same reply beyond the router; null where it was not seen, and in cases of earlier versions."""


class BounceJson(Struct):
    """What a report on a mail that came back tells of it (RFC 3464)."""

    frame: Frame
    at: Time | None
    recipient: str | None
    action: str | None
    status: str | None
    text: str | None
    remote: str | None
    cause: str | None


class ToldAddressJson(Struct):
    """The public address that the server says it saw."""

    address: str
    link: str | None
    frame: Frame


class AnsweredByJson(Struct):
    """The server that really spoke."""

    ip: str | None
    port: Natural | None
    banner: str | None


class TlsJson(Struct):
    """Whether the session was encrypted."""

    starttls: bool
    implicit: bool
    decrypted: bool
    server_name: str | None
    certificate: list[str]


class AuthJson(Struct):
    """Whether the client logged in."""

    offered: list[str]
    mechanism: str | None
    succeeded: bool | None
