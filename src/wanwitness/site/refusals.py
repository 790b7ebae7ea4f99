"""What each value of a `[[rule]]` must be: why servers refuse, in the words of those that the site knows."""

from __future__ import annotations

import re
from typing import Any, cast, get_args

from wanwitness.model import Blame, Pattern, RejectionCause, pattern_of

from .addresses import relay
from .values import WrongValueError, nearest, not_a, shown, text, wrong_value

COMMANDS = ("connect", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "BURL", "VRFY")
LONGEST_PATTERN = 500
"""Characters: a reply's sentence fits several times over."""


def cause(value: object) -> RejectionCause:
    """Take one of the causes that a refusal may have."""
    return cast(RejectionCause, _one_of(get_args(RejectionCause), value))


def blame(value: object) -> Blame:
    """Take how a link may be to blame."""
    return cast(Blame, _one_of(get_args(Blame), value))


def command(value: object) -> str:
    """Take the verb of a command, or `connect` for a refusing banner."""
    written = text(value)
    return _one_of(COMMANDS, written if written in COMMANDS else written.upper())


def code(value: object) -> int:
    """Take a reply code of a refusal (RFC 5321 section 4.2)."""
    return _number(value, 400, 599, "value-code")


def port(value: object) -> int:
    """Take a TCP port."""
    return _number(value, 1, 65_535, "value-port")


def server(value: object) -> str:
    """Take a server's name."""
    return relay(value)


def patterns(value: object) -> Pattern:
    """Take a pattern of Python's `re`, or an array of them, any of which is meant."""
    if isinstance(value, str):
        return _compiled(value)
    if not isinstance(value, list):
        raise not_a("value-string-or-array", value)
    if not value:
        raise wrong_value("value-empty")
    for index, element in enumerate(value):
        try:
            _compiled(element)
        except WrongValueError as wrong:
            raise WrongValueError(wrong.said, index) from None
    return pattern_of(*value)


def enhanced(value: object) -> Pattern:
    """Take an enhanced code (RFC 3463), or a pattern of them."""
    written = text(value)
    return re.compile(re.escape(written)) if re.fullmatch(r"[45]\.\d+\.\d+", written) else _compiled(written)


def _compiled(value: object) -> Pattern:
    written = text(value)
    if len(written) > LONGEST_PATTERN:
        raise wrong_value("value-pattern-long", most=LONGEST_PATTERN)
    try:
        return pattern_of(written)
    except (re.error, OverflowError, RecursionError) as error:
        raise wrong_value("value-no-pattern", text=shown(written), why=str(error)) from None


def _number(value: object, least: int, most: int, otherwise: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise not_a("value-integer", value)
    if not least <= value <= most:
        raise wrong_value(otherwise)
    return value


def _one_of(known: tuple[Any, ...], value: object) -> str:
    written = text(value)
    if written not in known:
        raise wrong_value("value-none-of", text=shown(written), known=known, advice=nearest(written.lower(), known))
    return written
