"""Delivery status notifications (RFC 3464), read by Python's `email`.

A `multipart/report` has a text for people, the statuses in the form of header fields (`message/delivery-status`: one
group about the message, one about each recipient, parted by empty lines), and the message that it is about, or its
header alone. Of that message only the Message-ID and the lines of trace are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from itertools import islice

from wanwitness.model import DeliveryReport, DeliveryStatus, printable

MAX_STATUSES = 100
"""Recipients of one report: as many as RFC 5321 section 4.5.3.1.8 asks a server to take."""
MAX_TRACE = 30
"""Lines of trace; RFC 5321 section 6.3 takes a hundred for a loop, and mail has a handful."""
MAX_RECEIVERS = 4
"""Whom a report is for: the one sender."""
MAX_TEXT = 1_000
"""Characters of what a remote server said, or of a line of trace."""
MAX_NAME = 320
"""Characters of an address (RFC 3696) or a server's name."""

MAX_BOUNDARIES = 20
"""Parts with parts of their own: a report has one, and the message that it is about a few. `email` holds every line
against the boundaries of all."""

MAX_FIELD = 2_000
"""Bytes of a Content-Type: two boundaries of RFC 2046's greatest length and the names of files fit many times over.
`email` needs the square of its semicolons."""

_CONTENT_TYPE = re.compile(rb"^content-type[ \t]*:(?:[^\n]|\n[ \t])*", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
_REPORT = re.compile(rb"^content-type[ \t]*:\s*multipart/report\b", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(rb"^final-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_COMMENT = re.compile(r"\([^()]*\)")


def is_report(header: bytes) -> bool:
    """Whether a message with this header may be a report."""
    return b"multipart/report" in header.lower() and _REPORT.search(header) is not None


def too_long(content: bytes) -> bool:
    """Whether a message has a longer Content-Type than is read: then it is not read at all."""
    return any(len(match[0]) > MAX_FIELD for match in _CONTENT_TYPE.finditer(content))


def read_report(content: bytes) -> DeliveryReport | None:
    """Return what a message reports; None where it is no report of deliveries, or is broken before it says anything, or
    is `too_long`.
    """
    if too_long(content):
        return None
    places = [match.start() for match in islice(_BOUNDARY.finditer(content), MAX_BOUNDARIES + 1)]
    if too_deep := len(places) > MAX_BOUNDARIES:
        content = content[: places[-1]]
    try:
        message = message_from_bytes(content)
        parts = [part for part in message.walk() if not part.is_multipart() or _is_about(part)]
        groups = _groups(parts)
        statuses = list(_statuses(groups[:MAX_STATUSES], content))
        returned = next(filter(None, map(_returned, parts)), None)
        lines = (returned.get_all("received") or [])[:MAX_TRACE] if returned else []
        trace = tuple(filter(None, (_field(line, MAX_TEXT) for line in lines)))
        told = _message_id(returned), tuple(statuses), trace, _to(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # `email` raises what it likes where nobody meant to be read
    return DeliveryReport(*told, cut=too_deep or len(groups) > MAX_STATUSES) if statuses else None


def _to(message: Message) -> tuple[str, ...]:
    """Return the addresses that a report is for."""
    fields = [str(value)[:MAX_TEXT] for value in (message.get_all("to") or [])[:MAX_RECEIVERS]]
    addresses = (printable(address, MAX_NAME) for _, address in getaddresses(fields))
    return tuple(dict.fromkeys(address for address in addresses if "@" in address))[:MAX_RECEIVERS]


def _is_about(part: Message) -> bool:
    return part.get_content_type() in ("message/delivery-status", "message/global-delivery-status", "message/rfc822")


def _groups(parts: list[Message]) -> list[Message]:
    """Return the groups of fields about a recipient."""
    return [
        group
        for part in parts
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
        for group in (part.get_payload() if part.is_multipart() else [])
        if isinstance(group, Message) and group["final-recipient"] is not None
    ]


def _statuses(groups: list[Message], content: bytes) -> Iterator[DeliveryStatus]:
    """Yield what each group says, with its place in the content."""
    places = [match.start() for match in _RECIPIENT.finditer(content)]
    for number, group in enumerate(groups):
        recipients = dict.fromkeys(filter(None, (_typed(group[f"{kind}-recipient"]) for kind in ("final", "original"))))
        code = _ENHANCED.search(_field(group["status"]) or "")
        yield DeliveryStatus(
            tuple(recipients),
            (_field(group["action"], 20) or "failed").lower(),
            code[0] if code else None,
            _typed(group["diagnostic-code"], MAX_TEXT),
            _typed(group["remote-mta"]),
            places[number] if number < len(places) else 0,
        )


def _returned(part: Message) -> Message | None:
    """Return the header of the message that the report is about."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        inner = part.get_payload()
        return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
    if kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
        raw = part.get_payload(decode=True)
        return message_from_bytes(raw) if isinstance(raw, bytes) else None
    return None


def _message_id(returned: Message | None) -> str | None:
    value = _field(returned["message-id"], 998) if returned is not None else None
    found = re.search(r"<[^<>]*>", value or "")
    return found[0] if found else value


def _typed(value: object, limit: int = MAX_NAME) -> str | None:
    """Return a field's value without its type, as `rfc822; bob@far.example` (RFC 3464 section 2.1.2)."""
    written = _field(value, limit + 40) or ""
    head, semicolon, rest = written.partition(";")
    told = (rest if semicolon and re.fullmatch(r"\s*[\w.-]+\s*", _COMMENT.sub("", head)) else written).strip()
    return told[:limit] or None


def _field(value: object, limit: int = MAX_NAME) -> str | None:
    """Return a field's value on one line, printable."""
    return None if value is None else printable(" ".join(str(value).split()), limit) or None
