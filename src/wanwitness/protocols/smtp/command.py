"""Command lines (RFC 5321 section 4.1), stripped of what must stay secret."""

from __future__ import annotations

import re
from functools import lru_cache

from wanwitness.model import Command, printable
from wanwitness.model.text import MOST_PER_BYTE

from .lines import Line
from .mechanisms import MECHANISMS

UNKNOWN_CODES = (500, 501, 502)
"""Replies to a line that was not understood (RFC 5321 section 4.2.2)."""
MISPLACED_CODES = (*UNKNOWN_CODES, 503)
"""The same, and to one that has no place where it came."""

_PATH_FROM, _PATH_TO, _WORD = rb"FROM[ \t]*:(?s:.*)", rb"TO[ \t]*:(?s:.*)", rb"\S+"
_ARGUMENTS = {
    verb: re.compile(argument, re.IGNORECASE)
    for verbs, argument in (
        ("EHLO HELO LHLO", _WORD),  # RFC 5321 4.1.1.1, RFC 2033 4.1
        ("MAIL SEND SOML SAML", _PATH_FROM),  # RFC 5321 4.1.1.2, RFC 821 4.1.1
        ("RCPT", _PATH_TO),  # RFC 5321 4.1.1.3
        ("DATA RSET QUIT STARTTLS TURN", rb""),  # RFC 5321 4.1.1, RFC 3207, RFC 821
        ("NOOP HELP", rb"\S*"),  # RFC 5321 4.1.1.8, 4.1.1.9
        ("VRFY EXPN ETRN ATRN", _WORD),  # RFC 5321 4.1.1.6, RFC 1985, RFC 2645
        ("BDAT", rb"\d{1,10}(?:[ \t]+LAST)?"),  # RFC 3030 section 2
        ("BURL", rb"\S+(?:[ \t]+LAST)?"),  # RFC 4468 section 3
        ("AUTH", rb"[A-Z0-9_-]{1,20}(?:[ \t]+\S+)?"),  # RFC 4954 section 4
        ("XCLIENT XFORWARD", rb"[A-Z]+=(?s:.*)"),  # Postfix's extensions
    )
    for verb in verbs.split()
}
"""Each known verb with the form of its argument. A line of another form is still that command, its argument unkept:
mail text read as commands after a gap (`Mail me the contract`) must not be stored."""
_HELLO = frozenset(("EHLO", "HELO", "LHLO"))
_PATHS = frozenset(("MAIL", "SEND", "SOML", "SAML", "RCPT"))
_TOLD = _HELLO | _PATHS | {"BDAT", "AUTH", "BURL"}
"""Verbs of whose argument something is kept: only what the case tells of. All others' may be a secret: what clients
type behind HELP or VRFY, XCLIENT's LOGIN."""
_LINE = re.compile(rb"[ \t]*([A-Za-z]+)(?:[ \t].*)?", re.DOTALL)
_JOINED = re.compile(rb"[ \t]*(MAIL(?=FROM[ \t]*:)|RCPT(?=TO[ \t]*:)).*", re.DOTALL | re.IGNORECASE)
"""`MAILFROM:<a@example.org>` is sent, and taken by some servers."""
_PATH_ARGUMENT = re.compile(
    rb"((?:FROM|TO)[ \t]*:[ \t]*(?:<(?:\"(?:\\(?s:.)|[^\"\\])*\"|[^\">])*>|[^\s>]*>?))((?s:.*))", re.IGNORECASE
)
_PARAMETER = re.compile(
    # RFC 1870; RFC 6152 and 3030; RFC 3461; RFC 6531; RFC 8689; RFC 4954 section 5, without an address
    rb"SIZE=\d{1,20}|BODY=(?:7BIT|8BITMIME|BINARYMIME)|RET=(?:FULL|HDRS)|SMTPUTF8|REQUIRETLS|AUTH=<>"
    rb"|NOTIFY=(?:NEVER|SUCCESS|FAILURE|DELAY|,)+",
    re.IGNORECASE,
)
"""A parameter of MAIL or RCPT whose words are all its RFC's. ENVID, ORCPT and others have words of the client's."""
_PATH = re.compile(r'<((?:"(?:\\.|[^"\\])*"|[^">])*)>|<?([^\s>]*)')


@lru_cache(512)
def verb_of(raw: bytes) -> str | None:
    """The known verb that a line begins with, upper case; None for any other line."""
    match = _JOINED.fullmatch(raw) or _LINE.fullmatch(raw)
    verb = match[1].decode("ascii").upper() if match else ""
    return verb if verb in _ARGUMENTS else None


def is_plain(raw: bytes) -> bool:
    """Whether a line is a command beyond doubt: a known verb with an argument of its form."""
    verb = verb_of(raw)
    return verb is not None and _ARGUMENTS[verb].fullmatch(_argument(raw, verb)) is not None


def is_plainly_begun(raw: bytes) -> bool:
    """Whether a line whose end is missing is the beginning of a command beyond doubt."""
    begun = raw.lstrip(b" \t").upper()
    return is_plain(raw) or any(len(begun) > 5 and form.startswith(begun) for form in (b"MAIL FROM:", b"RCPT TO:"))


def parse_command(line: Line) -> Command:
    """Read one line as a command, keeping only what may be kept."""
    return Command(*_parse(line.raw), line.ts_ns, line.frames)


def parse_begun(line: Line) -> Command | None:
    """Read a line whose end was not captured, if its verb was; `…` stands for the rest of its argument."""
    verb = verb_of(line.raw)
    if verb is None or not line.raw.lstrip(b" \t")[len(verb) :]:
        return None
    verb, argument = _parse(line.raw)
    shown = argument + "…" if verb in _HELLO | _PATHS else ""
    return Command(verb, argument if verb == "AUTH" else shown, line.ts_ns, line.frames)


@lru_cache(512)
def _parse(raw: bytes) -> tuple[str, str]:
    """Verb and argument of a line; clients say the same over and over."""
    verb = verb_of(raw)
    if verb is None:
        return "?", ""
    argument = _argument(raw, verb)
    kept = b""
    if verb == "AUTH":
        kept = (mechanism_of(argument) or b"").upper()
    elif verb == "BURL":
        kept = b"LAST" if argument.upper().split()[-1:] == [b"LAST"] else b""
    elif verb in _PATHS and _ARGUMENTS[verb].fullmatch(argument):
        kept = _path_argument(argument)
    elif verb in _HELLO:
        kept = _named(argument)
    elif verb in _TOLD and _ARGUMENTS[verb].fullmatch(argument):
        kept = argument
    return verb, printable(kept)


def _named(argument: bytes) -> bytes:
    """How a client names itself, which is one word (RFC 5321 section 4.1.1.1); asterisks for what stands behind it, as
    where a line's end is missing, and for whoever stands before a host's name, as in a URL.
    """
    name, *others = re.split(rb"(\s+)", argument)
    user, at, host = name.rpartition(b"@")
    hidden = (b"*" * len(word) if word.strip() else word for word in others)
    return b"*" * len(user) + at + host + b"".join(hidden)


def _path_argument(argument: bytes) -> bytes:
    """The path, and those parameters that can hold no secret; asterisks for the others."""
    match = _PATH_ARGUMENT.fullmatch(argument)
    if match is None:
        return b""
    words = re.split(rb"([ \t]+)", match[2])
    return match[1] + b"".join(w if not w.strip() or _PARAMETER.fullmatch(w) else b"*" * len(w) for w in words)


def is_told(raw: bytes, command: Command) -> bool:
    """Whether all that a line says stands in the command: nothing of it can be a secret."""
    verb = verb_of(raw)
    if verb is None or verb != command.verb:
        return False
    argument = _argument(raw, verb)
    whole = printable(argument.upper() if verb == "AUTH" else argument, MOST_PER_BYTE * len(argument))
    return whole == command.argument


def mechanism_of(argument: bytes) -> bytes | None:
    """The mechanism that AUTH's argument begins with, if it is a known one."""
    word = argument.split(None, 1)[:1]
    return word[0] if word and word[0].decode("latin-1").upper() in MECHANISMS else None


def secret_of(raw: bytes) -> bytes:
    """What of a command line is or may be secret: all of an unknown line, AUTH's initial response, most arguments."""
    verb = verb_of(raw)
    if verb is None:
        return raw
    argument = _argument(raw, verb)
    if verb == "AUTH":
        return argument[len(mechanism_of(argument) or b"") :]
    if verb in _HELLO and _named(argument) != argument:
        return argument
    return b"" if verb in _TOLD and verb != "BURL" else argument


def chunk_size(command: Command) -> int:
    """How many bytes follow a BDAT at once; 0 where its argument is not of RFC 3030's form."""
    return int(command.argument.split()[0]) if command.verb == "BDAT" and command.argument else 0


def path_of(argument: str) -> str:
    """The path of `FROM:<path> parameters` (RFC 5321 section 4.1.2) without angle brackets; they may be missing."""
    match = _PATH.match(argument.partition(":")[2].strip())
    return (match[1] if match[1] is not None else match[2]) if match else ""


def _argument(raw: bytes, verb: str) -> bytes:
    return raw.lstrip(b" \t")[len(verb) :].strip()
